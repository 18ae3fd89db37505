/*
 * What the shim costs a call: the VirtualAlloc cycle (reserve 64 KiB, commit one page, touch it, release) and the Alloc/Free pair, over the bare
 * host, wrapped without a session, and in a real session (a file, fed by another process) with 0, 1, 8 and 64 rules of which none fires.
 *
 * Each setting runs in a process of its own, in turn, several rounds; the median of the rounds is printed with its difference to the
 * bare host in the same run. Must never be a test: it prints, it does not judge.
 */
#include "base_check.h"
#include "base_text.h"
#include "model_rule.h"
#include "os_thread.h"
#include "trace_session.h"

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define ROUNDS 9
#define CYCLES 20000
#define PAIRS 400000

typedef struct setting {
    const char *name;
    int rules; /* -1: no session; -2: bare, not wrapped */
} setting;

static const setting settings[] = {
    {"bare host", -2},      {"wrapped, no session", -1}, {"session, empty plan", 0},
    {"session, 1 rule", 1}, {"session, 8 rules", 8},     {"session, 64 rules", 64},
};

typedef struct figures {
    double cycle_ns;
    double pair_ns;
} figures;

static double per(uint64_t from_us, unsigned count)
{
    return (double)(hf__os_now_us() - from_us) * 1000.0 / count;
}

static double measure_cycles(IHostMemoryManager *manager)
{
    uint64_t from = hf__os_now_us();
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
    uint64_t from = hf__os_now_us();
    for (unsigned i = 0; i < PAIRS; i++) {
        void *block = NULL;
        heap->lpVtbl->Alloc(heap, 64, eTaskCritical, &block);
        *(volatile char *)block = 1;
        heap->lpVtbl->Free(heap, block);
    }
    return per(from, PAIRS);
}

static figures measure(bool wrapped)
{
    IHostMemoryManager *manager = NULL;
    hf_host_create(&manager);
    IHostMemoryManager *used = manager;
    if (wrapped)
        hf_wrap(manager, &used);
    IHostMalloc *heap = NULL;
    used->lpVtbl->CreateMalloc(used, MALLOC_THREADSAFE, &heap);
    figures out = {.cycle_ns = measure_cycles(used), .pair_ns = measure_pairs(heap)};
    return out;
}

/* Rules as a scenario would have them, for the methods under test, rejected by what a real one filters on: an argument, an ordinal out of reach. */
static size_t build_plan(int count, void *buffer, size_t capacity)
{
    hf_rule rules[64];
    char names[64][16];
    const char *pointers[64];
    for (int i = 0; i < count; i++) {
        rules[i] = hf__rule_init();
        rules[i].methods = i % 2 == 0 ? 1u << HF_METHOD_VIRTUAL_ALLOC | 1u << HF_METHOD_MALLOC_ALLOC : 1u << HF_METHOD_MALLOC_ALLOC;
        rules[i].predicate_count = 1;
        rules[i].predicates[0] = (hf_predicate){.field = HF_FIELD_SIZE, .compare = HF_COMPARE_EQUAL, .value = 3000000000u + (unsigned)i};
        rules[i].returns = 1;
        rules[i].hr = E_OUTOFMEMORY;
        hf__builder name = hf__builder_init(names[i], sizeof names[i]);
        hf__builder_print(&name, "rule-%d", i);
        pointers[i] = names[i];
    }
    const hf__plan_parts parts = {.rule_count = (uint32_t)count, .rules = rules, .rule_names = pointers};
    size_t size_bytes = 0;
    hf_error err;
    HF_ASSERT(hf__plan_build(&parts, buffer, capacity, &size_bytes, &err) == HF_OK);
    return size_bytes;
}

static figures run_child(const setting *one, const char *session_path, int *pipe_ends)
{
    pid_t child = fork();
    HF_ASSERT(child >= 0);
    if (child == 0) {
        if (session_path != NULL)
            setenv("HF_SESSION", session_path, 1);
        figures mine = measure(one->rules != -2);
        HF_ASSERT(one->rules < 0 || hf_attached());
        HF_ASSERT(write(pipe_ends[1], &mine, sizeof mine) == (ssize_t)sizeof mine);
        _exit(0);
    }
    return (figures){.cycle_ns = child};
}

static figures measure_setting(const setting *one, const char *folder)
{
    int ends[2];
    HF_ASSERT(pipe(ends) == 0);
    hf_session session = {.header = NULL};
    char path[512];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "%s/bench-session-%lld", folder, (long long)getpid());
    hf_error err = {.message = ""};
    if (one->rules >= 0) {
        static uint64_t plan[8192];
        size_t size_bytes = build_plan(one->rules, plan, sizeof plan);
        if (hf__session_create(path, "bench", plan, size_bytes, 0, &session, &err) != HF_OK) {
            fprintf(stderr, "bench: %s\n", err.message);
            exit(3);
        }
    }
    pid_t child = (pid_t)run_child(one, one->rules >= 0 ? path : NULL, ends).cycle_ns;
    int status = 0;
    while (waitpid(child, &status, one->rules >= 0 ? WNOHANG : 0) == 0) {
        if (hf__session_feed(&session, path, &err) != HF_OK)
            fprintf(stderr, "bench: %s\n", err.message);
        hf__os_sleep_us(500);
    }
    figures out = {0};
    HF_ASSERT(status == 0 && read(ends[0], &out, sizeof out) == (ssize_t)sizeof out);
    close(ends[0]);
    close(ends[1]);
    hf__session_leave(&session);
    if (one->rules >= 0)
        unlink(path);
    return out;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof values[0], compare);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    static double cycles[HF_COUNT_OF(settings)][ROUNDS];
    static double pairs[HF_COUNT_OF(settings)][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < HF_COUNT_OF(settings); i++) {
            figures one = measure_setting(&settings[i], folder);
            cycles[i][round] = one.cycle_ns;
            pairs[i][round] = one.pair_ns;
        }
    }
    printf("%-22s %14s %8s %8s   %12s %8s\n", "", "VirtualAlloc", "ratio", "", "Alloc+Free", "added");
    printf("%-22s %14s %8s %8s   %12s %8s\n", "", "cycle", "to bare", "", "pair", "a call");
    double bare_cycle = 0;
    double bare_pair = 0;
    for (size_t i = 0; i < HF_COUNT_OF(settings); i++) {
        double cycle = median(cycles[i]);
        double pair = median(pairs[i]);
        if (i == 0) {
            bare_cycle = cycle;
            bare_pair = pair;
        }
        printf("%-22s %11.0f ns %8.3f %8s   %9.1f ns %5.1f ns\n", settings[i].name, cycle, cycle / bare_cycle, "", pair, (pair - bare_pair) / 2);
    }
    return 0;
}
