/* SPDX-License-Identifier: MIT
 * The host on Windows: VirtualAlloc, VirtualFree, VirtualProtect and VirtualQuery are the system's own, with its results and errors. Added is what
 * host.h promises beyond them: which regions are the host's, how much is committed, and a limit on that.
 *
 * A region's lock is held across the system's call, so what was counted before it still holds after it.
 */
#include "host_guard.h"
#include "host.h"
#include "host_commit.h"
#include "host_heap.h"
#include "host_index.h"
#include "host_vm.h"
#include "os_fault.h"

#include "base_poison.h"

/* The system has guard pages of its own. Those of the heap's blocks (`host: { guard: pages }`) are pages without access, which are told of here. */
static hf_fault_answer on_touch(uintptr_t address, bool is_fatal)
{
    (void)is_fatal;
    if (!hf__host_enter())
        return HF_FAULT_NOT_OURS;
    hf_region *region = hf__host_region_lock_at(address);
    if (region != NULL && region->kind >= HF_REGION_GUARDED)
        hf__host_heap_touched(region, address);
    if (region != NULL)
        hf__host_unlock(&region->lock);
    hf__host_leave();
    return HF_FAULT_NOT_OURS;
}

void hf__host_guard_watch(void)
{
    (void)hf__os_watch_faults(on_touch);
}

void hf__host_regions_prepare(void)
{
}

/* Bytes of [address, address + size) in that state, or in all up to the end of the allocation if size is 0. */
static uint64_t bytes_in_state(const void *address, size_t size, DWORD state)
{
    uint64_t bytes = 0;
    uintptr_t at = hf__host_page_down((uintptr_t)address), end = size != 0 ? hf__host_page_up((uintptr_t)address + size) : UINTPTR_MAX;
    MEMORY_BASIC_INFORMATION told, first = {0};
    while (at < end && VirtualQuery((const void *)at, &told, sizeof told) != 0) {
        first = first.RegionSize == 0 ? told : first;
        if (told.State == MEM_FREE || told.AllocationBase != first.AllocationBase)
            break;
        uintptr_t run_end = at + told.RegionSize < end ? at + told.RegionSize : end;
        bytes += told.State == state ? run_end - at : 0;
        at = run_end;
    }
    return bytes;
}

static DWORD allocate(void *address, size_t size, DWORD type, DWORD protect, void **out)
{
    *out = VirtualAlloc(address, size, type, protect);
    return *out != NULL ? ERROR_SUCCESS : GetLastError();
}

static DWORD reserve(void *address, size_t size, DWORD type, DWORD protect, void **out)
{
    void *base = NULL;
    DWORD code = allocate(address, size, type, protect, &base);
    if (code != ERROR_SUCCESS)
        return code;
    uint64_t committed = bytes_in_state(base, 0, MEM_COMMIT), bytes = committed + bytes_in_state(base, 0, MEM_RESERVE);
    if (!hf__host_commit_charge(HF_COMMIT_VIRTUAL, committed)) {
        VirtualFree(base, 0, MEM_RELEASE);
        return ERROR_COMMITMENT_LIMIT;
    }

    hf_region_kind kind = (type & MEM_PHYSICAL) != 0 ? HF_REGION_PHYSICAL : HF_REGION_PLAIN;
    hf_region *region = hf__host_region_add((uintptr_t)base, bytes >> HF_PAGE_SHIFT, kind, protect, HF_PAGE_RESERVED);
    if (region == NULL) {
        VirtualFree(base, 0, MEM_RELEASE);
        hf__host_commit_refund(HF_COMMIT_VIRTUAL, committed);
        return ERROR_NOT_ENOUGH_MEMORY;
    }

    region->committed = committed >> HF_PAGE_SHIFT;
    hf__host_unlock(&region->lock);
    *out = base;
    return ERROR_SUCCESS;
}

static DWORD change(void *address, size_t size, DWORD type, DWORD protect, void **out)
{
    hf_region *region = hf__host_region_lock_at((uintptr_t)address);
    uint64_t fresh = region != NULL && (type & MEM_COMMIT) != 0 && size != 0 ? bytes_in_state(address, size, MEM_RESERVE) : 0;
    DWORD code = ERROR_COMMITMENT_LIMIT;
    if (hf__host_commit_charge(HF_COMMIT_VIRTUAL, fresh)) {
        code = allocate(address, size, type, protect, out);
        if (code != ERROR_SUCCESS)
            hf__host_commit_refund(HF_COMMIT_VIRTUAL, fresh);
    }
    if (region != NULL) {
        region->committed += code == ERROR_SUCCESS ? fresh >> HF_PAGE_SHIFT : 0;
        hf__host_unlock(&region->lock);
    }
    return code;
}

DWORD hf__host_alloc(void *address, size_t size, DWORD type, DWORD protect, void **out)
{
    *out = NULL;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    void *got = NULL;
    bool is_new = address == NULL || (type & MEM_RESERVE) != 0;
    DWORD code = is_new ? reserve(address, size, type, protect, &got) : change(address, size, type, protect, &got);
    hf__host_leave();
    *out = got;
    return code;
}

/* pre: locked; unlocks. */
static DWORD release(hf_region *region, void *address, size_t size)
{
    hf__host_region_hide(region);
    if (!VirtualFree(address, size, MEM_RELEASE)) {
        DWORD code = GetLastError();
        hf__host_region_show(region);
        hf__host_unlock(&region->lock);
        return code;
    }
    hf__host_commit_refund(HF_COMMIT_VIRTUAL, region->committed << HF_PAGE_SHIFT);
    hf__host_region_drop(region);
    return ERROR_SUCCESS;
}

/* pre: locked; unlocks. */
static DWORD free_in(hf_region *region, void *address, size_t size, DWORD type)
{
    if (type == MEM_RELEASE)
        return release(region, address, size);
    uint64_t committed = bytes_in_state(address, size, MEM_COMMIT);
    DWORD code = VirtualFree(address, size, type) ? ERROR_SUCCESS : GetLastError();
    if (code == ERROR_SUCCESS) {
        region->committed -= committed >> HF_PAGE_SHIFT;
        hf__host_commit_refund(HF_COMMIT_VIRTUAL, committed);
    }
    hf__host_unlock(&region->lock);
    return code;
}

/* Lets the system refuse, except for private memory: that may be the heap's, and the system would free it. */
static DWORD refuse(void *address, size_t size, DWORD type)
{
    MEMORY_BASIC_INFORMATION told;
    bool is_private = VirtualQuery(address, &told, sizeof told) != 0 && told.State != MEM_FREE && told.Type == MEM_PRIVATE;
    if (is_private)
        return ERROR_INVALID_ADDRESS;
    return VirtualFree(address, size, type) ? ERROR_SUCCESS : GetLastError();
}

DWORD hf__host_vm_free(void *address, size_t size, DWORD type, bool *is_foreign)
{
    *is_foreign = false;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    hf_region *region = hf__host_region_lock_at((uintptr_t)address);
    *is_foreign = region == NULL || hf__host_region_is_heap(region->kind);
    if (region != NULL && *is_foreign)
        hf__host_unlock(&region->lock);
    DWORD code = *is_foreign ? refuse(address, size, type) : free_in(region, address, size, type);
    hf__host_leave();
    return code;
}

DWORD hf__host_free(void *address, size_t size, DWORD type)
{
    bool is_foreign;
    return hf__host_vm_free(address, size, type, &is_foreign);
}

DWORD hf__host_protect(void *address, size_t size, DWORD protect, DWORD *old)
{
    DWORD before = 0;
    if (!VirtualProtect(address, size, protect, old != NULL ? &before : NULL))
        return GetLastError();
    if (old != NULL)
        *old = before;
    return ERROR_SUCCESS;
}

size_t hf__host_query(const void *address, MEMORY_BASIC_INFORMATION *buffer, size_t length, DWORD *error)
{
    size_t bytes = VirtualQuery(address, buffer, length);
    *error = bytes != 0 ? ERROR_SUCCESS : GetLastError();
    return bytes;
}
