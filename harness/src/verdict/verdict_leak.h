/*
 * What the run left allocated that the clean run does not leave. Blocks are compared as multisets by kind, size and the place that asked,
 * never by address, so that a shift in order or address does not matter.
 *
 * Threads: pure.
 */
#ifndef HF_VERDICT_LEAK_H
#define HF_VERDICT_LEAK_H

#include "verdict_ledger.h"

typedef struct hf__leaks {
    hf_verdict_leak *items;
    size_t count, capacity;
    uint64_t bytes;
} hf__leaks;

/* clean: NULL, then nothing is subtracted. Both ledgers are complete. In the order in which the blocks were taken. */
void hf__leaks_find(const hf__ledger *run, const hf__ledger *clean, hf__leaks *out);
void hf__leaks_clear(hf__leaks *leaks);

#endif
