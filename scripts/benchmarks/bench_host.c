/* SPDX-License-Identifier: MIT
 * What the host's virtual memory costs beside the bare system calls that do the same: short rounds of both in turn, so that a busy machine disturbs
 * both alike. Printed are the best round of each, their ratio, and the median of the rounds' ratios.
 *
 * Must never be a test: it prints, it does not judge.
 */
#include "host.h"
#include "os_atomic.h"
#include "os_thread.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base_poison.h"

#define PAGE ((size_t)4096)
#define UNIT ((size_t)65536)
#define GIBIBYTE ((size_t)1 << 30)
#define ROUNDS 400u
#define CALLS 200u
#define FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static double ticks_per_ns;

static void die(const char *what)
{
    fprintf(stderr, "bench_host: %s failed\n", what);
    exit(3);
}

static char *host_alloc(void *at, size_t size, DWORD type, DWORD protect)
{
    void *got = NULL;
    if (hf__host_alloc(at, size, type, protect, &got) != 0)
        die("VirtualAlloc");
    return got;
}

static void host_free(void *at, size_t size, DWORD type)
{
    if (hf__host_free(at, size, type) != 0)
        die("VirtualFree");
}

static void host_protect(void *at, size_t size, DWORD protect)
{
    DWORD old;
    if (hf__host_protect(at, size, protect, &old) != 0)
        die("VirtualProtect");
}

static char *bare_map(void *at, size_t size, int flags)
{
    char *got = mmap(at, size, PROT_NONE, FLAGS | flags, -1, 0);
    if (got == MAP_FAILED)
        die("mmap");
    return got;
}

static void bare_protect(void *at, size_t size, int protection)
{
    if (mprotect(at, size, protection) != 0)
        die("mprotect");
}

/* The pairs: what the host does, and what is asked of the kernel for the same. Each runs CALLS times on `place`, memory of its own kind. */

static void host_cycle(char *place)
{
    (void)place;
    for (unsigned i = 0; i < CALLS; i++) {
        char *base = host_alloc(NULL, UNIT, MEM_RESERVE, PAGE_NOACCESS);
        host_alloc(base, UNIT, MEM_COMMIT, PAGE_READWRITE);
        host_free(base, 0, MEM_RELEASE);
    }
}

static void bare_cycle(char *place)
{
    (void)place;
    for (unsigned i = 0; i < CALLS; i++) {
        char *base = bare_map(NULL, UNIT, 0);
        bare_protect(base, UNIT, PROT_READ | PROT_WRITE);
        munmap(base, UNIT);
    }
}

static void host_touched_cycle(char *place)
{
    (void)place;
    for (unsigned i = 0; i < CALLS; i++) {
        char *base = host_alloc(NULL, UNIT, MEM_RESERVE, PAGE_NOACCESS);
        *(volatile char *)host_alloc(base, UNIT, MEM_COMMIT, PAGE_READWRITE) = 1;
        host_free(base, 0, MEM_RELEASE);
    }
}

static void bare_touched_cycle(char *place)
{
    (void)place;
    for (unsigned i = 0; i < CALLS; i++) {
        char *base = bare_map(NULL, UNIT, 0);
        bare_protect(base, UNIT, PROT_READ | PROT_WRITE);
        *(volatile char *)base = 1;
        munmap(base, UNIT);
    }
}

/* Pages far apart, in an order without order. */
static size_t page_at(unsigned i)
{
    return (size_t)i * 7919 % (GIBIBYTE / PAGE) * PAGE;
}

static void host_commit(char *place)
{
    for (unsigned i = 1; i <= CALLS; i++)
        host_alloc(place + page_at(i), PAGE, MEM_COMMIT, PAGE_READWRITE);
}

static void host_uncommit(char *place)
{
    host_free(place, GIBIBYTE, MEM_DECOMMIT);
}

static void bare_commit(char *place)
{
    for (unsigned i = 1; i <= CALLS; i++)
        bare_protect(place + page_at(i), PAGE, PROT_READ | PROT_WRITE);
}

static void bare_uncommit(char *place)
{
    bare_map(place, GIBIBYTE, MAP_FIXED);
}

static void host_toggle(char *place)
{
    for (unsigned i = 0; i < CALLS; i++)
        host_protect(place, UNIT, i % 2 == 0 ? PAGE_READONLY : PAGE_READWRITE);
}

static void bare_toggle(char *place)
{
    for (unsigned i = 0; i < CALLS; i++)
        bare_protect(place, UNIT, i % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE);
}

static void host_toggle_page(char *place)
{
    for (unsigned i = 0; i < CALLS; i++)
        host_protect(place + 4 * PAGE, PAGE, i % 2 == 0 ? PAGE_READONLY : PAGE_READWRITE);
}

static void bare_toggle_page(char *place)
{
    for (unsigned i = 0; i < CALLS; i++)
        bare_protect(place + 4 * PAGE, PAGE, i % 2 == 0 ? PROT_READ : PROT_READ | PROT_WRITE);
}

static char *no_place(void)
{
    return NULL;
}

static char *host_gibibyte(void)
{
    return host_alloc(NULL, GIBIBYTE, MEM_RESERVE, PAGE_NOACCESS);
}

static char *bare_gibibyte(void)
{
    return bare_map(NULL, GIBIBYTE, 0);
}

static char *host_unit(void)
{
    return host_alloc(NULL, UNIT, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

/* Alone between pages without access, so that it never merges with what the kernel puts beside it. */
static char *bare_unit(void)
{
    char *base = bare_map(NULL, 3 * UNIT, 0) + UNIT;
    bare_protect(base, UNIT, PROT_READ | PROT_WRITE);
    return base;
}

typedef struct side {
    char *(*make)(void);
    void (*run)(char *place);
    void (*undo)(char *place); /* not timed */
} side;

typedef struct contest {
    const char *name;
    side host, bare;
} contest;

static const contest contests[] = {
    {"reserve, commit, release 64 KiB", {no_place, host_cycle, NULL}, {no_place, bare_cycle, NULL}},
    {"the same, one page touched", {no_place, host_touched_cycle, NULL}, {no_place, bare_touched_cycle, NULL}},
    {"commit a page of a 1 GiB reservation", {host_gibibyte, host_commit, host_uncommit}, {bare_gibibyte, bare_commit, bare_uncommit}},
    {"protect 64 KiB", {host_unit, host_toggle, NULL}, {bare_unit, bare_toggle, NULL}},
    {"protect one page of 64 KiB", {host_unit, host_toggle_page, NULL}, {bare_unit, bare_toggle_page, NULL}},
};

/* Nanoseconds for one of the CALLS. */
static double time_of(const side *of, char *place)
{
    uint64_t from = hf__os_counter();
    of->run(place);
    double ns = (double)(hf__os_counter() - from) / ticks_per_ns / CALLS;
    if (of->undo != NULL)
        of->undo(place);
    return ns;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run_contest(const contest *which)
{
    static double ratios[ROUNDS];
    char *host_place = which->host.make(), *bare_place = which->bare.make();
    double best_host = 1e18, best_bare = 1e18;
    for (unsigned i = 0; i < ROUNDS; i++) {
        double host = time_of(&which->host, host_place), bare = time_of(&which->bare, bare_place);
        best_host = host < best_host ? host : best_host;
        best_bare = bare < best_bare ? bare : best_bare;
        ratios[i] = host / bare;
    }
    qsort(ratios, ROUNDS, sizeof *ratios, compare_doubles);
    printf("%-40s %8.0f ns %8.0f ns bare   best %.2f   median %.2f\n", which->name, best_host, best_bare, best_host / best_bare, ratios[ROUNDS / 2]);
}

/* Two threads on reservations of their own. */

typedef struct worker {
    const side *of;
    char *place;
    int processor, count;
    uint32_t *ready;
    uint64_t begin, end;
} worker;

static void *work(void *user)
{
    worker *self = user;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(self->processor, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    hf__os_add_u32_atomic(self->ready, 1);
    while (hf__os_load_u32(self->ready) < (uint32_t)self->count) {
    }
    self->begin = hf__os_counter();
    self->of->run(self->place);
    self->end = hf__os_counter();
    if (self->of->undo != NULL)
        self->of->undo(self->place);
    return NULL;
}

/* Ticks from the first thread's begin to the last one's end. */
static uint64_t time_together(const side *of, char *const *places, int count)
{
    uint32_t ready = 0;
    worker workers[2];
    pthread_t threads[2];
    for (int i = 0; i < count; i++) {
        workers[i] = (worker){.of = of, .place = places[i], .processor = i, .count = count, .ready = &ready};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            die("pthread_create");
    }
    uint64_t first = UINT64_MAX, last = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        first = workers[i].begin < first ? workers[i].begin : first;
        last = workers[i].end > last ? workers[i].end : last;
    }
    return last - first;
}

typedef struct scaling {
    uint64_t alone, together; /* the best rounds */
} scaling;

static void measure_scaling(const side *of, char *const *places, scaling *best)
{
    uint64_t alone = time_together(of, places, 1), together = time_together(of, places, 2);
    best->alone = alone < best->alone ? alone : best->alone;
    best->together = together < best->together ? together : best->together;
}

static void run_scaling(const contest *which)
{
    scaling host = {UINT64_MAX, UINT64_MAX}, bare = host;
    char *host_places[2] = {which->host.make(), which->host.make()}, *bare_places[2] = {which->bare.make(), which->bare.make()};
    for (unsigned i = 0; i < ROUNDS; i++) {
        measure_scaling(&which->host, host_places, &host);
        measure_scaling(&which->bare, bare_places, &bare);
    }
    printf("%-40s %8.2f times %8.2f times bare\n", which->name, 2.0 * (double)host.alone / (double)host.together,
           2.0 * (double)bare.alone / (double)bare.together);
}

/* Many regions, many mappings, many pages. */

static double time_queries(char *const *bases, unsigned count)
{
    MEMORY_BASIC_INFORMATION told;
    double best = 1e18;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t from = hf__os_counter();
        for (unsigned i = 0; i < CALLS; i++) {
            DWORD error;
            if (hf__host_query(bases[(round * CALLS + i) * 7919 % count], &told, sizeof told, &error) == 0)
                die("VirtualQuery");
        }
        double ns = (double)(hf__os_counter() - from) / ticks_per_ns / CALLS;
        best = ns < best ? ns : best;
    }
    return best;
}

static void run_queries(void)
{
    enum { REGIONS = 30000 };
    static char *bases[REGIONS];
    bases[0] = host_unit();
    double one = time_queries(bases, 1);
    for (unsigned i = 1; i < REGIONS; i++)
        bases[i] = host_unit();
    printf("%-40s %8.0f ns %8.0f ns with one region\n", "query among 30 000 regions", time_queries(bases, REGIONS), one);
    for (unsigned i = 0; i < REGIONS; i++)
        host_free(bases[i], 0, MEM_RELEASE);
}

/* Every second page of a reservation is a mapping of its own, until the kernel has no more. */
static void run_to_the_limit(void)
{
    enum { PART = 4096 };
    char *base = host_gibibyte();
    DWORD error = 0;
    double first = 0, last = 0;
    unsigned pages = 0;
    while (error == 0 && pages < GIBIBYTE / PAGE / 2) {
        void *got = NULL;
        uint64_t from = hf__os_counter();
        unsigned done = 0;
        for (; done < PART && error == 0; done++)
            error = hf__host_alloc(base + (size_t)(pages + done) * 2 * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE, &got);
        double ns = (double)(hf__os_counter() - from) / ticks_per_ns / done;
        first = pages == 0 ? ns : first;
        last = done == PART ? ns : last;
        pages += done;
    }
    printf("%-40s %8.0f ns %8.0f ns at first; %u pages, then error %u\n", "commit a mapping more, near the limit", last, first, pages - 1,
           (unsigned)error);
    host_free(base, 0, MEM_RELEASE);
}

static void run_million_pages(void)
{
    enum { REGIONS = 1000, PAGES = 1000 };
    static char *bases[REGIONS];
    double ns[2];
    for (unsigned pass = 0; pass < 2; pass++) {
        uint64_t from = hf__os_counter();
        for (unsigned i = 0; i < REGIONS; i++) {
            bases[i] = pass == 0 ? host_alloc(NULL, PAGES * PAGE, MEM_RESERVE, PAGE_NOACCESS) : bases[i];
            host_alloc(bases[i], PAGES * PAGE, MEM_COMMIT, PAGE_READWRITE);
        }
        ns[pass] = (double)(hf__os_counter() - from) / ticks_per_ns / REGIONS;
    }
    printf("%-40s %8.0f ns %8.0f ns when they are\n", "commit 1000 regions of 1000 pages, each", ns[0], ns[1]);
    for (unsigned i = 0; i < REGIONS; i++)
        host_free(bases[i], 0, MEM_RELEASE);
}

int main(void)
{
    ticks_per_ns = (double)hf__os_counter_hz() / 1e9;
    for (size_t i = 0; i < sizeof contests / sizeof *contests; i++)
        run_contest(&contests[i]);
    printf("two threads, each on its own, against one:\n");
    for (size_t i = 0; i < sizeof contests / sizeof *contests; i++)
        run_scaling(&contests[i]);
    run_queries();
    run_to_the_limit();
    run_million_pages();
    return 0;
}
