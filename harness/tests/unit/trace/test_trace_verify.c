/*
 * Deriving decisions again: a right trace agrees, each way of tampering with it does not, and what the real shim records under plans of
 * every kind, from one thread and from several, agrees too.
 */
#include "hf_rows.h"
#include "trace_builder.h"

#include <hostfault/hostfault.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

TestSuite(trace_verify, .timeout = 60);

/* Three rules: the second commit fails; one Alloc after it fails, in the way that sticks; in phase "late" every Free lies. */
static void build_right(trace_builder *builder)
{
    hf_rule rules[3] = {hf__rule_init(), hf__rule_init(), hf__rule_init()};
    rules[0].methods = 1u << HF_METHOD_VIRTUAL_ALLOC;
    rules[0].predicate_count = 1;
    rules[0].predicates[0] = (hf_predicate){.value = MEM_COMMIT, .field = HF_FIELD_TYPE, .compare = HF_COMPARE_HAS_BITS};
    rules[0].first = rules[0].last = 2;
    rules[0].returns = 1;
    rules[0].hr = E_OUTOFMEMORY;
    rules[1].methods = 1u << HF_METHOD_MALLOC_ALLOC;
    rules[1].after = 0;
    rules[1].times = 1;
    rules[1].returns = 1;
    rules[1].hr = E_FAIL;
    rules[2].methods = 1u << HF_METHOD_MALLOC_FREE;
    rules[2].phase = 1;
    rules[2].lie = HF_LIE_NOT_DONE;
    hf__plan_parts parts = {.rule_count = 3,
                            .rules = rules,
                            .rule_names = (const char *const[]){"commit", "alloc", "free"},
                            .phase_count = 1,
                            .phases = (const char *const[]){"late"}};
    builder_init(builder, &parts);
    builder_thread(builder, 0);
    hf_slot_main commit = {.kind = HF_METHOD_VIRTUAL_ALLOC, .size = 4096, .type = MEM_COMMIT, .out = 0x5000, .flags = HF_CALL_FORWARDED};
    hf_slot_main alloc = {.kind = HF_METHOD_MALLOC_ALLOC, .size = 8, .out = 0x6000, .flags = HF_CALL_FORWARDED};
    builder_event(builder, commit); /* 1 */
    builder_ticket(builder, 0, 1, 0, 0);
    builder_event(builder, alloc); /* 2: the gate is closed */
    commit.hr = E_OUTOFMEMORY;
    commit.flags = 0;
    commit.out = 0;
    builder_event(builder, commit); /* 3 */
    builder_ticket(builder, 0, 2, 0, 1);
    builder_inject(builder, 0, 1);
    builder_say(builder, HF_EVENT_PHASE, 0, "late", NULL); /* 4 */
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .address = 0x6000});
    builder_ticket(builder, 2, 1, 0, 1);
    builder_inject(builder, 2, 2); /* 5 */
    alloc.hr = E_FAIL;
    alloc.flags = 0;
    builder_event(builder, alloc); /* 6 */
    builder_ticket(builder, 1, 1, 0, 1);
    builder_inject(builder, 1, 3);
    alloc.hr = HOST_E_CLRNOTAVAILABLE;
    alloc.flags = HF_CALL_STICKY;
    builder_event(builder, alloc); /* 7 */
}

/* The main slot of the event of that number, 1-based, and its first ticket and decision. */
static hf_slot_main *slot_of(trace_builder *builder, unsigned number)
{
    hf_slot_main *slot = (hf_slot_main *)(void *)(builder->bytes + builder->chunks_offset) + 1;
    while (--number > 0)
        slot += 1 + slot->extras;
    return slot;
}
static hf_slot_extra *ticket_slot(trace_builder *builder, unsigned number)
{
    return (hf_slot_extra *)(void *)(slot_of(builder, number) + 1);
}
static hf_slot_extra *decision_slot(trace_builder *builder, unsigned number)
{
    return (hf_slot_extra *)(void *)(slot_of(builder, number) + 2);
}

static hf_status verify(const trace_builder *builder, hf_error *err)
{
    hf_trace *trace = builder_decode(builder);
    hf_status status = hf_trace_verify(trace, err);
    hf_trace_destroy(trace);
    return status;
}

Test(trace_verify, a_right_trace_agrees)
{
    trace_builder builder;
    build_right(&builder);
    hf_error err;
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    builder_clear(&builder);
}

static void change_ordinal(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].ordinal = 3;
}
static void change_taken(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].taken = 1;
}
static void change_flags(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].flags = 2;
}
static void clear_injected(trace_builder *builder)
{
    slot_of(builder, 3)->flags = HF_CALL_FORWARDED;
}
static void change_rule(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.rule = 1;
}
static void change_ticket_rule(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].rule = 2;
}
static void change_number(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.number = 2;
}
static void change_site(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.site++;
}
static void change_error(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.last_error = 9;
}
static void change_answer(trace_builder *builder)
{
    slot_of(builder, 3)->hr = E_FAIL;
}
static void change_type(trace_builder *builder)
{
    slot_of(builder, 3)->type = MEM_RESERVE;
}
static void change_method(trace_builder *builder)
{
    slot_of(builder, 2)->kind = HF_METHOD_VIRTUAL_ALLOC;
    slot_of(builder, 2)->type = MEM_COMMIT;
}
static void change_phase(trace_builder *builder)
{
    memcpy(ticket_slot(builder, 4)->u.text, "soon", 4);
}
static void answer_otherwise(trace_builder *builder)
{
    slot_of(builder, 1)->hr = E_OUTOFMEMORY;
}
static void ask_the_host(trace_builder *builder)
{
    slot_of(builder, 3)->flags |= HF_CALL_FORWARDED;
}
static void unstick(trace_builder *builder)
{
    slot_of(builder, 7)->flags = HF_CALL_FORWARDED;
}
static void stick_early(trace_builder *builder)
{
    slot_of(builder, 2)->flags = HF_CALL_STICKY;
    slot_of(builder, 2)->hr = HOST_E_CLRNOTAVAILABLE;
}
static void sticky_answer(trace_builder *builder)
{
    slot_of(builder, 7)->hr = S_OK;
}
static void pause_a_counted_call(trace_builder *builder)
{
    slot_of(builder, 3)->flags |= HF_CALL_PAUSED;
}
static void double_the_ticket(trace_builder *builder)
{
    ticket_slot(builder, 3)->count = 2;
    ticket_slot(builder, 3)->u.tickets[1].ordinal = 1;
}

static const struct {
    const char *label;
    void (*tamper)(trace_builder *builder);
    const char *message; /* part of it */
} tampered[] = {
    {"another ordinal", change_ordinal, "rule 'commit' numbered it 3, but counting gives 2"},
    {"fired before", change_taken, "rule 'commit' is said to have fired 1 times before, it had 0 times"},
    {"another flag", change_flags, "the ticket of rule 'commit' has flags 2, they must be 1"},
    {"not injected", clear_injected, "rule 'commit' decides it, the trace says no rule"},
    {"another rule", change_rule, "rule 'commit' decides it, the trace says rule 'alloc'"},
    {"a ticket of another rule", change_ticket_rule, "rule 'commit' counts this call, but has no ticket"},
    {"another fault number", change_number, "it is said to be fault 2, it is fault 1"},
    {"another site", change_site, "its site key is not that of its stack"},
    {"another last error", change_error, "the last error was set to 9, it must be 8"},
    {"another answer", change_answer, "the caller got 0x80004005, which is not what rule 'commit' gives"},
    {"another argument", change_type, "rule 'commit' does not count this call, but has a ticket"},
    {"another method", change_method, "rule 'commit' counts this call, but has no ticket"},
    {"another phase", change_phase, "rule 'free' does not count this call, but has a ticket"},
    {"not the host's answer", answer_otherwise, "the caller did not get what the host answered"},
    {"the host was asked", ask_the_host, "which is not what rule 'commit' gives"},
    {"an answer after E_FAIL", unstick, "after an E_FAIL it should have been answered HOST_E_CLRNOTAVAILABLE"},
    {"no E_FAIL yet", stick_early, "but there was none"},
    {"a sticky answer that is none", sticky_answer, "a sticky answer must be HOST_E_CLRNOTAVAILABLE"},
    {"a paused call with a ticket", pause_a_counted_call, "it must not have been counted"},
    {"two tickets of one rule", double_the_ticket, "its tickets are not in the order of the rules"},
};
HF_ROWS(trace_verify, tampering_is_told, tampered)
{
    trace_builder builder;
    build_right(&builder);
    tampered[*number].tamper(&builder);
    hf_error err = {0};
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, HF_ERROR_FORMAT), "%s", tampered[*number].label);
    cr_assert(not(zero(ptr, strstr(err.message, tampered[*number].message))), "%s: %s", tampered[*number].label, err.message);
    builder_clear(&builder);
}

Test(trace_verify, the_message_names_the_event)
{
    trace_builder builder;
    build_right(&builder);
    change_ordinal(&builder);
    hf_error err = {0};
    verify(&builder, &err);
    cr_assert(zero(int, strncmp(err.message, "event 2, VirtualAlloc on thread main: ", strlen("event 2, VirtualAlloc on thread main: "))));
    builder_clear(&builder);
}

/* Two threads draw from one counter; one fires at its second ordinal, whoever draws it. */
static void build_shared(trace_builder *builder, const uint64_t *ordinals, bool is_whole)
{
    hf_rule rule = hf__rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.first = rule.last = 9;
    hf__plan_parts parts = {.rule_count = 1, .rules = &rule, .rule_names = (const char *const[]){"shared"}};
    builder_init(builder, &parts);
    builder_control(builder)->attached = is_whole ? 2 : 1;
    for (unsigned i = 0; i < 4; i++) {
        builder_thread(builder, i / 2);
        builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .flags = HF_CALL_FORWARDED});
        builder_ticket(builder, 0, ordinals[i], 0, 0);
    }
}

static const struct {
    const char *label;
    uint64_t ordinals[4];
    int is_whole;
    hf_status status;
    const char *message;
} shared[] = {
    {"one thread after the other", {1, 2, 3, 4}, 1, HF_OK, ""},
    {"interleaved", {2, 4, 1, 3}, 1, HF_OK, ""},
    {"one number twice", {1, 2, 2, 3}, 1, HF_ERROR_FORMAT, "number 2 was given twice"},
    {"one number missing", {1, 2, 3, 5}, 1, HF_ERROR_FORMAT, "number 4 is missing"},
    {"missing, but the process died", {1, 2, 3, 5}, 0, HF_OK, ""},
    {"twice, though the process died", {1, 2, 2, 3}, 0, HF_ERROR_FORMAT, "number 2 was given twice"},
    {"no number", {0, 1, 2, 3}, 1, HF_ERROR_FORMAT, "number 0 was given twice"},
    {"it should have fired", {1, 2, 9, 3}, 0, HF_ERROR_FORMAT, "rule 'shared' decides it, the trace says no rule"},
};
HF_ROWS(trace_verify, numbers_of_several_threads_are_all_there, shared)
{
    trace_builder builder;
    build_shared(&builder, shared[*number].ordinals, shared[*number].is_whole != 0);
    hf_error err = {0};
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, shared[*number].status), "%s: %s", shared[*number].label, err.message);
    cr_assert(not(zero(ptr, strstr(err.message, shared[*number].message))), "%s: %s", shared[*number].label, err.message);
    builder_clear(&builder);
}

/* Which phase it was when another thread called is not in the record: a ticket may be there, and may be not. */
Test(trace_verify, phases_of_several_threads_are_not_known)
{
    hf_rule rule = hf__rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.phase = 1;
    rule.first = 9;
    hf__plan_parts parts = {
        .rule_count = 1, .rules = &rule, .rule_names = (const char *const[]){"r"}, .phase_count = 1, .phases = (const char *const[]){"late"}};
    trace_builder builder;
    builder_init(&builder, &parts);
    builder_thread(&builder, 0);
    builder_say(&builder, HF_EVENT_PHASE, 0, "late", NULL);
    builder_say(&builder, HF_EVENT_PHASE, 0, "later", NULL);
    builder_thread(&builder, 1);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .flags = HF_CALL_FORWARDED});
    builder_ticket(&builder, 0, 1, 0, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .flags = HF_CALL_FORWARDED});
    hf_error err = {0};
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    builder_clear(&builder);
}

/* The real shim, under plans of every kind. */
static hf_rule plain(uint32_t methods)
{
    hf_rule rule = hf__rule_init();
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
    rules[0] = hf__rule_init();
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
    rules[0] = hf__rule_init();
    rules[0].methods = ALLOCS | VIRTUALS;
    rules[0].lie = HF_LIE_S_FALSE;
    rules[0].step = 2;
    rules[1] = hf__rule_init();
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
    hf__plan_parts parts = {.seed = 7,
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
    cr_assert(eq(int, hf__plan_build(&parts, image, sizeof image, &size_bytes, &err), HF_OK), "%s", err.message);
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
HF_ROWS(trace_verify, what_one_thread_did_agrees, plans)
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

HF_ROWS(trace_verify, what_several_threads_did_agrees, plans)
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
