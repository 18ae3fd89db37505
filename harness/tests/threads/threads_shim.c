/* SPDX-License-Identifier: MIT
 * Many threads through one shim with rules that count, limit and gate: every call is recorded, each ticket is issued once, `times` holds,
 * and every decision can be derived again. A plain program, so that ThreadSanitizer can run it. Exit status 0, or 1 with the failure.
 */
#include "engine.h"

#include <hostfault/hostfault.h>
#include <hostfault/trace.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8
#define CALLS 4000
#define TIMES 100

static IHostMemoryManager *manager;
static unsigned failures;

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "threads_shim: %s\n", what);
    failures++;
}

static void *work(void *user)
{
    IHostMalloc *heap = user;
    size_t failed = 0;
    for (int i = 0; i < CALLS; i++) {
        void *block = NULL;
        if (heap->lpVtbl->Alloc(heap, (SIZE_T)(16 + i % 512), eTaskCritical, &block) == S_OK)
            heap->lpVtbl->Free(heap, block);
        else
            failed++;
    }
    return (void *)failed;
}

static size_t build(uint64_t *image, size_t capacity)
{
    hf_rule rules[3] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    for (int i = 0; i < 3; i++) {
        rules[i].methods = 1u << HF_METHOD_MALLOC_ALLOC;
        rules[i].returns = 1;
        rules[i].hr = E_OUTOFMEMORY;
    }
    rules[0].per = HF_PER_THREAD;
    rules[0].first = rules[0].last = 7;
    rules[1].first = 1000;
    rules[1].times = 1;
    rules[2].after = 1;
    rules[2].times = TIMES;
    rules[2].chance = HF_CHANCE_ALWAYS / 2;
    const char *const names[] = {"seventh", "opens", "limited"};
    const hf__model_plan_parts parts = {.seed = 3, .rule_count = 3, .rules = rules, .rule_names = names, .storm_limit = 1000000};
    size_t size_bytes = 0;
    hf_error err;
    if (hf__model_plan_build(&parts, image, capacity, &size_bytes, &err) != HF_OK) {
        fprintf(stderr, "threads_shim: %s\n", err.message);
        exit(1);
    }
    return size_bytes;
}

static size_t run_threads(void)
{
    IHostMemoryManager *bare = NULL;
    hf_host_create(&bare);
    hf_wrap(bare, &manager);
    IHostMalloc *heap = NULL;
    manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &heap);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, heap);
    size_t failed = 0;
    for (int i = 0; i < THREADS; i++) {
        void *one = NULL;
        pthread_join(threads[i], &one);
        failed += (size_t)one;
    }
    return failed;
}

int main(void)
{
    static uint64_t image[2048];
    hf_error err;
    size_t size_bytes = build(image, sizeof image);
    expect(hf_attach_plan(image, size_bytes, 32 << 20, &err) == HF_OK, "attach");
    size_t failed = run_threads();
    uint32_t fired = hf_fired();
    const void *bytes = NULL;
    hf_detach(&bytes, &size_bytes);
    hf_trace *trace = NULL;
    expect(hf_trace_decode(bytes, size_bytes, &trace, &err) == HF_OK, "the trace reads");
    hf_trace_discard(bytes, size_bytes);
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    expect(failed == fired && summary.fired == fired, "each injected failure reached a thread");
    expect(fired == 1 + TIMES + THREADS, "times and per: thread hold");
    expect(summary.calls == 1 + THREADS * CALLS * 2 - fired, "every call is recorded");
    hf_status verified = hf_trace_verify(trace, &err);
    expect(verified == HF_OK, verified == HF_OK ? "" : err.message);
    hf_trace_destroy(trace);
    return failures == 0 ? 0 : 1;
}
