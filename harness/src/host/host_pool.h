/* SPDX-License-Identifier: MIT
 * Tables that grow without moving: items of one size, numbered from 1. An item's memory stays mapped and keeps its type, so a reader without a lock
 * may look at an item that was freed meanwhile: it sees other values, but never faults.
 *
 * Threads: hf__host_pool_item is lock-free; take and give only with the tables' lock held.
 */
#ifndef HF_HOST_POOL_H
#define HF_HOST_POOL_H

#include "os_atomic.h"

#include <stddef.h>

#define HF_POOL_SEGMENTS 8192u

typedef struct hf_pool {
    uint32_t item_bytes;
    uint32_t segment_shift; /* log2 of the items in a segment */
    uint32_t link_at;       /* where in a free item the number of the next free one is kept */
    uint32_t made;          /* items 1 to this exist */
    uint32_t free;          /* first free item, 0 none */
    uint64_t segments[HF_POOL_SEGMENTS];
} hf_pool;

/* The lock of all pools and of the index. */
extern uint32_t hf__host_tables_lock;

/* The item of that number; NULL if it was never made (a number read without lock may be anything). */
static inline void *hf__host_pool_item(const hf_pool *pool, uint32_t number)
{
    uint32_t at = number - 1;
    uint32_t segment = at >> pool->segment_shift;
    if (number == 0 || segment >= HF_POOL_SEGMENTS)
        return NULL;
    char *items = (char *)(uintptr_t)hf__os_load_u64(&pool->segments[segment]);
    return items == NULL ? NULL : items + (size_t)(at & ((1u << pool->segment_shift) - 1)) * pool->item_bytes;
}

/* A fresh item is zero, one that was used before as it was left but for the link. 0: no memory. */
uint32_t hf__host_pool_take(hf_pool *pool);
void hf__host_pool_give(hf_pool *pool, uint32_t number);

#endif
