/* SPDX-License-Identifier: MIT
 * Runs the contract suite over our host on Windows, and tests what the host adds to the system's own calls there: it recognizes its own regions, and
 * limits committed memory. A plain program that Wine can run. Clauses that Wine is known to break are counted and named, and must break.
 */
#include "contract.h"
#include "host.h"

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

#define CLAUSES_AT_LEAST 60u
#define PAGE ((size_t)0x1000)

static const char *const broken_by_wine[] = {
    "VirtualAlloc refuses PAGE_GUARD with PAGE_NOACCESS",
    "VirtualAlloc refuses MEM_WRITE_WATCH without MEM_RESERVE",
    "VirtualAlloc refuses MEM_RESET with MEM_COMMIT",
    "VirtualProtect refuses PAGE_GUARD with PAGE_NOACCESS",
};

typedef struct tally {
    unsigned clauses, failed, expected;
} tally;

static int is_broken_by_wine(const char *clause)
{
    for (size_t i = 0; i < sizeof broken_by_wine / sizeof *broken_by_wine; i++) {
        if (strcmp(broken_by_wine[i], clause) == 0)
            return 1;
    }
    return 0;
}

static void count(const char *clause, int passed, const char *got, void *user)
{
    tally *seen = user;
    int expected = is_broken_by_wine(clause);
    seen->clauses++;
    seen->expected += !passed && expected ? 1 : 0;
    if (passed == !expected)
        return;
    seen->failed++;
    printf("FAILED %s: %s\n", clause, passed ? "holds, which Wine was known to break" : got);
}

static unsigned failures;

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    failures++;
    printf("FAILED %s\n", what);
}

static void check_limit(void)
{
    void *base = NULL, *got = NULL;
    uint64_t before = hf__host_committed();
    hf__host_set_commit_limit(before + 4 * PAGE);
    expect(hf__host_alloc(NULL, 16 * PAGE, MEM_RESERVE, PAGE_READWRITE, &base) == 0, "a reservation is not charged");
    expect(hf__host_alloc(base, 3 * PAGE, MEM_COMMIT, PAGE_READWRITE, &got) == 0, "a commit under the limit");
    expect(hf__host_alloc(base, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE, &got) == 0, "what is committed already is not charged again");
    expect(hf__host_alloc(base, 5 * PAGE, MEM_COMMIT, PAGE_READWRITE, &got) == ERROR_COMMITMENT_LIMIT, "a commit over the limit is 1455");
    expect(hf__host_committed() == before + 4 * PAGE, "a refused commit is not counted");
    expect(hf__host_free(base, 2 * PAGE, MEM_DECOMMIT) == 0 && hf__host_committed() == before + 2 * PAGE, "a decommit is given back");
    expect(hf__host_free(base, 0, MEM_RELEASE) == 0 && hf__host_committed() == before, "a release is given back");
    expect(hf__host_alloc(NULL, 5 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &got) == ERROR_COMMITMENT_LIMIT && got == NULL,
           "a new region over the limit is 1455");
    hf__host_set_commit_limit(0);
}

static void check_owns(void)
{
    void *base = NULL;
    static char image;
    expect(hf__host_alloc(NULL, 3 * PAGE, MEM_RESERVE, PAGE_READWRITE, &base) == 0, "a reservation");
    expect(hf__host_owns(base) && hf__host_owns((char *)base + 3 * PAGE - 1), "a region is the host's to its last byte");
    expect(!hf__host_owns((char *)base + 3 * PAGE) && !hf__host_owns(&image), "nothing else is");
    expect(hf__host_free((char *)base + PAGE, 0, MEM_RELEASE) != 0 && hf__host_owns(base), "a refused release leaves it");
    expect(hf__host_free(base, 0, MEM_RELEASE) == 0 && !hf__host_owns(base), "a release ends it");
}

/* A host that dies of what it did not give out: of a clause, not of the suite. */
static volatile uintptr_t nowhere = 8;
static HRESULT STDMETHODCALLTYPE free_crashes(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    HRESULT hr = hf__host_manager()->lpVtbl->VirtualFree(self, address, size, type);
    if (hr == HOST_E_INVALIDOPERATION)
        *(volatile int *)nowhere = 1;
    return hr;
}

typedef struct deaths {
    unsigned clauses, announced, crashed;
} deaths;

static void count_announced(const char *clause, void *user)
{
    deaths *seen = user;
    (void)clause;
    seen->announced++;
}

static void count_deaths(const char *clause, int passed, const char *got, void *user)
{
    deaths *seen = user;
    (void)clause;
    (void)passed;
    seen->clauses++;
    seen->crashed += strcmp(got, "crashed (0xC0000005)") == 0;
}

static void check_crashes(unsigned clauses)
{
    IHostMemoryManagerVtbl table = *hf__host_manager()->lpVtbl;
    IHostMemoryManager broken = {&table};
    deaths seen = {0};
    table.VirtualFree = free_crashes;
    unsigned failed = hf__contract_run(&(hf__contract_suite){.manager = &broken, .announce = count_announced, .report = count_deaths, .user = &seen});
    expect(seen.clauses == clauses && seen.announced == clauses, "no clause is lost where one crashes, and each is announced");
    expect(seen.crashed >= 3 && failed >= seen.crashed, "a crash is told as such");
}

int main(void)
{
    tally seen = {0};
    check_limit(); /* first: the heap's pages count too, and it keeps them */
    (void)hf__contract_run(&(hf__contract_suite){.manager = hf__host_manager(), .report = count, .user = &seen});
    check_owns();
    check_crashes(seen.clauses);
    unsigned known = (unsigned)(sizeof broken_by_wine / sizeof *broken_by_wine);
    printf("%u clauses, %u failed, %u broken by Wine as known\n", seen.clauses, seen.failed, seen.expected);
    return seen.failed == 0 && seen.expected == known && failures == 0 && seen.clauses >= CLAUSES_AT_LEAST ? 0 : 1;
}
