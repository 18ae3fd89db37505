/* SPDX-License-Identifier: MIT
 * Pools of items in segments that are mapped once and never unmapped. The free items form a list through the items themselves. Also the slow path of
 * the locks. Must never use the heap.
 */
#include "host_pool.h"
#include "host_lock.h"
#include "os_memory.h"

#include "base_poison.h"

#define SPINS 64u
#define WAIT_MS 100u

uint32_t hf__host_tables_lock;
HF_THREAD_LOCAL hf_host_thread hf__host_thread;

void hf__host_lock_wait(uint32_t *word)
{
    for (unsigned i = 0; i < SPINS; i++) {
        if (hf__os_load_u32_relaxed(word) == 0 && hf__os_swap_if_u32(word, 0, 1))
            return;
    }
    while (hf__os_exchange_u32(word, 2) != 0)
        hf__os_wait(word, 2, WAIT_MS);
}

static uint32_t *link_of(const hf_pool *pool, uint32_t number)
{
    return (uint32_t *)(void *)((char *)hf__host_pool_item(pool, number) + pool->link_at);
}

static uint32_t make_item(hf_pool *pool)
{
    uint32_t per_segment = 1u << pool->segment_shift;
    uint32_t segment = pool->made >> pool->segment_shift;
    if (segment >= HF_POOL_SEGMENTS)
        return 0;
    if ((pool->made & (per_segment - 1)) == 0) {
        size_t page = hf__os_page_size();
        size_t bytes = ((size_t)per_segment * pool->item_bytes + page - 1) & ~(page - 1);
        void *items = hf__os_pages(bytes);
        if (items == NULL)
            return 0;
        hf__os_store_u64(&pool->segments[segment], (uintptr_t)items);
    }
    hf__os_store_u32(&pool->made, pool->made + 1);
    return pool->made;
}

uint32_t hf__host_pool_take(hf_pool *pool)
{
    uint32_t number = pool->free;
    if (number == 0)
        return make_item(pool);
    uint32_t *link = link_of(pool, number);
    pool->free = hf__os_load_u32_relaxed(link);
    hf__os_store_u32(link, 0);
    return number;
}

void hf__host_pool_give(hf_pool *pool, uint32_t number)
{
    hf__os_store_u32(link_of(pool, number), pool->free);
    pool->free = number;
}
