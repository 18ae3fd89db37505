/* SPDX-License-Identifier: MIT
 * Clauses about VirtualFree: release and decommit, what they refuse, and that a refusal changes nothing.
 */
#include "contract.h"
#include "base_check.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

#define PAGE HF_CONTRACT_PAGE
#define UNIT HF_CONTRACT_UNIT

static HRESULT free_at(hf_contract *c, void *address, size_t size, DWORD type)
{
    return c->manager->lpVtbl->VirtualFree(c->manager, address, size, type);
}

/* Releases; the region is gone whatever the host says next. */
static void release(hf_contract *c, char *base)
{
    HRESULT hr = free_at(c, base, 0, MEM_RELEASE);
    hf__contract_expect_ok(c, hr, "VirtualFree");
    if (SUCCEEDED(hr))
        hf__contract_forget(c, base);
}

static void expect_free(hf_contract *c, const char *base)
{
    MEMORY_BASIC_INFORMATION told;
    if (!hf__contract_query(c, base, &told))
        return;
    hf__contract_expect(c, told.State == MEM_FREE, "state 0x%X", (unsigned)told.State);
    hf__contract_expect(c, told.RegionSize >= UNIT, "only 0x%zX bytes are free", told.RegionSize);
}

static void releases(hf_contract *c, size_t committed)
{
    char *base = hf__contract_region(c, committed);
    if (base == NULL)
        return;
    release(c, base);
    if (!c->failed)
        expect_free(c, base);
}

static void released_has_no_access(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, UNIT);
    if (base == NULL)
        return;
    release(c, base);
    hf__contract_expect(c, !hf__contract_can(base, 1, HF_ACCESS_READ), "released memory can be read");
}

static void released_can_be_reserved(hf_contract *c, size_t row)
{
    (void)row;
    void *again = NULL;
    char *base = hf__contract_region(c, PAGE);
    if (base == NULL)
        return;
    release(c, base);
    if (c->failed)
        return;
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, base, UNIT, MEM_RESERVE, PAGE_READWRITE, &again), "VirtualAlloc");
    hf__contract_expect(c, again == base, "got %p, not %p", again, (void *)base);
}

/* Ranges of decommits, and the pages that are reserved afterwards. All 16 pages are committed before. */
typedef struct decommit {
    const char *name;
    size_t offset, size;
    size_t first, end; /* pages */
} decommit;

static const decommit decommits[] = {
    {"VirtualFree decommits one page", 2 * PAGE, PAGE, 2, 3},
    {"VirtualFree decommits every page that it touches", 3 * PAGE - 1, 2, 2, 4},
    {"VirtualFree decommits the whole region for its base and size 0", 0, 0, 0, 16},
    {"VirtualFree decommits the whole region for its size", 0, UNIT, 0, 16},
    {"VirtualFree decommits the last page", UNIT - PAGE, PAGE, 15, 16},
};

static void decommits_range(hf_contract *c, size_t row)
{
    const decommit *asked = &decommits[row];
    char *base = hf__contract_region(c, UNIT);
    if (base == NULL)
        return;
    hf__contract_expect_ok(c, free_at(c, base + asked->offset, asked->size, MEM_DECOMMIT), "VirtualFree");
    for (size_t page = 0; page < UNIT / PAGE; page++) {
        bool gone = page >= asked->first && page < asked->end;
        hf__contract_expect_page(c, base + page * PAGE, gone ? MEM_RESERVE : MEM_COMMIT, PAGE_READWRITE);
    }
}

static void decommits_reserved(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, PAGE);
    if (base == NULL)
        return;
    hf__contract_expect_ok(c, free_at(c, base, UNIT, MEM_DECOMMIT), "VirtualFree");
    hf__contract_expect_ok(c, free_at(c, base, UNIT, MEM_DECOMMIT), "VirtualFree, the second time");
    hf__contract_expect_page(c, base, MEM_RESERVE, 0);
}

static void recommit_is_zero(hf_contract *c, size_t row)
{
    (void)row;
    void *got = NULL;
    char *base = hf__contract_region(c, 2 * PAGE);
    if (base == NULL || !hf__contract_write(c, base + PAGE, 0x55))
        return;
    hf__contract_expect_ok(c, free_at(c, base, 2 * PAGE, MEM_DECOMMIT), "VirtualFree");
    hf__contract_expect_ok(c, hf__contract_alloc_at(c, base, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE, &got), "VirtualAlloc");
    hf__contract_expect_zero(c, base, 2 * PAGE);
}

static void decommit_spares_contents(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, 3 * PAGE);
    if (base == NULL || !hf__contract_write(c, base, 0x11) || !hf__contract_write(c, base + 2 * PAGE, 0x22))
        return;
    hf__contract_expect_ok(c, free_at(c, base + PAGE, PAGE, MEM_DECOMMIT), "VirtualFree");
    hf__contract_expect_byte(c, base, 0x11);
    hf__contract_expect_byte(c, base + 2 * PAGE, 0x22);
}

static void decommitted_has_no_access(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, 2 * PAGE);
    if (base == NULL)
        return;
    hf__contract_expect_ok(c, free_at(c, base, PAGE, MEM_DECOMMIT), "VirtualFree");
    hf__contract_expect(c, !hf__contract_can(base, 1, HF_ACCESS_READ), "decommitted memory can be read");
}

/* Refused frees of a region whose first page is committed and holds 0x41. */
typedef struct refusal {
    const char *name;
    size_t offset, size;
    DWORD type;
} refusal;

static const refusal refusals[] = {
    {"VirtualFree refuses MEM_RELEASE with the region's size", 0, UNIT, MEM_RELEASE},
    {"VirtualFree refuses MEM_RELEASE with size 1", 0, 1, MEM_RELEASE},
    {"VirtualFree refuses MEM_RELEASE away from the base", PAGE, 0, MEM_RELEASE},
    {"VirtualFree refuses type 0", 0, 0, 0},
    {"VirtualFree refuses MEM_DECOMMIT with MEM_RELEASE", 0, 0, MEM_DECOMMIT | MEM_RELEASE},
    {"VirtualFree refuses an unknown type", 0, 0, 1},
    {"VirtualFree refuses MEM_DECOMMIT with size 0 away from the base", PAGE, 0, MEM_DECOMMIT},
    {"VirtualFree refuses MEM_DECOMMIT past the end, and decommits nothing", 0, UNIT + PAGE, MEM_DECOMMIT},
};

static void refuses(hf_contract *c, size_t row)
{
    const refusal *asked = &refusals[row];
    char *base = hf__contract_region(c, PAGE);
    if (base == NULL || !hf__contract_write(c, base, 0x41))
        return;
    hf__contract_expect_failure(c, free_at(c, base + asked->offset, asked->size, asked->type), "VirtualFree");
    hf__contract_expect_page(c, base, MEM_COMMIT, PAGE_READWRITE);
    hf__contract_expect_page(c, base + PAGE, MEM_RESERVE, 0);
    hf__contract_expect_byte(c, base, 0x41);
}

static void refuses_second_release(hf_contract *c, size_t row)
{
    (void)row;
    char *base = hf__contract_region(c, PAGE);
    if (base == NULL)
        return;
    release(c, base);
    if (!c->failed)
        hf__contract_expect_failure(c, free_at(c, base, 0, MEM_RELEASE), "VirtualFree, the second time");
}

static void expect_invalid_operation(hf_contract *c, HRESULT hr)
{
    hf__contract_expect(c, hr == HOST_E_INVALIDOPERATION, "VirtualFree returned 0x%08X, not HOST_E_INVALIDOPERATION", (unsigned)hr);
}

static void refuses_image(hf_contract *c, size_t row)
{
    (void)row;
    expect_invalid_operation(c, free_at(c, (void *)(uintptr_t)refusals, 0, MEM_RELEASE));
}

static void refuses_stack(hf_contract *c, size_t row)
{
    char here = (char)row;
    expect_invalid_operation(c, free_at(c, &here, 0, MEM_RELEASE));
    hf__contract_expect(c, hf__contract_can(&here, 1, HF_ACCESS_WRITE), "the stack is gone");
}

static void refuses_decommit_of_others(hf_contract *c, size_t row)
{
    static char others[2 * PAGE] = {1};
    (void)row;
    expect_invalid_operation(c, free_at(c, others, PAGE, MEM_DECOMMIT));
    hf__contract_expect_byte(c, others, 1);
}

static const hf_clause clauses[] = {
    {"VirtualFree releases a reservation", releases, 0, 0},
    {"VirtualFree releases reserved and committed pages together", releases, PAGE, 0},
    {"VirtualFree releases a region that is all committed", releases, UNIT, 0},
    {"released memory has no access", released_has_no_access, 0, 0},
    {"released memory can be reserved again", released_can_be_reserved, 0, 0},
    {"VirtualFree decommits reserved pages without complaint", decommits_reserved, 0, 0},
    {"memory is zero when it is committed again", recommit_is_zero, 0, 0},
    {"VirtualFree keeps the contents beside what it decommits", decommit_spares_contents, 0, 0},
    {"decommitted memory has no access", decommitted_has_no_access, 0, 0},
    {"VirtualFree refuses to release twice", refuses_second_release, 0, HF_CLAUSE_DEADLY},
    {"VirtualFree of the program's image gives HOST_E_INVALIDOPERATION", refuses_image, 0, HF_CLAUSE_DEADLY},
    {"VirtualFree of a stack gives HOST_E_INVALIDOPERATION", refuses_stack, 1, HF_CLAUSE_DEADLY},
    {"VirtualFree of memory that is not the host's decommits nothing", refuses_decommit_of_others, 0, HF_CLAUSE_DEADLY},
};

/* The table above, and one clause for each row of the other two. */
const hf_clause *hf__contract_free(size_t *count)
{
    static hf_clause all[HF_COUNT_OF(clauses) + HF_COUNT_OF(decommits) + HF_COUNT_OF(refusals)];
    size_t filled = HF_COUNT_OF(clauses);
    memcpy(all, clauses, sizeof clauses);
    for (size_t i = 0; i < HF_COUNT_OF(decommits); i++)
        all[filled++] = (hf_clause){decommits[i].name, decommits_range, i, 0};
    for (size_t i = 0; i < HF_COUNT_OF(refusals); i++)
        all[filled++] = (hf_clause){refusals[i].name, refuses, i, 0};
    *count = filled;
    return all;
}
