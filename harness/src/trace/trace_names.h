/* SPDX-License-Identifier: MIT
 * Names for addresses: the same scenario gives the same names, wherever memory was. A region that a thread's VirtualAlloc reserved is R1, R2, ...
 * of that thread in the order it got them, a heap block H1, H2, ...; after it was given back it is freed-R1. Other threads' objects carry
 * the thread's label before them, worker-1/R3. What was never given out is foreign, what the shim poisoned is poison.
 *
 * With several threads an address may be given back and given out anew: a call's own end, not its start, is when it got something, and its
 * start is when it gave something back, so that the order is the one in which the host must have done it.
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
/* Is it the name of an object that was given out and not yet given back? */
bool hf__trace_names_is_live(const hf__trace_names *self, size_t index, hf__trace_named which);
/* The labels that the names use. */
const hf__trace_labels *hf__trace_names_labels(const hf__trace_names *self);

#endif
