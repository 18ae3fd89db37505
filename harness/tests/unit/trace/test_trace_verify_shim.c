/* SPDX-License-Identifier: MIT
 * Derives the real shim's decisions again, under plans of every kind, for one thread and for several.
 */
#include "hf_rows.h"
#include "trace_builder.h"
#include <hostfault/hostfault.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

TestSuite(trace_verify_shim, .timeout = 120);

static hf_rule plain(uint32_t methods)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = methods;
    rule.returns = 1;
    rule.hr = E_OUTOFMEMORY;
    return rule;
}
#define ALLOCS (1u << HF_METHOD_MALLOC_ALLOC)
#define VIRTUALS (1u << HF_METHOD_VIRTUAL_ALLOC)
#define QUERIES (1u << HF_METHOD_VIRTUAL_QUERY)

static uint32_t plan_nothing(hf_rule *rules)
{
    rules[0] = hf__model_rule_init();
    return 1;
}
static uint32_t plan_step(hf_rule *rules)
{
    rules[0] = plain(ALLOCS);
    rules[0].first = 3;
    rules[0].step = 4;
    rules[1] = plain(ALLOCS);
    rules[1].first = rules[1].last = 7;
    return 2;
}
static uint32_t plan_chance(hf_rule *rules)
{
    rules[0] = plain(ALLOCS | VIRTUALS);
    rules[0].chance = HF_CHANCE_ALWAYS / 5;
    rules[1] = plain(ALLOCS);
    rules[1].chance = HF_CHANCE_ALWAYS / 3;
    rules[1].times = 4;
    return 2;
}
static uint32_t plan_per(hf_rule *rules)
{
    rules[0] = plain(ALLOCS);
    rules[0].per = HF_PER_SITE;
    rules[0].first = rules[0].last = 5;
    rules[1] = plain(ALLOCS);
    rules[1].per = HF_PER_THREAD;
    rules[1].first = rules[1].last = 9;
    return 2;
}
static uint32_t plan_gates(hf_rule *rules)
{
    rules[0] = plain(VIRTUALS);
    rules[0].first = rules[0].last = 3;
    rules[1] = plain(ALLOCS);
    rules[1].after = 0;
    rules[1].until = 2;
    rules[2] = plain(ALLOCS);
    rules[2].first = rules[2].last = 14;
    return 3;
}
static uint32_t plan_live(hf_rule *rules)
{
    rules[0] = plain(ALLOCS | VIRTUALS);
    rules[0].has_live = 1;
    rules[0].live_above = 8192;
    return 1;
}
static uint32_t plan_sticky(hf_rule *rules)
{
    rules[0] = plain(ALLOCS);
    rules[0].hr = E_FAIL;
    rules[0].first = rules[0].last = 4;
    return 1;
}
static uint32_t plan_done(hf_rule *rules)
{
    rules[0] = plain(ALLOCS | VIRTUALS);
    rules[0].done = 1;
    rules[0].step = 3;
    rules[0].hr = HOST_E_TIMEOUT;
    rules[0].has_last_error = 1;
    rules[0].last_error = 1460;
    return 1;
}
static uint32_t plan_lies(hf_rule *rules)
{
    rules[0] = hf__model_rule_init();
    rules[0].methods = ALLOCS | VIRTUALS;
    rules[0].lie = HF_LIE_S_FALSE;
    rules[0].step = 2;
    rules[1] = hf__model_rule_init();
    rules[1].methods = QUERIES;
    rules[1].lie = HF_LIE_NULL;
    rules[1].foreign = 1;
    return 2;
}
static uint32_t plan_where(hf_rule *rules)
{
    rules[0] = plain(ALLOCS);
    rules[0].predicate_count = 2;
    rules[0].predicates[0] = (hf_predicate){.value = 40, .field = HF_FIELD_SIZE, .compare = HF_COMPARE_GREATER};
    rules[0].predicates[1] = (hf_predicate){.value = 300, .field = HF_FIELD_LEVEL, .compare = HF_COMPARE_NOT_EQUAL};
    rules[1] = plain(ALLOCS);
    rules[1].phase = 1;
    rules[1].first = 2;
    rules[2] = plain(ALLOCS);
    rules[2].thread = 2;
    rules[2].step = 3;
    return 3;
}
static uint32_t plan_from(hf_rule *rules)
{
    rules[0] = plain(ALLOCS);
    rules[0].from_count = 1;
    rules[0].first = 2;
    rules[1] = plain(ALLOCS);
    rules[1].not_from_count = 1;
    return 2;
}
static uint32_t plan_notify(hf_rule *rules)
{
    rules[0] = plain(ALLOCS);
    rules[0].notify = eMemoryAvailableLow;
    rules[0].hr = E_FAIL;
    rules[0].first = rules[0].last = 6;
    rules[1] = plain(1u << HF_METHOD_ON_MEMORY_NOTIFICATION);
    rules[1].returns = 0;
    return 2;
}

static void attach(uint32_t (*make)(hf_rule *rules))
{
    static _Alignas(8) char image[8192];
    hf_rule rules[4];
    hf_code_range range = {.low = 0, .high = UINT64_MAX};
    hf__model_plan_parts parts = {.seed = 7,
                                  .rules = rules,
                                  .rule_names = (const char *const[]){"one", "two", "three", "four"},
                                  .range_count = 1,
                                  .ranges = &range,
                                  .range_modules = (const char *const[]){"test_trace*"},
                                  .thread_count = 2,
                                  .threads = (const char *const[]){"main", "worker"},
                                  .phase_count = 1,
                                  .phases = (const char *const[]){"late"}};
    parts.rule_count = make(rules);
    size_t size_bytes;
    hf_error err;
    cr_assert(eq(int, hf__model_plan_build(&parts, image, sizeof image, &size_bytes, &err), HF_OK), "%s", err.message);
    cr_assert(eq(int, hf_attach_plan(image, size_bytes, 64u << 20, &err), HF_OK), "%s", err.message);
}

static HRESULT STDMETHODCALLTYPE no_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}
static ULONG STDMETHODCALLTYPE count_one(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 1;
}
static IHostMalloc *heap;
static HRESULT STDMETHODCALLTYPE on_notification(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    (void)self;
    (void)available;
    void *memory = NULL;
    heap->lpVtbl->Alloc(heap, 16, eTaskCritical, &memory);
    heap->lpVtbl->Free(heap, memory);
    return S_OK;
}
static const ICLRMemoryNotificationCallbackVtbl callback_vtable = {no_interface, count_one, count_one, on_notification};
static ICLRMemoryNotificationCallback callback = {&callback_vtable};

static IHostMemoryManager *manager;

static void make_calls(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        void *block = NULL;
        void *region = NULL;
        MEMORY_BASIC_INFORMATION answer;
        SIZE_T length;
        heap->lpVtbl->Alloc(heap, 16 + i % 5 * 16, eTaskCritical, &block);
        manager->lpVtbl->VirtualAlloc(manager, NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &region);
        manager->lpVtbl->VirtualQuery(manager, i % 2 ? region : (void *)&answer, &answer, sizeof answer, &length);
        if (i % 3 == 0)
            heap->lpVtbl->Free(heap, block);
        if (i % 4 == 0)
            manager->lpVtbl->VirtualFree(manager, region, 0, MEM_RELEASE);
    }
}

static void begin_run(uint32_t (*make)(hf_rule *rules))
{
    IHostMemoryManager *host = NULL;
    attach(make);
    hf_host_create(&host);
    hf_wrap(host, &manager);
    manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &heap);
    manager->lpVtbl->RegisterMemoryNotificationCallback(manager, &callback);
}

/* Leaves the session; the decoded trace, of which the test expects that it agrees. */
static hf_trace *end_run(void)
{
    const void *bytes = NULL;
    size_t size_bytes = 0;
    hf_detach(&bytes, &size_bytes);
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(eq(int, hf_trace_decode(bytes, size_bytes, &trace, &err), HF_OK), "%s", err.message);
    hf_trace_discard(bytes, size_bytes);
    return trace;
}

static const struct {
    const char *label;
    uint32_t (*make)(hf_rule *rules);
    unsigned fired_at_least;
} plans[] = {
    {"nothing", plan_nothing, 0},
    {"step, and a shadowed rule", plan_step, 5},
    {"chance and times", plan_chance, 10},
    {"per site and thread", plan_per, 2},
    {"gates", plan_gates, 5},
    {"live", plan_live, 10},
    {"sticky", plan_sticky, 1},
    {"done", plan_done, 20},
    {"lies", plan_lies, 40},
    {"where, phase, thread", plan_where, 20},
    {"from", plan_from, 20},
    {"notification", plan_notify, 2},
};
HF_ROWS(trace_verify_shim, what_one_thread_did_agrees, plans)
{
    begin_run(plans[*number].make);
    make_calls(20);
    hf_phase("late");
    hf_pause();
    make_calls(2);
    hf_resume();
    hf_thread("worker");
    make_calls(20);
    hf_trace *trace = end_run();
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    hf_error err = {0};
    hf_status status = hf_trace_verify(trace, &err);
    cr_assert(eq(int, status, HF_OK), "%s: %s", plans[*number].label, err.message);
    cr_assert(ge(u64, summary.fired, plans[*number].fired_at_least), "%s", plans[*number].label);
    hf_trace_destroy(trace);
}

static void *thread_of_calls(void *label)
{
    hf_thread(label);
    make_calls(500);
    return NULL;
}

HF_ROWS(trace_verify_shim, what_several_threads_did_agrees, plans)
{
    begin_run(plans[*number].make);
    pthread_t threads[4];
    static char labels[4][8] = {"worker", "helper", "worker", "other"};
    for (unsigned i = 0; i < 4; i++)
        cr_assert(zero(int, pthread_create(&threads[i], NULL, thread_of_calls, labels[i])));
    hf_phase("late");
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    hf_trace *trace = end_run();
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    hf_error err = {0};
    hf_status status = hf_trace_verify(trace, &err);
    cr_assert(eq(int, status, HF_OK), "%s: %s", plans[*number].label, err.message);
    cr_assert(all(eq(int, summary.lost, 0), ge(u64, summary.calls, 4 * 500 * 3)), "%s", plans[*number].label);
    hf_trace_destroy(trace);
}
