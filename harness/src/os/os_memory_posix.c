/* SPDX-License-Identifier: MIT
 * Pages on Linux: reservations, commitment, protection, and what the system knows about memory. Every function is a few system calls without heap or
 * lock, so it can run inside a signal handler or a forked child.
 *
 * A reservation is a private anonymous mapping without access that is not accounted (MAP_NORESERVE). To commit is to give access: an untouched page
 * costs nothing, and neighbours with the same access remain one mapping in the kernel. The place of a reservation is chosen here, because the kernel
 * does not know the 64 KiB alignment: bottom-up from a fixed address, and each thread first reuses what it released last. If the place is taken, that
 * costs one more call and is never an error.
 */
#include "os_memory.h"
#include "os_atomic.h"
#include "os_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base_poison.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#endif

#define RESERVE_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
/* Between the sanitizers' shadow and where programs are loaded; the kernel itself places mappings far above. Other 64-bit machines may have kernels
 * that give a program 39 bits (arm64 with CONFIG_ARM64_VA_BITS_39), where an address beyond them is refused as if there were no memory. */
#if UINTPTR_MAX == UINT32_MAX
#define BOTTOM_UP_FIRST 0x10000000u
#define BOTTOM_UP_END 0x50000000u
#define BOTTOM_UP_SKIP 0x1000000u
#elif defined(__x86_64__)
#define BOTTOM_UP_FIRST 0x200000000000u
#define BOTTOM_UP_END 0x500000000000u
#define BOTTOM_UP_SKIP 0x40000000u /* distance to the next attempt if a place is in use */
#else
#define BOTTOM_UP_FIRST 0x2000000000u
#define BOTTOM_UP_END 0x5000000000u
#define BOTTOM_UP_SKIP 0x40000000u
#endif
#define BOTTOM_UP_STEP 0x10000u

static uint64_t next_place = BOTTOM_UP_FIRST;
static HF_THREAD_LOCAL struct {
    uintptr_t base;
    size_t size;
} given_back;

size_t hf__os_page_size(void)
{
    static uint64_t known;
    uint64_t size = hf__os_load_u64_relaxed(&known);
    if (size == 0) {
        size = (uint64_t)sysconf(_SC_PAGESIZE);
        hf__os_store_u64(&known, size);
    }
    return (size_t)size;
}

uintptr_t hf__os_highest_address(void)
{
    return sizeof(void *) == 8 ? (uintptr_t)0x7FFFFFFEFFFFu : (uintptr_t)0xFFFEFFFFu; /* as under a 64-bit kernel */
}

static int protection_of(unsigned access)
{
    int protection = (access & HF_ACCESS_READ) != 0 ? PROT_READ : PROT_NONE;
    protection |= (access & HF_ACCESS_WRITE) != 0 ? PROT_WRITE : 0;
    protection |= (access & HF_ACCESS_EXECUTE) != 0 ? PROT_EXEC : 0;
    return protection;
}

static uintptr_t round_up(uintptr_t value, size_t alignment)
{
    return (value + alignment - 1) & ~((uintptr_t)alignment - 1);
}

/* At exactly this address; EEXIST if part of the range is in use. */
static int reserve_at(void *address, size_t size, int protection, void **out)
{
    void *got = mmap(address, size, protection, RESERVE_FLAGS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == MAP_FAILED)
        return errno;
    if (got != address) { /* kernels before 4.17 take the address for a hint */
        munmap(got, size);
        return EEXIST;
    }
    *out = got;
    return 0;
}

/* The range that this thread released last, if it is large enough. */
static uintptr_t take_given_back(size_t size, size_t alignment)
{
    uintptr_t place = given_back.base;
    given_back.base = 0;
    return given_back.size >= size && (place & (alignment - 1)) == 0 ? place : 0;
}

/* ThreadSanitizer keeps most of the address space for itself: there the kernel chooses. */
#ifdef __SANITIZE_THREAD__
#define KERNEL_CHOOSES true
#else
#define KERNEL_CHOOSES false
#endif

/* Touches a page at the bottom. Without it, each touched reservation would be alone in its part of the address space, and would create and free three
 * levels of page tables, which costs as much as its system calls. */
static void hold_page_tables(void)
{
    char *page = mmap((void *)BOTTOM_UP_FIRST, hf__os_page_size(), PROT_READ | PROT_WRITE, RESERVE_FLAGS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == (char *)BOTTOM_UP_FIRST)
        *(volatile char *)page = 1;
}

/* The next place from the bottom up; moves the cursor past it. */
static uintptr_t take_place(size_t size, size_t alignment)
{
    if (KERNEL_CHOOSES)
        return 0;
    if (hf__os_load_u64_relaxed(&next_place) == BOTTOM_UP_FIRST && hf__os_swap_if_u64(&next_place, BOTTOM_UP_FIRST, BOTTOM_UP_FIRST + BOTTOM_UP_STEP))
        hold_page_tables();
    for (;;) {
        uint64_t from = hf__os_load_u64(&next_place);
        uint64_t place = round_up((uintptr_t)from, alignment);
        if (size > BOTTOM_UP_END - BOTTOM_UP_FIRST - alignment)
            return 0;
        /* Starts again at the bottom; a reservation of a range that is still in use fails with EEXIST. */
        if (place > BOTTOM_UP_END - size)
            place = round_up(BOTTOM_UP_FIRST + BOTTOM_UP_STEP, alignment);
        if (hf__os_swap_if_u64(&next_place, from, round_up((uintptr_t)place + size, BOTTOM_UP_STEP)))
            return (uintptr_t)place;
    }
}

/* As high as the kernel has room: maps more than is needed, and unmaps the rest. */
static int reserve_high(size_t size, size_t alignment, int protection, void **out)
{
    if (size + alignment < size)
        return ENOMEM;
    size_t slack = alignment - hf__os_page_size();
    char *got = mmap(NULL, size + slack, protection, RESERVE_FLAGS, -1, 0);
    if (got == MAP_FAILED)
        return errno;
    char *base = (char *)(((uintptr_t)got + slack) & ~((uintptr_t)alignment - 1));
    size_t before = (size_t)(base - got);
    bool trimmed = before == 0 || munmap(got, before) == 0;
    if (trimmed && slack != before)
        trimmed = munmap(base + size, slack - before) == 0;
    if (!trimmed) { /* at the kernel's limit of mappings, inside a neighbour's */
        int os_code = errno;
        munmap(got, size + slack);
        return os_code;
    }

    *out = base;
    return 0;
}

static int reserve_low(size_t size, size_t alignment, int protection, void **out)
{
    uintptr_t place = take_given_back(size, alignment);
    int os_code = place != 0 ? reserve_at((void *)place, size, protection, out) : EEXIST;
    /* ENOMEM is the number of mappings or RLIMIT_AS (mmap(2)): no other place would help. */
    if (os_code == 0 || os_code == ENOMEM)
        return os_code;

    place = take_place(size, alignment);
    os_code = place != 0 ? reserve_at((void *)place, size, protection, out) : EEXIST;
    if (os_code == 0 || os_code == ENOMEM)
        return os_code;

    /* Another mapping is there, perhaps a large one: later requests begin past it, and the kernel chooses the place of this one. */
    hf__os_add_u64_atomic(&next_place, BOTTOM_UP_SKIP);
    return reserve_high(size, alignment, protection, out);
}

int hf__os_reserve_committed(void *address, size_t size, size_t alignment, bool top_down, unsigned access, void **out)
{
    int kept = errno, protection = protection_of(access);
    *out = NULL;
    if (alignment < hf__os_page_size())
        alignment = hf__os_page_size();
    int os_code = address != NULL ? reserve_at(address, size, protection, out)
                  : top_down      ? reserve_high(size, alignment, protection, out)
                                  : reserve_low(size, alignment, protection, out);
    /* An attempt at a place in use has set errno; a request that succeeds must not change it. */
    if (os_code == 0)
        errno = kept;
    return os_code;
}

int hf__os_reserve(void *address, size_t size, size_t alignment, bool top_down, void **out)
{
    return hf__os_reserve_committed(address, size, alignment, top_down, HF_ACCESS_NONE, out);
}

int hf__os_commit(void *address, size_t size, unsigned access)
{
    return hf__os_protect(address, size, access);
}

/* Both calls together take two thirds of the time of mapping new pages over the range. That is done only if they refuse, as for locked pages
 * (madvise(2)). */
int hf__os_decommit(void *address, size_t size)
{
    /* MADV_DONTNEED drops the contents: private anonymous pages are zero at the next access (madvise(2)). */
    if (mprotect(address, size, PROT_NONE) == 0 && madvise(address, size, MADV_DONTNEED) == 0)
        return 0;
    void *got = mmap(address, size, PROT_NONE, RESERVE_FLAGS | MAP_FIXED, -1, 0);
    return got == MAP_FAILED ? errno : 0;
}

int hf__os_protect(void *address, size_t size, unsigned access)
{
    return mprotect(address, size, protection_of(access)) == 0 ? 0 : errno;
}

int hf__os_release(void *address, size_t size)
{
    if (munmap(address, size) != 0)
        return errno;
    if ((uintptr_t)address >= BOTTOM_UP_FIRST && (uintptr_t)address < BOTTOM_UP_END) {
        given_back.base = (uintptr_t)address;
        given_back.size = size;
    }
    return 0;
}

int hf__os_reset(void *address, size_t size)
{
    int kept = errno;
    (void)madvise(address, size, MADV_COLD); /* a hint: refused by kernels before 5.4 and for locked pages, which changes nothing */
    errno = kept;
    return 0;
}

/* The number behind a name in /proc/meminfo, in bytes; 0 if it is not there. */
static uint64_t find_meminfo(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    if (at == NULL)
        return 0;
    at += strlen(name);
    while (*at == ' ')
        at++;
    uint64_t kibibytes = 0;
    while (*at >= '0' && *at <= '9')
        kibibytes = kibibytes * 10 + (uint64_t)(*at++ - '0');
    return kibibytes * 1024;
}

void hf__os_memory_load(uint32_t *percent, uint64_t *available_bytes)
{
    int kept = errno;
    struct sysinfo info;
    uint64_t total = 1, available = 0;

    if (sysinfo(&info) == 0) {
        total = (uint64_t)info.totalram * info.mem_unit;
        available = (uint64_t)(info.freeram + info.bufferram) * info.mem_unit;
    }

    /* sysinfo(2) does not count the page cache that could be dropped; MemAvailable, since Linux 3.14, does (proc(5)). It stands in the third line. */
    char text[1024];
    int file = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    uint64_t told = find_meminfo(text, "MemAvailable:");
    if (told != 0)
        available = told;
    if (available > total) /* in a container that shows another meminfo (lxcfs) */
        available = total;
    *percent = (uint32_t)((total - available) * 100 / total);
    *available_bytes = available;
    errno = kept;
}

uint64_t hf__os_commit_limit(void)
{
    static uint64_t known;
    uint64_t limit = hf__os_load_u64_relaxed(&known);
    struct sysinfo info;
    if (limit == 0 && sysinfo(&info) == 0) {
        /* As Windows counts: memory and page file. CommitLimit of /proc/meminfo holds only with vm.overcommit_memory=2 (proc(5)). */
        limit = (uint64_t)(info.totalram + info.totalswap) * info.mem_unit;
        hf__os_store_u64(&known, limit);
    }
    return limit;
}

/* Our pages have inaccessible pages below them: the kernel places the next mapping there (top-down), and a program that writes past the end of its
 * last region must fault first. */
#define BELOW_BYTES ((size_t)1 << 20)

void *hf__os_pages(size_t size)
{
    char *all = mmap(NULL, size + BELOW_BYTES, PROT_NONE, RESERVE_FLAGS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    if (mprotect(all + BELOW_BYTES, size, PROT_READ | PROT_WRITE) != 0) {
        munmap(all, size + BELOW_BYTES);
        return NULL;
    }
    /* The shim's tables are large and mostly empty; core files of the program need not contain them (MADV_DONTDUMP). */
    (void)madvise(all + BELOW_BYTES, size, MADV_DONTDUMP);
    return all + BELOW_BYTES;
}

void *hf__os_pages_wiped_on_fork(size_t size)
{
    void *pages = hf__os_pages(size);
    /* Since Linux 4.14 (madvise(2)). Older kernels refuse it, and a child could then not tell that it is one. */
    if (pages != NULL && madvise(pages, size, MADV_WIPEONFORK) != 0) {
        hf__os_pages_free(pages, size);
        return NULL;
    }
    return pages;
}

void *hf__os_pages_shared(size_t size)
{
    char *pages = hf__os_pages(size);
    if (pages == NULL)
        return NULL;
    /* MAP_FIXED replaces the private pages, and leaves the inaccessible ones below them in place. */
    if (mmap(pages, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
        hf__os_pages_free(pages, size);
        return NULL;
    }
    (void)madvise(pages, size, MADV_DONTDUMP);
    return pages;
}

void hf__os_pages_free(void *address, size_t size)
{
    if (address != NULL)
        munmap((char *)address - BELOW_BYTES, size + BELOW_BYTES);
}
