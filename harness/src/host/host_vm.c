/* SPDX-License-Identifier: MIT
 * VirtualFree and VirtualProtect, and the change of pages that they share with VirtualAlloc.
 *
 * Documented: MEM_RELEASE takes the base and size 0. MEM_DECOMMIT takes every page it touches, also reserved ones, and the whole region for its base
 * and size 0. A protection changes for all pages or, if one of them is not committed, for none.
 */
#include "host_vm.h"
#include "base_check.h"
#include "host.h"
#include "host_commit.h"
#include "host_foreign.h"
#include "host_guard.h"
#include "host_pages.h"
#include "os_memory.h"

#include "base_poison.h"

static void *address_of(const hf_region *region, uint64_t page)
{
    return (void *)(uintptr_t)(region->base + (page << HF_PAGE_SHIFT));
}

uint64_t hf__host_vm_reserved_in(const hf_region *region, hf_page_range range)
{
    uint64_t reserved = 0;
    for (uint64_t page = range.first; page < range.end;) {
        hf_page_code code;
        uint64_t next = hf__host_pages_run(region, page, range.end, &code);
        if (code == HF_PAGE_RESERVED)
            reserved += next - page;
        page = next;
    }
    return reserved;
}

/* The first page after `page` that the processor treats otherwise, and how it treats that one. */
static uint64_t access_run(const hf_region *region, uint64_t page, uint64_t end, unsigned *access)
{
    hf_page_code code;
    page = hf__host_pages_run(region, page, end, &code);
    *access = hf__host_access_of_code(code);
    while (page < end) {
        uint64_t next = hf__host_pages_run(region, page, end, &code);
        if (hf__host_access_of_code(code) != *access)
            return page;
        page = next;
    }
    return page;
}

/* Restores the access that the table still records, after a change that failed half-way. The kernel changes one mapping after the other
 * (mm/mprotect.c), and can restore those that it changed without creating a new one. */
static void roll_back(const hf_region *region, hf_page_range range)
{
    for (uint64_t page = range.first; page < range.end;) {
        unsigned access;
        uint64_t next = access_run(region, page, range.end, &access);
        (void)hf__os_protect(address_of(region, page), (next - page) << HF_PAGE_SHIFT, access);
        page = next;
    }
}

static void write_table(hf_region *region, hf_page_range range, hf_page_code code)
{
    hf__host_region_begin_change(region);
    hf__host_pages_set(region, range.first, range.end, code);
    hf__host_region_end_change(region);
}

DWORD hf__host_vm_set(hf_region *region, hf_page_range range, hf_page_code code)
{
    if (!hf__host_pages_prepare(region, range.first, range.end, code))
        return ERROR_NOT_ENOUGH_MEMORY;
    if ((code & HF_PAGE_GUARDED) != 0)
        hf__host_guard_watch();
    unsigned access = hf__host_access_of_code(code), before;
    bool is_same = access_run(region, range.first, range.end, &before) == range.end && before == access;
    int os_code = is_same ? 0 : hf__os_protect(address_of(region, range.first), (range.end - range.first) << HF_PAGE_SHIFT, access);
    if (os_code != 0) {
        roll_back(region, range);
        return hf__host_vm_error_of(os_code);
    }
    write_table(region, range, code);
    return ERROR_SUCCESS;
}

/* pre: locked; unlocks. */
static DWORD release(hf_region *region)
{
    hf__host_region_hide(region);
    int os_code = hf__os_release(address_of(region, 0), (size_t)(region->pages << HF_PAGE_SHIFT));
    if (os_code != 0) {
        hf__host_region_show(region);
        hf__host_unlock(&region->lock);
        return hf__host_vm_error_of(os_code);
    }
    hf__host_commit_refund(HF_COMMIT_VIRTUAL, region->committed << HF_PAGE_SHIFT);
    hf__host_region_drop(region);
    return ERROR_SUCCESS;
}

static DWORD decommit(hf_region *region, hf_page_range range)
{
    uint64_t committed = range.end - range.first - hf__host_vm_reserved_in(region, range);
    if (committed == 0)
        return ERROR_SUCCESS;
    if (!hf__host_pages_prepare(region, range.first, range.end, HF_PAGE_RESERVED))
        return ERROR_NOT_ENOUGH_MEMORY;
    int os_code = hf__os_decommit(address_of(region, range.first), (size_t)((range.end - range.first) << HF_PAGE_SHIFT));
    if (os_code != 0)
        return hf__host_vm_error_of(os_code);
    write_table(region, range, HF_PAGE_RESERVED);
    region->committed -= committed;
    hf__host_commit_refund(HF_COMMIT_VIRTUAL, committed << HF_PAGE_SHIFT);
    return ERROR_SUCCESS;
}

/* pre: locked; unlocks. */
static DWORD free_in(hf_region *region, uintptr_t address, size_t size, DWORD type)
{
    hf_page_range range = {(hf__host_page_down(address) - region->base) >> HF_PAGE_SHIFT, region->pages};
    DWORD error = ERROR_SUCCESS;
    if (size == 0 && range.first != 0)
        error = ERROR_INVALID_ADDRESS;
    else if (type == MEM_RELEASE)
        return release(region);
    if (size != 0)
        range.end = (hf__host_page_up(address + size) - region->base) >> HF_PAGE_SHIFT;
    if (error == ERROR_SUCCESS && range.end > region->pages)
        error = ERROR_INVALID_PARAMETER;
    if (error == ERROR_SUCCESS)
        error = decommit(region, range);
    hf__host_unlock(&region->lock);
    return error;
}

DWORD hf__host_vm_free(void *address, size_t size, DWORD type, bool *is_foreign)
{
    uintptr_t at = (uintptr_t)address, highest = hf__os_highest_address();
    *is_foreign = false;
    if ((type != MEM_RELEASE && type != MEM_DECOMMIT) || (type == MEM_RELEASE && size != 0))
        return ERROR_INVALID_PARAMETER;
    *is_foreign = at > highest;
    if (at > highest || (size != 0 && size - 1 > highest - at))
        return ERROR_INVALID_PARAMETER;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    hf_region *region = hf__host_region_lock_at(at);
    bool is_ours = region != NULL && !hf__host_region_is_heap(region->kind);
    if (region != NULL && !is_ours)
        hf__host_unlock(&region->lock);
    *is_foreign = !is_ours;
    DWORD error = is_ours ? free_in(region, at, size, type) : hf__host_foreign_free_error(hf__host_page_down(at));
    hf__host_leave();
    return error;
}

DWORD hf__host_free(void *address, size_t size, DWORD type)
{
    bool is_foreign;
    return hf__host_vm_free(address, size, type, &is_foreign);
}

/* pre: locked. */
static DWORD protect_in(hf_region *region, uintptr_t first, uintptr_t end, DWORD protect, DWORD *old)
{
    hf_page_range range = {(first - region->base) >> HF_PAGE_SHIFT, (end - region->base) >> HF_PAGE_SHIFT};
    if (range.end > region->pages)
        return ERROR_INVALID_ADDRESS;
    if (!hf__host_protect_is_valid(protect, false))
        return ERROR_INVALID_PARAMETER;
    if (hf__host_vm_reserved_in(region, range) != 0)
        return ERROR_INVALID_ADDRESS;
    DWORD before = hf__host_protect_of_code(hf__host_pages_get(region, range.first));
    DWORD error = hf__host_vm_set(region, range, hf__host_code_of_protect(protect));
    if (error == ERROR_SUCCESS)
        *old = before;
    return error;
}

DWORD hf__host_protect(void *address, size_t size, DWORD protect, DWORD *old)
{
    uintptr_t at = (uintptr_t)address, highest = hf__os_highest_address();
    if (!hf__host_protect_is_valid(protect, true))
        return ERROR_INVALID_PARAMETER;
    if (old == NULL)
        return ERROR_NOACCESS;
    /* Linux puts the first stack above the highest address of Windows, so other memory may go on beyond it. */
    uintptr_t last = highest | 0x1FFFFu;
    if (size == 0 || at > last || size - 1 > last - at)
        return ERROR_INVALID_PARAMETER;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    uintptr_t first = hf__host_page_down(at), end = hf__host_page_up(at + size);
    DWORD before = 0;
    hf_region *region = hf__host_region_lock_at(first);
    bool is_ours = region != NULL && !hf__host_region_is_heap(region->kind);
    DWORD error = is_ours ? protect_in(region, first, end, protect, &before) : ERROR_SUCCESS;
    if (region != NULL)
        hf__host_unlock(&region->lock);
    if (!is_ours)
        error = hf__host_foreign_protect(first, end, protect, &before);
    if (error == ERROR_INVALID_ADDRESS && at > highest)
        error = ERROR_INVALID_PARAMETER;
    hf__host_leave();
    if (error == ERROR_SUCCESS)
        *old = before;
    return error;
}
