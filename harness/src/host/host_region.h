/* SPDX-License-Identifier: MIT
 * What the host knows of each region it gave out: its place, how it was reserved, and the state of every page.
 *
 * An operation holds the region's lock from its checks, across its system calls, to its last store, so nothing else happens to the region meanwhile.
 * Other regions are not affected. Readers without the lock compare `sequence` before and after: if it is odd or changed, they look again. `life` is
 * odd while the region exists.
 *
 * Threads: thread-safe.
 */
#ifndef HF_HOST_REGION_H
#define HF_HOST_REGION_H

#include "host_access.h"
#include "host_lock.h"

#define HF_PAGE_SHIFT 12u
#define HF_PAGE ((uintptr_t)1 << HF_PAGE_SHIFT)
#define HF_REGION_WORDS 16u

typedef enum hf_region_kind {
    HF_REGION_PLAIN,
    HF_REGION_PHYSICAL,    /* MEM_PHYSICAL: address space that is never committed */
    HF_REGION_HEAP,        /* a large block of the heap: not the caller's as far as VirtualAlloc is concerned */
    HF_REGION_GUARDED,     /* the same, before a page without access (host_guarded.h) */
    HF_REGION_GUARDED_FREE /* given back; its address space is kept for a while */
} hf_region_kind;

typedef struct hf_region {
    _Alignas(64) uint32_t link;
    uint32_t lock;
    uint32_t life;
    uint32_t sequence;
    uint64_t base;
    uint64_t pages;
    uint64_t committed; /* pages */
    uint32_t protect;   /* AllocationProtect */
    uint32_t kind;
    uint32_t number; /* in the pool */
    uint32_t depth;  /* levels of the page table below `state`; host_pages.c */
    union {
        uint64_t words[HF_REGION_WORDS];
        uint32_t entries[2 * HF_REGION_WORDS];
    } state;
    uint64_t size; /* of the heap's blocks: what was asked for; 0: without a canary, or no such block */
} hf_region;

static inline bool hf__host_region_is_heap(uint32_t kind)
{
    return kind >= HF_REGION_HEAP;
}

/* A new region over address space that is reserved, in the index, locked; all its pages in one state. NULL: no memory for it. */
hf_region *hf__host_region_add(uintptr_t base, uint64_t pages, hf_region_kind kind, DWORD protect, hf_page_code code);
/* The region that holds the address, locked; NULL if there is none. */
hf_region *hf__host_region_lock_at(uintptr_t address);
/* Lock-free: the region that holds the address and its life at that moment; NULL if there is none. */
const hf_region *hf__host_region_at(uintptr_t address, uint32_t *life);
/* Takes the region out of sight before its address space is given back, and puts it into sight again when that failed. pre: locked. */
void hf__host_region_hide(hf_region *region);
void hf__host_region_show(hf_region *region);
/* Ends a hidden region and unlocks it. */
void hf__host_region_drop(hf_region *region);

/* Around changes of a locked region that a reader must see all of, or nothing of. The lock has one writer, so stores are enough: each is a release,
 * and none is seen before the one that makes the sequence odd. */
static inline void hf__host_region_begin_change(hf_region *region)
{
    hf__os_store_u32(&region->sequence, hf__os_load_u32_relaxed(&region->sequence) + 1);
}
static inline void hf__host_region_end_change(hf_region *region)
{
    hf__os_store_u32(&region->sequence, hf__os_load_u32_relaxed(&region->sequence) + 1);
}

/* The end of what can be said of the address's neighbourhood without looking at a region: the next region's base, and the end of the one
 * before it. pre: no region holds the address. */
void hf__host_region_gap(uintptr_t address, uintptr_t *from, uintptr_t *to);

/* Makes fork safe; called with the first region and the first block. */
void hf__host_regions_prepare(void);
/* Each region of a kind that is there, locked. While no other thread makes or releases any. */
void hf__host_regions_each(hf_region_kind kind, void (*each)(hf_region *region));
/* For fork: every region's lock. */
void hf__host_regions_lock_all(void);
void hf__host_regions_unlock_all(void);

#endif
