/* SPDX-License-Identifier: MIT
 * Gathers the facts of a trace. The only difficulty is the order of time. A call is one moment in the ledger although it takes a while, and threads
 * overlap. So a release counts from its start, and a request from its end less one unit of the recorded duration. Whoever frees must have been given
 * the memory before, so no release can precede the request it answers; within a thread the order is always the thread's own.
 */
#include "verdict_facts.h"

#include "heap_alloc.h"
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
    bool acquires = hf__verdict_is_call(event) && hf__verdict_class_of(event) == HF_CLASS_ACQUIRE;
    bool counts = acquires && event->complete && event->duration > DURATION_STEP;
    return counts ? event->start + event->duration - DURATION_STEP : event->start;
}

uint64_t hf__verdict_facts_place(const hf__verdict_facts *facts, uint64_t pc)
{
    uint64_t offset = 0;
    const hf_trace_module *module = hf__trace_place(facts->trace, pc, &offset);
    if (module == NULL)
        return pc;
    return hf__hash(hf__hash(HF_HASH_START, module->path.pointer, module->path.size_bytes), &offset, sizeof offset);
}

static bool is_ordered(const hf_event *event)
{
    switch (event->kind) {
    case HF_EVENT_REFUSED:
    case HF_EVENT_DAMAGE:
    case HF_EVENT_EXPECT:
    case HF_EVENT_HOST:
    case HF_EVENT_RESULT:
    case HF_EVENT_CHECK: return true;
    default: return hf__verdict_is_call(event);
    }
}

/* The moment of an event, not before those of its thread. */
static uint64_t next_moment(const hf__verdict_facts *facts, size_t i, uint64_t latest)
{
    const hf_event *event = &facts->events[i];
    bool same_thread = i > 0 && facts->events[i - 1].thread == event->thread;
    uint64_t time = moment_of(event);
    return same_thread && latest > time ? latest : time;
}

/* Calls of several threads, which stand by thread, by time. */
static void sort_by_time(hf__verdict_facts *facts, size_t from, size_t end, uint64_t latest)
{
    size_t count = 0;
    size_t first = facts->seen.order_count;
    moment *moments = hf__allocate(end - from, sizeof *moments);
    for (size_t i = from; i < end; i++) {
        latest = next_moment(facts, i, latest);
        if (is_ordered(&facts->events[i]))
            moments[count++] = (moment){latest, i};
    }
    qsort(moments, count, sizeof *moments, compare_moments);
    for (size_t i = 0; i < count; i++)
        facts->order[first - count + i] = moments[i].event;
    hf__free(moments);
}

static void order_by_time(hf__verdict_facts *facts, size_t from, size_t end)
{
    hf__verdict_totals *seen = &facts->seen;
    uint64_t latest = seen->latest;
    uint64_t before = 0;
    bool is_sorted = true;

    for (size_t i = from; i < end; i++) {
        latest = next_moment(facts, i, latest);
        if (!is_ordered(&facts->events[i]))
            continue;
        is_sorted = is_sorted && before <= latest;
        before = latest;
        HF_GROW(facts->order, seen->order_count, facts->order_capacity);
        facts->order[seen->order_count++] = i;
    }

    if (!is_sorted) /* one thread's calls are */
        sort_by_time(facts, from, end, seen->latest);
    seen->latest = latest;
}

/* End records in the order in which they go before one another: a run that the tool ended has an exit record as well. */
static const struct {
    uint32_t kind;
    hf__verdict_ending ending;
} endings[] = {
    {HF_EVENT_END_TIMEOUT, HF_ENDING_TIMEOUT},
    {HF_EVENT_END_STORM, HF_ENDING_STORM},
    {HF_EVENT_END_SIGNAL, HF_ENDING_SIGNAL},
    {HF_EVENT_END_EXIT, HF_ENDING_EXIT},
};
HF_STATIC_ASSERT(HF_COUNT_OF(endings) == HF_ENDINGS, "each kind of end has a row");

static void see_check(hf__verdict_totals *seen, const hf_event *event, size_t i)
{
    seen->check = i;
    seen->failed_check = event->address == 0 ? i : seen->failed_check;
}

static void see_open(hf__verdict_totals *seen, size_t i)
{
    seen->open = seen->open_count == 0 ? i : seen->open;
    seen->open_count++;
}

/* Threads stand one after the other: the last is the last by time. */
static void see_handler(hf__verdict_facts *facts, const hf_event *event, size_t i)
{
    hf__verdict_totals *seen = &facts->seen;
    if (seen->handler == HF_NOWHERE || event->start >= facts->events[seen->handler].start)
        seen->handler = i;
}

static void see_other(hf__verdict_facts *facts, const hf_event *event, size_t i)
{
    hf__verdict_totals *seen = &facts->seen;
    if (event->kind == HF_EVENT_RESULT)
        seen->result = i;
    else if (event->kind == HF_EVENT_END_OUTPUT)
        seen->output = i;
    else if (event->kind == HF_EVENT_END_HARNESS)
        seen->harness = i;
    else if (event->kind == HF_EVENT_END_REPORT)
        seen->report = i;
    else if (event->kind == HF_EVENT_DETACH)
        seen->detach = i;
    else if (event->kind == HF_EVENT_CHECK)
        see_check(seen, event, i);
    else if (event->kind == HF_EVENT_DESCRIPTOR)
        see_open(seen, i);
    else if (event->kind == HF_EVENT_HANDLER)
        see_handler(facts, event, i);
    for (size_t k = 0; k < HF_ENDINGS; k++)
        seen->ends[k] = event->kind == endings[k].kind ? i : seen->ends[k];
}

static void see_fault(hf__verdict_facts *facts, const hf_event *event, size_t i)
{
    hf__verdict_totals *seen = &facts->seen;
    const hf_rule *rule = hf__verdict_facts_rule(facts, event);
    seen->fired++;
    if (rule != NULL)
        seen->rules_fired[event->rule / 64] |= 1ull << event->rule % 64;
    if (rule != NULL && hf__model_rule_only_marks(rule))
        return;
    if (seen->first_fault == HF_NOWHERE || event->more->number < facts->events[seen->first_fault].more->number)
        seen->first_fault = i;
    if (seen->last_fault == HF_NOWHERE || event->more->number > facts->events[seen->last_fault].more->number)
        seen->last_fault = i;
    seen->unusable |= event->hr == E_FAIL && rule != NULL && rule->returns && rule->sticks;
}

static void see_call(hf__verdict_facts *facts, const hf_event *event, size_t i)
{
    hf__verdict_totals *seen = &facts->seen;
    seen->calls += !event->paused;
    seen->unusable |= event->sticky;
    seen->alternate |= seen->caller != HF_NOWHERE && seen->caller != event->thread;
    seen->caller = event->thread;
    if (event->injected)
        see_fault(facts, event, i);
}

void hf__verdict_facts_init(hf__verdict_facts *facts)
{
    *facts = (hf__verdict_facts){.exit_status = -1};
    facts->seen = (hf__verdict_totals){.caller = HF_NOWHERE,
                                       .first_fault = HF_NOWHERE,
                                       .last_fault = HF_NOWHERE,
                                       .harness = HF_NOWHERE,
                                       .output = HF_NOWHERE,
                                       .result = HF_NOWHERE,
                                       .check = HF_NOWHERE,
                                       .failed_check = HF_NOWHERE,
                                       .detach = HF_NOWHERE,
                                       .report = HF_NOWHERE,
                                       .handler = HF_NOWHERE,
                                       .open = HF_NOWHERE};
    for (size_t k = 0; k < HF_ENDINGS; k++)
        facts->seen.ends[k] = HF_NOWHERE;
}

void hf__verdict_facts_look_at(hf__verdict_facts *facts, const hf_trace *trace)
{
    size_t plan_bytes = 0;
    facts->trace = trace;
    facts->count = hf_trace_event_count(trace);
    facts->threads = hf_trace_thread_count(trace);
    facts->plan = hf_trace_plan(trace, &plan_bytes);
    facts->events = trace->events;
    facts->in_order = trace->control.attached == 2;
}

void hf__verdict_facts_gather(hf__verdict_facts *facts, size_t end)
{
    size_t from = facts->seen.count;
    for (size_t i = from; i < end; i++) {
        const hf_event *event = &facts->events[i];
        if (hf__verdict_is_call(event))
            see_call(facts, event, i);
        else
            see_other(facts, event, i);
    }
    order_by_time(facts, from, end);
    facts->seen.count = end;
}

bool hf__verdict_facts_one_thread(const hf__verdict_facts *facts)
{
    bool has_tool = facts->count > 0 && facts->events[facts->count - 1].kind >= HF_EVENT_END_EXIT;
    return facts->threads == 1u + has_tool;
}

static const hf_event *event_at(const hf__verdict_facts *facts, size_t i)
{
    return i != HF_NOWHERE ? &facts->events[i] : NULL;
}

/* A handler of a fault that leaves by exit() does not undo the fault: the process ended by it. */
static void see_handled(hf__verdict_facts *facts)
{
    const hf_event *left = facts->left;
    if (facts->ending != HF_ENDING_EXIT || left == NULL || (left->type & HF_LEFT_HANDLER) == 0)
        return;
    facts->ending = HF_ENDING_SIGNAL;
    facts->signal = (int32_t)left->address;
    facts->has_fault_address = (left->type & HF_LEFT_ADDRESS) != 0;
    facts->fault_address = left->size;
}

/* Calls that a handler may make before it ends the process: to print what it has to say. */
#define HANDLER_CALLS 64u

/* The handler that did not return, if the process did nothing since that only a program does that goes on: a handler may jump out (siglongjmp). */
static const hf_event *handler_at_end(const hf__verdict_facts *facts)
{
    const hf_event *handler = event_at(facts, facts->seen.handler);
    if (handler == NULL || (handler->type & HF_HANDLER_RETURNED) != 0 || facts->left != NULL)
        return NULL;
    bool spoke = (facts->result != NULL && facts->result->start > handler->start) || (facts->check != NULL && facts->check->start > handler->start);
    uint32_t calls = 0;
    for (size_t i = facts->seen.handler; i != HF_NOWHERE && calls <= HANDLER_CALLS; i = hf__verdict_facts_next_call(facts, i))
        calls++;
    return spoke || calls > HANDLER_CALLS ? NULL : handler;
}

/* A handler may raise its signal again while that is blocked, and return: the process ends by it at once, and nobody sees where. */
static void see_raised_again(hf__verdict_facts *facts)
{
    const hf_event *handler = event_at(facts, facts->seen.handler);
    bool is_same = handler != NULL && facts->ending == HF_ENDING_SIGNAL && facts->signal == (int32_t)handler->address;
    bool at_once = is_same && hf__verdict_facts_next_call(facts, facts->seen.handler) == HF_NOWHERE;
    if (!at_once || facts->has_fault_address || (handler->type & HF_HANDLER_ADDRESS) == 0)
        return;
    facts->has_fault_address = true;
    facts->fault_address = handler->size;
}

/* The same of one that leaves by _exit, quick_exit or abort, or raises its signal again: what it was called for is what ended the process. With a
 * status of 0, a process that has asked for something since may have jumped out of the handler and be content. */
static void see_handler_at_end(hf__verdict_facts *facts)
{
    const hf_event *handler = handler_at_end(facts);
    bool at_once = handler != NULL && hf__verdict_facts_next_call(facts, facts->seen.handler) == HF_NOWHERE;
    bool by_exit = facts->ending == HF_ENDING_EXIT && (facts->exit_status != 0 || at_once) && !facts->in_order;
    if (handler == NULL || (!by_exit && facts->ending != HF_ENDING_SIGNAL))
        return;
    bool is_other = facts->ending == HF_ENDING_SIGNAL && facts->signal != (int32_t)handler->address;
    facts->ended_by = is_other ? facts->signal : 0;
    facts->ending = HF_ENDING_SIGNAL;
    facts->signal = (int32_t)handler->address;
    facts->has_fault_address = (handler->type & HF_HANDLER_ADDRESS) != 0;
    facts->fault_address = facts->has_fault_address ? handler->size : 0;
}

/* A sanitizer catches the access itself. */
static void see_report(hf__verdict_facts *facts)
{
    const hf_event *report = facts->report;
    if (report == NULL || (report->type & HF_REPORT_ADDRESS) == 0 || facts->has_fault_address)
        return;
    facts->has_fault_address = true;
    facts->fault_address = report->size;
}

hf_status hf__verdict_facts_finish(hf__verdict_facts *facts, hf_error *err)
{
    const hf__verdict_totals *seen = &facts->seen;
    const hf_event *failed = event_at(facts, seen->harness);
    if (failed != NULL)
        return HF_FAIL(err, HF_ERROR_FORMAT, "the harness failed in this run, so there is no verdict: %.*s", (int)failed->more->note.size_bytes,
                       failed->more->note.pointer);
    facts->end = NULL;
    for (size_t k = 0; k < HF_ENDINGS && facts->end == NULL; k++) {
        facts->end = event_at(facts, seen->ends[k]);
        facts->ending = endings[k].ending;
    }

    if (facts->end == NULL)
        return HF_FAIL(err, HF_ERROR_FORMAT, "the trace has no end record, so how the process ended is unknown");
    facts->exit_status = facts->ending == HF_ENDING_EXIT ? (int32_t)(uint32_t)facts->end->address : -1;
    facts->signal = facts->ending == HF_ENDING_SIGNAL ? (int32_t)facts->end->address : 0;
    facts->has_fault_address = facts->ending == HF_ENDING_SIGNAL && facts->end->type != 0;
    facts->fault_address = facts->has_fault_address ? facts->end->size : 0;
    facts->output = event_at(facts, seen->output);
    facts->result = event_at(facts, seen->result);
    facts->check = event_at(facts, seen->check);
    facts->failed_check = event_at(facts, seen->failed_check);
    facts->left = event_at(facts, seen->detach);
    facts->report = event_at(facts, seen->report);
    see_handled(facts);
    see_handler_at_end(facts);
    see_raised_again(facts);
    see_report(facts);
    return HF_OK;
}

hf_status hf__verdict_facts_read(const hf_trace *trace, hf__verdict_facts *out, hf_error *err)
{
    hf__verdict_facts_init(out);
    hf__verdict_facts_look_at(out, trace);
    hf__verdict_facts_gather(out, out->count);
    hf_status status = hf__verdict_facts_finish(out, err);
    if (status != HF_OK)
        hf__verdict_facts_clear(out);
    return status;
}

void hf__verdict_facts_clear(hf__verdict_facts *facts)
{
    hf__free(facts->order);
    *facts = (hf__verdict_facts){0};
}

const hf_rule *hf__verdict_facts_rule(const hf__verdict_facts *facts, const hf_event *event)
{
    bool known = event->rule >= 0 && (uint32_t)event->rule < facts->plan->rule_count;
    return known ? &hf__model_plan_rules(facts->plan)[event->rule] : NULL;
}

bool hf__verdict_told_nothing(const hf_event *event)
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

size_t hf__verdict_facts_print_fault(const hf__verdict_facts *facts, size_t event, char *buffer, size_t capacity)
{
    const hf_event *fault = &facts->events[event];
    const hf_method_row *method = hf__model_method((hf_method)fault->kind);
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "fault %u (%s: %s, ", fault->more->number, hf_trace_rule_name(facts->trace, fault->rule),
                      hf__model_call_name(fault->kind, fault->function));
    print_answer(&builder, fault, hf__verdict_facts_rule(facts, fault));
    if ((method->fields >> HF_FIELD_LEVEL & 1) != 0 && fault->function == HF_FUNCTION_NONE) {
        char level[64];
        hf__model_print_flags(level, sizeof level, HF_FIELD_LEVEL, fault->level);
        hf__builder_print(&builder, ", %s-critical", level);
    }
    hf__builder_print(&builder, ")");
    return builder.length;
}

size_t hf__verdict_facts_next_call(const hf__verdict_facts *facts, size_t event)
{
    uint32_t thread = facts->events[event].thread;
    for (size_t i = event + 1; i < facts->count && facts->events[i].thread == thread; i++) {
        const hf_event *next = &facts->events[i];
        if (hf__verdict_is_call(next) && !next->paused && !next->in_signal)
            return i;
    }
    return HF_NOWHERE;
}

/* The process died with a status that means abort, or with one that means a crash: a shell's 128 + signal, an escalation's exit code, a Windows
 * exception. Given only where the clean run ended otherwise. */
static bool status_is_abort(int32_t status)
{
    bool by_shell = status == 128 + 6 || status == 128 + 5; /* SIGABRT, SIGTRAP */
    bool by_escalation = status >= HOST_E_EXITPROCESS_THREADABORT && status <= HOST_E_EXITPROCESS_STACKOVERFLOW;
    bool by_fail_fast = (uint32_t)status == 0xC0000409u; /* STATUS_STACK_BUFFER_OVERRUN: __fastfail and abort on Windows */
    return by_shell || by_escalation || by_fail_fast;
}

static bool status_is_crash(int32_t status)
{
    static const int32_t by_shell[] = {128 + 4, 128 + 7, 128 + 8, 128 + 11, 128 + 31}; /* SIGILL, SIGBUS, SIGFPE, SIGSEGV, SIGSYS */
    for (size_t i = 0; i < HF_COUNT_OF(by_shell); i++) {
        if (status == by_shell[i])
            return true;
    }
    return ((uint32_t)status & 0xF0000000u) == 0xC0000000u && !status_is_abort(status); /* an NTSTATUS of severity error */
}

/* It ended before it came to say what the clean run says. */
static bool lacks_its_word(const hf__verdict_facts *run, const hf__verdict_facts *clean)
{
    return (clean->result != NULL && run->result == NULL) || (clean->check != NULL && run->check == NULL);
}

static bool exited(const hf__verdict_facts *run, const hf__verdict_facts *clean)
{
    bool inside = run->left != NULL && (run->left->type & HF_LEFT_INSIDE) != 0;
    return inside && clean != NULL && lacks_its_word(run, clean);
}

bool hf__verdict_facts_brings_report(const hf__verdict_facts *run, const hf__verdict_facts *clean, uint32_t kind)
{
    bool has = run->report != NULL && (run->report->type & kind) != 0;
    return has && (clean == NULL || clean->report == NULL || (clean->report->type & kind) == 0);
}

static hf__verdict_manner manner_of_exit(const hf__verdict_facts *run, const hf__verdict_facts *clean)
{
    /* A program may say success by another status than 0 (grep: 1, nothing found): the clean run's counts. */
    int32_t good = clean != NULL && clean->ending == HF_ENDING_EXIT ? clean->exit_status : 0;
    bool leaves_by_exit = clean == NULL || clean->in_order;
    if (exited(run, clean))
        return HF_MANNER_EXITED;
    if (run->exit_status == good)
        return HF_MANNER_WELL;
    if (status_is_crash(run->exit_status))
        return HF_MANNER_CRASHED;
    /* With _exit nothing of the program's runs, not its handlers and not the buffers of stdio, where the clean run had both. */
    if (status_is_abort(run->exit_status) || (run->exit_status != 0 && leaves_by_exit && !run->in_order))
        return HF_MANNER_ABORTED;
    return run->exit_status == 0 ? HF_MANNER_WELL : HF_MANNER_REPORTED;
}

hf__verdict_manner hf__verdict_facts_manner(const hf__verdict_facts *run, const hf__verdict_facts *clean)
{
    /* A sanitizer ends the process by a status of its own (exitcode; 1 for AddressSanitizer, 66 for ThreadSanitizer), so the report decides. */
    if (run->ending == HF_ENDING_EXIT && hf__verdict_facts_brings_report(run, clean, HF_REPORT_ERROR))
        return HF_MANNER_CRASHED;
    switch (run->ending) {
    case HF_ENDING_EXIT: return manner_of_exit(run, clean);
    /* SIGABRT and SIGTRAP: it ended itself (abort(3), __builtin_trap). */
    case HF_ENDING_SIGNAL: return run->signal == 6 || run->signal == 5 ? HF_MANNER_ABORTED : HF_MANNER_CRASHED;
    case HF_ENDING_TIMEOUT: return HF_MANNER_HUNG;
    case HF_ENDING_STORM: return HF_MANNER_STORM;
    }
    return HF_MANNER_CRASHED;
}
