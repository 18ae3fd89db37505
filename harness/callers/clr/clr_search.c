/* SPDX-License-Identifier: MIT
 * Finding address space for code within reach of the runtime's own image. CLR: src/utilcode/util.cpp:481-680.
 *
 * The loop that a host should know of: it asks VirtualQuery where memory is free and reserves there. A reservation that fails is taken for a
 * lost race, so the search moves on by 64 KiB and asks again, to the end of the range: a host that has come to refuse reservations hears tens of
 * thousands of requests before the runtime believes it.
 */
#include "clr.h"
#include "base_poison.h"

/* VirtualQuery that gives 0 ends the search (590-680). A region of size 0 counts as big enough. */
void *clr_alloc_within_range(clr_thread *thread, clr_range range, size_t size, DWORD protect)
{
    uintptr_t address = clr_align_up(range.low, CLR_GRANULE);
    while (size != 0 && address + size <= range.high && address + size > address) {
        MEMORY_BASIC_INFORMATION info;
        if (clr_virtual_query(thread, (void *)address, &info) == 0)
            return NULL;
        if (info.State == MEM_FREE && (info.RegionSize >= size || info.RegionSize == 0)) {
            void *memory = clr_virtual_alloc(thread, (void *)address, size, MEM_RESERVE, protect);
            if (memory != NULL)
                return memory;
            address += CLR_GRANULE;
            continue;
        }
        uintptr_t end = (uintptr_t)info.BaseAddress + info.RegionSize;
        address = clr_align_up(end > address + CLR_GRANULE ? end : address + CLR_GRANULE, CLR_GRANULE);
    }

    return NULL;
}

static void *found(clr_code_manager *code, void *memory, size_t size)
{
    code->hint = (uintptr_t)memory + size;
    return memory;
}

/* ClrVirtualAllocExecutable (481-536): after the hint, before the hint, anywhere; and once both searches failed the hint is dropped for good. */
void *clr_alloc_executable(clr_thread *thread, size_t size)
{
    clr_code_manager *code = &thread->clr->code;
    if (code->hint != 0) {
        void *memory = clr_alloc_within_range(thread, (clr_range){code->hint, code->preferred.high}, size, PAGE_NOACCESS);
        if (memory == NULL)
            memory = clr_alloc_within_range(thread, (clr_range){code->preferred.low, code->hint + size}, size, PAGE_NOACCESS);
        if (memory != NULL)
            return found(code, memory, size);
        code->hint = 0;
    }
    return clr_virtual_alloc(thread, NULL, size, MEM_RESERVE, PAGE_NOACCESS);
}
