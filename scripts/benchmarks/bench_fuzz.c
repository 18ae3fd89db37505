/* SPDX-License-Identifier: MIT
 * Executions per second of a fuzz target over a small caller of ten calls, against the same caller without the shim: the library's part alone, as an
 * engine would call it, over inputs that it would make. One thread, this machine.
 */
#include <hostfault/fuzz.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE ((size_t)4096)
#define INPUTS 512u
#define INPUT_BYTES 256u
#define ROUNDS 40u

/* Ten calls, each looked at; undone in order. */
static hf_caller_end work(hf_caller_run *run)
{
    IHostMemoryManager *manager = run->manager;
    IHostMalloc *heap = NULL;
    void *base = NULL, *page = NULL, *blocks[2] = {NULL, NULL};
    DWORD old = 0;
    bool good = SUCCEEDED(manager->lpVtbl->VirtualAlloc(manager, NULL, 16 * PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &base));
    good = good && SUCCEEDED(manager->lpVtbl->VirtualAlloc(manager, base, PAGE, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &page));
    good = good && SUCCEEDED(manager->lpVtbl->VirtualProtect(manager, page, PAGE, PAGE_READONLY, &old));
    good = good && SUCCEEDED(manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &heap));
    for (unsigned i = 0; i < 2 && good; i++)
        good = SUCCEEDED(heap->lpVtbl->Alloc(heap, 100, eTaskCritical, &blocks[i]));
    for (unsigned i = 0; i < 2; i++)
        if (blocks[i] != NULL)
            (void)heap->lpVtbl->Free(heap, blocks[i]);
    if (good)
        good = SUCCEEDED(manager->lpVtbl->VirtualFree(manager, base, PAGE, MEM_DECOMMIT));
    if (base != NULL)
        (void)manager->lpVtbl->VirtualFree(manager, base, 0, MEM_RELEASE);
    if (heap != NULL)
        heap->lpVtbl->Release(heap);
    return good ? HF_CALLER_OK : HF_CALLER_REPORTED;
}

static const hf_caller caller = {sizeof(hf_caller), HF_SEES_HRESULT, "ten", "ten calls", work, NULL, NULL};
static const hf_caller *const callers[] = {&caller};
/* A release that is refused is not tried again, and what the caller leaves then is not what is measured. */
static const hf_fuzz_accepted accepted[] = {{NULL, "leaked"}, {NULL, "violated"}};
static const hf_fuzz_target target = {sizeof target, 1, callers, accepted, 2, 0};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time); /* of a core: others may be busy on this machine */
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

typedef struct input {
    uint8_t bytes[INPUT_BYTES];
    size_t size;
} input;

/* As an engine makes them: each a few changes away from one before. */
static void make_inputs(input *inputs)
{
    for (unsigned i = 1; i < INPUTS; i++) {
        inputs[i] = inputs[i / 2];
        inputs[i].size = hf_fuzz_mutate(inputs[i].bytes, inputs[i].size, INPUT_BYTES, i, 1, NULL);
    }
}

static double bare(unsigned times)
{
    IHostMemoryManager *manager = NULL;
    if (FAILED(hf_host_create(&manager)))
        exit(1);
    hf_caller_run run = {.manager = manager};
    double start = now();
    for (unsigned i = 0; i < times; i++)
        (void)work(&run);
    return times / (now() - start);
}

static double fuzzed(const input *inputs, unsigned count, unsigned rounds)
{
    double start = now();
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < count; i++)
            (void)hf_fuzz_input(&target, inputs[i].bytes, inputs[i].size);
    return (double)count * rounds / (now() - start);
}

int main(void)
{
    static input inputs[INPUTS];
    static const input none = {.size = 0};
    make_inputs(inputs);
    (void)bare(1000);
    (void)fuzzed(inputs, INPUTS, 1); /* what was not seen before is judged once, and an engine sees most of it again and again */
    double best_bare = 0, best_clean = 0, best_faulted = 0;
    for (unsigned i = 0; i < 5; i++) {
        double rate = bare(INPUTS * ROUNDS);
        best_bare = rate > best_bare ? rate : best_bare;
        rate = fuzzed(&none, 1, INPUTS * ROUNDS);
        best_clean = rate > best_clean ? rate : best_clean;
        rate = fuzzed(inputs, INPUTS, ROUNDS);
        best_faulted = rate > best_faulted ? rate : best_faulted;
    }
    printf("%-52s %8.0f a second\n", "ten calls, without the shim", best_bare);
    printf("%-52s %8.0f a second, %3.0f %%\n", "the same as a target, no fault", best_clean, 100 * best_clean / best_bare);
    printf("%-52s %8.0f a second, %3.0f %%\n", "the same under the schedules that mutation makes", best_faulted, 100 * best_faulted / best_bare);
    return 0;
}
