/* SPDX-License-Identifier: MIT
 * A trace's calls as coloured text and as JSON. Addresses and sizes are hexadecimal strings in JSON, because a reader that uses doubles for numbers
 * would round them.
 */
#include "cli_trace.h"
#include "heap_alloc.h"
#include "base_choice.h"
#include "base_text.h"
#include "model.h"
#include "os_file.h"
#include "report_case.h"
#include "run_folder.h"
#include "session_format.h"
#include "trace_names.h"
#include "trace_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

/* The trace file for an operand: the operand itself, or the file in the run's folder. hf__free. */
static char *trace_path(const char *operand)
{
    return hf__os_is_folder(operand) ? hf__run_folder_file(operand, HF_RUN_TRACE) : hf__copy_string(operand);
}

hf_cli_exit hf__cli_trace_open(const char *operand, hf_trace **out)
{
    char *path = trace_path(operand);
    hf_error err;
    hf_cli_exit worst = HF_CLI_MET;
    *out = NULL;
    if (!hf__os_file_exists(path)) {
        hf__cli_complain(hf__os_is_folder(operand) ? "no trace in the folder %s" : "no file %s", operand);
        worst = HF_CLI_USAGE;
    } else if (hf_trace_open(path, out, &err) != HF_OK) {
        hf__cli_complain("%s", err.message);
        worst = err.status == HF_ERROR_SYSTEM ? HF_CLI_HARNESS : HF_CLI_USAGE;
    }
    hf__free(path);
    return worst;
}

/* Collects pieces of text into lines and cleans, colours and prints one line at a time, so a trace of any size needs the memory of one line. */
typedef struct line_printer {
    const hf_report_sink *sink;
    hf__heap_buffer line;
} line_printer;

static void print_line(line_printer *self)
{
    if (self->line.size_bytes == 0)
        return;
    char *clean = hf__report_clean((hf_text){self->line.text, self->line.size_bytes});
    hf_report_tone tone = clean[0] == '!' ? HF_TONE_BAD : clean[0] == '~' ? HF_TONE_WARNING : HF_TONE_PLAIN;
    size_t length = strcspn(clean, "\n");
    hf__report_tone(self->sink, tone, "%.*s", (int)length, clean);
    hf__report_put(self->sink, clean + length);
    hf__free(clean);
    self->line.size_bytes = 0;
}

static void gather(const char *text, size_t size_bytes, void *user)
{
    line_printer *self = user;
    while (size_bytes > 0) {
        const char *end = memchr(text, '\n', size_bytes);
        size_t length = end != NULL ? (size_t)(end - text) + 1 : size_bytes;
        hf__heap_buffer_write(text, length, &self->line);
        if (end != NULL)
            print_line(self);
        text += length;
        size_bytes -= length;
    }
}

void hf__cli_trace_print(const hf_trace *trace, const hf_trace_text_options *options, const hf_report_sink *sink)
{
    line_printer printer = {.sink = sink};
    hf__trace_print(trace, options, gather, &printer);
    print_line(&printer);
    hf__free(printer.line.text);
}

static void set(json_t *object, const char *key, json_t *value_take)
{
    (void)json_object_set_new(object, key, value_take);
}

static json_t *clean_json(hf_text text)
{
    char *clean = hf__report_clean(text);
    json_t *value = json_string(clean);
    hf__free(clean);
    return value;
}

static json_t *hex(uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "0x%" PRIx64, value);
    return json_string(text);
}

static json_t *hresult(HRESULT hr)
{
    char text[64];
    (void)hf__model_print_hresult(text, sizeof text, hr);
    return json_string(text);
}

static json_t *flags(hf_field field, uint32_t value)
{
    char text[160];
    (void)hf__model_print_flags(text, sizeof text, field, value);
    return json_string(text);
}

/* The arguments that the method has. */
static void set_arguments(json_t *object, const hf_event *event, uint32_t fields)
{
    static const hf_field words[] = {HF_FIELD_TYPE, HF_FIELD_FREE, HF_FIELD_MALLOC};
    if ((fields >> HF_FIELD_ADDRESS & 1) != 0)
        set(object, "address", hex(event->address));
    if ((fields >> HF_FIELD_SIZE & 1) != 0)
        set(object, "size", hex(event->size));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if ((fields >> words[i] & 1) != 0)
            set(object, hf__model_field_name(words[i]), flags(words[i], event->type));
    if ((fields >> HF_FIELD_PROTECT & 1) != 0)
        set(object, "protect", flags(HF_FIELD_PROTECT, event->protect));
    if ((fields >> HF_FIELD_LEVEL & 1) != 0)
        set(object, "level", flags(HF_FIELD_LEVEL, event->level));
}

static void set_fault(json_t *object, const hf_trace *trace, const hf_event *event)
{
    set(object, "rule", clean_json(hf__text(hf_trace_rule_name(trace, event->rule))));
    set(object, "number", json_integer(event->more->number));
    set(object, "last_error", json_integer(event->more->last_error));
    set(object, "live", hex(event->more->live));
    set(object, "site", hex(event->more->site));
}

static json_t *frames_of(const hf_event *event)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < event->frame_count; i++)
        (void)json_array_append_new(array, hex(event->frames[i]));
    return array;
}

static json_t *call_of(const hf_trace *trace, const hf_event *event)
{
    const hf_method_row *method = hf__model_method((hf_method)event->kind);
    json_t *object = json_object();
    set(object, "thread", clean_json(hf_trace_thread_label(trace, event->thread)));
    set(object, "method", json_string(hf__model_call_name(event->kind, event->function)));
    set_arguments(object, event, method->fields);
    set(object, "complete", json_boolean(event->complete));
    set(object, "hr", event->complete != 0 ? hresult(event->hr) : json_null());
    set(object, "host_hr", event->forwarded != 0 && event->complete != 0 ? hresult(event->host_hr) : json_null());
    if (method->out != HF_OUT_KIND_NONE)
        set(object, "out", hex(event->out));

    set(object, "pc", hex(event->pc));
    set(object, "injected", json_boolean(event->injected));
    set(object, "sticky", json_boolean(event->sticky));
    set(object, "paused", json_boolean(event->paused));
    set(object, "foreign", json_boolean(event->foreign));
    if (event->injected != 0)
        set_fault(object, trace, event);
    if (event->frame_count > 0)
        set(object, "frames", frames_of(event));
    return object;
}

static bool is_wanted(const hf_trace *trace, const hf_event *event, const hf_cli_trace_filter *filter)
{
    if (event->kind >= HF_METHOD_COUNT || (filter->only_injected && event->injected == 0))
        return false;
    if (filter->thread != NULL && !hf__text_equal_string(hf_trace_thread_label(trace, event->thread), filter->thread))
        return false;
    return hf__choice_has(filter->method, hf__model_call_name(event->kind, event->function));
}

static json_t *modules_of(const hf_trace *trace)
{
    json_t *array = json_array();
    for (size_t i = 0; i < hf_trace_module_count(trace); i++) {
        const hf_trace_module *module = hf_trace_module_at(trace, i);
        json_t *object = json_object();
        set(object, "path", clean_json(module->path));
        set(object, "build_id", clean_json(module->build_id));
        set(object, "base", hex(module->base));
        set(object, "end", hex(module->end));
        (void)json_array_append_new(array, object);
    }
    return array;
}

json_t *hf__cli_trace_json(const hf_trace *trace, const hf_cli_trace_filter *filter)
{
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    json_t *document = json_object();
    set(document, "schema", json_string("hostfault-trace/1"));
    set(document, "caller", clean_json(hf__text(summary.caller)));
    set(document, "calls", json_integer((json_int_t)summary.calls));
    set(document, "fired", json_integer((json_int_t)summary.fired));
    set(document, "modules", modules_of(trace));
    json_t *events = json_array();
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (is_wanted(trace, event, filter))
            (void)json_array_append_new(events, call_of(trace, event));
    }
    set(document, "events", events);

    return document;
}

static hf_cli_exit complain_thread(const hf_cli_verb *verb, const char *const *labels, const char *thread)
{
    const char *nearest = hf__choice_nearest(hf__text(thread), labels);
    if (nearest != NULL)
        return hf__cli_bad_usage(verb, "--thread: the trace has no thread '%s'; did you mean '%s'?", thread, nearest);
    return hf__cli_bad_usage(verb, "--thread: the trace has no thread '%s'; its first is '%s'", thread, labels[0] != NULL ? labels[0] : "");
}

/* By its own label, or by the label that distinguishes threads of the same label in the text. */
static hf_cli_exit check_thread(const hf_cli_verb *verb, const hf_trace *trace, const char *thread)
{
    size_t count = hf_trace_thread_count(trace);
    hf__trace_names *names = hf__trace_names_create(trace);
    char **labels = hf__allocate(2 * count + 1, sizeof *labels);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        labels[2 * i] = hf__report_clean(hf_trace_thread_label(trace, i));
        labels[2 * i + 1] = hf__report_clean(hf__trace_names_labels(names)->of[i]);
        found = found || strcmp(labels[2 * i], thread) == 0 || strcmp(labels[2 * i + 1], thread) == 0;
    }
    hf_cli_exit worst = found ? HF_CLI_MET : complain_thread(verb, (const char *const *)labels, thread);
    for (size_t i = 0; i < 2 * count; i++)
        hf__free(labels[i]);
    hf__free(labels);
    hf__trace_names_destroy(names);
    return worst;
}

hf_cli_exit hf__cli_trace_check_filter(const hf_cli_verb *verb, const hf_trace *trace, const hf_cli_trace_filter *filter)
{
    hf_error err;
    const char *methods[HF_METHOD_COUNT + 1] = {NULL};
    for (hf_method method = 0; method < HF_METHOD_COUNT; method++)
        methods[method] = hf__model_method(method)->name;
    if (hf__choice_check(filter->method, methods, "method", "'hostfault list methods' lists them", &err) != HF_OK)
        return hf__cli_bad_usage(verb, "--method: %s", err.message);
    return filter->thread != NULL ? check_thread(verb, trace, filter->thread) : HF_CLI_MET;
}
