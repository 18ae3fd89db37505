/* SPDX-License-Identifier: MIT
 * Which region an address is in: a tree of three levels over the 64 KiB granules of the address space, keyed by where regions begin. Every operation
 * touches a few dozen words at most, however many regions there are.
 *
 * Threads: lookups are lock-free and signal-safe; add and remove only with the tables' lock held.
 */
#ifndef HF_HOST_INDEX_H
#define HF_HOST_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#define HF_GRANULE 0x10000u

/* Notes that a region begins at `base`, a multiple of HF_GRANULE; one that is there already is replaced. False: no memory. */
bool hf__host_index_add(uintptr_t base, uint32_t region);
/* Forgets the region that begins at `base` if it is this one. */
void hf__host_index_remove(uintptr_t base, uint32_t region);

/* The region with the highest base at or below the address, and that base's granule; 0 if there is none. */
uint32_t hf__host_index_below(uintptr_t address, uintptr_t *base);
/* The lowest base above the address; UINTPTR_MAX if there is none. */
uintptr_t hf__host_index_above(uintptr_t address);
/* Changes whenever a lookup that was under way may have missed a region: look again. */
uint64_t hf__host_index_version(void);

#endif
