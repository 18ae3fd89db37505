/* SPDX-License-Identifier: MIT
 * Stretches of addresses that do not overlap, found by any address in them. A stretch that is added takes its place from those that were
 * there: one that begins before it is cut at its start, others go.
 *
 * Threads: one thread at a time.
 */
#ifndef HF_TRACE_REGIONS_H
#define HF_TRACE_REGIONS_H

#include <stddef.h>
#include <stdint.h>

typedef struct hf__trace_region_node {
    uint64_t base, end;
    uint32_t left, right; /* node numbers, 0 none */
    uint32_t value;
} hf__trace_region_node;

typedef struct hf__trace_regions {
    hf__trace_region_node *nodes; /* [0] is not used */
    size_t count, capacity;
    uint32_t root;
} hf__trace_regions;

/* Adds [base, end) with a value. */
void hf__trace_regions_add(hf__trace_regions *self, uint64_t base, uint64_t end, uint32_t value);
/* The stretch that holds the address, NULL if none does. Valid until the next change. */
const hf__trace_region_node *hf__trace_regions_find(const hf__trace_regions *self, uint64_t address);
/* Removes the stretch that begins there, if one does. */
void hf__trace_regions_remove(hf__trace_regions *self, uint64_t base);
void hf__trace_regions_clear(hf__trace_regions *self);

#endif
