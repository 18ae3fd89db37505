/* SPDX-License-Identifier: MIT
 * Eight threads on the host: private regions, a shared region, racing releases, blocks that change threads, racing frees, a guard
 * page that all access, calls from signal handlers, and forks at the same time. A plain program, so that ThreadSanitizer can run it.
 * Exit status 0, or 1 with a description of the failure; alarm() ends a deadlock.
 */
#include "base_random.h"
#include "host.h"
#include "os_memory.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define PAGE ((size_t)0x1000)
#define PAGES ((size_t)64)

static uint32_t failures;
static uint32_t stop;

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "threads_host: %s\n", what);
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static void run_threads(void *(*work)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        expect(pthread_create(&threads[i], NULL, work, (void *)i) == 0, "a thread does not start");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Regions of their own, and looks at the others'. */

static uint64_t published[THREADS];

static DWORD commit(char *at, size_t size, DWORD protect)
{
    void *out;
    return hf__host_alloc(at, size, MEM_COMMIT, protect, &out);
}

static void look_at(uint64_t address)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD error = 0;
    size_t bytes = hf__host_query((const void *)(uintptr_t)address, &told, sizeof told, &error);
    expect(bytes == sizeof told && told.RegionSize != 0, "VirtualQuery of a neighbour's memory fails");
    (void)hf__host_owns((const void *)(uintptr_t)address);
}

static void cycle(size_t self, unsigned round)
{
    void *got = NULL;
    DWORD old = 0;
    size_t page = hf__random(1, self, round) % (PAGES - 2);
    expect(hf__host_alloc(NULL, PAGES * PAGE, MEM_RESERVE, PAGE_READWRITE, &got) == 0, "reserve fails");
    char *base = got;
    __atomic_store_n(&published[self], (uint64_t)(uintptr_t)base, __ATOMIC_RELAXED);
    expect(commit(base + page * PAGE, 2 * PAGE, PAGE_READWRITE) == 0, "commit fails");
    expect(base[page * PAGE] == 0 && base[(page + 2) * PAGE - 1] == 0, "committed memory is not zero");
    memset(base + page * PAGE, (int)self + 1, 2 * PAGE);
    look_at(__atomic_load_n(&published[hf__random(2, self, round) % THREADS], __ATOMIC_RELAXED));
    expect(hf__host_protect(base + page * PAGE, PAGE, PAGE_READONLY, &old) == 0 && old == PAGE_READWRITE, "protect fails");
    expect(base[page * PAGE] == (char)(self + 1) && base[(page + 1) * PAGE] == (char)(self + 1), "contents changed");
    expect(hf__host_free(base + page * PAGE, PAGE, MEM_DECOMMIT) == 0, "decommit fails");
    expect(commit(base + page * PAGE, PAGE, PAGE_READWRITE) == 0 && base[page * PAGE] == 0, "memory is not zero after decommit");
    expect(hf__host_free(base, 0, MEM_RELEASE) == 0, "release fails");
}

static void *own_regions(void *self)
{
    for (unsigned round = 0; round < 1500; round++)
        cycle((size_t)self, round);
    return NULL;
}

/* One region together. */

static char *together;

static void *one_region(void *self)
{
    for (unsigned round = 0; round < 3000; round++) {
        uint64_t draw = hf__random(3, (size_t)self, round);
        char *at = together + (draw >> 8) % (PAGES - 4) * PAGE;
        size_t size = (1 + (draw >> 32) % 4) * PAGE;
        DWORD old, error = 0;
        if (draw % 3 == 0)
            error = commit(at, size, PAGE_READWRITE);
        else if (draw % 3 == 1)
            error = hf__host_free(at, size, MEM_DECOMMIT);
        else
            error = hf__host_protect(at, size, PAGE_READONLY, &old) == ERROR_INVALID_ADDRESS ? 0 : error;
        expect(error == 0, "a change of the common region fails");
    }
    return NULL;
}

/* What the host says and what the kernel says must be the same in the end. */
static void compare_with_kernel(void)
{
    for (size_t page = 0; page < PAGES; page++) {
        MEMORY_BASIC_INFORMATION told;
        hf_map_entry map;
        DWORD error;
        (void)hf__host_query(together + page * PAGE, &told, sizeof told, &error);
        expect(hf__os_map_at((uintptr_t)(together + page * PAGE), &map) == 0, "the kernel does not tell");
        unsigned expected = told.State == MEM_RESERVE ? 0 : told.Protect == PAGE_READONLY ? HF_ACCESS_READ : HF_ACCESS_READ | HF_ACCESS_WRITE;
        expect(map.access == expected, "host and kernel disagree about a page");
    }
}

static void share_region(void)
{
    void *got = NULL;
    uint64_t before = hf__host_committed();
    expect(hf__host_alloc(NULL, PAGES * PAGE, MEM_RESERVE, PAGE_READWRITE, &got) == 0, "reserve fails");
    together = got;
    run_threads(one_region);
    compare_with_kernel();
    expect(hf__host_free(together, 0, MEM_RELEASE) == 0, "release fails");
    expect(hf__host_committed() == before, "the commit charge is not what it was");
}

/* Releases that race: of eight, one succeeds. */

#define ROUNDS 400

static uint64_t prey[ROUNDS];
static uint32_t kills[ROUNDS];
static pthread_barrier_t gate;

static void *release_race(void *unused)
{
    (void)unused;
    for (size_t round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&gate);
        if (hf__host_free((void *)(uintptr_t)prey[round], 0, MEM_RELEASE) == 0)
            __atomic_fetch_add(&kills[round], 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void *free_race(void *unused)
{
    (void)unused;
    for (size_t round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&gate);
        DWORD error = hf__host_heap_free((void *)(uintptr_t)prey[round]);
        expect(error == 0 || error == ERROR_INVALID_OPERATION, "a free that lost the race gives another error");
        if (error == 0)
            __atomic_fetch_add(&kills[round], 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void race(void *(*work)(void *), int is_heap)
{
    memset(kills, 0, sizeof kills);
    pthread_barrier_init(&gate, NULL, THREADS);
    for (size_t round = 0; round < ROUNDS; round++) {
        void *got = NULL;
        DWORD error = is_heap ? hf__host_heap_alloc(round % 2 == 0 ? 64 : 1u << 18, &got)
                              : hf__host_alloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &got);
        expect(error == 0, "nothing to race for");
        prey[round] = (uint64_t)(uintptr_t)got;
    }
    run_threads(work);
    for (size_t round = 0; round < ROUNDS; round++)
        expect(kills[round] == 1, is_heap ? "a block was not freed exactly once" : "a region was not released exactly once");
    pthread_barrier_destroy(&gate);
}

/* Blocks that change hands: whoever takes one out of a place frees it. */

#define PLACES 256

static uint64_t places[PLACES];

static void check_and_free(uint64_t block)
{
    unsigned char *memory = (unsigned char *)(uintptr_t)block;
    size_t size = hf__host_heap_size(memory);
    expect(size >= 16 && memory[0] == memory[15], "a block's contents changed");
    expect(hf__host_heap_free(memory) == 0, "free fails");
}

static void *exchange(void *self)
{
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t draw = hf__random(4, (size_t)self, round);
        void *got = NULL;
        size_t size = draw % 61 == 0 ? 1u << 18 : 16 + (draw >> 16) % 3000;
        expect(hf__host_heap_alloc(size, &got) == 0, "alloc fails");
        memset(got, (int)(draw >> 8), 16);
        uint64_t old = __atomic_exchange_n(&places[(draw >> 32) % PLACES], (uint64_t)(uintptr_t)got, __ATOMIC_ACQ_REL);
        if (old != 0)
            check_and_free(old);
    }
    return NULL;
}

static void exchange_blocks(void)
{
    run_threads(exchange);
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i] != 0)
            check_and_free(places[i]);
    }
}

/* A guard page that all touch at once. */

static uint32_t told;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    __atomic_fetch_add(&told, 1, __ATOMIC_RELAXED);
}

static void *touch_guards(void *unused)
{
    (void)unused;
    for (size_t round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&gate);
        (void)__atomic_load_n((char *)(uintptr_t)prey[round], __ATOMIC_RELAXED);
    }
    return NULL;
}

static void guard_race(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    pthread_barrier_init(&gate, NULL, THREADS);
    for (size_t round = 0; round < ROUNDS; round++) {
        void *got = NULL;
        expect(hf__host_alloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD, &got) == 0, "no guard page");
        prey[round] = (uint64_t)(uintptr_t)got;
    }
    run_threads(touch_guards);
    expect(told == ROUNDS, "a guard page was not told of exactly once");
    for (size_t round = 0; round < ROUNDS; round++)
        expect(hf__host_free((void *)(uintptr_t)prey[round], 0, MEM_RELEASE) == 0, "release fails");
    pthread_barrier_destroy(&gate);
}

/* Calls out of a signal handler, at any moment. */

static uint32_t interrupted, refused;

static void on_signal(int number)
{
    void *got = NULL, *block = NULL;
    (void)number;
    __atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
    if (hf__host_alloc(NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, &got) == ERROR_NOT_READY) {
        __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
        return;
    }
    expect(got != NULL && hf__host_free(got, 0, MEM_RELEASE) == 0, "a region of a signal handler's");
    expect(hf__host_heap_alloc(32, &block) == 0 && hf__host_heap_free(block) == 0, "a block of a signal handler's");
}

static void *under_signals(void *self)
{
    for (unsigned round = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); round++) {
        void *block = NULL;
        cycle((size_t)self, round);
        expect(hf__host_heap_alloc(100, &block) == 0 && hf__host_heap_free(block) == 0, "a block under signals");
    }
    return NULL;
}

static void call_from_signals(void)
{
    pthread_t thread;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, under_signals, (void *)0);
    for (unsigned i = 0; i < 100000 && __atomic_load_n(&interrupted, __ATOMIC_RELAXED) < 3000; i++) {
        pthread_kill(thread, SIGUSR1);
        sched_yield();
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    expect(interrupted > 100, "hardly any signal arrived");
    printf("signals: %u arrived, %u calls refused\n", interrupted, refused);
}

/* Forks while seven threads are inside the host. ThreadSanitizer does not follow a fork of a program with threads. */

#ifndef __SANITIZE_THREAD__
static void *keep_busy(void *self)
{
    for (unsigned round = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); round++) {
        void *block = NULL;
        cycle((size_t)self, round);
        if (hf__host_heap_alloc(16 + round % 4000, &block) == 0)
            (void)hf__host_heap_free(block);
    }
    return NULL;
}

static int child_works(void)
{
    alarm(20);
    for (unsigned round = 0; round < 5; round++) {
        void *block = NULL;
        cycle(0, round);
        if (hf__host_heap_alloc(5000, &block) != 0 || hf__host_heap_free(block) != 0)
            return 1;
    }
    return failures == 0 ? 0 : 1;
}

static void fork_amid(void)
{
    pthread_t threads[THREADS - 1];
    __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
    for (size_t i = 0; i < THREADS - 1; i++)
        pthread_create(&threads[i], NULL, keep_busy, (void *)(i + 1));
    for (unsigned i = 0; i < 60; i++) {
        int status = 1;
        pid_t child = fork();
        if (child == 0)
            _exit(child_works());
        waitpid(child, &status, 0);
        expect(status == 0, "a forked child does not work");
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < THREADS - 1; i++)
        pthread_join(threads[i], NULL);
}
#else
static void fork_amid(void)
{
    puts("forks: not under ThreadSanitizer");
}
#endif

int main(void)
{
    alarm(110);
    run_threads(own_regions);
    share_region();
    race(release_race, 0);
    race(free_race, 1);
    exchange_blocks();
    guard_race();
    call_from_signals();
    fork_amid();
    expect(hf__host_committed() == 0, "something is left committed");
    printf("threads_host: %u failures\n", failures);
    return failures == 0 ? 0 : 1;
}
