/* SPDX-License-Identifier: MIT
 * What the shim costs a call: the VirtualAlloc cycle (reserve 64 KiB, commit one page, touch it, release) and the Alloc/Free pair, wrapped without
 * a session, and in a real session (a file, fed by another process) with 0, 1, 8 and 64 rules of which none fires.
 *
 * Each setting runs in processes of its own, and each process does the same work over the bare host and over the wrapped one in turn, a few
 * thousand calls at a time, so that what else the machine does meets both alike. Printed is the median of all turns. Must never be a test: it prints,
 * it does not judge.
 */
#include "base_check.h"
#include "base_text.h"
#include "model_rule.h"
#include "os_thread.h"
#include "session.h"

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define ROUNDS 3
#define TURNS 60
#define CYCLES 500
#define PAIRS 5000

typedef struct setting {
    const char *name;
    int rules; /* -1: no session */
} setting;

static const setting settings[] = {
    {"no session", -1}, {"empty plan", 0}, {"1 rule", 1}, {"8 rules", 8}, {"64 rules", 64},
};

/* ns per cycle or pair, one for each turn. */
typedef struct figures {
    double bare_cycle[TURNS], cycle[TURNS];
    double bare_pair[TURNS], pair[TURNS];
} figures;

static double per(uint64_t from, unsigned count)
{
    return (double)(hf__os_counter() - from) * 1e9 / (double)hf__os_counter_hz() / count;
}

static double measure_cycles(IHostMemoryManager *manager)
{
    uint64_t from = hf__os_counter();
    for (unsigned i = 0; i < CYCLES; i++) {
        void *base = NULL;
        void *page = NULL;
        manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical, &base);
        manager->lpVtbl->VirtualAlloc(manager, base, 4096, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &page);
        *(volatile char *)page = 1;
        manager->lpVtbl->VirtualFree(manager, base, 0, MEM_RELEASE);
    }
    return per(from, CYCLES);
}

static double measure_pairs(IHostMalloc *heap)
{
    uint64_t from = hf__os_counter();
    for (unsigned i = 0; i < PAIRS; i++) {
        void *block = NULL;
        heap->lpVtbl->Alloc(heap, 64, eTaskCritical, &block);
        *(volatile char *)block = 1;
        heap->lpVtbl->Free(heap, block);
    }
    return per(from, PAIRS);
}

static void measure(figures *out)
{
    IHostMemoryManager *bare = NULL;
    IHostMemoryManager *wrapped = NULL;
    IHostMalloc *bare_heap = NULL;
    IHostMalloc *heap = NULL;
    hf_host_create(&bare);
    hf_wrap(bare, &wrapped);
    bare->lpVtbl->CreateMalloc(bare, MALLOC_THREADSAFE, &bare_heap);
    wrapped->lpVtbl->CreateMalloc(wrapped, MALLOC_THREADSAFE, &heap);
    for (int turn = 0; turn < TURNS; turn++) {
        out->bare_cycle[turn] = measure_cycles(bare);
        out->cycle[turn] = measure_cycles(wrapped);
        out->bare_pair[turn] = measure_pairs(bare_heap);
        out->pair[turn] = measure_pairs(heap);
    }
}

/* Rules as a scenario would have them, for the methods under test, rejected by what a real one filters on: an argument, an ordinal out of reach. */
static size_t build_plan(int count, void *buffer, size_t capacity)
{
    hf_rule rules[64];
    char names[64][16];
    const char *pointers[64];
    for (int i = 0; i < count; i++) {
        rules[i] = hf__model_rule_init();
        rules[i].methods = i % 2 == 0 ? 1u << HF_METHOD_VIRTUAL_ALLOC | 1u << HF_METHOD_MALLOC_ALLOC : 1u << HF_METHOD_MALLOC_ALLOC;
        rules[i].predicate_count = 1;
        rules[i].predicates[0] = (hf_predicate){.field = HF_FIELD_SIZE, .compare = HF_COMPARE_EQUAL, .value = 3000000000u + (unsigned)i};
        rules[i].returns = 1;
        rules[i].hr = E_OUTOFMEMORY;
        hf__builder name = hf__builder_init(names[i], sizeof names[i]);
        hf__builder_print(&name, "rule-%d", i);
        pointers[i] = names[i];
    }
    const hf__model_plan_parts parts = {.rule_count = (uint32_t)count, .rules = rules, .rule_names = pointers};
    size_t size_bytes = 0;
    hf_error err;
    HF_ASSERT(hf__model_plan_build(&parts, buffer, capacity, &size_bytes, &err) == HF_OK);
    return size_bytes;
}

static pid_t start_child(bool in_session, const char *session_path, figures *shared)
{
    pid_t child = fork();
    HF_ASSERT(child >= 0);
    if (child == 0) {
        if (in_session)
            setenv("HF_SESSION", session_path, 1);
        measure(shared);
        HF_ASSERT(hf_attached() == in_session);
        _exit(0);
    }
    return child;
}

static void measure_setting(const setting *one, const char *folder, figures *shared)
{
    bool in_session = one->rules >= 0;
    hf_session session = {.header = NULL};
    char path[512];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "%s/bench-session-%lld", folder, (long long)getpid());
    hf_error err = {.message = ""};
    if (in_session) {
        static uint64_t plan[8192];
        size_t size_bytes = build_plan(one->rules, plan, sizeof plan);
        if (hf__session_create(&(hf_session_request){path, "bench", plan, size_bytes, 0, {NULL, 0, 0}, false}, &session, &err) != HF_OK) {
            fprintf(stderr, "bench: %s\n", err.message);
            exit(3);
        }
    }
    pid_t child = start_child(in_session, path, shared);
    int status = 0;
    while (waitpid(child, &status, in_session ? WNOHANG : 0) == 0) {
        if (hf__session_feed(&session, path, &err) != HF_OK)
            fprintf(stderr, "bench: %s\n", err.message);
        hf__os_sleep_us(500);
    }
    HF_ASSERT(status == 0);
    hf__session_leave(&session);
    if (in_session)
        unlink(path);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Over the turns of all rounds; `first` is the figure in the first round. */
static double median(const figures *rounds, const double *first)
{
    static double all[ROUNDS * TURNS];
    ptrdiff_t offset = (const char *)first - (const char *)&rounds[0];
    for (int round = 0; round < ROUNDS; round++)
        memcpy(&all[round * TURNS], (const char *)&rounds[round] + offset, TURNS * sizeof all[0]);
    qsort(all, HF_COUNT_OF(all), sizeof all[0], compare);
    return all[HF_COUNT_OF(all) / 2];
}

static void print(const setting *one, const figures *rounds)
{
    double bare_cycle = median(rounds, rounds->bare_cycle);
    double cycle = median(rounds, rounds->cycle);
    double bare_pair = median(rounds, rounds->bare_pair);
    double pair = median(rounds, rounds->pair);
    printf("%-12s %9.0f %9.0f ns %7.3f    %9.1f %9.1f ns %7.1f ns\n", one->name, bare_cycle, cycle, cycle / bare_cycle, bare_pair, pair,
           (pair - bare_pair) / 2);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    static figures *shared[HF_COUNT_OF(settings)];
    for (size_t i = 0; i < HF_COUNT_OF(settings); i++) {
        shared[i] = mmap(NULL, ROUNDS * sizeof(figures), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        HF_ASSERT(shared[i] != MAP_FAILED);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < HF_COUNT_OF(settings); i++)
            measure_setting(&settings[i], folder, &shared[i][round]);
    }
    printf("%-12s %9s %9s    %7s    %9s %9s    %10s\n", "", "bare", "wrapped", "", "bare", "wrapped", "added to");
    printf("%-12s %9s %9s    %7s    %9s %9s    %10s\n", "", "VirtualAlloc cycle", "", "ratio", "Alloc+Free", "", "a call");
    for (size_t i = 0; i < HF_COUNT_OF(settings); i++)
        print(&settings[i], shared[i]);
    return 0;
}
