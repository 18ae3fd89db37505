/* SPDX-License-Identifier: MIT
 * One region for each block: its pages, and one more page that is never accessible. The block ends as close to that page as its alignment of 16
 * allows, and a canary fills the gap. Each block takes a 64 KiB granule of address space, because the index holds one region per granule.
 */
#include "host_guarded.h"
#include "host_canary.h"
#include "host_commit.h"
#include "host_index.h"
#include "host_vm.h"
#include "os_memory.h"

#include "base_poison.h"

/* Freed blocks whose address space is kept. Each is one kernel mapping, and a process may have 65530 (vm.max_map_count;
 * Documentation/admin-guide/sysctl/vm.rst). */
#define KEPT 4096u

/* The most blocks that are allocated or kept. Each takes two mappings; the others are for the program and for ordinary heap blocks. */
#define MOST 24000u

/* Protection of a region whose access was reported. */
#define TOLD 0u

static uint64_t kept[KEPT]; /* bases */
static uint32_t kept_count; /* stores so far; the next goes to slot kept_count % KEPT */
static uint32_t there;      /* blocks that are allocated or kept */

static size_t bytes_of(const hf_region *region)
{
    return (size_t)(region->pages << HF_PAGE_SHIFT);
}

uintptr_t hf__host_guarded_block(const hf_region *region)
{
    uintptr_t guard = (uintptr_t)region->base + bytes_of(region) - HF_PAGE;
    return guard - (((uintptr_t)region->size + 15) & ~(uintptr_t)15);
}

static size_t slack_of(const hf_region *region)
{
    return (size_t)((uintptr_t)region->base + bytes_of(region) - HF_PAGE - hf__host_guarded_block(region) - region->size);
}

static void *reserve(size_t bytes)
{
    void *base = NULL;
    if (hf__os_load_u32(&there) >= MOST ||
        hf__os_reserve_committed(NULL, bytes + HF_PAGE, HF_GRANULE, true, HF_ACCESS_READ | HF_ACCESS_WRITE, &base) != 0)
        return NULL;
    if (hf__os_protect((char *)base + bytes, HF_PAGE, HF_ACCESS_NONE) == 0)
        return base;
    (void)hf__os_release(base, bytes + HF_PAGE);
    return NULL;
}

void *hf__host_guarded_alloc(size_t size, hf_host_report_damage *report)
{
    size_t bytes = hf__host_page_up(size == 0 ? 1 : size);
    if (size > hf__os_highest_address() - 2 * HF_PAGE || !hf__host_commit_charge(HF_COMMIT_HEAP, bytes))
        return NULL;
    hf__host_regions_prepare();
    void *base = reserve(bytes);
    hf_region *region = base == NULL ? NULL
                                     : hf__host_region_add((uintptr_t)base, (bytes + HF_PAGE) >> HF_PAGE_SHIFT, HF_REGION_GUARDED, PAGE_READWRITE,
                                                           hf__host_code_of_protect(PAGE_READWRITE));

    if (region == NULL) {
        if (base != NULL)
            (void)hf__os_release(base, bytes + HF_PAGE);
        hf__host_commit_refund(HF_COMMIT_HEAP, bytes);
        return NULL;
    }

    hf__os_add_u32_atomic(&there, 1);
    region->size = size;
    char *block = (char *)hf__host_guarded_block(region); /* NOLINT(performance-no-int-to-ptr) */
    if (report != NULL)
        hf__host_canary_pad(block + size, slack_of(region));
    hf__host_unlock(&region->lock);
    return block;
}

static void forget(hf_region *region)
{
    hf__host_region_drop(region);
    hf__os_add_u32_atomic(&there, (uint32_t)-1);
}

static void release_oldest(uintptr_t base)
{
    hf_region *region = hf__host_region_lock_at(base);
    if (region == NULL)
        return;
    size_t bytes = bytes_of(region);
    hf__host_region_hide(region);
    if (hf__os_release((void *)base, bytes) == 0) /* NOLINT(performance-no-int-to-ptr) */
        forget(region);
    else {
        hf__host_region_show(region);
        hf__host_unlock(&region->lock);
    }
}

DWORD hf__host_guarded_free(hf_region *region, void *memory, hf_host_report_damage *report)
{
    size_t offset = 0;
    uintptr_t base = (uintptr_t)region->base;
    size_t bytes = bytes_of(region) - HF_PAGE;
    if (hf__host_guarded_block(region) != (uintptr_t)memory || region->kind != HF_REGION_GUARDED) {
        hf__host_unlock(&region->lock);
        return ERROR_INVALID_OPERATION;
    }
    if (report != NULL && !hf__host_canary_is_padded((const char *)memory + region->size, slack_of(region), &offset))
        report(HF_DAMAGE_BEHIND, memory, offset);
    hf__os_store_u32(&region->kind, HF_REGION_GUARDED_FREE);
    (void)hf__os_decommit((void *)base, bytes); /* NOLINT(performance-no-int-to-ptr) */
    hf__host_commit_refund(HF_COMMIT_HEAP, bytes);
    hf__host_unlock(&region->lock);

    uint32_t slot = hf__os_add_u32_atomic(&kept_count, 1) % KEPT;
    uint64_t oldest = hf__os_load_u64(&kept[slot]);
    hf__os_store_u64(&kept[slot], base);
    if (oldest != 0)
        release_oldest((uintptr_t)oldest);
    return ERROR_SUCCESS;
}

void hf__host_guarded_touched(hf_region *region, uintptr_t address, hf_host_report_damage *report)
{
    uintptr_t block = hf__host_guarded_block(region);
    if (report == NULL || region->protect == TOLD || address < block)
        return;
    region->protect = TOLD;
    bool is_behind = region->kind == HF_REGION_GUARDED;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    report(is_behind ? HF_DAMAGE_TOUCHED_BEHIND : HF_DAMAGE_TOUCHED_FREED, (const void *)block, address - block - (is_behind ? region->size : 0));
}
