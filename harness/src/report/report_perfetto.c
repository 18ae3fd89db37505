/* SPDX-License-Identifier: MIT
 * Writes one event of the trace at a time: a long run would not fit in memory as one document. Times are microseconds since the process attached.
 *
 * The format: "Trace Event Format" by Google, https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
#include "report_perfetto.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "report_case.h"
#include "report_json.h"
#include "report_memory.h"
#include "trace_lines.h"
#include "trace_reader.h"

#include <hostfault/version.h>
#include <jansson.h>
#include <stdlib.h>

#include "base_poison.h"

#define PROCESS 1

typedef struct exporting {
    const hf_report_sink *sink;
    const hf_trace *trace;
    hf__trace_names *names;
    char *buffer;
    bool has_event;
    int64_t latest_ns; /* the thread's next call begins here or later */
} exporting;

static void put_event(exporting *self, json_t *event_take)
{
    char *text = json_dumps(event_take, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
    hf__report_put(self->sink, self->has_event ? ",\n" : "\n");
    hf__report_put(self->sink, text != NULL ? text : "{}");
    self->has_event = true;
    free(text);
    json_decref(event_take);
}

static json_t *us_value(double us)
{
    return json_real((double)(int64_t)(us * 1000 + 0.5) / 1000);
}

/* The fields of every event. */
static json_t *event_of(const char *name, const char *category, const char *kind, double us, size_t thread)
{
    json_t *event = json_pack("{s:s, s:s, s:s}", "name", name, "cat", category, "ph", kind);
    (void)json_object_set_new(event, "ts", us_value(us));
    (void)json_object_set_new(event, "pid", json_integer(PROCESS));
    (void)json_object_set_new(event, "tid", json_integer((json_int_t)thread + 1));
    return event;
}

static void put_name(exporting *self, const char *what, size_t thread, hf_text name)
{
    json_t *event = event_of(what, "__metadata", "M", 0, thread);
    (void)json_object_set_new(event, "args", json_pack("{s:o}", "name", hf__report_clean_value(name)));
    put_event(self, event);
}

static json_t *line_of(const exporting *self, size_t index)
{
    hf__builder line = hf__builder_init(self->buffer, HF_TRACE_LINE_BYTES);
    hf__trace_line_print(self->trace, self->names, index, &line);
    return hf__report_clean_value(hf__text_trim((hf_text){line.buffer, line.length}));
}

/* When a call is shown. Durations are recorded in steps and starts may be equal; calls of a thread must not seem to be parts of each other, so each
 * takes a nanosecond at least and ends one before the next begins, for viewers add up in floating point. What a signal handler calls is a part of the
 * call that it interrupted. */
typedef struct span {
    int64_t begin_ns, end_ns;
} span;

static int64_t ns_of(double us)
{
    return (int64_t)(us * 1000 + 0.5);
}

static span span_of(exporting *self, size_t index, const hf_event *event)
{
    span out = {ns_of(hf__report_us(self->trace, event->start)), ns_of(hf__report_us_after(self->trace, event))};
    const hf_event *next = hf_trace_event(self->trace, index + 1);
    if (event->in_signal != 0)
        return out;
    out.begin_ns = out.begin_ns > self->latest_ns ? out.begin_ns : self->latest_ns;
    if (next != NULL && next->thread == event->thread && hf__trace_event_is_call(next) && next->in_signal == 0) {
        int64_t limit = ns_of(hf__report_us(self->trace, next->start)) - 1;
        out.end_ns = out.end_ns < limit ? out.end_ns : limit;
    }
    out.end_ns = out.end_ns > out.begin_ns ? out.end_ns : out.begin_ns + 1;
    self->latest_ns = out.end_ns + 1;
    return out;
}

/* A call that did not end is a begin event without an end event: viewers draw it to the end of the trace. */
static void put_call(exporting *self, size_t index, const hf_event *event)
{
    span at = span_of(self, index, event);
    char result[64];
    json_t *slice = event_of(hf__model_call_name(event->kind, event->function), event->injected != 0 ? "call,fault" : "call",
                             event->complete != 0 ? "X" : "B", (double)at.begin_ns / 1000, event->thread);
    if (event->complete != 0)
        (void)json_object_set_new(slice, "dur", us_value((double)(at.end_ns - at.begin_ns) / 1000));
    if (event->injected != 0)
        (void)json_object_set_new(slice, "cname", json_string("terrible"));
    (void)hf__model_print_hresult(result, sizeof result, event->hr);
    json_t *arguments = json_pack("{s:o}", "call", line_of(self, index));
    if (event->complete != 0)
        (void)json_object_set_new(arguments, "result", json_string(result));
    (void)json_object_set_new(slice, "args", arguments);
    put_event(self, slice);
}

static void put_fault(exporting *self, const hf_event *event)
{
    char result[64];
    (void)hf__model_print_hresult(result, sizeof result, event->hr);
    char *name = hf__format("fault %u: %s", event->more->number, result);
    char *rule = hf__report_clean(hf__text(hf_trace_rule_name(self->trace, event->rule)));
    json_t *instant = event_of(name, "fault", "i", hf__report_us(self->trace, event->start), event->thread);
    (void)json_object_set_new(instant, "s", json_string("p"));
    (void)json_object_set_new(instant, "args", json_pack("{s:s, s:s}", "rule", rule, "method", hf__model_call_name(event->kind, event->function)));
    put_event(self, instant);
    hf__free(rule);
    hf__free(name);
}

static void put_instant(exporting *self, size_t index, const hf_event *event, double latest)
{
    bool is_end = hf__trace_event_is_end(event);
    json_t *text = line_of(self, index);
    json_t *instant =
        event_of(json_string_value(text), is_end ? "end" : "note", "i", is_end ? latest : hf__report_us(self->trace, event->start), event->thread);
    (void)json_object_set_new(instant, "s", json_string(is_end ? "g" : "t"));
    put_event(self, instant);
    json_decref(text);
}

static void put_events(exporting *self)
{
    double latest = 0;
    for (size_t i = 0; i < hf_trace_event_count(self->trace); i++) {
        const hf_event *event = hf_trace_event(self->trace, i);
        if (i == 0 || event->thread != hf_trace_event(self->trace, i - 1)->thread)
            self->latest_ns = 0;
        double us = hf__trace_event_is_end(event) ? 0 : hf__report_us_after(self->trace, event);
        latest = us > latest ? us : latest;
        if (hf__trace_event_is_call(event))
            put_call(self, i, event);
        else if (hf__trace_line_is_shown(self->trace, i))
            put_instant(self, i, event, latest);
        if (hf__trace_event_is_call(event) && event->injected != 0)
            put_fault(self, event);
    }
}

/* Only if it changes. */
static void put_memory(exporting *self)
{
    hf__verdict_facts facts;
    hf_error err;
    if (hf__verdict_facts_read(self->trace, &facts, &err) != HF_OK)
        return;
    hf_report_memory memory = hf__report_memory_of(&facts);
    for (size_t i = 0; i < memory.count; i++) {
        const hf_report_sample *now = &memory.samples[i];
        if (i > 0 && now->committed == now[-1].committed && now->heap == now[-1].heap)
            continue;
        json_t *counter = event_of("live bytes", "memory", "C", now->us, 0);
        (void)json_object_set_new(counter, "args", json_pack("{s:I, s:I}", "committed", (json_int_t)now->committed, "heap", (json_int_t)now->heap));
        put_event(self, counter);
    }
    hf__report_memory_clear(&memory);
    hf__verdict_facts_clear(&facts);
}

void hf__report_perfetto(const hf_report_sink *sink, const hf_trace *trace)
{
    exporting self = {.sink = sink, .trace = trace, .names = hf__trace_names_create(trace), .buffer = hf__allocate(HF_TRACE_LINE_BYTES, 1)};
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    hf__report_put(sink, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"hostfault\":\"" HF_VERSION "\"},\"traceEvents\":[");
    put_name(&self, "process_name", 0, hf__text(summary.caller));
    for (size_t i = 0; i < hf_trace_thread_count(trace); i++)
        put_name(&self, "thread_name", i, hf_trace_thread_label(trace, i));
    put_events(&self);
    put_memory(&self);
    hf__report_put(sink, "\n]}\n");
    hf__trace_names_destroy(self.names);
    hf__free(self.buffer);
}
