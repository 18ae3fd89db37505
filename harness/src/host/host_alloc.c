/* SPDX-License-Identifier: MIT
 * VirtualAlloc: reserve, commit, reset. All checks come first, then the commit charge, then the kernel, then the tables. A failure leaves everything
 * as it was.
 *
 * Documented (memoryapi, VirtualAlloc): addresses are rounded down, to the 64 KiB granule when reserving and to the page otherwise. Sizes cover the
 * last byte requested. Committing committed pages succeeds, keeps the contents and sets the new protection. A range that is not wholly inside one
 * reservation fails with ERROR_INVALID_ADDRESS.
 */
#include "host.h"
#include "host_commit.h"
#include "host_foreign.h"
#include "host_guard.h"
#include "host_index.h"
#include "host_pages.h"
#include "host_vm.h"
#include "os_memory.h"

#include <errno.h>

#include "base_poison.h"

#define TYPES (MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO | MEM_TOP_DOWN | MEM_WRITE_WATCH | MEM_PHYSICAL | MEM_LARGE_PAGES)
#define RESETS (MEM_RESET | MEM_RESET_UNDO)

typedef struct request {
    uintptr_t address;
    size_t size;
    DWORD type, protect;
} request;

/* Do the types go together? MEM_RESET and MEM_RESET_UNDO stand alone, MEM_PHYSICAL only with MEM_RESERVE and read-write. */
static bool is_valid_type(const request *asked)
{
    DWORD type = asked->type;
    if ((type & ~TYPES) != 0 || (type & (MEM_COMMIT | MEM_RESERVE | RESETS)) == 0)
        return false;
    if ((type & RESETS) != 0)
        return type == MEM_RESET || type == MEM_RESET_UNDO;
    if ((type & MEM_PHYSICAL) != 0)
        return type == (MEM_RESERVE | MEM_PHYSICAL) && asked->protect == PAGE_READWRITE;
    if ((type & MEM_LARGE_PAGES) != 0 && (type & (MEM_RESERVE | MEM_COMMIT)) != (MEM_RESERVE | MEM_COMMIT))
        return false;
    return (type & MEM_WRITE_WATCH) == 0 || (type & MEM_RESERVE) != 0;
}

static DWORD check(const request *asked)
{
    /* NtAllocateVirtualMemory leaves the last granule of user space alone (MM_HIGHEST_VAD_ADDRESS), in ReactOS as in NT. */
    uintptr_t highest = hf__os_highest_address() - HF_GRANULE;
    /* That private memory has no copy-on-write pages is known of a new region at once, and of an old one once it is found. */
    bool is_new = (asked->type & MEM_RESERVE) != 0 || asked->address == 0;
    if (!is_valid_type(asked) || !hf__host_protect_is_valid(asked->protect, !is_new))
        return ERROR_INVALID_PARAMETER;
    if (asked->size == 0 || (asked->address != 0 && asked->address < HF_GRANULE) || asked->address > highest)
        return ERROR_INVALID_PARAMETER;
    if (asked->size - 1 > highest - asked->address)
        return ERROR_INVALID_PARAMETER;
    /* Large pages need the privilege to lock memory, which a process has only if someone gave it. */
    return (asked->type & MEM_LARGE_PAGES) != 0 ? ERROR_PRIVILEGE_NOT_HELD : ERROR_SUCCESS;
}

DWORD hf__host_vm_error_of(int os_code)
{
    if (os_code == 0)
        return ERROR_SUCCESS;
    if (os_code == EEXIST || os_code == EINVAL || os_code == EPERM)
        return ERROR_INVALID_ADDRESS;
    return os_code == EACCES ? ERROR_ACCESS_DENIED : ERROR_NOT_ENOUGH_MEMORY;
}

static DWORD reserve(const request *asked, void **out)
{
    uintptr_t first = asked->address & ~(uintptr_t)(HF_GRANULE - 1);
    size_t size = hf__host_page_up(asked->address + asked->size) - first;
    bool commits = (asked->type & MEM_COMMIT) != 0, top_down = (asked->type & MEM_TOP_DOWN) != 0;
    hf_page_code code = commits ? hf__host_code_of_protect(asked->protect) : HF_PAGE_RESERVED;
    hf_region_kind kind = (asked->type & MEM_PHYSICAL) != 0 ? HF_REGION_PHYSICAL : HF_REGION_PLAIN;
    if (commits && !hf__host_commit_charge(HF_COMMIT_VIRTUAL, size))
        return ERROR_COMMITMENT_LIMIT;
    hf__host_regions_prepare();
    if ((code & HF_PAGE_GUARDED) != 0)
        hf__host_guard_watch();
    void *base = NULL;
    int os_code = hf__os_reserve_committed((void *)first, size, HF_GRANULE, top_down, hf__host_access_of_code(code), &base);
    hf_region *region = NULL;
    if (os_code == 0)
        region = hf__host_region_add((uintptr_t)base, size >> HF_PAGE_SHIFT, kind, asked->protect & ~PAGE_TARGETS_NO_UPDATE, code);
    if (region != NULL) {
        hf__host_unlock(&region->lock);
        *out = base;
        return ERROR_SUCCESS;
    }

    if (os_code == 0)
        hf__os_release(base, size);
    if (commits)
        hf__host_commit_refund(HF_COMMIT_VIRTUAL, size);
    return os_code == 0 ? ERROR_NOT_ENOUGH_MEMORY : hf__host_vm_error_of(os_code);
}

static DWORD commit(hf_region *region, const request *asked, hf_page_range range)
{
    hf_page_code code = hf__host_code_of_protect(asked->protect);
    uint64_t fresh = hf__host_vm_reserved_in(region, range);
    if (!hf__host_commit_charge(HF_COMMIT_VIRTUAL, fresh << HF_PAGE_SHIFT))
        return ERROR_COMMITMENT_LIMIT;
    DWORD error = hf__host_vm_set(region, range, code);
    if (error != ERROR_SUCCESS)
        hf__host_commit_refund(HF_COMMIT_VIRTUAL, fresh << HF_PAGE_SHIFT);
    else
        region->committed += fresh;
    return error;
}

/* Committing or resetting memory that the host did not reserve. */
static DWORD touch_foreign(const request *asked, uintptr_t first, uintptr_t end)
{
    DWORD old;
    if ((asked->type & RESETS) == 0)
        return first != 0 ? hf__host_foreign_protect(first, end, asked->protect, &old) : ERROR_INVALID_ADDRESS;
    return hf__host_foreign_is_private(first, end) ? ERROR_SUCCESS : ERROR_INVALID_ADDRESS;
}

static DWORD change(const request *asked, void **out)
{
    uintptr_t first = hf__host_page_down(asked->address), end = hf__host_page_up(asked->address + asked->size);
    hf_region *region = hf__host_region_lock_at(first);
    bool is_ours = region != NULL && !hf__host_region_is_heap(region->kind);
    DWORD code = ERROR_INVALID_ADDRESS;

    if (is_ours) {
        hf_page_range range = {(first - region->base) >> HF_PAGE_SHIFT, (end - region->base) >> HF_PAGE_SHIFT};
        bool fits = range.end <= region->pages && region->kind == HF_REGION_PLAIN;
        if (fits && !hf__host_protect_is_valid(asked->protect, false))
            code = ERROR_INVALID_PARAMETER;
        else if (fits && (asked->type & RESETS) != 0)
            code = hf__host_vm_error_of(asked->type == MEM_RESET ? hf__os_reset((void *)first, end - first) : 0);
        else if (fits)
            code = commit(region, asked, range);
    }

    if (region != NULL)
        hf__host_unlock(&region->lock);
    if (!is_ours)
        code = touch_foreign(asked, first, end);
    if (code == ERROR_SUCCESS)
        *out = (void *)first;
    return code;
}

DWORD hf__host_alloc(void *address, size_t size, DWORD type, DWORD protect, void **out)
{
    *out = NULL;
    request asked = {.address = (uintptr_t)address, .size = size, .type = type, .protect = protect};
    DWORD code = check(&asked);
    if (code != ERROR_SUCCESS)
        return code;
    if (!hf__host_enter())
        return ERROR_NOT_READY;
    void *got = NULL;
    bool reserves = (type & MEM_RESERVE) != 0 || (address == NULL && (type & RESETS) == 0);
    code = reserves ? reserve(&asked, &got) : change(&asked, &got);
    hf__host_leave();
    *out = got;
    return code;
}
