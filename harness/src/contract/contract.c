/* SPDX-License-Identifier: MIT
 * What the clauses of the contract suite share: expectations, releasing of memory, and reading the system's own map. The clauses are in the files
 * beside this one, by subject; contract_run.c runs them. Nothing here knows our own host.
 */
#include "contract.h"
#include "os_memory.h"

#include "base_poison.h"

bool hf__contract_expect(hf_contract *c, bool holds, const char *format, ...)
{
    if (!holds && !c->failed) {
        c->failed = true;
        va_list arguments;
        va_start(arguments, format);
        hf__builder_vprint(&c->got, format, arguments);
        va_end(arguments);
    }
    return holds;
}

bool hf__contract_expect_ok(hf_contract *c, HRESULT hr, const char *call)
{
    return hf__contract_expect(c, hr == S_OK, "%s returned 0x%08X", call, (unsigned)hr);
}

bool hf__contract_expect_failure(hf_contract *c, HRESULT hr, const char *call)
{
    return hf__contract_expect(c, FAILED(hr), "%s returned 0x%08X", call, (unsigned)hr);
}

HRESULT hf__contract_alloc_at(hf_contract *c, void *address, size_t size, DWORD type, DWORD protect, void **out)
{
    *out = (void *)(uintptr_t)1;
    HRESULT hr = c->manager->lpVtbl->VirtualAlloc(c->manager, address, size, type, protect, eTaskCritical, out);
    bool is_new = SUCCEEDED(hr) && (uintptr_t)*out > 1 && ((type & MEM_RESERVE) != 0 || address == NULL);
    if (is_new && c->region_count < HF_CONTRACT_TAKEN_MAX)
        c->regions[c->region_count++] = *out;
    return hr;
}

void hf__contract_forget(hf_contract *c, const void *region)
{
    for (unsigned i = 0; i < c->region_count; i++) {
        if (c->regions[i] == region)
            c->regions[i] = NULL;
    }
}

char *hf__contract_region(hf_contract *c, size_t committed)
{
    void *base = NULL, *first = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, HF_CONTRACT_UNIT, MEM_RESERVE, PAGE_READWRITE, &base);
    bool reserved = hf__contract_expect_ok(c, hr, "VirtualAlloc reserve");
    if (!hf__contract_expect(c, !reserved || (uintptr_t)base > 1, "reserving gave S_OK and no address") || !reserved)
        return NULL;
    if (committed == 0)
        return base;
    hr = hf__contract_alloc_at(c, base, committed, MEM_COMMIT, PAGE_READWRITE, &first);
    if (!hf__contract_expect_ok(c, hr, "VirtualAlloc commit"))
        return NULL;
    return hf__contract_expect(c, first == base, "committing %p gave %p", base, first) ? base : NULL;
}

bool hf__contract_query(hf_contract *c, const void *address, MEMORY_BASIC_INFORMATION *out)
{
    SIZE_T bytes = 0;
    *out = (MEMORY_BASIC_INFORMATION){0};
    HRESULT hr = c->manager->lpVtbl->VirtualQuery(c->manager, (void *)(uintptr_t)address, out, sizeof *out, &bytes);
    return hf__contract_expect_ok(c, hr, "VirtualQuery") &&
           hf__contract_expect(c, bytes == sizeof *out, "VirtualQuery filled %zu bytes of %zu", bytes, sizeof *out);
}

bool hf__contract_expect_page(hf_contract *c, const void *address, DWORD state, DWORD protect)
{
    MEMORY_BASIC_INFORMATION told;
    if (!hf__contract_query(c, address, &told))
        return false;
    bool same = told.State == state && (state != MEM_COMMIT || told.Protect == protect);
    return hf__contract_expect(c, same, "state 0x%X protect 0x%X, expected state 0x%X protect 0x%X", (unsigned)told.State, (unsigned)told.Protect,
                               (unsigned)state, (unsigned)protect);
}

bool hf__contract_can(const void *address, size_t size, unsigned access)
{
    for (uintptr_t at = (uintptr_t)address, end = at + size; at < end;) {
        hf_map_entry map;
        if (at < HF_CONTRACT_UNIT || hf__os_map_at(at, &map) != 0 || map.kind == HF_MAP_FREE || (map.access & access) != access)
            return false;
        at = map.end;
    }
    return true;
}

bool hf__contract_expect_zero(hf_contract *c, const char *address, size_t size)
{
    if (!hf__contract_expect(c, hf__contract_can(address, size, HF_ACCESS_READ), "memory at %p cannot be read", (const void *)address))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!hf__contract_expect(c, address[i] == 0, "byte %zu is 0x%02X", i, (unsigned)(unsigned char)address[i]))
            return false;
    }
    return true;
}

bool hf__contract_write(hf_contract *c, char *address, char value)
{
    bool can = hf__contract_expect(c, hf__contract_can(address, 1, HF_ACCESS_WRITE), "memory at %p cannot be written", (void *)address);
    if (can)
        *address = value;
    return can;
}

bool hf__contract_expect_byte(hf_contract *c, const char *address, char value)
{
    bool can = hf__contract_expect(c, hf__contract_can(address, 1, HF_ACCESS_READ), "memory at %p cannot be read", (const void *)address);
    return can && hf__contract_expect(c, *address == value, "the byte is 0x%02X, not 0x%02X", (unsigned)(unsigned char)*address,
                                      (unsigned)(unsigned char)value);
}
