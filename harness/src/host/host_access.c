/* SPDX-License-Identifier: MIT
 * The tables of page protections. The documentation of the memory protection constants lists the combinations that are refused: PAGE_GUARD with
 * PAGE_NOACCESS, PAGE_NOCACHE or PAGE_WRITECOMBINE; PAGE_NOCACHE with PAGE_WRITECOMBINE; any of them with PAGE_NOACCESS. Caching attributes are
 * stored and reported, and have no effect.
 */
#include "host_access.h"
#include "base_check.h"
#include "os_memory.h"

#include "base_poison.h"

#define MODIFIERS (PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE)
#define CODE_NOCACHE 0x10u
#define CODE_WRITECOMBINE 0x20u

#define READ_EXECUTE (HF_ACCESS_READ | HF_ACCESS_EXECUTE)

static const struct {
    DWORD protect, copying;
    unsigned access;
} kinds[] = {
    {0, 0, HF_ACCESS_NONE},
    {PAGE_NOACCESS, 0, HF_ACCESS_NONE},
    {PAGE_READONLY, 0, HF_ACCESS_READ},
    {PAGE_READWRITE, PAGE_WRITECOPY, HF_ACCESS_READ | HF_ACCESS_WRITE},
    {PAGE_EXECUTE, 0, READ_EXECUTE},
    {PAGE_EXECUTE_READ, 0, READ_EXECUTE},
    {PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY, READ_EXECUTE | HF_ACCESS_WRITE},
};

static size_t kind_of(DWORD protect, bool may_copy)
{
    DWORD kind = protect & 0xFF;
    for (size_t i = 1; i < HF_COUNT_OF(kinds); i++) {
        if (kinds[i].protect == kind || (may_copy && kinds[i].copying == kind && kind != 0))
            return i;
    }
    return 0;
}

bool hf__host_protect_is_valid(DWORD protect, bool may_copy)
{
    DWORD known = 0xFF | MODIFIERS | PAGE_TARGETS_NO_UPDATE;
    DWORD modifiers = protect & MODIFIERS;
    bool is_one_modifier = (modifiers & (modifiers - 1)) == 0;
    bool is_without_access = (protect & 0xFF) == PAGE_NOACCESS;
    return (protect & ~known) == 0 && kind_of(protect, may_copy) != 0 && is_one_modifier && (modifiers == 0 || !is_without_access);
}

hf_page_code hf__host_code_of_protect(DWORD protect)
{
    unsigned code = (unsigned)kind_of(protect, true);
    code |= (protect & PAGE_GUARD) != 0 ? HF_PAGE_GUARDED : 0u;
    code |= (protect & PAGE_NOCACHE) != 0 ? CODE_NOCACHE : 0u;
    code |= (protect & PAGE_WRITECOMBINE) != 0 ? CODE_WRITECOMBINE : 0u;
    return (hf_page_code)code;
}

DWORD hf__host_protect_of_code(hf_page_code code)
{
    DWORD protect = kinds[(code & 7u) % HF_COUNT_OF(kinds)].protect;
    protect |= (code & HF_PAGE_GUARDED) != 0 ? PAGE_GUARD : 0u;
    protect |= (code & CODE_NOCACHE) != 0 ? PAGE_NOCACHE : 0u;
    protect |= (code & CODE_WRITECOMBINE) != 0 ? PAGE_WRITECOMBINE : 0u;
    return protect;
}

unsigned hf__host_access_of_code(hf_page_code code)
{
    return (code & HF_PAGE_GUARDED) != 0 ? HF_ACCESS_NONE : kinds[(code & 7u) % HF_COUNT_OF(kinds)].access;
}

DWORD hf__host_protect_of_access(unsigned access)
{
    bool writes = (access & HF_ACCESS_WRITE) != 0;
    if ((access & HF_ACCESS_EXECUTE) != 0)
        return writes ? PAGE_EXECUTE_READWRITE : PAGE_EXECUTE_READ;
    if (writes)
        return PAGE_READWRITE;
    return (access & HF_ACCESS_READ) != 0 ? PAGE_READONLY : PAGE_NOACCESS;
}

bool hf__host_code_is_hidden(hf_page_code code)
{
    return hf__host_protect_of_code(code) != hf__host_protect_of_access(hf__host_access_of_code(code)) || (code & 7u) == 1;
}
