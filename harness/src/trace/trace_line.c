/* SPDX-License-Identifier: MIT
 * One line of canonical text. Each kind of event that is no call has its own printer in a table; trace_line_call.c prints calls.
 */
#include "trace_line_parts.h"
#include "base_check.h"

#include <hostfault/expect.h>

#include "base_poison.h"

/* Events that are no calls */

static void print_phase(const hf__trace_line *self)
{
    hf__trace_put_string(self, "phase ");
    hf__trace_line_escape(self->event->more->note, self->out);
}

static void print_label(const hf__trace_line *self)
{
    hf__trace_put_string(self, "label ");
    hf__trace_line_escape(self->event->more->note, self->out);
}

static void print_result(const hf__trace_line *self)
{
    hf__trace_put_quoted(self, "result ", self->event->more->note);
}

static void print_check(const hf__trace_line *self)
{
    hf__trace_put_string(self, self->event->address != 0 ? "check passed" : "check failed");
    if (self->event->more->note.size_bytes != 0)
        hf__trace_put_quoted(self, " ", self->event->more->note);
}

static void print_expect(const hf__trace_line *self)
{
    hf__trace_put_string(self, self->event->address == HF_EXPECT_ABSORB ? "expect absorb" : "expect surfaced");
    if (self->event->more->note.size_bytes != 0)
        hf__trace_put_quoted(self, " ", self->event->more->note);
}

static void print_host(const hf__trace_line *self)
{
    static const char *const wrong[] = {"?", "success and null", "success without memory", "success for nothing", "kept", "leaked"};
    const char *what = wrong[self->event->type < HF_COUNT_OF(wrong) ? self->event->type : 0];
    hf__builder_print(self->out, "host %s: %s", hf_method_name((hf_method)self->event->protect), what);
}

static void print_fork(const hf__trace_line *self)
{
    hf__trace_put_string(self, "fork");
}

static void print_refused(const hf__trace_line *self)
{
    hf__trace_put_string(self, "refused ");
    hf__trace_put_string(self, hf_method_name((hf_method)self->event->type));
}

static void print_exit(const hf__trace_line *self)
{
    hf__builder_print(self->out, "exit %lld", (long long)(int32_t)self->event->address);
}

static void print_signal(const hf__trace_line *self)
{
    hf__builder_print(self->out, "signal %lld", (long long)(int32_t)self->event->address);
}

static void print_timeout(const hf__trace_line *self)
{
    hf__builder_print(self->out, "timeout %llu ms", (unsigned long long)self->event->address);
}

static void print_storm(const hf__trace_line *self)
{
    hf__builder_print(self->out, "storm %llu", (unsigned long long)self->event->address);
}

static void print_harness(const hf__trace_line *self)
{
    hf__trace_put_quoted(self, "harness ", self->event->more->note);
}

/* By kind; kinds without a printer are not shown. */
static void (*const other_printers[HF_EVENT_END_OUTPUT + 1])(const hf__trace_line *self) = {
    [HF_EVENT_PHASE] = print_phase,         [HF_EVENT_THREAD] = print_label,      [HF_EVENT_RESULT] = print_result,
    [HF_EVENT_CHECK] = print_check,         [HF_EVENT_FORK] = print_fork,         [HF_EVENT_REFUSED] = print_refused,
    [HF_EVENT_END_EXIT] = print_exit,       [HF_EVENT_END_SIGNAL] = print_signal, [HF_EVENT_END_TIMEOUT] = print_timeout,
    [HF_EVENT_HOST] = print_host,           [HF_EVENT_EXPECT] = print_expect,     [HF_EVENT_END_STORM] = print_storm,
    [HF_EVENT_END_HARNESS] = print_harness,
};

static const char *mark_of(const hf_event *event)
{
    if (!event->complete)
        return "? ";
    if (event->injected)
        return "! ";
    if (event->sticky)
        return "~ ";
    return event->paused ? "# " : "  ";
}

bool hf__trace_line_is_shown(const hf_trace *trace, size_t index)
{
    const hf_event *event = &trace->events[index];
    if (hf__trace_event_is_call(event))
        return true;
    if (event->kind == HF_EVENT_THREAD)
        return !hf__text_equal(event->more->note, trace->threads[event->thread].label);
    return event->kind < HF_COUNT_OF(other_printers) && other_printers[event->kind] != NULL;
}

void hf__trace_line_print(const hf_trace *trace, const hf__trace_names *names, size_t index, hf__builder *out)
{
    const hf_event *event = &trace->events[index];
    const hf_rule *rule = event->injected && event->rule >= 0 ? &hf__model_plan_rules(trace->plan)[event->rule] : NULL;
    hf__trace_line self = {.trace = trace, .names = names, .index = index, .event = event, .rule = rule, .out = out};
    hf__trace_put_string(&self, mark_of(event));
    if (hf__trace_event_is_call(event))
        hf__trace_put_call(&self);
    else if (event->kind < HF_COUNT_OF(other_printers) && other_printers[event->kind] != NULL)
        other_printers[event->kind](&self);
}
