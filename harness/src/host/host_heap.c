/* SPDX-License-Identifier: MIT
 * The heap's entry points: a cache of free blocks per thread in front of the spans; large blocks are regions of their own.
 *
 * A block is given out by a plain store, because only one thread has it in its cache. It is freed by a compare-and-swap of its state from live to
 * cached, so of two frees of one block, on any threads, exactly one succeeds. A block goes into the cache of the thread that frees it, whichever
 * thread allocated it. A thread that ends returns its cache.
 */
#include "host_heap.h"
#include "host.h"
#include "host_canary.h"
#include "host_commit.h"
#include "host_guard.h"
#include "host_guarded.h"
#include "host_index.h"
#include "host_region.h"
#include "host_vm.h"
#include "os_memory.h"

#include "base_poison.h"

static uint32_t caches_lock;
static hf_heap_cache *idle_caches; /* of threads that ended */

static hf_host_report_damage *report_damage; /* NULL: no canaries */
static bool has_guard_pages;

void hf__host_heap_guard(hf_host_report_damage *report)
{
    report_damage = report;
}

void hf__host_heap_guard_pages(bool on)
{
    has_guard_pages = on;
    if (on)
        hf__host_guard_watch();
}

void hf__host_heap_touched(hf_region *region, uintptr_t address)
{
    hf__host_guarded_touched(region, address, report_damage);
}

static void give_cache_back(void *value)
{
    hf_heap_cache *cache = value;
    bool entered = hf__host_enter();
    for (uint32_t class_ = 1; class_ < HF_HEAP_CLASSES; class_++) {
        hf__host_heap_return(class_, cache->blocks[class_], cache->count[class_]);
        cache->count[class_] = 0;
    }
    if (hf__host_thread.cache == cache)
        hf__host_thread.cache = NULL;
    hf__host_lock(&caches_lock);
    cache->next = idle_caches;
    idle_caches = cache;
    hf__host_unlock(&caches_lock);
    if (entered)
        hf__host_leave();
}

static hf_heap_cache *get_cache(void)
{
    hf_heap_cache *cache = hf__host_thread.cache;
    if (cache != NULL)
        return cache;
    hf__host_regions_prepare();
    hf__host_lock(&caches_lock);
    cache = idle_caches;
    if (cache != NULL)
        idle_caches = cache->next;
    hf__host_unlock(&caches_lock);
    if (cache == NULL)
        cache = hf__os_pages(sizeof *cache);
    for (uint32_t class_ = 1; cache != NULL && class_ < HF_HEAP_CLASSES; class_++)
        cache->limit[class_] = hf__host_heap_cache_limit(class_);
    hf__host_thread.cache = cache;
    if (cache != NULL)
        (void)hf__os_on_thread_exit(give_cache_back, cache);
    return cache;
}

/* Fills the thread's cache for a class, so that its last block is the lowest. False: no memory. */
static bool refill(uint32_t class_)
{
    hf_heap_cache *cache = get_cache();
    if (cache == NULL)
        return false;
    hf_block *blocks = cache->blocks[class_];
    uint32_t count = hf__host_heap_fetch(class_, blocks, cache->limit[class_] / 2);
    for (uint32_t i = 0; i < count / 2; i++) {
        hf_block kept = blocks[i];
        blocks[i] = blocks[count - 1 - i];
        blocks[count - 1 - i] = kept;
    }
    cache->count[class_] = count;
    return count > 0;
}

/* A large block's canary: all bytes to the end of its pages. */
static size_t room_behind(const hf_region *region)
{
    return (size_t)(region->pages << HF_PAGE_SHIFT) - (size_t)region->size;
}

static void check_large(hf_region *region)
{
    size_t offset = 0;
    char *behind = (char *)(uintptr_t)region->base + region->size;
    if (report_damage == NULL || region->size == 0 || hf__host_canary_is_padded(behind, room_behind(region), &offset))
        return;
    report_damage(HF_DAMAGE_BEHIND, (const void *)(uintptr_t)region->base, offset);
    hf__host_canary_pad(behind, room_behind(region)); /* told once */
}

static DWORD alloc_large(size_t size, DWORD protect, void **out)
{
    if (size > hf__os_highest_address() - 2 * HF_PAGE)
        return ERROR_NOT_ENOUGH_MEMORY;
    bool guards = report_damage != NULL && protect == PAGE_READWRITE;
    size_t bytes = size == 0 ? HF_PAGE : hf__host_page_up(guards ? size + HF_CANARY_BYTES : size);
    if (!hf__host_commit_charge(HF_COMMIT_HEAP, bytes))
        return ERROR_NOT_ENOUGH_MEMORY;
    hf__host_regions_prepare();
    void *base = NULL;
    hf_page_code code = hf__host_code_of_protect(protect);
    bool got = hf__os_reserve_committed(NULL, bytes, HF_GRANULE, true, hf__host_access_of_code(code), &base) == 0;
    hf_region *region = got ? hf__host_region_add((uintptr_t)base, bytes >> HF_PAGE_SHIFT, HF_REGION_HEAP, protect, code) : NULL;

    if (region != NULL) {
        region->size = guards ? size : 0;
        if (guards)
            hf__host_canary_pad((char *)base + size, room_behind(region));
        hf__host_unlock(&region->lock);
        *out = base;
        return ERROR_SUCCESS;
    }

    if (got)
        hf__os_release(base, bytes);
    hf__host_commit_refund(HF_COMMIT_HEAP, bytes);
    return ERROR_NOT_ENOUGH_MEMORY;
}

static DWORD free_large(void *memory)
{
    hf_region *region = hf__host_region_lock_at((uintptr_t)memory);
    if (region == NULL)
        return ERROR_INVALID_OPERATION;
    if (region->kind >= HF_REGION_GUARDED)
        return hf__host_guarded_free(region, memory, report_damage);
    if (region->kind != HF_REGION_HEAP || region->base != (uintptr_t)memory) {
        hf__host_unlock(&region->lock);
        return ERROR_INVALID_OPERATION;
    }

    size_t bytes = (size_t)(region->pages << HF_PAGE_SHIFT);
    check_large(region);
    hf__host_region_hide(region);

    if (hf__os_release(memory, bytes) != 0) {
        hf__host_region_show(region);
        hf__host_unlock(&region->lock);
        return ERROR_NOT_ENOUGH_MEMORY;
    }

    hf__host_commit_refund(HF_COMMIT_HEAP, bytes);
    hf__host_region_drop(region);
    return ERROR_SUCCESS;
}

/* A block that was filled when it was freed must be unchanged. */
static void guard(const hf_block *block, size_t size, size_t room)
{
    size_t offset = 0;
    if (hf__host_canary_is_filled(block->memory, room) && !hf__host_canary_is_untouched(block->memory, room, &offset))
        report_damage(HF_DAMAGE_FREED, block->memory, offset);
    hf__host_canary_put(block->memory, size, room);
    hf__os_store_u8(block->state, HF_BLOCK_GUARDED);
}

static void check(const hf_block *block, uint32_t room)
{
    size_t offset = 0;
    if (report_damage == NULL || hf__host_canary_is_whole(block->memory, room, &offset))
        return;
    report_damage(HF_DAMAGE_BEHIND, block->memory, offset);
    hf__host_canary_put(block->memory, offset != SIZE_MAX ? hf__host_canary_size(block->memory, room) : 0, room); /* told once */
}

void hf__host_heap_inspect(void)
{
    if (report_damage == NULL || !hf__host_enter())
        return;
    hf__host_heap_each(HF_BLOCK_GUARDED, check);
    hf__host_regions_each(HF_REGION_HEAP, check_large);
    hf__host_leave();
}

static DWORD alloc_small(size_t size, void **out)
{
    bool guards = report_damage != NULL;
    uint32_t class_ = hf__host_heap_class_of(guards ? size + HF_CANARY_BYTES : size);
    hf_heap_cache *cache = hf__host_thread.cache;
    if (cache == NULL || cache->count[class_] == 0) {
        if (!refill(class_))
            return ERROR_NOT_ENOUGH_MEMORY;
        cache = hf__host_thread.cache;
    }
    hf_block *block = &cache->blocks[class_][--cache->count[class_]];
    if (guards)
        guard(block, size, hf__host_heap_size_of(class_));
    else
        hf__os_store_u8(block->state, HF_BLOCK_LIVE);
    *out = block->memory;
    return ERROR_SUCCESS;
}

DWORD hf__host_heap_alloc(size_t size, void **out)
{
    *out = NULL;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    void *got = has_guard_pages ? hf__host_guarded_alloc(size, report_damage) : NULL;
    if (got != NULL) {
        hf__host_leave();
        *out = got;
        return ERROR_SUCCESS;
    }
    size_t most = report_damage != NULL ? HF_HEAP_SMALL_MAX - HF_CANARY_BYTES : HF_HEAP_SMALL_MAX;
    DWORD code = size <= most ? alloc_small(size, &got) : alloc_large(size, PAGE_READWRITE, &got);
    hf__host_leave();
    *out = got;
    return code;
}

DWORD hf__host_heap_alloc_executable(size_t size, void **out)
{
    *out = NULL;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    void *got = NULL;
    DWORD code = alloc_large(size, PAGE_EXECUTE_READWRITE, &got);
    hf__host_leave();
    *out = got;
    return code;
}

/* Of two frees of one block one succeeds. */
static bool take_back(uint32_t class_, const hf_block *block)
{
    uint32_t room = hf__host_heap_size_of(class_);
    if (hf__os_swap_if_u8(block->state, HF_BLOCK_LIVE, HF_BLOCK_CACHED))
        return true;
    if (!hf__os_swap_if_u8(block->state, HF_BLOCK_GUARDED, HF_BLOCK_CACHED))
        return false;
    check(block, room);
    hf__host_canary_fill(block->memory, room);
    return true;
}

static DWORD free_small(uint32_t class_, const hf_block *block)
{
    if (!take_back(class_, block))
        return ERROR_INVALID_OPERATION;
    hf_heap_cache *cache = get_cache();
    if (cache == NULL) {
        hf__host_heap_return(class_, block, 1);
        return ERROR_SUCCESS;
    }

    uint32_t limit = cache->limit[class_];
    if (cache->count[class_] == limit) { /* the older half goes */
        hf_block *blocks = cache->blocks[class_];
        hf__host_heap_return(class_, blocks, limit / 2);
        for (uint32_t i = limit / 2; i < limit; i++)
            blocks[i - limit / 2] = blocks[i];
        cache->count[class_] = limit - limit / 2;
    }

    cache->blocks[class_][cache->count[class_]++] = *block;
    return ERROR_SUCCESS;
}

DWORD hf__host_heap_free(void *memory)
{
    if (memory == NULL)
        return ERROR_SUCCESS;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    hf_block block;
    uint32_t class_ = hf__host_heap_find(memory, &block);
    DWORD code = ERROR_INVALID_OPERATION;
    if (class_ != 0)
        code = free_small(class_, &block);
    else if (!hf__host_heap_has(memory))
        code = free_large(memory);
    hf__host_leave();
    return code;
}

size_t hf__host_heap_size(const void *memory)
{
    hf_block block;
    uint32_t class_ = hf__host_heap_find(memory, &block), life;
    uint8_t state = class_ != 0 ? hf__os_load_u8(block.state) : HF_BLOCK_FREE;
    if (state == HF_BLOCK_GUARDED) /* as much as without its canary */
        return hf__host_heap_size_of(hf__host_heap_class_of(hf__host_canary_size(block.memory, hf__host_heap_size_of(class_))));
    if (class_ != 0)
        return state == HF_BLOCK_LIVE ? hf__host_heap_size_of(class_) : 0;
    const hf_region *region = hf__host_region_at((uintptr_t)memory, &life);
    uint32_t kind = region != NULL ? hf__os_load_u32(&region->kind) : HF_REGION_PLAIN;
    if (kind == HF_REGION_GUARDED)
        return hf__host_guarded_block(region) == (uintptr_t)memory ? (size_t)region->size : 0;
    bool is_block = region != NULL && kind == HF_REGION_HEAP && hf__os_load_u64(&region->base) == (uintptr_t)memory;
    if (is_block && region->size != 0) /* as much as without its canary */
        return hf__host_page_up((uintptr_t)region->size);
    return is_block ? (size_t)(hf__os_load_u64(&region->pages) << HF_PAGE_SHIFT) : 0;
}

void hf__host_heap_lock_all(void)
{
    hf__host_lock(&caches_lock);
    hf__host_spans_lock_all();
}

void hf__host_heap_unlock_all(void)
{
    hf__host_spans_unlock_all();
    hf__host_unlock(&caches_lock);
}
