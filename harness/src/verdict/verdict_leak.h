/* SPDX-License-Identifier: MIT
 * What the run left allocated and the clean run does not. Blocks are compared as multisets by kind, size and the place that asked, never by address,
 * so a shift in order or address does not matter.
 *
 * Threads: pure.
 */
#ifndef HF_VERDICT_LEAK_H
#define HF_VERDICT_LEAK_H

#include "verdict_ledger.h"

typedef struct hf__verdict_leaks {
    hf_verdict_leak *items;
    size_t count, capacity;
    uint64_t bytes;
} hf__verdict_leaks;

/* What a run left, the biggest first. */
typedef struct hf__verdict_left {
    uint64_t bytes;
    uint64_t asked; /* the size in the request */
    uint64_t place; /* of the caller, stable whatever its load address is */
    size_t event;
    uint32_t block;
    uint32_t next; /* of the clean run's, with the same key */
    bool heap;
    bool late; /* taken after the first fault */
    bool matched;
} hf__verdict_left;

typedef struct hf__verdict_left_list {
    hf__verdict_left *items;
    size_t count;
} hf__verdict_left_list;

/* The ledger is complete. */
hf__verdict_left_list hf__verdict_left_find(const hf__verdict_ledger *ledger);
void hf__verdict_left_clear(hf__verdict_left_list *list);

/* clean: what the clean run left; empty without one: then nothing is subtracted. In the order in which the blocks were taken. */
void hf__verdict_leaks_find(const hf__verdict_ledger *run, const hf__verdict_left_list *clean, hf__verdict_leaks *out);
/* References to IHostMalloc objects that the run did not release and the clean run (NULL: none) did, added to what was found. */
void hf__verdict_leaks_add_heaps(const hf__verdict_facts *run, const hf__verdict_facts *clean, hf__verdict_leaks *out);
/* What the run leaves open and the clean run does not. Descriptors are compared as amounts of each kind, since names vary: where the run leaves more
 * files, say, those are told that the clean run does not leave by that name. Without a clean run nothing is told, nor where several threads made
 * calls: one may have been about to close its own. */
void hf__verdict_leaks_add_descriptors(const hf__verdict_facts *run, const hf__verdict_facts *clean, hf__verdict_leaks *out);
void hf__verdict_leaks_clear(hf__verdict_leaks *leaks);

#endif
