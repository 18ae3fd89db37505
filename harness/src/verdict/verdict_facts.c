/*
 * Gathering the facts of a trace. The one thing that is not plain reading is the order of time. A call is one moment in the ledger although it
 * takes a while, and threads overlap: a release counts from its start, a request from its end less one step of the duration's measure.
 * Whoever frees must have been given the memory before, so no release can come ahead of the request it answers; within a thread the
 * order is always the thread's own.
 */
#include "verdict_facts.h"

#include "base_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_random.h"
#include "base_text.h"
#include "trace_reader.h"

#include <stdlib.h>

#include "base_poison.h"

#define DURATION_STEP 256u

typedef struct moment {
    uint64_t time;
    size_t event;
} moment;

static int compare_moments(const void *a, const void *b)
{
    const moment *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return left->event < right->event ? -1 : left->event > right->event;
}

static uint64_t moment_of(const hf_event *event)
{
    bool acquires = hf__is_call(event) && hf__class_of(event) == HF_CLASS_ACQUIRE;
    bool counts = acquires && event->complete && event->duration > DURATION_STEP;
    return counts ? event->start + event->duration - DURATION_STEP : event->start;
}

uint64_t hf__facts_place(const hf__facts *facts, uint64_t pc)
{
    uint64_t offset = 0;
    const hf_trace_module *module = hf__trace_place(facts->trace, pc, &offset);
    if (module == NULL)
        return pc;
    return hf__hash(hf__hash(HF_HASH_START, module->path.pointer, module->path.size_bytes), &offset, sizeof offset);
}

static bool is_ordered(const hf_event *event)
{
    return hf__is_call(event) || event->kind == HF_EVENT_REFUSED;
}

static void order_by_time(hf__facts *facts)
{
    moment *moments = hf__allocate(facts->count, sizeof *moments);
    uint64_t latest = 0;
    uint64_t before = 0;
    bool is_sorted = true;
    for (size_t i = 0; i < facts->count; i++) {
        const hf_event *event = facts->events[i];
        bool same_thread = i > 0 && facts->events[i - 1]->thread == event->thread;
        uint64_t time = moment_of(event);
        latest = same_thread && latest > time ? latest : time;
        if (!is_ordered(event))
            continue;
        is_sorted = is_sorted && before <= latest;
        before = latest;
        moments[facts->order_count++] = (moment){latest, i};
    }
    if (!is_sorted) /* one thread's calls are */
        qsort(moments, facts->order_count, sizeof *moments, compare_moments);
    facts->order = hf__allocate(facts->order_count, sizeof *facts->order);
    for (size_t i = 0; i < facts->order_count; i++)
        facts->order[i] = moments[i].event;
    hf__free(moments);
}

/* End records in the order in which they go before one another: a run that the tool ended has an exit record as well. */
static const struct {
    uint32_t kind;
    hf__ending ending;
} endings[] = {
    {HF_EVENT_END_TIMEOUT, HF_ENDING_TIMEOUT},
    {HF_EVENT_END_STORM, HF_ENDING_STORM},
    {HF_EVENT_END_SIGNAL, HF_ENDING_SIGNAL},
    {HF_EVENT_END_EXIT, HF_ENDING_EXIT},
};

static const hf_event *last_of_kind(const hf__facts *facts, uint32_t kind)
{
    for (size_t i = facts->count; i > 0; i--) {
        if (facts->events[i - 1]->kind == kind)
            return facts->events[i - 1];
    }
    return NULL;
}

static hf_status find_end(hf__facts *facts, hf_error *err)
{
    const hf_event *failed = last_of_kind(facts, HF_EVENT_END_HARNESS);
    if (failed != NULL)
        return HF_FAIL(err, HF_ERROR_FORMAT, "the harness failed in this run, so there is nothing to judge: %.*s", (int)failed->note.size_bytes,
                       failed->note.pointer);
    for (size_t i = 0; i < HF_COUNT_OF(endings) && facts->end == NULL; i++) {
        facts->end = last_of_kind(facts, endings[i].kind);
        facts->ending = endings[i].ending;
    }
    if (facts->end == NULL)
        return HF_FAIL(err, HF_ERROR_FORMAT, "the trace does not say how the process ended: it has no end record");
    facts->exit_status = facts->ending == HF_ENDING_EXIT ? (int32_t)(uint32_t)facts->end->address : -1;
    facts->signal = facts->ending == HF_ENDING_SIGNAL ? (int32_t)facts->end->address : 0;
    facts->has_fault_address = facts->ending == HF_ENDING_SIGNAL && facts->end->type != 0;
    facts->fault_address = facts->has_fault_address ? facts->end->size : 0;
    return HF_OK;
}

static void gather_faults(hf__facts *facts)
{
    facts->first_fault = facts->last_fault = HF_NOWHERE;
    for (size_t i = 0; i < facts->count; i++) {
        const hf_event *event = facts->events[i];
        facts->calls += hf__is_call(event) && !event->paused;
        if (!hf__is_call(event) || !event->injected)
            continue;
        facts->fired++;
        const hf_rule *rule = hf__facts_rule(facts, event);
        if (rule != NULL && hf__rule_only_marks(rule))
            continue;
        if (facts->first_fault == HF_NOWHERE || event->number < facts->events[facts->first_fault]->number)
            facts->first_fault = i;
        if (facts->last_fault == HF_NOWHERE || event->number > facts->events[facts->last_fault]->number)
            facts->last_fault = i;
        facts->unusable |= event->hr == E_FAIL && rule != NULL && rule->returns && rule->sticks;
    }
}

static void gather_rest(hf__facts *facts)
{
    size_t caller = HF_NOWHERE;
    for (size_t i = 0; i < facts->count; i++) {
        const hf_event *event = facts->events[i];
        facts->unusable |= hf__is_call(event) && event->sticky;
        if (event->kind == HF_EVENT_CHECK && event->address == 0)
            facts->failed_check = event;
        if (hf__is_call(event)) {
            facts->alternate |= caller != HF_NOWHERE && caller != event->thread;
            caller = event->thread;
        }
    }
    facts->output = last_of_kind(facts, HF_EVENT_END_OUTPUT);
    facts->result = last_of_kind(facts, HF_EVENT_RESULT);
    facts->in_order = facts->summary.ended_in_order;
}

hf_status hf__facts_gather(const hf_trace *trace, hf__facts *out, hf_error *err)
{
    size_t plan_bytes = 0;
    *out = (hf__facts){.trace = trace, .count = hf_trace_event_count(trace), .threads = hf_trace_thread_count(trace)};
    out->plan = hf_trace_plan(trace, &plan_bytes);
    hf_trace_summarize(trace, &out->summary);
    out->events = hf__allocate(out->count, sizeof *out->events);
    for (size_t i = 0; i < out->count; i++)
        out->events[i] = hf_trace_event(trace, i);
    hf_status status = find_end(out, err);
    if (status != HF_OK) {
        hf__facts_clear(out);
        return status;
    }
    gather_faults(out);
    gather_rest(out);
    order_by_time(out);
    return HF_OK;
}

void hf__facts_clear(hf__facts *facts)
{
    hf__free(facts->events);
    hf__free(facts->order);
    *facts = (hf__facts){0};
}

const hf_rule *hf__facts_rule(const hf__facts *facts, const hf_event *event)
{
    bool known = event->rule >= 0 && (uint32_t)event->rule < facts->plan->rule_count;
    return known ? &hf__plan_rules(facts->plan)[event->rule] : NULL;
}

bool hf__told_nothing(const hf_event *event)
{
    bool pointer = hf__model_method((hf_method)event->kind)->out == HF_OUT_KIND_POINTER;
    bool asks = event->kind != HF_METHOD_VIRTUAL_ALLOC || (event->type & (MEM_COMMIT | MEM_RESERVE)) != 0;
    return !event->complete || FAILED(event->hr) || (pointer && asks && event->out == 0);
}

static void print_answer(hf__builder *builder, const hf_event *event, const hf_rule *rule)
{
    char hresult[64];
    hf__model_print_hresult(hresult, sizeof hresult, event->hr);
    if (rule != NULL && rule->lie != HF_LIE_NONE)
        hf__builder_print(builder, "a false success (%s)", hf__model_lie_name((hf_lie)rule->lie));
    else
        hf__builder_print(builder, "%s", event->complete ? hresult : "no answer");
}

size_t hf__facts_print_fault(const hf__facts *facts, size_t event, char *buffer, size_t capacity)
{
    const hf_event *fault = facts->events[event];
    const hf_method_row *method = hf__model_method((hf_method)fault->kind);
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "fault %u (%s: %s, ", fault->number, hf_trace_rule_name(facts->trace, fault->rule), method->name);
    print_answer(&builder, fault, hf__facts_rule(facts, fault));
    if ((method->fields >> HF_FIELD_LEVEL & 1) != 0) {
        char level[64];
        hf__model_print_flags(level, sizeof level, HF_FIELD_LEVEL, fault->level);
        hf__builder_print(&builder, ", %s-critical", level);
    }
    hf__builder_print(&builder, ")");
    return builder.length;
}

size_t hf__facts_next_call(const hf__facts *facts, size_t event)
{
    uint32_t thread = facts->events[event]->thread;
    for (size_t i = event + 1; i < facts->count && facts->events[i]->thread == thread; i++) {
        const hf_event *next = facts->events[i];
        if (hf__is_call(next) && !next->paused && !next->in_signal)
            return i;
    }
    return HF_NOWHERE;
}

bool hf__status_is_abort(int32_t status)
{
    bool by_shell = status == 128 + 6 || status == 128 + 5; /* SIGABRT, SIGTRAP */
    bool by_escalation = status >= HOST_E_EXITPROCESS_THREADABORT && status <= HOST_E_EXITPROCESS_STACKOVERFLOW;
    bool by_fail_fast = (uint32_t)status == 0xC0000409u; /* STATUS_STACK_BUFFER_OVERRUN: __fastfail and abort on Windows */
    return by_shell || by_escalation || by_fail_fast;
}

bool hf__status_is_crash(int32_t status)
{
    static const int32_t by_shell[] = {128 + 4, 128 + 7, 128 + 8, 128 + 11, 128 + 31}; /* SIGILL, SIGBUS, SIGFPE, SIGSEGV, SIGSYS */
    for (size_t i = 0; i < HF_COUNT_OF(by_shell); i++) {
        if (status == by_shell[i])
            return true;
    }
    return ((uint32_t)status & 0xF0000000u) == 0xC0000000u && !hf__status_is_abort(status); /* an NTSTATUS of severity error */
}

static hf__manner manner_of_exit(const hf__facts *run, const hf__facts *clean)
{
    int32_t good = clean != NULL && clean->ending == HF_ENDING_EXIT ? clean->exit_status : 0;
    bool leaves_by_exit = clean == NULL || clean->in_order;
    if (run->exit_status == good)
        return HF_MANNER_WELL;
    if (hf__status_is_crash(run->exit_status))
        return HF_MANNER_CRASHED;
    if (hf__status_is_abort(run->exit_status) || (run->exit_status != 0 && leaves_by_exit && !run->in_order))
        return HF_MANNER_ABORTED;
    return run->exit_status == 0 ? HF_MANNER_WELL : HF_MANNER_REPORTED;
}

hf__manner hf__facts_manner(const hf__facts *run, const hf__facts *clean)
{
    switch (run->ending) {
    case HF_ENDING_EXIT: return manner_of_exit(run, clean);
    case HF_ENDING_SIGNAL: return run->signal == 6 || run->signal == 5 ? HF_MANNER_ABORTED : HF_MANNER_CRASHED;
    case HF_ENDING_TIMEOUT: return HF_MANNER_HUNG;
    case HF_ENDING_STORM: return HF_MANNER_STORM;
    }
    return HF_MANNER_CRASHED;
}
