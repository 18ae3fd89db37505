/* SPDX-License-Identifier: MIT
 * Memory that the host did not allocate: what the host reports about it, and that protecting it works and is undone exactly.
 */
#include "hf_rows.h"
#include "host.h"
#include "os_memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 0x1000u

TestSuite(host_foreign, .timeout = 120);

static char zeroed[16 * PAGE];
static char written[16] = "data";
static const char constant[16] = "constant";

static MEMORY_BASIC_INFORMATION ask(const void *at)
{
    MEMORY_BASIC_INFORMATION told = {0};
    DWORD error;
    cr_assert(eq(sz, hf__host_query(at, &told, sizeof told, &error), sizeof told), "query");
    return told;
}

static DWORD protect(void *at, size_t size, DWORD protection, DWORD *old)
{
    *old = 0;
    return hf__host_protect(at, size, protection, old);
}

static char *others(size_t pages, int protection)
{
    /* A page without access on either side, so that no neighbour is merged into it. */
    char *all = mmap(NULL, (pages + 2) * PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return mmap(all + PAGE, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static const struct {
    const char *label;
    const void *at;
    DWORD protect;
} image[] = {
    {"constants", constant, PAGE_READONLY},
    {"initialised data", written, PAGE_READWRITE},
    {"zeroed data", zeroed + 8 * PAGE, PAGE_READWRITE},
    {"code", (const void *)(size_t)0, PAGE_EXECUTE_READ},
};

HF_ROWS(host_foreign, an_image_is_one_allocation, image)
{
    extern const char __executable_start;
    const void *at = image[*number].at != NULL ? image[*number].at : (const void *)(uintptr_t)ask;
    MEMORY_BASIC_INFORMATION told = ask(at);
    cr_assert(eq(u32, told.Type, MEM_IMAGE), "%s", image[*number].label);
    cr_assert(eq(u32, told.State, MEM_COMMIT), "%s", image[*number].label);
    cr_assert(eq(u32, told.Protect, image[*number].protect), "%s", image[*number].label);
    cr_assert(eq(int, told.AllocationBase == (const void *)&__executable_start, 1), "%s", image[*number].label);
}

Test(host_foreign, a_file_view_is_one_mapped_allocation)
{
    int file = open("/proc/self/exe", O_RDONLY);
    char *view = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    mprotect(view + PAGE, PAGE, PROT_NONE);
    MEMORY_BASIC_INFORMATION told = ask(view + 2 * PAGE);
    cr_assert(eq(u32, told.Type, MEM_MAPPED));
    cr_assert(eq(ptr, told.AllocationBase, view), "the view begins before the page without access");
    cr_assert(eq(sz, told.RegionSize, 2 * PAGE));
    cr_assert(eq(u32, ask(view + PAGE).State, MEM_COMMIT), "a view is committed, access or not");
    cr_assert(eq(u32, ask(view + PAGE).Protect, PAGE_NOACCESS));
}

Test(host_foreign, anonymous_memory_without_access_is_reserved)
{
    MEMORY_BASIC_INFORMATION told = ask(others(4, PROT_NONE));
    cr_assert(eq(u32, told.State, MEM_RESERVE));
    cr_assert(eq(u32, told.Type, MEM_PRIVATE));
    cr_assert(eq(u32, told.Protect, 0));
}

Test(host_foreign, hole_is_free_up_to_the_next_mapping)
{
    char *base = others(6, PROT_READ);
    munmap(base + 2 * PAGE, 3 * PAGE);
    MEMORY_BASIC_INFORMATION told = ask(base + 2 * PAGE + 17);
    cr_assert(eq(u32, told.State, MEM_FREE));
    cr_assert(eq(ptr, told.BaseAddress, base + 2 * PAGE));
    cr_assert(eq(sz, told.RegionSize, 3 * PAGE));
    cr_assert(eq(ptr, told.AllocationBase, NULL));
}

/* The kernel merges what lies side by side; the host must not tell of its own region as part of another's. */
Test(host_foreign, neighbours_of_the_hosts_are_told_apart)
{
    void *base = NULL, *got = NULL, *low = NULL, *high = NULL;
    cr_assert(eq(u32, hf__host_alloc(NULL, 0x30000, MEM_RESERVE, PAGE_NOACCESS, &base), 0));
    cr_assert(eq(u32, hf__host_free(base, 0, MEM_RELEASE), 0));
    cr_assert(eq(int, hf__os_reserve(base, 0x10000, 0x10000, false, &low), 0));
    cr_assert(eq(int, hf__os_reserve((char *)base + 0x20000, 0x10000, 0x10000, false, &high), 0));
    cr_assert(eq(u32, hf__host_alloc((char *)base + 0x10000, 0x10000, MEM_RESERVE, PAGE_READWRITE, &got), 0));
    MEMORY_BASIC_INFORMATION below = ask(low), own = ask(got), above = ask((char *)high + PAGE);
    cr_assert(eq(sz, below.RegionSize, 0x10000), "the one below ends with the host's");
    cr_assert(eq(sz, own.RegionSize, 0x10000));
    cr_assert(eq(ptr, above.AllocationBase, high), "the one above begins behind it");
}

Test(host_foreign, access_is_taken_and_given_back)
{
    DWORD old;
    char *base = others(4, PROT_READ | PROT_WRITE);
    base[PAGE] = 9;
    cr_assert(eq(u32, protect(base + PAGE, 2 * PAGE, PAGE_NOACCESS, &old), 0));
    cr_assert(eq(u32, old, PAGE_READWRITE));
    cr_assert(eq(u32, ask(base + PAGE).State, MEM_COMMIT), "still committed, not reserved");
    cr_assert(eq(u32, ask(base + PAGE).Protect, PAGE_NOACCESS));
    cr_assert(eq(sz, ask(base).RegionSize, PAGE));
    cr_assert(eq(u32, protect(base + PAGE, PAGE, PAGE_READWRITE, &old), 0));
    cr_assert(eq(u32, old, PAGE_NOACCESS));
    cr_assert(eq(int, base[PAGE], 9));
    cr_assert(eq(u32, ask(base + 2 * PAGE).Protect, PAGE_NOACCESS), "the other page is still noted");
    cr_assert(eq(u32, protect(base, 4 * PAGE, PAGE_READWRITE, &old), 0));
    cr_assert(eq(sz, ask(base).RegionSize, 4 * PAGE));
}

Test(host_foreign, what_its_owner_did_since_counts)
{
    DWORD old;
    char *base = others(2, PROT_READ | PROT_WRITE);
    cr_assert(eq(u32, protect(base, PAGE, PAGE_NOACCESS, &old), 0));
    mprotect(base, PAGE, PROT_READ);
    cr_assert(eq(u32, ask(base).Protect, PAGE_READONLY));
    munmap(base, PAGE);
    cr_assert(eq(u32, ask(base).State, MEM_FREE));
}

static const struct {
    const char *label;
    size_t offset, size;
    DWORD protect, error;
} refused[] = {
    {"partly free", 0, 4 * PAGE, PAGE_READONLY, ERROR_INVALID_ADDRESS},
    {"free", 3 * PAGE, PAGE, PAGE_READONLY, ERROR_INVALID_ADDRESS},
    {"partly reserved", 5 * PAGE, 2 * PAGE, PAGE_READONLY, ERROR_INVALID_ADDRESS},
    {"copy on write for private memory", 0, PAGE, PAGE_WRITECOPY, ERROR_INVALID_PARAMETER},
    {"protection 0", 0, PAGE, 0, ERROR_INVALID_PARAMETER},
};

HF_ROWS(host_foreign, refusal_changes_nothing, refused)
{
    DWORD old;
    char *base = others(8, PROT_READ | PROT_WRITE);
    munmap(base + 2 * PAGE, 2 * PAGE);
    mprotect(base + 6 * PAGE, PAGE, PROT_NONE);
    DWORD error = protect(base + refused[*number].offset, refused[*number].size, refused[*number].protect, &old);
    cr_assert(eq(u32, error, refused[*number].error), "%s", refused[*number].label);
    base[0] = base[PAGE] = base[5 * PAGE] = 1;
    cr_assert(eq(u32, ask(base + 6 * PAGE).State, MEM_RESERVE), "%s", refused[*number].label);
}

Test(host_foreign, a_file_opened_for_reading_is_not_made_writable)
{
    DWORD old;
    int file = open("/proc/self/exe", O_RDONLY);
    char *view = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    cr_assert(eq(u32, protect(view, PAGE, PAGE_READWRITE, &old), ERROR_INVALID_PARAMETER));
    cr_assert(eq(u32, ask(view).Protect, PAGE_READONLY));
}

Test(host_foreign, a_private_view_may_copy_on_write)
{
    DWORD old;
    int file = open("/proc/self/exe", O_RDONLY);
    char *view = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    cr_assert(eq(u32, protect(view, PAGE, PAGE_WRITECOPY, &old), 0));
    *(volatile char *)view = 1;
}

Test(host_foreign, committing_it_changes_protection_only)
{
    void *out = NULL;
    char *base = others(2, PROT_READ | PROT_WRITE);
    base[0] = 4;
    uint64_t before = hf__host_committed();
    cr_assert(eq(u32, hf__host_alloc(base, PAGE, MEM_COMMIT, PAGE_READONLY, &out), 0));
    cr_assert(eq(int, base[0], 4));
    cr_assert(eq(u64, hf__host_committed(), before), "it is not the host's to count");
    cr_assert(eq(int, hf__host_owns(base), 0));
}

/* Whatever the buffer is, and though some of these may be a stack's on Linux. */
Test(host_foreign, an_address_beyond_all_is_refused_by_one_error)
{
    static const uintptr_t addresses[] = {0x7FFFFFFFF000u, 0x800000000000u, 0xFFFF800000000000u, 0xFFFFFFFFFFFFF000u};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        MEMORY_BASIC_INFORMATION told;
        DWORD whole = 0, part = 0;
        size_t bytes = hf__host_query((void *)addresses[i], &told, sizeof told, &whole) + hf__host_query((void *)addresses[i], &told, 8, &part);
        cr_assert(eq(sz, bytes, 0), "%zu", i);
        cr_assert(eq(uint, whole, ERROR_INVALID_PARAMETER), "%zu", i);
        cr_assert(eq(uint, part, ERROR_INVALID_PARAMETER), "%zu", i);
    }
}

Test(host_foreign, stacks_may_lie_above_the_highest_address_of_windows)
{
    char here = 0;
    MEMORY_BASIC_INFORMATION told = ask(&here);
    cr_assert(eq(u32, told.State, MEM_COMMIT));
    cr_assert(eq(u32, told.Type, MEM_PRIVATE));
    cr_assert(eq(int, here, 0));
}
