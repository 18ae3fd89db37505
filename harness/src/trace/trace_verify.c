/* SPDX-License-Identifier: MIT
 * Derives every decision again. What the shim did to a call must follow from the plan, the call and the tickets, by the same pure functions that
 * decided it, and the tickets must be the numbers that counting gives.
 *
 * With one calling thread everything follows, also gates, phases and counters, so the run is replayed. With several, which thread drew which number
 * is chance and is taken from the record; each decision must then follow from its own tickets, and each number of a counter must appear exactly once.
 * A trace that lost calls does not show what happened to them, so gaps are no error there.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "trace_verify.h"

#include <stdarg.h>
#include <string.h>

#include "base_poison.h"

#define LEVEL_CUT 255u /* an event's level that stands for this and all above */
#define SHIM_MODULES_MAX 256u

hf_status hf__trace_verify_wrong(hf__trace_verifier *self, size_t event, const char *format, ...)
{
    char text[256];
    hf__builder builder = hf__builder_init(text, sizeof text);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&builder, format, arguments);
    va_end(arguments);
    const hf_event *at = &self->trace->events[event];
    const char *what = hf__trace_event_is_call(at) ? hf__model_call_name(at->kind, at->function) : "event";
    hf_text label = self->trace->threads[at->thread].label;
    return HF_FAIL(self->err, HF_ERROR_FORMAT, "event %zu, %s on thread %.*s: %s", event, what, (int)label.size_bytes, label.pointer, text);
}

/* Labels and phases as the shim numbers them: the plan's index, 1-based. */
static uint8_t label_index(const hf_plan_image *plan, hf_text label)
{
    for (uint32_t i = 0; i < plan->thread_count; i++) {
        if (hf__text_equal_string(label, hf__model_plan_thread(plan, i)))
            return (uint8_t)(i + 1);
    }
    return 0;
}

static uint8_t phase_index(const hf_plan_image *plan, hf_text phase)
{
    uint8_t index = 0;
    for (uint32_t i = 0; i < plan->phase_count; i++) {
        if (hf__text_equal_string(phase, hf__model_plan_phase(plan, i)))
            index = (uint8_t)(i + 1);
    }
    return index;
}

static hf_call call_of(const hf__trace_verifier *self, const hf_event *event)
{
    return (hf_call){.method = (hf_method)event->kind,
                     .type = event->type,
                     .protect = event->protect,
                     .level = event->level,
                     .address = event->address,
                     .size = event->size,
                     .thread = self->label,
                     .phase = self->phase,
                     .function = event->function,
                     .foreign = event->foreign};
}

static hf_stack stack_of(const hf__trace_verifier *self, const hf_event *event, hf_frame *frames)
{
    for (uint32_t i = 0; i < event->frame_count; i++) {
        uint64_t offset;
        const hf_trace_module *module = hf__trace_place(self->trace, event->frames[i], &offset);
        frames[i] = (hf_frame){.module = "", .module_key = 0, .offset = offset};
        if (module != NULL) {
            const hf__trace_verify_module *known = &self->modules[module - self->trace->modules];
            frames[i].module = known->name;
            frames[i].module_key = known->key;
        }
    }
    return (hf_stack){.count = event->frame_count, .site = hf__engine_site_key(frames, event->frame_count), .frames = frames};
}

/* Rules that must, and that may, count the call. */
static void match(const hf__trace_verifier *self, const hf_call *call, const hf_stack *stack, hf_rule_set *must, hf_rule_set *may)
{
    hf_matches matches;
    hf__engine_match(self->is_exact ? self->plan : self->open_plan, call, &self->fired, stack, &matches);
    *may = matches.matched;
    *must = matches.matched;
    for (unsigned i = 0; i < HF_COUNT_OF(must->words) && !self->is_exact; i++)
        must->words[i] &= ~self->gated.words[i];
}

static const hf_trace_ticket *ticket_of(const hf_event *event, unsigned rule)
{
    for (uint32_t i = 0; i < event->ticket_count; i++) {
        if (event->tickets[i].rule == rule)
            return &event->tickets[i];
    }
    return NULL;
}

/* Does the rule depend on a level that the record does not keep? */
static bool is_unsure(const hf_rule *rule, const hf_event *event)
{
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        const hf_predicate *predicate = &rule->predicates[i];
        if (event->level == LEVEL_CUT && predicate->field == HF_FIELD_LEVEL && predicate->value >= LEVEL_CUT)
            return true;
    }
    return false;
}

static hf_status check_matches(hf__trace_verifier *self, size_t index, const hf_rule_set *must, const hf_rule_set *may)
{
    const hf_event *event = &self->trace->events[index];
    for (unsigned rule = 0; rule < self->plan->rule_count; rule++) {
        if (is_unsure(&hf__model_plan_rules(self->plan)[rule], event))
            continue;
        bool has_ticket = ticket_of(event, rule) != NULL;
        const char *name = hf_trace_rule_name(self->trace, (int)rule);
        if (has_ticket && !hf__engine_rule_set_has(may, rule))
            return hf__trace_verify_wrong(self, index, "rule '%s' does not count this call, but has a ticket for it", name);
        if (!has_ticket && hf__engine_rule_set_has(must, rule))
            return hf__trace_verify_wrong(self, index, "rule '%s' counts this call, but has no ticket for it", name);
    }
    return HF_OK;
}

static hf_status check_order(hf__trace_verifier *self, size_t index)
{
    const hf_event *event = &self->trace->events[index];
    for (uint32_t i = 1; i < event->ticket_count; i++) {
        if (event->tickets[i].rule <= event->tickets[i - 1].rule)
            return hf__trace_verify_wrong(self, index, "its tickets are not in the order of the rules");
    }
    return HF_OK;
}

static hf_status check_ordinal(hf__trace_verifier *self, size_t index, const hf_trace_ticket *ticket, uint64_t site)
{
    const hf_rule *rule = &hf__model_plan_rules(self->plan)[ticket->rule];
    uint64_t want = 0;
    if (rule->per == HF_PER_THREAD)
        want = self->is_lost ? 0 : ++self->thread_counts[ticket->rule];
    else if (self->is_exact)
        want = ++*hf__trace_verify_count(self, ticket->rule, rule->per == HF_PER_SITE ? site : 0);
    else
        hf__trace_verify_collect(self, HF_VERIFY_ORDINAL, ticket->rule, rule->per == HF_PER_SITE ? site : 0, ticket->ordinal, index);
    if (want != 0 && want != ticket->ordinal)
        return hf__trace_verify_wrong(self, index, "rule '%s' numbered it %llu, but counting gives %llu",
                                      hf_trace_rule_name(self->trace, ticket->rule), (unsigned long long)ticket->ordinal, (unsigned long long)want);
    if (self->is_exact && ticket->taken != self->taken[ticket->rule])
        return hf__trace_verify_wrong(self, index, "the trace says that rule '%s' had fired %u times before, but it had fired %u times",
                                      hf_trace_rule_name(self->trace, ticket->rule), ticket->taken, self->taken[ticket->rule]);
    return HF_OK;
}

/* The decision must follow from the tickets. Live bytes are known where a rule decided; where none did, no amount that rules could fire at
 * may be needed, so the least amount must not fire either. */
static hf_status check_decision(hf__trace_verifier *self, size_t index, const hf_call *call)
{
    const hf_event *event = &self->trace->events[index];
    hf_ticket tickets[HF_RULES_MAX];
    for (uint32_t i = 0; i < event->ticket_count; i++)
        tickets[i] = (hf_ticket){.rule = event->tickets[i].rule, .taken = event->tickets[i].taken, .ordinal = event->tickets[i].ordinal};
    hf_decision decision;
    hf__engine_decide(self->plan, call, tickets, event->ticket_count, event->injected ? event->more->live : 0, &decision);
    int got = event->injected ? event->rule : HF_RULE_NONE;
    if (decision.rule != got && decision.rule >= 0)
        return hf__trace_verify_wrong(self, index, "rule '%s' decides it, the trace says %s%s%s", hf_trace_rule_name(self->trace, decision.rule),
                                      got < 0 ? "no rule" : "rule '", hf_trace_rule_name(self->trace, got), got < 0 ? "" : "'");
    if (decision.rule != got)
        return hf__trace_verify_wrong(self, index, "no rule decides it, the trace says rule '%s'", hf_trace_rule_name(self->trace, got));
    for (uint32_t i = 0; i < event->ticket_count; i++) {
        if (tickets[i].flags != event->tickets[i].flags)
            return hf__trace_verify_wrong(self, index, "the ticket of rule '%s' has flags %u, they must be %u",
                                          hf_trace_rule_name(self->trace, tickets[i].rule), event->tickets[i].flags, tickets[i].flags);
    }

    return HF_OK;
}

/* What the caller got must be what the rule says. */
static hf_status check_fault(hf__trace_verifier *self, size_t index, uint64_t site)
{
    const hf_event *event = &self->trace->events[index];
    const hf_rule *rule = &hf__model_plan_rules(self->plan)[event->rule];
    if (self->is_exact && event->more->number != self->fired_count + 1)
        return hf__trace_verify_wrong(self, index, "the trace says fault %u, but it is fault %u", event->more->number, self->fired_count + 1);
    if (self->is_exact && self->trace->module_count < SHIM_MODULES_MAX && event->more->site != site)
        return hf__trace_verify_wrong(self, index, "its site key is not that of its stack");
    if (!event->complete)
        return HF_OK;

    bool follows = rule->returns ? event->hr == hf__model_result_for(event->function, rule->hr) && (event->forwarded != 0) == (rule->done != 0)
                                 : event->hr == S_OK || event->hr == S_FALSE || (event->forwarded && event->hr == event->host_hr);
    if (!follows)
        return hf__trace_verify_wrong(self, index, "the caller got 0x%08X, which is not what rule '%s' gives", (unsigned)event->hr,
                                      hf_trace_rule_name(self->trace, event->rule));
    DWORD error = rule->has_last_error ? rule->last_error : hf__model_win32_of(event->hr);
    if (FAILED(event->hr) && event->more->last_error != error)
        return hf__trace_verify_wrong(self, index, "the last error was set to %u, it must be %u", event->more->last_error, (unsigned)error);
    return HF_OK;
}

static void note_fired(hf__trace_verifier *self, size_t index)
{
    const hf_event *event = &self->trace->events[index];
    const hf_rule *rule = &hf__model_plan_rules(self->plan)[event->rule];
    const hf_trace_ticket *ticket = ticket_of(event, (unsigned)event->rule);
    if (!self->is_exact && ticket != NULL)
        hf__trace_verify_collect(self, HF_VERIFY_TAKEN, (uint32_t)event->rule, 0, (uint64_t)ticket->taken + 1, index);
    if (!self->is_exact)
        hf__trace_verify_collect(self, HF_VERIFY_NUMBER, 0, 0, event->more->number, index);
    self->taken[event->rule]++;
    self->fired_count++;
    hf__engine_rule_set_add(&self->fired, (unsigned)event->rule);
    if (rule->returns && rule->hr == E_FAIL && rule->sticks && event->complete && event->function == HF_FUNCTION_NONE) {
        self->is_sticky = true;
        self->is_maybe_sticky = rule->notify != 0;
    }
}

static hf_status check_decided(hf__trace_verifier *self, size_t index)
{
    const hf_event *event = &self->trace->events[index];
    hf_frame frames[HF_STACK_MAX];
    hf_call call = call_of(self, event);
    hf_stack stack = stack_of(self, event, frames);
    hf_rule_set must;
    hf_rule_set may;
    match(self, &call, &stack, &must, &may);
    hf_status status = check_order(self, index);
    if (status == HF_OK)
        status = check_matches(self, index, &must, &may);
    for (uint32_t i = 0; i < event->ticket_count && status == HF_OK; i++)
        status = check_ordinal(self, index, &event->tickets[i], stack.site);
    if (status == HF_OK)
        status = check_decision(self, index, &call);
    if (status != HF_OK)
        return status;
    if (!event->injected) {
        bool is_plain = !event->complete || (event->forwarded && event->hr == event->host_hr);
        return is_plain ? HF_OK : hf__trace_verify_wrong(self, index, "no rule decided it, but the caller did not get what the host answered");
    }

    status = check_fault(self, index, stack.site);
    if (status == HF_OK)
        note_fired(self, index);
    return status;
}

/* Paused calls, calls of signal handlers inside another and sticky answers pass the engine by. */
static hf_status check_passed_by(hf__trace_verifier *self, size_t index)
{
    const hf_event *event = &self->trace->events[index];
    if (event->ticket_count != 0 || event->injected)
        return hf__trace_verify_wrong(self, index, "it must not have been counted, but has tickets or was injected");
    if (event->sticky && event->complete && (event->hr != HOST_E_CLRNOTAVAILABLE || event->forwarded))
        return hf__trace_verify_wrong(self, index, "a sticky answer must be HOST_E_CLRNOTAVAILABLE, without asking the host");
    return HF_OK;
}

/* What a caller does before it is cloned is not decided by the clone's plan, but counted for it. */
static hf_status check_before_continuation(hf__trace_verifier *self, size_t index)
{
    hf_status status = check_passed_by(self, index);
    hf_call call = call_of(self, &self->trace->events[index]);
    hf_rule_set must;
    hf_rule_set may;
    match(self, &call, NULL, &must, &may);
    for (unsigned rule = 0; rule < self->plan->rule_count && status == HF_OK; rule++) {
        if (!hf__engine_rule_set_has(&must, rule))
            continue;
        uint64_t ordinal = ++*hf__trace_verify_count(self, rule, 0);
        if (!self->is_exact)
            hf__trace_verify_collect(self, HF_VERIFY_ORDINAL, rule, 0, ordinal, index);
    }
    return status;
}

static hf_status check_call(hf__trace_verifier *self, size_t index)
{
    const hf_event *event = &self->trace->events[index];
    if (event->paused || event->in_signal)
        return check_passed_by(self, index);
    if (index < self->trace->prefix_end)
        return check_before_continuation(self, index);
    if (event->sticky && !self->is_sticky && self->is_exact)
        return hf__trace_verify_wrong(self, index, "it is answered as after an E_FAIL, but there was none");
    if (!event->sticky && self->is_sticky && !self->is_maybe_sticky && self->is_exact)
        return hf__trace_verify_wrong(self, index, "after an E_FAIL it should have been answered HOST_E_CLRNOTAVAILABLE");
    return event->sticky ? check_passed_by(self, index) : check_decided(self, index);
}

static hf_status check_thread(hf__trace_verifier *self, const hf__trace_thread *thread)
{
    memset(self->thread_counts, 0, sizeof self->thread_counts);
    char text[16];
    hf__builder label = hf__builder_init(text, sizeof text);
    hf__trace_print_default_label(thread->id, &label);
    self->label = label_index(self->plan, (hf_text){text, label.length});

    for (size_t i = thread->first; i < thread->first + thread->count; i++) {
        const hf_event *event = &self->trace->events[i];
        if (event->kind == HF_EVENT_THREAD)
            self->label = label_index(self->plan, event->more->note);
        if (event->kind == HF_EVENT_PHASE)
            self->phase = phase_index(self->plan, event->more->note);
        hf_status status = hf__trace_event_is_call(event) ? check_call(self, i) : HF_OK;
        if (status != HF_OK)
            return status;
    }

    return HF_OK;
}

typedef struct verifying {
    const hf_trace *trace;
    hf_error *err;
} verifying;

static hf_status verify(void *given)
{
    const hf_trace *trace = ((const verifying *)given)->trace;
    hf_error *err = ((const verifying *)given)->err;
    hf__trace_verifier *self = hf__trace_verify_begin(trace, err);
    hf_status status = HF_OK;
    for (size_t i = 0; i < trace->thread_count && status == HF_OK; i++)
        status = check_thread(self, &trace->threads[i]);
    if (status == HF_OK)
        status = hf__trace_verify_collected(self);
    hf__trace_verify_end(self);
    return status;
}

hf_status hf_trace_verify(const hf_trace *trace, hf_error *err)
{
    verifying self = {trace, err};
    return hf__heap_attempt(verify, &self, err);
}
