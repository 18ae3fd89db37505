/* SPDX-License-Identifier: MIT
 * Names for addresses: the same scenario gives the same names, wherever memory was. The regions that a thread's VirtualAlloc reserved are R1, R2, ...
 * of that thread, in the order in which it got them; heap blocks are H1, H2, ... After its release, R1 is called freed-R1. Objects of other threads
 * carry the thread's label: worker-1/R3. An address that was never given out is foreign; an address that the shim poisoned is poison.
 *
 * With several threads an address may be released and given out again. A call acquires at its end and releases at its start, so the order is the one
 * in which the host must have done it.
 *
 * Threads: finished names may be read by several threads.
 */
#ifndef HF_TRACE_NAMES_H
#define HF_TRACE_NAMES_H

#include "base_text.h"
#include "trace_labels.h"

/* Which number of an event. */
typedef enum hf__trace_named { HF_NAMED_ADDRESS, HF_NAMED_OUT, HF_NAMED_HOST_OUT, HF_NAMED_QUERY_BASE, HF_NAMED_QUERY_ALLOCATION } hf__trace_named;
#define HF_NAMED_COUNT 5

typedef struct hf__trace_names hf__trace_names;

/* Works out the names of a whole trace, which must outlive them. Never NULL. */
hf__trace_names *hf__trace_names_create(const hf_trace *trace);
void hf__trace_names_destroy(hf__trace_names *self);

/* Appends the name of a number of the event: "null", "R1", "R1+0x1000", "worker-1/H3", "freed-R2", "poison", "foreign". */
void hf__trace_names_print(const hf__trace_names *self, size_t index, hf__trace_named which, hf__builder *out);
/* Is it the name of an object that was allocated and is not freed yet? */
bool hf__trace_names_is_live(const hf__trace_names *self, size_t index, hf__trace_named which);
/* Is the name of this number the same in both? False also where that takes the labels of other threads to say. */
bool hf__trace_names_agree(const hf__trace_names *a, size_t index_a, const hf__trace_names *b, size_t index_b, hf__trace_named which);
/* The labels that the names use. */
const hf__trace_labels *hf__trace_names_labels(const hf__trace_names *self);

#endif
