/* SPDX-License-Identifier: MIT
 * Heap blocks that each end at a page without access (`host: { guard: pages }`), so the first access past a block ends the process at that
 * instruction. A freed block keeps its address space, without access, until many more were freed.
 *
 * Each block costs two mappings in the kernel and at least two pages of address space. When the kernel gives no more, ordinary blocks are given out.
 *
 * Threads: thread-safe. No heap.
 */
#ifndef HF_HOST_GUARDED_H
#define HF_HOST_GUARDED_H

#include "host.h"
#include "host_region.h"

/* NULL: no memory, or no more mappings. */
void *hf__host_guarded_alloc(size_t size, hf_host_report_damage *report);
/* pre: the region is locked and of either kind. Unlocks it. ERROR_INVALID_OPERATION: it does not begin there, or was freed already. */
DWORD hf__host_guarded_free(hf_region *region, void *memory, hf_host_report_damage *report);
/* The block of such a region. */
uintptr_t hf__host_guarded_block(const hf_region *region);
/* Tells of an access past a block's end or to a freed one, once. pre: locked. */
void hf__host_guarded_touched(hf_region *region, uintptr_t address, hf_host_report_damage *report);

#endif
