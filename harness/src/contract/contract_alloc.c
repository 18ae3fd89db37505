/* SPDX-License-Identifier: MIT
 * Clauses about VirtualAlloc: what IHostMemoryManager documents (null on failure) and what it inherits from the Win32 function that it wraps.
 */
#include "contract.h"
#include "base_check.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

#define PAGE HF_CONTRACT_PAGE
#define UNIT HF_CONTRACT_UNIT

static void reserves_on_granule(hf_contract *c, size_t row)
{
    (void)row;
    const char *base = hf__contract_region(c, 0);
    if (base != NULL)
        hf__contract_expect(c, (uintptr_t)base % UNIT == 0, "the base is %p", (const void *)base);
}

static void reserved_is_told(hf_contract *c, size_t row)
{
    (void)row;
    MEMORY_BASIC_INFORMATION told;
    void *base;
    HRESULT hr = hf__contract_alloc_at(c, NULL, 1, MEM_RESERVE, PAGE_NOACCESS, &base);
    if (!hf__contract_expect_ok(c, hr, "VirtualAlloc") || !hf__contract_query(c, base, &told))
        return;
    hf__contract_expect(c, told.State == MEM_RESERVE, "state 0x%X", (unsigned)told.State);
    hf__contract_expect(c, told.AllocationBase == base && told.BaseAddress == base, "base %p", told.AllocationBase);
    hf__contract_expect(c, told.RegionSize == PAGE, "size 0x%zX for one byte", told.RegionSize);
    hf__contract_expect(c, told.AllocationProtect == PAGE_NOACCESS, "reserved with 0x%X", (unsigned)told.AllocationProtect);
}

static void reserve_needs_no_access(hf_contract *c, size_t row)
{
    (void)row;
    const char *base = hf__contract_region(c, 0);
    if (base != NULL)
        hf__contract_expect(c, !hf__contract_can(base, 1, HF_ACCESS_READ), "reserved memory can be read");
}

/* Leaves 4 units free at *out, as far as other threads do. */
static bool make_hole(hf_contract *c, char **out)
{
    void *base = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, 4 * UNIT, MEM_RESERVE, PAGE_NOACCESS, &base);
    if (!hf__contract_expect_ok(c, hr, "VirtualAlloc") || !hf__contract_expect(c, (uintptr_t)base > 1, "S_OK and no address"))
        return false;
    hf__contract_forget(c, base);
    *out = base;
    return hf__contract_expect_ok(c, c->manager->lpVtbl->VirtualFree(c->manager, base, 0, MEM_RELEASE), "VirtualFree");
}

static void reserves_where_asked(hf_contract *c, size_t row)
{
    (void)row;
    char *hole = NULL;
    void *got = NULL;
    if (!make_hole(c, &hole))
        return;
    HRESULT hr = hf__contract_alloc_at(c, hole + UNIT, UNIT, MEM_RESERVE, PAGE_READWRITE, &got);
    hf__contract_expect_ok(c, hr, "VirtualAlloc");
    hf__contract_expect(c, got == hole + UNIT, "asked for %p, got %p", (void *)(hole + UNIT), got);
}

static void rounds_reservation_down(hf_contract *c, size_t row)
{
    (void)row;
    char *hole = NULL;
    void *got = NULL;
    MEMORY_BASIC_INFORMATION told;
    if (!make_hole(c, &hole))
        return;
    HRESULT hr = hf__contract_alloc_at(c, hole + UNIT + 0x1234, PAGE, MEM_RESERVE, PAGE_READWRITE, &got);
    if (!hf__contract_expect_ok(c, hr, "VirtualAlloc") || !hf__contract_expect(c, got == hole + UNIT, "got %p", got))
        return;
    if (hf__contract_query(c, got, &told)) /* to the last byte asked for: 0x1234 + 0x1000 - 1 is in the third page */
        hf__contract_expect(c, told.RegionSize == 3 * (size_t)PAGE, "size 0x%zX", told.RegionSize);
}

static void commit_is_zero(hf_contract *c, size_t row)
{
    (void)row;
    const char *base = hf__contract_region(c, UNIT);
    if (base != NULL)
        hf__contract_expect_zero(c, base, UNIT);
}

static void commits_both_at_once(hf_contract *c, size_t row)
{
    (void)row;
    void *base = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, 3 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &base);
    if (hf__contract_expect_ok(c, hr, "VirtualAlloc") && hf__contract_expect(c, (uintptr_t)base > 1, "S_OK and no address")) {
        hf__contract_expect_zero(c, base, 3 * PAGE);
        hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READWRITE);
    }
}

static void commit_reserves_for_null(hf_contract *c, size_t row)
{
    (void)row;
    void *base = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, PAGE, MEM_COMMIT, PAGE_READWRITE, &base);
    if (hf__contract_expect_ok(c, hr, "VirtualAlloc") && hf__contract_expect(c, (uintptr_t)base > 1, "S_OK and no address"))
        hf__contract_write(c, base, 1);
}

static void commit_takes_touched_pages(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, 0);
    void *got = NULL;
    if (base == NULL)
        return;
    HRESULT hr = hf__contract_alloc_at(c, base + 2 * PAGE - 1, 2, MEM_COMMIT, PAGE_READWRITE, &got);
    hf__contract_expect_ok(c, hr, "VirtualAlloc");
    hf__contract_expect(c, got == base + PAGE, "got base + 0x%zX", (size_t)((char *)got - base));
    hf__contract_expect_page(c, base + PAGE, MEM_COMMIT, PAGE_READWRITE);
    hf__contract_expect_page(c, base + 2 * PAGE, MEM_COMMIT, PAGE_READWRITE);
}

static void commit_spares_neighbours(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, 0);
    void *got = NULL;
    if (base == NULL)
        return;
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, base + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE, &got), "VirtualAlloc");
    hf__contract_expect_page(c, base, MEM_RESERVE, 0);
    hf__contract_expect_page(c, base + 2 * PAGE, MEM_RESERVE, 0);
}

static void recommit_keeps_contents(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, PAGE);
    void *got = NULL;
    if (base == NULL || !hf__contract_write(c, base + 7, 0x41))
        return;
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, base, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE, &got), "VirtualAlloc");
    hf__contract_expect_byte(c, base + 7, 0x41);
}

static void recommit_changes_protection(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, PAGE);
    void *got = NULL;
    if (base == NULL)
        return;
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, base, PAGE, MEM_COMMIT, PAGE_READONLY, &got), "VirtualAlloc");
    hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READONLY);
}

static void level_is_accepted(hf_contract *c, size_t level)
{
    void *base = NULL;
    HRESULT hr = c->manager->lpVtbl->VirtualAlloc(c->manager, NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS, (EMemoryCriticalLevel)level, &base);
    if (hf__contract_expect_ok(c, hr, "VirtualAlloc") && hf__contract_expect(c, base != NULL, "S_OK and no address"))
        hf__contract_expect_ok(c, c->manager->lpVtbl->VirtualFree(c->manager, base, 0, MEM_RELEASE), "VirtualFree");
}

static void extra_type_is_accepted(hf_contract *c, size_t type)
{
    void *base = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, UNIT, MEM_RESERVE | MEM_COMMIT | (DWORD)type, PAGE_READWRITE, &base);
    if (hf__contract_expect_ok(c, hr, "VirtualAlloc") && hf__contract_expect(c, (uintptr_t)base > 1, "S_OK and no address"))
        hf__contract_write(c, base, 1);
}

static void reset_keeps_pages(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, UNIT);
    void *got = NULL;
    if (base == NULL)
        return;
    HRESULT hr = hf__contract_alloc_at(c, base, UNIT, MEM_RESET, PAGE_READWRITE, &got);
    hf__contract_expect_ok(c, hr, "VirtualAlloc with MEM_RESET");
    hf__contract_expect(c, got == base, "got %p, not %p", got, (void *)base);
    hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READWRITE);
    hf__contract_write(c, base, 1);
}

static void protection_is_given(hf_contract *c, size_t protect)
{
    void *base = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, (DWORD)protect, &base);
    if (hf__contract_expect_ok(c, hr, "VirtualAlloc") && hf__contract_expect(c, (uintptr_t)base > 1, "S_OK and no address"))
        hf__contract_expect_page(c, base, MEM_COMMIT, (DWORD)protect);
}

static void executable_can_run(hf_contract *c, size_t row)
{
    (void)row;
    void *base = NULL;
    HRESULT hr = hf__contract_alloc_at(c, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE, &base);
    if (hf__contract_expect_ok(c, hr, "VirtualAlloc"))
        hf__contract_expect(c, hf__contract_can(base, PAGE, HF_ACCESS_EXECUTE | HF_ACCESS_WRITE), "it cannot be executed and written");
}

/* Requests that the documentation refuses. Offsets are from a reservation of one unit whose first page is committed and holds 0x41. */
typedef struct refusal {
    const char *name;
    bool from_null;
    size_t offset, size;
    DWORD type, protect;
    unsigned marks;
} refusal;

static const refusal refusals[] = {
    {"VirtualAlloc refuses size 0", true, 0, 0, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses type 0", true, 0, PAGE, 0, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses an unknown type", true, 0, PAGE, MEM_RESERVE | 4, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses protection 0", true, 0, PAGE, MEM_RESERVE, 0, 0},
    {"VirtualAlloc refuses two protections", true, 0, PAGE, MEM_RESERVE, PAGE_READONLY | PAGE_READWRITE, 0},
    {"VirtualAlloc refuses PAGE_WRITECOPY", true, 0, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_WRITECOPY, 0},
    {"VirtualAlloc refuses PAGE_EXECUTE_WRITECOPY", true, 0, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_WRITECOPY, 0},
    {"VirtualAlloc refuses PAGE_GUARD alone", true, 0, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_GUARD, 0},
    {"VirtualAlloc refuses PAGE_GUARD with PAGE_NOACCESS", true, 0, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_GUARD | PAGE_NOACCESS,
     HF_CLAUSE_BROKEN_BY_WINE},
    {"VirtualAlloc refuses more than the address space", true, 0, SIZE_MAX - PAGE, MEM_RESERVE, PAGE_NOACCESS, 0},
    {"VirtualAlloc refuses MEM_PHYSICAL without MEM_RESERVE", true, 0, PAGE, MEM_PHYSICAL, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses MEM_WRITE_WATCH without MEM_RESERVE", true, 0, PAGE, MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE,
     HF_CLAUSE_BROKEN_BY_WINE},
    {"VirtualAlloc refuses to reserve what is reserved", false, 0, UNIT, MEM_RESERVE, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses to reserve and commit what is reserved", false, 0, UNIT, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses to reserve inside a reservation", false, 2 * PAGE, PAGE, MEM_RESERVE, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses to commit past the end, and commits nothing", false, UNIT - PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses to commit size 0", false, PAGE, 0, MEM_COMMIT, PAGE_READWRITE, 0},
    {"VirtualAlloc refuses to commit with protection 0", false, PAGE, PAGE, MEM_COMMIT, 0, 0},
    {"VirtualAlloc refuses MEM_RESET with MEM_COMMIT", false, 0, PAGE, MEM_RESET | MEM_COMMIT, PAGE_READWRITE, HF_CLAUSE_BROKEN_BY_WINE},
    {"VirtualAlloc refuses MEM_RESET past the end", false, UNIT - PAGE, 2 * PAGE, MEM_RESET, PAGE_READWRITE, 0},
};

static void refuses(hf_contract *c, size_t row)
{
    const refusal *asked = &refusals[row];
    char *base = hf__contract_region(c, PAGE);
    void *got = NULL;
    if (base == NULL || !hf__contract_write(c, base, 0x41))
        return;
    void *address = asked->from_null ? NULL : base + asked->offset;
    HRESULT hr = hf__contract_alloc_at(c, address, asked->size, asked->type, asked->protect, &got);
    hf__contract_expect_failure(c, hr, "VirtualAlloc");
    hf__contract_expect(c, FAILED(hr) && got == NULL, "result 0x%08X and the out-parameter holds %p", (unsigned)hr, got);
    hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READWRITE);
    hf__contract_expect_page(c, base + PAGE, MEM_RESERVE, 0);
    hf__contract_expect_page(c, base + UNIT - PAGE, MEM_RESERVE, 0);
    hf__contract_expect_byte(c, base, 0x41);
}

static void refuses_commit_of_free(hf_contract *c, size_t row)
{
    (void)row;
    char *hole = NULL;
    void *got = NULL;
    if (!make_hole(c, &hole))
        return;
    HRESULT hr = hf__contract_alloc_at(c, hole, PAGE, MEM_COMMIT, PAGE_READWRITE, &got);
    hf__contract_expect_failure(c, hr, "VirtualAlloc");
    hf__contract_expect(c, got == NULL, "the out-parameter holds %p", got);
}

static void refuses_commit_across(hf_contract *c, size_t row)
{
    (void)row;
    char *hole = NULL;
    void *first = NULL, *second = NULL, *got = NULL;
    if (!make_hole(c, &hole))
        return;
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, hole, UNIT, MEM_RESERVE, PAGE_READWRITE, &first), "VirtualAlloc");
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, hole + UNIT, UNIT, MEM_RESERVE, PAGE_READWRITE, &second), "VirtualAlloc");
    HRESULT hr = c->failed ? E_FAIL : hf__contract_alloc_at(c, hole + UNIT - PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE, &got);
    hf__contract_expect_failure(c, hr, "VirtualAlloc");
    if (!c->failed) {
        hf__contract_expect_page(c, hole + UNIT - PAGE, MEM_RESERVE, 0);
        hf__contract_expect_page(c, hole + UNIT, MEM_RESERVE, 0);
    }
}

static const hf_clause clauses[] = {
    {"VirtualAlloc reserves at a multiple of 64 KiB", reserves_on_granule, 0, 0},
    {"VirtualQuery reports a reservation, its size rounded up to pages", reserved_is_told, 0, 0},
    {"reserved memory has no access", reserve_needs_no_access, 0, 0},
    {"VirtualAlloc reserves where it is asked to", reserves_where_asked, 0, 0},
    {"VirtualAlloc rounds a reservation down to 64 KiB and covers the last byte", rounds_reservation_down, 0, 0},
    {"committed memory is zero and can be written", commit_is_zero, 0, 0},
    {"VirtualAlloc reserves and commits in one call", commits_both_at_once, 0, 0},
    {"VirtualAlloc commits at a null address by reserving", commit_reserves_for_null, 0, 0},
    {"VirtualAlloc commits every page that is touched", commit_takes_touched_pages, 0, 0},
    {"VirtualAlloc commits no other page", commit_spares_neighbours, 0, 0},
    {"committing again keeps the contents", recommit_keeps_contents, 0, 0},
    {"committing again changes the protection", recommit_changes_protection, 0, 0},
    {"VirtualAlloc serves eTaskCritical", level_is_accepted, eTaskCritical, 0},
    {"VirtualAlloc serves eAppDomainCritical", level_is_accepted, eAppDomainCritical, 0},
    {"VirtualAlloc serves eProcessCritical", level_is_accepted, eProcessCritical, 0},
    {"VirtualAlloc accepts MEM_TOP_DOWN", extra_type_is_accepted, MEM_TOP_DOWN, 0},
    {"VirtualAlloc accepts MEM_WRITE_WATCH with MEM_RESERVE", extra_type_is_accepted, MEM_WRITE_WATCH, 0},
    {"MEM_RESET keeps the pages committed", reset_keeps_pages, 0, 0},
    {"VirtualAlloc gives PAGE_NOACCESS", protection_is_given, PAGE_NOACCESS, 0},
    {"VirtualAlloc gives PAGE_READONLY", protection_is_given, PAGE_READONLY, 0},
    {"VirtualAlloc gives PAGE_EXECUTE_READ", protection_is_given, PAGE_EXECUTE_READ, 0},
    {"VirtualAlloc gives PAGE_READWRITE with PAGE_GUARD", protection_is_given, PAGE_READWRITE | PAGE_GUARD, 0},
    {"PAGE_EXECUTE_READWRITE can be executed and written", executable_can_run, 0, 0},
    {"VirtualAlloc refuses to commit free memory", refuses_commit_of_free, 0, 0},
    {"VirtualAlloc refuses to commit across two reservations, and commits nothing", refuses_commit_across, 0, 0},
};

/* The table above and one clause for each refusal, put together at the first call. */
const hf_clause *hf__contract_alloc(size_t *count)
{
    static hf_clause all[HF_COUNT_OF(clauses) + HF_COUNT_OF(refusals)];
    memcpy(all, clauses, sizeof clauses);
    for (size_t i = 0; i < HF_COUNT_OF(refusals); i++)
        all[HF_COUNT_OF(clauses) + i] = (hf_clause){refusals[i].name, refuses, i, refusals[i].marks};
    *count = HF_COUNT_OF(all);
    return all;
}
