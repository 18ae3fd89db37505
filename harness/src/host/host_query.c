/* SPDX-License-Identifier: MIT
 * VirtualQuery of any address. For the host's own regions the answer comes from its tables without a lock, so it completes while other threads are
 * suspended, except in the middle of a store to that region's table (the documentation of IHostMemoryManager::VirtualQuery warns of deadlocks). For
 * other memory the kernel is asked.
 *
 * The region that is reported begins at the address's page, not where the run of equal pages begins: documented with VirtualQuery.
 */
#include "host.h"
#include "host_foreign.h"
#include "host_index.h"
#include "host_pages.h"
#include "host_vm.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

/* A writer is inside a region's table for a few stores; only if it is preempted there does a reader have to wait. */
#define LOOKS_MAX 10000u
#define LOOKS_WITHOUT_YIELD 100u

typedef enum own_answer { OWN_NOT, OWN_TOLD, OWN_BUSY } own_answer;

static void describe(const hf_region *region, uintptr_t page, MEMORY_BASIC_INFORMATION *out)
{
    uint64_t base = hf__os_load_u64(&region->base);
    uint64_t index = (page - base) >> HF_PAGE_SHIFT;
    uint64_t pages = hf__os_load_u64(&region->pages);
    hf_page_code code = HF_PAGE_RESERVED;
    uint64_t end = index < pages ? hf__host_pages_run(region, index, pages, &code) : index + 1; /* else the region changed meanwhile */
    memset(out, 0, sizeof *out);
    out->BaseAddress = (void *)page;
    out->AllocationBase = (void *)(uintptr_t)base;
    out->AllocationProtect = hf__os_load_u32(&region->protect);
    out->RegionSize = (size_t)((end - index) << HF_PAGE_SHIFT);
    out->State = code == HF_PAGE_RESERVED ? MEM_RESERVE : MEM_COMMIT;
    out->Protect = hf__host_protect_of_code(code);
    out->Type = MEM_PRIVATE;
}

static own_answer query_own(uintptr_t page, MEMORY_BASIC_INFORMATION *out)
{
    for (unsigned look = 0; look < LOOKS_MAX; look++) {
        uint32_t life;
        const hf_region *region = hf__host_region_at(page, &life);
        if (region == NULL || hf__host_region_is_heap(hf__os_load_u32(&region->kind)))
            return OWN_NOT;
        uint32_t sequence = hf__os_load_u32(&region->sequence);
        if ((sequence & 1) == 0) {
            describe(region, page, out);
            if (hf__os_load_u32(&region->sequence) == sequence && hf__os_load_u32(&region->life) == life)
                return OWN_TOLD;
        }
        if (look > LOOKS_WITHOUT_YIELD)
            hf__os_yield();
    }
    return OWN_BUSY;
}

static DWORD query(uintptr_t page, MEMORY_BASIC_INFORMATION *out)
{
    own_answer own = query_own(page, out);
    if (own == OWN_BUSY)
        return ERROR_NOT_READY;
    if (own == OWN_TOLD)
        return ERROR_SUCCESS;
    if (!hf__host_foreign_query(page, out))
        return ERROR_NOT_READY;
    return ERROR_SUCCESS;
}

/* Linux puts the first stack just above the highest address of Windows: what is there is told of, and what is free there is no address. Asked before
 * the buffer is looked at, so that an address is refused by one error whatever the buffer is, as NtQueryVirtualMemory refuses it. */
static bool is_beyond(uintptr_t at)
{
    hf_map_entry map;
    uintptr_t highest = hf__os_highest_address();
    if (at <= highest)
        return false;
    return at > (highest | 0x1FFFFu) || hf__os_map_at(at, &map) != 0 || map.kind == HF_MAP_FREE;
}

size_t hf__host_query(const void *address, MEMORY_BASIC_INFORMATION *buffer, size_t length, DWORD *error)
{
    uintptr_t at = (uintptr_t)address;
    MEMORY_BASIC_INFORMATION told;

    *error = ERROR_SUCCESS;
    if (is_beyond(at))
        *error = ERROR_INVALID_PARAMETER;
    else if (length < sizeof *buffer)
        *error = ERROR_BAD_LENGTH;
    else if (buffer == NULL)
        *error = ERROR_NOACCESS;
    else if (!hf__host_enter())
        *error = ERROR_NOT_READY;
    else {
        *error = query(hf__host_page_down(at), &told);
        hf__host_leave();
    }

    if (*error != ERROR_SUCCESS)
        return 0;
    memcpy(buffer, &told, sizeof told);
    return sizeof told;
}
