/* SPDX-License-Identifier: MIT
 * Clauses about VirtualProtect and VirtualQuery, on the host's memory and on memory that it did not give out: the CLR uses both on its stacks and its
 * image, and does not start if a host refuses (coreclr threads.cpp:7281, ceemain.cpp:707).
 */
#include "contract.h"
#include "base_check.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

#define PAGE HF_CONTRACT_PAGE
#define UNIT HF_CONTRACT_UNIT
#define UNTOUCHED 0xA5A5A5A5u

static HRESULT protect_at(hf_contract *c, void *address, size_t size, DWORD protect, DWORD *old)
{
    *old = UNTOUCHED;
    return c->manager->lpVtbl->VirtualProtect(c->manager, address, size, protect, old);
}

/* Protects, which must succeed and tell the old protection. */
static bool protects(hf_contract *c, void *address, size_t size, DWORD protect, DWORD expected_old)
{
    DWORD old;
    HRESULT hr = protect_at(c, address, size, protect, &old);
    return hf__contract_expect_ok(c, hr, "VirtualProtect") &&
           hf__contract_expect(c, old == expected_old, "the old protection is reported as 0x%X, not 0x%X", (unsigned)old, (unsigned)expected_old);
}

static void gives_protection(hf_contract *c, size_t protect)
{
    char *base = hf__contract_region(c, PAGE);
    if (base != NULL && protects(c, base, PAGE, (DWORD)protect, PAGE_READWRITE))
        hf__contract_expect_page(c, base, MEM_COMMIT, (DWORD)protect);
}

static void takes_access(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, PAGE);
    if (base == NULL || !protects(c, base, PAGE, PAGE_READONLY, PAGE_READWRITE))
        return;
    hf__contract_expect(c, hf__contract_can(base, PAGE, HF_ACCESS_READ), "a read-only page cannot be read");
    hf__contract_expect(c, !hf__contract_can(base, PAGE, HF_ACCESS_WRITE), "a read-only page can be written");
}

static void keeps_contents(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, PAGE);
    if (base == NULL || !hf__contract_write(c, base, 0x41))
        return;
    protects(c, base, PAGE, PAGE_NOACCESS, PAGE_READWRITE);
    protects(c, base, PAGE, PAGE_READWRITE, PAGE_NOACCESS);
    hf__contract_expect_byte(c, base, 0x41);
}

static void tells_first_pages_old(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, 2 * PAGE);
    if (base == NULL)
        return;
    protects(c, base, PAGE, PAGE_READONLY, PAGE_READWRITE);
    protects(c, base, 2 * PAGE, PAGE_READWRITE, PAGE_READONLY);
}

static void takes_touched_pages(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, 3 * PAGE);
    if (base == NULL || !protects(c, base + PAGE - 1, 2, PAGE_READONLY, PAGE_READWRITE))
        return;
    hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READONLY);
    hf__contract_expect_page(c, base + PAGE, MEM_COMMIT, PAGE_READONLY);
    hf__contract_expect_page(c, base + 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
}

/* Requests that fail and change nothing, on a region with two committed pages of sixteen. */
typedef struct refusal {
    const char *name;
    size_t offset, size;
    DWORD protect;
    unsigned marks;
} refusal;

static const refusal refusals[] = {
    {"VirtualProtect refuses reserved pages", 4 * PAGE, PAGE, PAGE_READONLY, 0},
    {"VirtualProtect refuses a range that is partly reserved, and changes no page", 0, 3 * PAGE, PAGE_READONLY, 0},
    {"VirtualProtect refuses protection 0", 0, PAGE, 0, 0},
    {"VirtualProtect refuses two protections", 0, PAGE, PAGE_READONLY | PAGE_READWRITE, 0},
    {"VirtualProtect refuses PAGE_WRITECOPY for private memory", 0, PAGE, PAGE_WRITECOPY, 0},
    {"VirtualProtect refuses PAGE_GUARD with PAGE_NOACCESS", 0, PAGE, PAGE_GUARD | PAGE_NOACCESS, HF_CLAUSE_BROKEN_BY_WINE},
};

static void refuses(hf_contract *c, size_t row)
{
    const refusal *asked = &refusals[row];
    DWORD old;
    char *base = hf__contract_region(c, 2 * PAGE);
    if (base == NULL)
        return;
    hf__contract_expect_failure(c, protect_at(c, base + asked->offset, asked->size, asked->protect, &old), "VirtualProtect");
    hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READWRITE);
    hf__contract_expect_page(c, base + PAGE, MEM_COMMIT, PAGE_READWRITE);
    hf__contract_expect_page(c, base + 4 * PAGE, MEM_RESERVE, 0);
}

static void refuses_free_memory(hf_contract *c, size_t row)
{
    DWORD old;
    char *base = hf__contract_region(c, 0);
    (void)row;
    if (base == NULL || !hf__contract_expect_ok(c, c->manager->lpVtbl->VirtualFree(c->manager, base, 0, MEM_RELEASE), "VirtualFree"))
        return;
    hf__contract_forget(c, base);
    hf__contract_expect_failure(c, protect_at(c, base, PAGE, PAGE_READONLY, &old), "VirtualProtect");
}

/* Whole pages of this program's, which no host ever gave out. */
static char *own_pages(void)
{
    static char memory[2 * PAGE];
    memory[0] = 1; /* so that it is no constant */
    return (char *)(((uintptr_t)memory + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
}

static void change_others(hf_contract *c, char *others)
{
    DWORD first, second;
    if (!hf__contract_expect_ok(c, protect_at(c, others, PAGE, PAGE_READONLY, &first), "VirtualProtect"))
        return;
    hf__contract_expect(c, !hf__contract_can(others, PAGE, HF_ACCESS_WRITE), "the page can still be written");
    hf__contract_expect_ok(c, protect_at(c, others, PAGE, first, &second), "VirtualProtect with the old protection");
    hf__contract_expect(c, second == PAGE_READONLY, "the old protection is reported as 0x%X", (unsigned)second);
    hf__contract_expect(c, hf__contract_can(others, PAGE, HF_ACCESS_WRITE), "the page cannot be written again");
}

static void hide_others(hf_contract *c, char *others)
{
    DWORD first, second;
    if (!hf__contract_expect_ok(c, protect_at(c, others, PAGE, PAGE_NOACCESS, &first), "VirtualProtect"))
        return;
    hf__contract_expect_ok(c, protect_at(c, others, PAGE, first, &second), "VirtualProtect with the old protection");
    hf__contract_expect(c, second == PAGE_NOACCESS, "the old protection is reported as 0x%X", (unsigned)second);
    hf__contract_expect(c, hf__contract_can(others, PAGE, HF_ACCESS_WRITE), "the page cannot be written again");
}

/* Whatever the host did to them, the pages end as they were: the program goes on using them. */
static void on_others(hf_contract *c, void (*check)(hf_contract *c, char *others))
{
    char *others = own_pages();
    check(c, others);
    (void)hf__os_protect(others, PAGE, HF_ACCESS_READ | HF_ACCESS_WRITE);
}

static void protects_others(hf_contract *c, size_t row)
{
    (void)row;
    on_others(c, change_others);
}

static void hides_and_shows_others(hf_contract *c, size_t row)
{
    (void)row;
    on_others(c, hide_others);
}

/* VirtualQuery */

static void query_rounds_down(hf_contract *c, size_t row)
{
    (void)row;
    MEMORY_BASIC_INFORMATION told;
    const char *base = hf__contract_region(c, 4 * PAGE);
    if (base == NULL || !hf__contract_query(c, base + PAGE + 0xABC, &told))
        return;
    hf__contract_expect(c, told.BaseAddress == base + PAGE, "the base is reported as %p", told.BaseAddress);
    hf__contract_expect(c, told.RegionSize == 3 * (size_t)PAGE, "the size is reported as 0x%zX", told.RegionSize);
}

static void query_tells_allocation(hf_contract *c, size_t row)
{
    (void)row;
    MEMORY_BASIC_INFORMATION told;
    char *base = hf__contract_region(c, 4 * PAGE);
    if (base == NULL || !protects(c, base + PAGE, PAGE, PAGE_READONLY, PAGE_READWRITE) || !hf__contract_query(c, base + PAGE, &told))
        return;
    hf__contract_expect(c, told.AllocationBase == base, "the allocation's base is reported as %p", told.AllocationBase);
    hf__contract_expect(c, told.AllocationProtect == PAGE_READWRITE, "reserved with 0x%X", (unsigned)told.AllocationProtect);
    hf__contract_expect(c, told.Type == MEM_PRIVATE, "type 0x%X", (unsigned)told.Type);
}

static void query_splits_regions(hf_contract *c, size_t row)
{
    (void)row;
    MEMORY_BASIC_INFORMATION head, middle, tail;
    char *base = hf__contract_region(c, 3 * PAGE);
    if (base == NULL || !protects(c, base + PAGE, PAGE, PAGE_READONLY, PAGE_READWRITE))
        return;
    if (!hf__contract_query(c, base, &head) || !hf__contract_query(c, base + PAGE, &middle) || !hf__contract_query(c, base + 3 * PAGE, &tail))
        return;
    hf__contract_expect(c, head.RegionSize == PAGE && middle.RegionSize == PAGE, "sizes 0x%zX and 0x%zX", head.RegionSize, middle.RegionSize);
    hf__contract_expect(c, tail.State == MEM_RESERVE && tail.RegionSize == UNIT - 3 * (size_t)PAGE, "the rest is reported as 0x%zX", tail.RegionSize);
}

static void expect_others(hf_contract *c, const void *address, DWORD type)
{
    MEMORY_BASIC_INFORMATION told;
    if (!hf__contract_query(c, address, &told))
        return;
    hf__contract_expect(c, told.State == MEM_COMMIT, "state 0x%X", (unsigned)told.State);
    hf__contract_expect(c, type == 0 || told.Type == type, "type 0x%X", (unsigned)told.Type);
    hf__contract_expect(c, told.AllocationBase != NULL && told.RegionSize >= PAGE, "allocation %p, size 0x%zX", told.AllocationBase, told.RegionSize);
}

static void query_tells_stack(hf_contract *c, size_t row)
{
    char here = (char)row;
    expect_others(c, &here, MEM_PRIVATE);
}

static void query_tells_image(hf_contract *c, size_t row)
{
    (void)row;
    expect_others(c, refusals, MEM_IMAGE);
}

static void query_tells_null(hf_contract *c, size_t row)
{
    (void)row;
    MEMORY_BASIC_INFORMATION told;
    if (hf__contract_query(c, NULL, &told))
        hf__contract_expect(c, told.State == MEM_FREE && told.BaseAddress == NULL, "state 0x%X at %p", (unsigned)told.State, told.BaseAddress);
}

static void query_needs_room(hf_contract *c, size_t row)
{
    char small[sizeof(MEMORY_BASIC_INFORMATION)] = {0};
    SIZE_T bytes = 0;
    char *base = hf__contract_region(c, PAGE);
    (void)row;
    if (base == NULL)
        return;
    HRESULT hr = c->manager->lpVtbl->VirtualQuery(c->manager, base, small, sizeof small - 1, &bytes);
    hf__contract_expect(c, FAILED(hr) || bytes == 0, "0x%08X and %zu bytes", (unsigned)hr, bytes);
    hf__contract_expect(c, small[sizeof small - 1] == 0, "it wrote past the end of the buffer");
}

static void query_walks_all(hf_contract *c, size_t row)
{
    (void)row;
    MEMORY_BASIC_INFORMATION told;
    const char *base = hf__contract_region(c, PAGE);
    const char *at = base;
    for (unsigned i = 0; base != NULL && i < 64 && at != NULL; i++) {
        if (!hf__contract_query(c, at, &told))
            return;
        if (!hf__contract_expect(c, told.BaseAddress == at && told.RegionSize != 0, "a walk stops at %p", (const void *)at))
            return;
        at += told.RegionSize;
        if ((uintptr_t)at > hf__os_highest_address())
            return;
    }
}

static const hf_clause clauses[] = {
    {"VirtualProtect gives PAGE_NOACCESS", gives_protection, PAGE_NOACCESS, 0},
    {"VirtualProtect gives PAGE_READONLY", gives_protection, PAGE_READONLY, 0},
    {"VirtualProtect gives PAGE_EXECUTE_READ", gives_protection, PAGE_EXECUTE_READ, 0},
    {"VirtualProtect gives PAGE_EXECUTE_READWRITE", gives_protection, PAGE_EXECUTE_READWRITE, 0},
    {"VirtualProtect gives PAGE_READWRITE with PAGE_GUARD", gives_protection, PAGE_READWRITE | PAGE_GUARD, 0},
    {"a read-only page can be read and not written", takes_access, 0, 0},
    {"VirtualProtect keeps the contents", keeps_contents, 0, 0},
    {"VirtualProtect returns the first page's old protection", tells_first_pages_old, 0, 0},
    {"VirtualProtect changes every page that it touches", takes_touched_pages, 0, 0},
    {"VirtualProtect refuses free memory", refuses_free_memory, 0, 0},
    {"VirtualProtect serves memory that the host never gave out", protects_others, 0, 0},
    {"VirtualProtect takes access from such memory and gives it back", hides_and_shows_others, 0, 0},
    {"VirtualQuery describes the pages from the address on", query_rounds_down, 0, 0},
    {"VirtualQuery reports base and first protection of the allocation", query_tells_allocation, 0, 0},
    {"VirtualQuery splits regions where pages differ", query_splits_regions, 0, 0},
    {"VirtualQuery describes a stack", query_tells_stack, 0, 0},
    {"VirtualQuery describes the program's image", query_tells_image, 0, 0},
    {"VirtualQuery reports address 0 as free", query_tells_null, 0, 0},
    {"VirtualQuery refuses a short buffer", query_needs_room, 0, 0},
    {"VirtualQuery walks from region to region", query_walks_all, 0, 0},
};

/* The table above and one clause for each refusal. */
const hf_clause *hf__contract_protect(size_t *count)
{
    static hf_clause all[HF_COUNT_OF(clauses) + HF_COUNT_OF(refusals)];
    memcpy(all, clauses, sizeof clauses);
    for (size_t i = 0; i < HF_COUNT_OF(refusals); i++)
        all[HF_COUNT_OF(clauses) + i] = (hf_clause){refusals[i].name, refuses, i, refusals[i].marks};
    *count = HF_COUNT_OF(all);
    return all;
}
