/* SPDX-License-Identifier: MIT
 * The verifier's state: whether the run can be replayed exactly, counters by rule and site, and the numbers that threads drew.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_random.h"
#include "trace_verify.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define MODULE_NAME_MAX 63u /* what the shim keeps of a module's name */

static bool thread_calls(const hf_trace *trace, const hf__trace_thread *thread)
{
    for (size_t i = thread->first; i < thread->first + thread->count; i++) {
        if (hf__trace_event_is_call(&trace->events[i]))
            return true;
    }
    return false;
}

static bool thread_says_phase(const hf_trace *trace, const hf__trace_thread *thread)
{
    for (size_t i = thread->first; i < thread->first + thread->count; i++) {
        if (trace->events[i].kind == HF_EVENT_PHASE)
            return true;
    }
    return false;
}

/* One thread made all calls and said all phases. */
static bool is_single(const hf_trace *trace)
{
    size_t threads = 0;
    for (size_t i = 0; i < trace->thread_count; i++)
        threads += thread_calls(trace, &trace->threads[i]) || thread_says_phase(trace, &trace->threads[i]);
    return threads <= 1;
}

static const char *c_string(hf__trace_verifier *self, hf_text text, size_t most)
{
    size_t size = text.size_bytes < most ? text.size_bytes : most;
    char *copy = hf__heap_arena_take(&self->arena, 1, size + 1);
    hf__text_copy(copy, size + 1, text);
    return copy;
}

static void learn_modules(hf__trace_verifier *self)
{
    self->modules = hf__allocate(self->trace->module_count + 1, sizeof *self->modules);
    for (size_t i = 0; i < self->trace->module_count; i++) {
        const hf_trace_module *module = &self->trace->modules[i];
        const char *name = c_string(self, hf__trace_module_name(module), MODULE_NAME_MAX);
        const char *build_id = c_string(self, module->build_id, module->build_id.size_bytes);
        self->modules[i] = (hf__trace_verify_module){name, hf__engine_module_key(name, build_id)};
    }
}

static void open_gates(hf__trace_verifier *self)
{
    self->open_plan = hf__allocate(self->trace->plan_bytes, 1);
    memcpy(self->open_plan, self->plan, self->trace->plan_bytes);
    hf_rule *rules = (hf_rule *)(void *)((char *)self->open_plan + self->plan->rules_offset);
    for (unsigned i = 0; i < self->plan->rule_count; i++) {
        if (rules[i].after >= 0 || rules[i].until >= 0 || rules[i].phase != 0)
            hf__engine_rule_set_add(&self->gated, i);
        rules[i].after = HF_RULE_NONE;
        rules[i].until = HF_RULE_NONE;
        rules[i].phase = 0;
    }
}

hf__trace_verifier *hf__trace_verify_begin(const hf_trace *trace, hf_error *err)
{
    hf__trace_verifier *self = hf__allocate(1, sizeof *self);
    self->trace = trace;
    self->plan = trace->plan;
    self->err = err;
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    self->is_lost = summary.lost != 0;
    self->is_whole = !self->is_lost && summary.ended_in_order;
    /* In a process that was killed, a thread may have drawn numbers and not lived to record a call: one that is not in the trace counts too. */
    self->is_exact = !self->is_lost && is_single(trace) && (self->is_whole || trace->control.threads <= 1);
    learn_modules(self);
    open_gates(self);
    return self;
}

void hf__trace_verify_end(hf__trace_verifier *self)
{
    hf__heap_arena_clear(&self->arena);
    hf__free(self->modules);
    hf__free(self->open_plan);
    hf__free(self->counters);
    hf__free(self->drawn);
    hf__free(self);
}

static hf__trace_verify_counter *find_counter(hf__trace_verifier *self, uint32_t rule, uint64_t site)
{
    size_t mask = self->counter_capacity - 1;
    size_t at = (size_t)hf__random(5, rule, site) & mask;
    while (self->counters[at].is_used && (self->counters[at].rule != rule || self->counters[at].site != site))
        at = (at + 1) & mask;
    return &self->counters[at];
}

static void grow_counters(hf__trace_verifier *self)
{
    hf__trace_verify_counter *old = self->counters;
    size_t old_capacity = self->counter_capacity;
    self->counter_capacity = old_capacity != 0 ? old_capacity * 2 : 256;
    self->counters = hf__allocate(self->counter_capacity, sizeof *self->counters);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].is_used)
            *find_counter(self, old[i].rule, old[i].site) = old[i];
    }
    hf__free(old);
}

uint64_t *hf__trace_verify_count(hf__trace_verifier *self, uint32_t rule, uint64_t site)
{
    if (self->counter_count * 2 >= self->counter_capacity)
        grow_counters(self);
    hf__trace_verify_counter *counter = find_counter(self, rule, site);
    self->counter_count += !counter->is_used;
    counter->is_used = true;
    counter->rule = rule;
    counter->site = site;
    return &counter->count;
}

void hf__trace_verify_collect(hf__trace_verifier *self, hf__trace_verify_kind kind, uint32_t rule, uint64_t site, uint64_t value, size_t event)
{
    HF_GROW(self->drawn, self->drawn_count, self->drawn_capacity);
    self->drawn[self->drawn_count++] = (hf__trace_verify_drawn){.site = site, .value = value, .event = event, .kind = (uint32_t)kind, .rule = rule};
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static bool same_counter(const hf__trace_verify_drawn *a, const hf__trace_verify_drawn *b)
{
    return a->kind == b->kind && a->rule == b->rule && a->site == b->site;
}

static int compare_drawn(const void *left, const void *right)
{
    const hf__trace_verify_drawn *a = left;
    const hf__trace_verify_drawn *b = right;
    if (a->kind != b->kind)
        return compare_u64(a->kind, b->kind);
    if (a->rule != b->rule)
        return compare_u64(a->rule, b->rule);
    if (a->site != b->site)
        return compare_u64(a->site, b->site);
    return a->value != b->value ? compare_u64(a->value, b->value) : compare_u64(a->event, b->event);
}

static hf_status check_number(hf__trace_verifier *self, const hf__trace_verify_drawn *drawn, uint64_t before)
{
    static const char *const words[] = {
        [HF_VERIFY_ORDINAL] = "calls counted by rule", [HF_VERIFY_TAKEN] = "firings of rule", [HF_VERIFY_NUMBER] = "faults of the run"};
    const char *name = drawn->kind == HF_VERIFY_NUMBER ? "" : hf_trace_rule_name(self->trace, (int)drawn->rule);
    if (drawn->value == before)
        return hf__trace_verify_wrong(self, drawn->event, "among the %s %s number %llu was given twice", words[drawn->kind], name,
                                      (unsigned long long)drawn->value);
    if (self->is_whole && drawn->value != before + 1)
        return hf__trace_verify_wrong(self, drawn->event, "among the %s %s number %llu is missing", words[drawn->kind], name,
                                      (unsigned long long)before + 1);
    return HF_OK;
}

hf_status hf__trace_verify_collected(hf__trace_verifier *self)
{
    if (self->drawn_count == 0)
        return HF_OK;
    qsort(self->drawn, self->drawn_count, sizeof *self->drawn, compare_drawn);
    for (size_t i = 0; i < self->drawn_count; i++) {
        const hf__trace_verify_drawn *drawn = &self->drawn[i];
        uint64_t before = i > 0 && same_counter(&self->drawn[i - 1], drawn) ? self->drawn[i - 1].value : 0;
        hf_status status = check_number(self, drawn, before);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}
