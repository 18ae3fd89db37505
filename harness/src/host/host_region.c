/* SPDX-License-Identifier: MIT
 * Regions: their pool, their index, their locks. A region is found without a lock, then locked and checked again, because in between it may have
 * ended and its memory may serve another region.
 *
 * A region that is being released stays in the index until its address space is gone, with an even `life`, and lookups skip it. So if the kernel
 * refuses the release, undoing it needs no memory.
 */
#include "host_region.h"
#include "host.h"
#include "host_index.h"
#include "host_pages.h"
#include "host_pool.h"

#include "base_poison.h"

static hf_pool regions = {.item_bytes = sizeof(hf_region), .segment_shift = 9, .link_at = offsetof(hf_region, link)};
HF_STATIC_ASSERT(sizeof(hf_region) == 192, "three cache lines");

static hf_region *region_of(uint32_t number)
{
    return hf__host_pool_item(&regions, number);
}

/* An item of the pool that the index names for that base; its life is even, so that lookups pass over it still. 0: no memory. */
static uint32_t take_number(uintptr_t base)
{
    hf__host_lock(&hf__host_tables_lock);
    uint32_t number = hf__host_pool_take(&regions);
    if (number != 0 && !hf__host_index_add(base, number)) {
        hf__host_pool_give(&regions, number);
        number = 0;
    }
    hf__host_unlock(&hf__host_tables_lock);
    return number;
}

hf_region *hf__host_region_add(uintptr_t base, uint64_t pages, hf_region_kind kind, DWORD protect, hf_page_code code)
{
    uint32_t number = take_number(base);
    hf_region *region = region_of(number);
    if (region == NULL)
        return NULL;
    hf__host_lock(&region->lock); /* someone may hold its number from an earlier life */
    hf__host_region_begin_change(region);
    hf__os_store_u64(&region->base, base);
    hf__os_store_u64(&region->pages, pages);
    hf__os_store_u32(&region->protect, protect);
    hf__os_store_u32(&region->kind, kind);
    hf__os_store_u32(&region->number, number);
    region->size = 0;
    region->committed = code != HF_PAGE_RESERVED ? pages : 0;
    hf__host_pages_init(region, code);
    hf__host_region_end_change(region);
    hf__os_store_u32(&region->life, region->life + 1);
    return region;
}

/* Does it hold the address now? */
static bool holds(const hf_region *region, uintptr_t address, uint32_t *life)
{
    *life = hf__os_load_u32(&region->life);
    uint64_t base = hf__os_load_u64(&region->base);
    uint64_t pages = hf__os_load_u64(&region->pages);
    bool inside = address >= base && (address - base) >> HF_PAGE_SHIFT < pages;
    return inside && (*life & 1) != 0 && hf__os_load_u32(&region->life) == *life;
}

static bool is_alive(const hf_region *region)
{
    return (hf__os_load_u32(&region->life) & 1) != 0;
}

const hf_region *hf__host_region_at(uintptr_t address, uint32_t *life)
{
    for (;;) {
        uint64_t version = hf__host_index_version();
        uintptr_t below = address, base = 0;
        const hf_region *region = region_of(hf__host_index_below(below, &base));
        while (region != NULL && !is_alive(region) && base > 0) { /* being released, or just being made */
            below = base - 1;
            region = region_of(hf__host_index_below(below, &base));
        }
        if (region != NULL && holds(region, address, life))
            return region;
        if (hf__host_index_version() == version)
            return NULL;
    }
}

bool hf__host_owns(const void *address)
{
    uint32_t life;
    const hf_region *region = hf__host_region_at((uintptr_t)address, &life);
    return region != NULL && !hf__host_region_is_heap(hf__os_load_u32(&region->kind));
}

hf_region *hf__host_region_lock_at(uintptr_t address)
{
    for (;;) {
        uint32_t life;
        const hf_region *seen = hf__host_region_at(address, &life);
        if (seen == NULL)
            return NULL;
        hf_region *region = region_of(hf__os_load_u32(&seen->number));
        hf__host_lock(&region->lock);
        if (hf__os_load_u32(&region->life) == life)
            return region;
        hf__host_unlock(&region->lock);
    }
}

void hf__host_region_hide(hf_region *region)
{
    hf__os_store_u32(&region->life, region->life + 1);
}

void hf__host_region_show(hf_region *region)
{
    hf__os_store_u32(&region->life, region->life + 1);
}

void hf__host_region_drop(hf_region *region)
{
    hf__host_pages_clear(region);
    hf__host_lock(&hf__host_tables_lock);
    hf__host_index_remove((uintptr_t)region->base, region->number);
    hf__host_pool_give(&regions, region->number);
    hf__host_unlock(&hf__host_tables_lock);
    hf__host_unlock(&region->lock);
}

void hf__host_region_gap(uintptr_t address, uintptr_t *from, uintptr_t *to)
{
    uintptr_t base = 0;
    const hf_region *region = region_of(hf__host_index_below(address, &base));
    *from = region != NULL ? base + (uintptr_t)(hf__os_load_u64(&region->pages) << HF_PAGE_SHIFT) : 0;
    *from = *from > address ? 0 : *from;
    *to = hf__host_index_above(address);
}

void hf__host_regions_each(hf_region_kind kind, void (*each)(hf_region *region))
{
    uint32_t made = hf__os_load_u32(&regions.made);
    for (uint32_t i = 1; i <= made; i++) {
        hf_region *region = region_of(i);
        hf__host_lock(&region->lock);
        if (is_alive(region) && region->kind == kind)
            each(region);
        hf__host_unlock(&region->lock);
    }
}

void hf__host_regions_lock_all(void)
{
    uint32_t locked = 0;
    hf__host_lock(&hf__host_tables_lock);
    while (locked < regions.made) { /* more may be made while those that exist are waited for */
        hf__host_unlock(&hf__host_tables_lock);
        for (uint32_t made = hf__os_load_u32(&regions.made); locked < made; locked++)
            hf__host_lock(&region_of(locked + 1)->lock);
        hf__host_lock(&hf__host_tables_lock);
    }
}

void hf__host_regions_unlock_all(void)
{
    hf__host_unlock(&hf__host_tables_lock);
    uint32_t made = hf__os_load_u32(&regions.made);
    for (uint32_t i = 1; i <= made; i++)
        hf__host_unlock(&region_of(i)->lock);
}
