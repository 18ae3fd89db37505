/* SPDX-License-Identifier: MIT
 * Pages on Windows: the system's own functions, and a memory map by VirtualQuery. Every function is one or two system calls without heap or lock.
 */
#include "os_memory.h"

#include "base_poison.h"

static const SYSTEM_INFO *system_info(void)
{
    static SYSTEM_INFO info;
    if (info.dwPageSize == 0)
        GetSystemInfo(&info);
    return &info;
}

size_t hf__os_page_size(void)
{
    return system_info()->dwPageSize;
}

uintptr_t hf__os_highest_address(void)
{
    return (uintptr_t)system_info()->lpMaximumApplicationAddress;
}

static DWORD protection_of(unsigned access)
{
    bool reads = (access & HF_ACCESS_READ) != 0, writes = (access & HF_ACCESS_WRITE) != 0;
    if ((access & HF_ACCESS_EXECUTE) != 0)
        return writes ? PAGE_EXECUTE_READWRITE : reads ? PAGE_EXECUTE_READ : PAGE_EXECUTE;
    return writes ? PAGE_READWRITE : reads ? PAGE_READONLY : PAGE_NOACCESS;
}

static unsigned access_of(DWORD protect)
{
    static const struct {
        DWORD kinds;
        unsigned access;
    } rows[] = {
        {PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY, HF_ACCESS_READ},
        {PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY, HF_ACCESS_WRITE},
        {PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY, HF_ACCESS_EXECUTE},
    };
    unsigned access = HF_ACCESS_NONE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && (protect & PAGE_GUARD) == 0; i++)
        access |= (rows[i].kinds & protect) != 0 ? rows[i].access : 0u;
    return access;
}

/* pre: the alignment is at most the granule, which every reservation of Windows has. */
static int allocate(void *address, size_t size, DWORD type, unsigned access, bool top_down, void **out)
{
    *out = VirtualAlloc(address, size, type | (top_down ? MEM_TOP_DOWN : 0u), protection_of(access));
    return *out != NULL ? 0 : (int)GetLastError();
}

int hf__os_reserve_committed(void *address, size_t size, size_t alignment, bool top_down, unsigned access, void **out)
{
    (void)alignment;
    return allocate(address, size, MEM_RESERVE | MEM_COMMIT, access, top_down, out);
}

int hf__os_reserve(void *address, size_t size, size_t alignment, bool top_down, void **out)
{
    if (alignment <= system_info()->dwAllocationGranularity)
        return allocate(address, size, MEM_RESERVE, HF_ACCESS_NONE, top_down, out);
    /* A larger alignment: find room for it, and take the aligned part of it; another thread may be faster. */
    for (unsigned tries = 0; tries < 16; tries++) {
        void *room = NULL;
        int os_code = allocate(NULL, size + alignment, MEM_RESERVE, HF_ACCESS_NONE, top_down, &room);
        if (os_code != 0)
            return os_code;
        VirtualFree(room, 0, MEM_RELEASE);
        uintptr_t base = ((uintptr_t)room + alignment - 1) & ~((uintptr_t)alignment - 1);
        if (allocate((void *)base, size, MEM_RESERVE, HF_ACCESS_NONE, false, out) == 0)
            return 0;
    }
    return ERROR_NOT_ENOUGH_MEMORY;
}

int hf__os_commit(void *address, size_t size, unsigned access)
{
    void *got = NULL;
    return allocate(address, size, MEM_COMMIT, access, false, &got);
}

int hf__os_decommit(void *address, size_t size)
{
    return VirtualFree(address, size, MEM_DECOMMIT) ? 0 : (int)GetLastError();
}

int hf__os_protect(void *address, size_t size, unsigned access)
{
    DWORD before;
    return VirtualProtect(address, size, protection_of(access), &before) ? 0 : (int)GetLastError();
}

int hf__os_release(void *address, size_t size)
{
    (void)size;
    return VirtualFree(address, 0, MEM_RELEASE) ? 0 : (int)GetLastError();
}

int hf__os_map_at(uintptr_t address, hf_map_entry *out)
{
    MEMORY_BASIC_INFORMATION told;
    if (VirtualQuery((const void *)address, &told, sizeof told) == 0)
        return (int)GetLastError();
    *out = (hf_map_entry){.base = (uintptr_t)told.BaseAddress, .end = (uintptr_t)told.BaseAddress + told.RegionSize};
    out->object_base = told.State == MEM_FREE ? out->base : (uintptr_t)told.AllocationBase;
    out->object_end = out->end;
    out->access = told.State == MEM_COMMIT ? access_of(told.Protect) : HF_ACCESS_NONE;
    out->is_shared = told.Type == MEM_MAPPED;
    out->kind = told.State == MEM_FREE ? HF_MAP_FREE : told.Type == MEM_IMAGE ? HF_MAP_IMAGE : told.Type == MEM_MAPPED ? HF_MAP_FILE : HF_MAP_PRIVATE;
    return 0;
}

static MEMORYSTATUSEX memory_status(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    GlobalMemoryStatusEx(&status);
    return status;
}

void hf__os_memory_load(uint32_t *percent, uint64_t *available_bytes)
{
    MEMORYSTATUSEX status = memory_status();
    *percent = (uint32_t)status.dwMemoryLoad;
    *available_bytes = status.ullAvailPhys;
}

/* Nothing is shared with a clone where there are none. */
int hf__os_shared_mapping(const hf_os_stretch *known, size_t count, uintptr_t *out)
{
    (void)known;
    (void)count;
    *out = 0;
    return 0;
}

uint64_t hf__os_commit_limit(void)
{
    return memory_status().ullTotalPageFile;
}

void *hf__os_pages(size_t size)
{
    return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

/* There is no fork that they could be wiped on. */
void *hf__os_pages_wiped_on_fork(size_t size)
{
    return hf__os_pages(size);
}

void *hf__os_pages_shared(size_t size)
{
    return hf__os_pages(size);
}

void hf__os_pages_free(void *address, size_t size)
{
    (void)size;
    if (address != NULL)
        VirtualFree(address, 0, MEM_RELEASE);
}
