/* SPDX-License-Identifier: MIT
 * Virtual memory beyond the oracle's rows: limits, contents, page tables of large regions, fork, calls from signal handlers.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "host.h"
#include "host_pages.h"
#include "os_memory.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 0x1000u
#define GIB ((size_t)1 << 30)

TestSuite(host_vm, .timeout = 120);

static char *reserve(size_t size)
{
    void *base = NULL;
    cr_assert(eq(u32, hf__host_alloc(NULL, size, MEM_RESERVE, PAGE_READWRITE, &base), 0), "reserve");
    return base;
}

static DWORD commit(char *at, size_t size)
{
    void *out;
    return hf__host_alloc(at, size, MEM_COMMIT, PAGE_READWRITE, &out);
}

static size_t region_size(const char *at)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD error;
    return hf__host_query(at, &told, sizeof told, &error) != 0 ? told.RegionSize : 0;
}

static DWORD state_of(const char *at)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD error;
    return hf__host_query(at, &told, sizeof told, &error) != 0 ? told.State : 0;
}

Test(host_vm, commit_limit_refuses_and_counts)
{
    uint64_t before = hf__host_committed();
    char *base = reserve(64 * PAGE);
    hf__host_set_commit_limit(before + 8 * PAGE);
    cr_assert(eq(u32, commit(base, 9 * PAGE), ERROR_COMMITMENT_LIMIT));
    cr_assert(eq(u32, state_of(base), MEM_RESERVE), "nothing was committed");
    cr_assert(eq(u32, commit(base, 8 * PAGE), 0));
    cr_assert(eq(u64, hf__host_committed(), before + 8 * PAGE));
    cr_assert(eq(u32, commit(base, 8 * PAGE), 0), "what is committed is not charged again");
    cr_assert(eq(u32, commit(base + 8 * PAGE, 1), ERROR_COMMITMENT_LIMIT));
    cr_assert(eq(u32, hf__host_free(base, 2 * PAGE, MEM_DECOMMIT), 0));
    cr_assert(eq(u32, commit(base + 8 * PAGE, 2 * PAGE), 0), "decommitted pages are given back");
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_RELEASE), 0));
    cr_assert(eq(u64, hf__host_committed(), before));
}

Test(host_vm, commit_limit_holds_for_reserve_and_commit_at_once)
{
    void *out = (void *)1;
    hf__host_set_commit_limit(hf__host_committed() + 4 * PAGE);
    cr_assert(eq(u32, hf__host_alloc(NULL, 5 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &out), ERROR_COMMITMENT_LIMIT));
    cr_assert(eq(ptr, out, NULL));
    cr_assert(eq(u32, hf__host_alloc(NULL, 4 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &out), 0));
}

/* The last granule of user space, and what reaches into it: NtAllocateVirtualMemory, MM_HIGHEST_VAD_ADDRESS. */
Test(host_vm, nothing_is_reserved_at_the_very_end_of_user_space)
{
    static const struct {
        uintptr_t at;
        size_t size;
    } asked[] = {{0x7FFFFFFE0000u, 0x1000}, {0x7FFFFFFEF000u, 0x1000}, {0x7FFFFFFD0000u, 0x10001}, {0x7FFFFFFF0000u, 0x1000}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        void *out = NULL;
        DWORD error = hf__host_alloc((void *)asked[i].at, asked[i].size, MEM_RESERVE, PAGE_READWRITE, &out);
        cr_assert(eq(uint, error, ERROR_INVALID_PARAMETER), "%zu", i);
    }
}

/* Every other page of a region, until the kernel has no mapping left. */
static size_t commit_until_refused(char *base, DWORD *error)
{
    size_t page = 0;
    while ((*error = commit(base + page * PAGE, PAGE)) == 0)
        page += 2;
    return page;
}

Test(host_vm, limit_of_mappings_fails_with_8_and_changes_nothing)
{
    char *base = reserve(GIB);
    DWORD error;
    uint64_t before = hf__host_committed();
    size_t refused = commit_until_refused(base, &error);
    DWORD old;
    cr_assert(eq(u32, error, ERROR_NOT_ENOUGH_MEMORY));
    cr_assert(lt(sz, 1000, refused));
    cr_assert(eq(u64, hf__host_committed() - before, refused / 2 * PAGE), "what was refused is not charged");
    cr_assert(eq(u32, state_of(base + refused * PAGE), MEM_RESERVE));
    cr_assert(eq(sz, region_size(base), PAGE));
    cr_assert(eq(u32, hf__host_protect(base + (refused - 2) * PAGE, PAGE, PAGE_READONLY, &old), 0), "a change that needs no mapping is done");
    cr_assert(eq(u32, commit(base, refused * PAGE), 0), "one that frees mappings as well");
    cr_assert(eq(sz, region_size(base), (refused - 2) * PAGE + 2 * PAGE));
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_RELEASE), 0));
}

/* Halves mappings of two pages until the kernel refuses even that. */
static DWORD use_up_mappings(char *pairs, size_t count)
{
    DWORD error = 0, old;
    for (size_t i = 0; i < count && error == 0; i++)
        error = hf__host_protect(pairs + i * 3 * PAGE, PAGE, PAGE_READONLY, &old);
    return error;
}

static unsigned kernel_access(const char *at)
{
    hf_map_entry map = {0};
    (void)hf__os_map_at((uintptr_t)at, &map);
    return map.access;
}

/* Pages 1 to 4, committed alike; the kernel keeps 1 and 2 apart from 3 and 4, because their memory came separately. */
static void make_two_mappings(char *subject)
{
    cr_assert(eq(u32, commit(subject + PAGE, PAGE), 0));
    cr_assert(eq(u32, commit(subject + 3 * PAGE, 2 * PAGE), 0));
    memset(subject + PAGE, 1, PAGE);
    memset(subject + 3 * PAGE, 3, 2 * PAGE);
    cr_assert(eq(u32, commit(subject + 2 * PAGE, PAGE), 0));
}

/* The kernel changes mapping by mapping: here the first one, whole, and then it has no room to split the second. */
Test(host_vm, change_that_the_kernel_stops_half_way_is_undone)
{
    enum { PAIRS = 8 };
    DWORD error, old;
    char *pairs = reserve(PAIRS * 3 * PAGE), *subject = reserve(16 * PAGE), *base = reserve(GIB);
    for (size_t i = 0; i < PAIRS; i++)
        cr_assert(eq(u32, commit(pairs + i * 3 * PAGE, 2 * PAGE), 0));
    make_two_mappings(subject);
    (void)commit_until_refused(base, &error);
    cr_assert(eq(u32, use_up_mappings(pairs, PAIRS), ERROR_NOT_ENOUGH_MEMORY));
    cr_assert(eq(u32, hf__host_protect(subject + PAGE, 3 * PAGE, PAGE_READONLY, &old), ERROR_NOT_ENOUGH_MEMORY));
    cr_assert(eq(u32, kernel_access(subject + PAGE), HF_ACCESS_READ | HF_ACCESS_WRITE), "the first mapping is as it was");
    cr_assert(eq(u32, kernel_access(subject + 3 * PAGE), HF_ACCESS_READ | HF_ACCESS_WRITE));
    cr_assert(eq(sz, region_size(subject + PAGE), 4 * PAGE), "the table as well");
    cr_assert(eq(int, subject[PAGE] + subject[4 * PAGE], 4));
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_RELEASE), 0), "what runs after the test needs mappings, too");
}

Test(host_vm, physical_address_space_is_never_committed)
{
    void *base = NULL, *out;
    DWORD old;
    cr_assert(eq(u32, hf__host_alloc(NULL, 4 * PAGE, MEM_RESERVE | MEM_PHYSICAL, PAGE_READWRITE, &base), 0));
    cr_assert(eq(u32, commit(base, PAGE), ERROR_INVALID_ADDRESS));
    cr_assert(eq(u32, hf__host_alloc(base, PAGE, MEM_RESET, PAGE_READWRITE, &out), ERROR_INVALID_ADDRESS));
    cr_assert(eq(u32, hf__host_protect(base, PAGE, PAGE_READONLY, &old), ERROR_INVALID_ADDRESS));
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_RELEASE), 0));
}

Test(host_vm, reset_and_its_undo_keep_contents)
{
    void *out;
    char *base = reserve(16 * PAGE);
    cr_assert(eq(u32, commit(base, 16 * PAGE), 0));
    memset(base, 0x5C, 16 * PAGE);
    cr_assert(eq(u32, hf__host_alloc(base, 16 * PAGE, MEM_RESET, PAGE_NOACCESS, &out), 0));
    cr_assert(eq(u32, hf__host_alloc(base, 16 * PAGE, MEM_RESET_UNDO, PAGE_READWRITE, &out), 0));
    cr_assert(eq(int, base[0] == 0x5C && base[16 * PAGE - 1] == 0x5C, 1));
}

Test(host_vm, a_page_in_the_middle_of_a_gibibyte)
{
    char *base = reserve(GIB);
    cr_assert(eq(u32, commit(base + GIB / 2, PAGE), 0));
    cr_assert(eq(sz, region_size(base), GIB / 2));
    cr_assert(eq(sz, region_size(base + GIB / 2), PAGE));
    cr_assert(eq(sz, region_size(base + GIB / 2 + PAGE), GIB / 2 - PAGE));
    base[GIB / 2] = 1;
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_DECOMMIT), 0));
    cr_assert(eq(sz, region_size(base), GIB));
}

Test(host_vm, a_million_pages_of_one_protection_are_one_region)
{
    char *base = reserve(4 * GIB);
    hf__host_set_commit_limit(UINT64_MAX);
    for (size_t at = 0; at < 4 * GIB; at += GIB / 8)
        cr_assert(eq(u32, commit(base + at, GIB / 8), 0));
    cr_assert(eq(sz, region_size(base), 4 * GIB));
    cr_assert(eq(sz, region_size(base + PAGE), 4 * GIB - PAGE));
}

/* The page table by itself, against an array of cells of `unit` pages. */
#define CELLS 2048u
static const struct {
    const char *label;
    uint64_t pages, unit;
} tables[] = {
    {"inside the region", 128, 1},
    {"inside the region, odd size", 77, 1},
    {"one level", 256 * 32, 4},
    {"one level, page by page", 129, 1},
    {"two levels, page by page", 256 * 33, 1},
    {"two levels", 256ull * 64 * 32, 256},
    {"two levels, odd size", 256ull * 40 + 77, 7},
    {"three levels", 256ull * 64 * 64 * 32, 1 << 14},
    {"four levels", 1ull << 31, 1 << 20},
    {"five levels", 1ull << 35, 1 << 24},
};

/* Every cell's state, and for each run of cells where it ends, from its first cell and from its middle. */
static const char *first_difference(const hf_region *region, const uint8_t *cells, size_t count, uint64_t unit)
{
    for (size_t i = 0, end = 0; i < count; i = end) {
        for (end = i; end < count && cells[end] == cells[i]; end++) {
            if (hf__host_pages_get(region, end * unit) != cells[end])
                return "state";
        }
        bool reaches_end = end == count && (count * unit == region->pages || cells[i] == 0);
        uint64_t expected = reaches_end ? region->pages : end * unit;
        hf_page_code code;
        if (hf__host_pages_run(region, i * unit, region->pages, &code) != expected || code != cells[i])
            return "run";
        if (hf__host_pages_run(region, (i + end) / 2 * unit, region->pages, &code) != expected || code != cells[i])
            return "run from the middle";
        if (hf__host_pages_run(region, i * unit, i * unit + 1, &code) != i * unit + 1 || code != cells[i])
            return "run of one page";
    }
    return NULL;
}

HF_ROWS(host_vm, page_tables_agree_with_an_array, tables)
{
    static uint8_t cells[CELLS];
    hf_region region = {.pages = tables[*number].pages};
    uint64_t unit = tables[*number].unit;
    size_t count = (size_t)(region.pages / unit) < CELLS ? (size_t)(region.pages / unit) : CELLS;
    const char *wrong = NULL;
    hf__host_pages_init(&region, 0);
    for (unsigned i = 0; i < 200 && wrong == NULL; i++) {
        size_t first = (size_t)(hf__random(1, *number, 3 * i) % count);
        size_t end = first + 1 + (size_t)(hf__random(1, *number, 3 * i + 1) % (count - first));
        hf_page_code code = (hf_page_code)(hf__random(1, *number, 3 * i + 2) % 5);
        uint64_t end_page = end == count && count * unit == region.pages ? region.pages : end * unit;
        bool prepared = hf__host_pages_prepare(&region, first * unit, end_page, code);
        hf__host_pages_set(&region, first * unit, end_page, code);
        memset(cells + first, code, end - first);
        wrong = prepared ? first_difference(&region, cells, count, unit) : "no memory";
    }
    hf__host_pages_clear(&region);
    cr_assert(eq(int, wrong == NULL, 1), "%s: %s", tables[*number].label, wrong);
}

/* More often than there can be chunks. */
static size_t split_and_join(hf_region *region, size_t times)
{
    size_t done = 0;
    for (; done < times && hf__host_pages_prepare(region, 5, 6, 3); done++) {
        hf__host_pages_set(region, 5, 6, 3);
        hf__host_pages_set(region, 0, region->pages, 0);
    }
    return done;
}

Test(host_vm, page_tables_give_back_what_they_no_longer_need)
{
    hf_region region = {.pages = 1024 * 32};
    hf__host_pages_init(&region, 0);
    cr_assert(eq(sz, split_and_join(&region, 1100000), 1100000));
}

/* In a child: uses memory from before and makes its own. Exit status 0 if all is well. */
static int use_memory(char *from_before)
{
    void *out = NULL, *block = NULL;
    from_before[0]++;
    if (commit(from_before + PAGE, PAGE) != 0 || hf__host_alloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &out) != 0)
        return 1;
    if (hf__host_heap_alloc(100, &block) != 0 || hf__host_heap_free(block) != 0 || hf__host_free(out, 0, MEM_RELEASE) != 0)
        return 2;
    return hf__host_free(from_before, 0, MEM_RELEASE) == 0 ? 0 : 3;
}

static int status_of(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

Test(host_vm, works_in_a_forked_child)
{
    char *base = reserve(4 * PAGE);
    void *block = NULL;
    cr_assert(eq(u32, commit(base, PAGE), 0));
    cr_assert(eq(u32, hf__host_heap_alloc(10, &block), 0));
    pid_t child = fork();
    if (child == 0)
        _exit(use_memory(base));
    cr_assert(eq(int, status_of(child), 0));
    cr_assert(eq(int, base[0], 0), "the child's copy is its own");
    cr_assert(eq(int, use_memory(base), 0));
}

Test(host_vm, works_in_a_raw_clone)
{
    char *base = reserve(4 * PAGE);
    cr_assert(eq(u32, commit(base, PAGE), 0));
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(use_memory(base));
    cr_assert(eq(int, status_of(child), 0));
    cr_assert(eq(int, use_memory(base), 0));
}

Test(host_vm, a_call_that_interrupts_the_host_is_refused)
{
    void *out = (void *)1;
    MEMORY_BASIC_INFORMATION told;
    DWORD old, error;
    char *base = reserve(4 * PAGE);
    hf__host_thread.busy = 1; /* as a signal handler finds it that interrupted a call */
    DWORD results[] = {hf__host_alloc(NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS, &out), hf__host_free(base, 0, MEM_RELEASE),
                       hf__host_protect(base, PAGE, PAGE_READONLY, &old), hf__host_heap_alloc(8, &out), hf__host_heap_free(base)};
    size_t bytes = hf__host_query(base, &told, sizeof told, &error);
    bool owns = hf__host_owns(base);
    hf__host_thread.busy = 0;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        cr_assert(eq(u32, results[i], ERROR_NOT_READY), "call %zu", i);
    cr_assert(eq(sz, bytes, 0));
    cr_assert(eq(u32, error, ERROR_NOT_READY));
    cr_assert(eq(int, owns, 1), "asking for the owner is always possible");
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_RELEASE), 0));
}

Test(host_vm, thirty_thousand_regions_are_found)
{
    enum { REGIONS = 30000 };
    static char *bases[REGIONS];
    size_t found = 0;
    for (size_t i = 0; i < REGIONS; i++)
        bases[i] = reserve(PAGE);
    for (size_t i = 0; i < REGIONS; i++)
        found += hf__host_owns(bases[i]) && !hf__host_owns(bases[i] + PAGE) && region_size(bases[i]) == PAGE;
    cr_assert(eq(sz, found, REGIONS));
    for (size_t i = 0; i < REGIONS; i += 2)
        found -= hf__host_free(bases[i], 0, MEM_RELEASE) == 0;
    for (size_t i = 0; i < REGIONS; i++)
        found -= i % 2 == 1 && hf__host_owns(bases[i]);
    cr_assert(eq(sz, found, 0), "half were released, the others are still there");
    cr_assert(eq(int, hf__host_owns(bases[0]), 0));
}

Test(host_vm, same_calls_give_same_addresses_after_release)
{
    char *first = reserve(5 * PAGE);
    cr_assert(eq(u32, hf__host_free(first, 0, MEM_RELEASE), 0));
    cr_assert(eq(ptr, reserve(5 * PAGE), first));
}

Test(host_vm, executable_memory_of_all_kinds)
{
    void *base;
    DWORD old;
    unsigned char code[] = {0xC3};
    cr_assert(eq(u32, hf__host_alloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE, &base), 0));
    memcpy(base, code, sizeof code);
    cr_assert(eq(u32, hf__host_protect(base, PAGE, PAGE_EXECUTE, &old), 0));
    void (*run)(void);
    memcpy(&run, &base, sizeof run);
    run();
    cr_assert(eq(u32, old, PAGE_EXECUTE_READWRITE));
}
