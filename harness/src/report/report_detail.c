/* SPDX-License-Identifier: MIT
 * Reads a run's folder. verdict.json has the verdict, the trace has the calls. Both may be damaged or from another program, so they are used only if
 * they parse.
 */
#include "report_detail.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "system_file.h"
#include "system_tool.h"
#include "report_case.h"
#include "report_json.h"
#include "report_location.h"
#include "report_memory.h"
#include "run_folder.h"
#include "symbol_stack.h"
#include "trace_lines.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

#define VERDICT_BYTES_MAX (64u << 20)
#define SAMPLES_MAX 800u
#define CALLS_BEFORE 10u
#define CALLS_AFTER 34u /* the window in which responses are searched, and a little more */
#define CALLS_LAST 8u
#define FAULTS_MAX 400u
#define LIST_MAX 50u
#define LEAKS_MAX 20u
#define STACKS_MAX 4u

static json_t *count_value(uint64_t count)
{
    return json_integer((json_int_t)(count & INT64_MAX));
}

/* A tenth of a microsecond is finer than a picture can show. */
static json_t *us_value(double us)
{
    return json_real((double)(int64_t)(us * 10 + 0.5) / 10);
}

/* Memory */

static json_t *memory_value(const hf__verdict_facts *facts)
{
    hf_report_memory memory = hf__report_memory_of(facts);
    json_t *object = json_object();
    (void)json_object_set_new(object, "peak", count_value(memory.peak));
    (void)json_object_set_new(object, "calls", count_value(memory.count));
    hf__report_memory_thin(&memory, SAMPLES_MAX);
    json_t *columns[4];
    for (size_t i = 0; i < 4; i++)
        columns[i] = json_array();
    for (size_t i = 0; i < memory.count; i++) {
        (void)json_array_append_new(columns[0], us_value(memory.samples[i].us));
        (void)json_array_append_new(columns[1], count_value(memory.samples[i].call));
        (void)json_array_append_new(columns[2], count_value(memory.samples[i].committed));
        (void)json_array_append_new(columns[3], count_value(memory.samples[i].heap));
    }

    static const char *const names[] = {"us", "call", "committed", "heap"};
    for (size_t i = 0; i < 4; i++)
        (void)json_object_set_new(object, names[i], columns[i]);
    hf__report_memory_clear(&memory);
    return object;
}

/* The index of the clean run's memory among the clean runs; null if it cannot be read. */
static json_t *clean_number(hf_report_details *self, const char *folder)
{
    if (folder == NULL)
        return json_null();
    size_t known = self->folders.count;
    uint32_t number = hf__report_strings_add(&self->folders, folder);
    if (number == known) {
        char *path = hf__run_folder_file(folder, HF_RUN_TRACE);
        hf_trace *trace = NULL;
        hf__verdict_facts facts;
        hf_error err;
        bool can = hf_trace_open(path, &trace, &err) == HF_OK && hf__verdict_facts_read(trace, &facts, &err) == HF_OK;
        (void)json_array_append_new(self->cleans, can ? memory_value(&facts) : json_null());
        if (can)
            hf__verdict_facts_clear(&facts);
        hf_trace_destroy(trace);
        hf__free(path);
    }

    return json_is_null(json_array_get(self->cleans, number)) ? json_null() : count_value(number);
}

/* Calls */

typedef struct lines {
    const hf__verdict_facts *facts;
    hf__trace_names *names;
    hf__symbol_places *places;
    char *buffer;
} lines;

/* The frame of a call that a reader knows: the innermost one whose source is available. "": none, or the call has no stack. */
static json_t *at_value(const lines *self, const hf_event *event)
{
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(self->places, event, &stack);
    json_t *value = NULL;
    for (size_t i = 0; i < count && value == NULL; i++) {
        char *frame = hf__symbol_place_describe(&stack[i]);
        hf_report_spot spot = hf__report_spot_near("", frame);
        value = spot.path != NULL ? hf__report_clean_value(hf__text(frame)) : NULL;
        hf__report_spot_clear(&spot);
        hf__free(frame);
    }
    hf__free(stack);
    return value != NULL ? value : json_string("");
}

static json_t *line_value(const lines *self, size_t event)
{
    hf__builder line = hf__builder_init(self->buffer, HF_TRACE_LINE_BYTES);
    hf__trace_line_print(self->facts->trace, self->names, event, &line);
    return hf__report_clean_value(hf__text_trim((hf_text){line.buffer, line.length}));
}

/* "!" injected, "~" after E_FAIL, "?" not ended, "#" paused, "x" the host itself failed, "" none of these. */
static const char *mark_of(const hf_event *event)
{
    if (!hf__verdict_is_call(event))
        return "end";
    if (event->complete == 0)
        return "?";
    return event->injected != 0 ? "!" : event->sticky != 0 ? "~" : event->paused != 0 ? "#" : FAILED(event->hr) ? "x" : "";
}

static json_t *call_value(const lines *self, size_t event, size_t call)
{
    const hf_trace *trace = self->facts->trace;
    const hf_event *of = &self->facts->events[event];
    uint64_t hz = trace->header.counter_hz;
    json_t *object = json_object();
    (void)json_object_set_new(object, "event", count_value(event));
    (void)json_object_set_new(object, "call", count_value(call));
    (void)json_object_set_new(object, "us", us_value(hf__report_us(trace, of->start)));
    (void)json_object_set_new(object, "took", us_value(hz > 0 ? (double)of->duration * 1e6 / (double)hz : 0));
    (void)json_object_set_new(object, "thread", hf__report_clean_value(hf_trace_thread_label(trace, of->thread)));
    (void)json_object_set_new(object, "mark", json_string(mark_of(of)));
    (void)json_object_set_new(object, "text", line_value(self, event));
    (void)json_object_set_new(object, "at", at_value(self, of));
    return object;
}

static bool is_shown(size_t at, size_t first, size_t last, size_t count)
{
    bool is_near_first = at + CALLS_BEFORE >= first && at <= first + CALLS_AFTER;
    bool is_near_last = at + CALLS_BEFORE / 2 >= last && at <= last + CALLS_BEFORE;
    return first != SIZE_MAX && (is_near_first || is_near_last || at + CALLS_LAST >= count);
}

/* A gap is written as null. */
static void add_calls(const lines *self, json_t *array)
{
    const hf__verdict_facts *facts = self->facts;
    size_t first = SIZE_MAX;
    size_t last = SIZE_MAX;

    for (size_t i = 0; i < facts->seen.order_count; i++) {
        if (facts->events[facts->order[i]].injected == 0)
            continue;
        first = first == SIZE_MAX ? i : first;
        last = i;
    }

    bool is_gap = true;
    for (size_t i = 0; i < facts->seen.order_count; i++) {
        bool shown = is_shown(i, first, last, facts->seen.order_count);
        if (shown)
            (void)json_array_append_new(array, call_value(self, facts->order[i], i + 1));
        else if (!is_gap && i > first)
            (void)json_array_append_new(array, json_null());
        is_gap = !shown;
    }
}

static json_t *calls_value(const lines *self)
{
    json_t *array = json_array();
    add_calls(self, array);
    for (size_t i = 0; i < self->facts->count; i++)
        if (hf__trace_event_is_end(&self->facts->events[i]) && hf__trace_line_is_shown(self->facts->trace, i))
            (void)json_array_append_new(array, call_value(self, i, self->facts->seen.order_count));
    return array;
}

static json_t *faults_value(const hf__verdict_facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->seen.order_count && json_array_size(array) < FAULTS_MAX; i++) {
        const hf_event *event = &facts->events[facts->order[i]];
        if (event->injected == 0)
            continue;
        char result[64];
        (void)hf__model_print_hresult(result, sizeof result, event->hr);
        json_t *fault = json_object();
        (void)json_object_set_new(fault, "us", us_value(hf__report_us_after(facts->trace, event)));
        (void)json_object_set_new(fault, "call", count_value(i + 1));
        (void)json_object_set_new(fault, "method", json_string(hf__verdict_is_call(event) ? hf__model_call_name(event->kind, event->function) : "?"));
        (void)json_object_set_new(fault, "result", json_string(result));
        (void)json_array_append_new(array, fault);
    }
    return array;
}

static void set_trace(json_t *object, const hf__verdict_facts *facts)
{
    lines self = {.facts = facts,
                  .names = hf__trace_names_create(facts->trace),
                  .places = hf__symbol_places_create(facts->trace),
                  .buffer = hf__allocate(HF_TRACE_LINE_BYTES, 1)};
    (void)json_object_set_new(object, "calls", calls_value(&self));
    (void)json_object_set_new(object, "faults", faults_value(facts));
    (void)json_object_set_new(object, "memory", memory_value(facts));
    hf__symbol_places_destroy(self.places);
    hf__trace_names_destroy(self.names);
    hf__free(self.buffer);
}

/* Stacks. verdict.json has them too, but with file names without folders. */

typedef struct stacks {
    const hf__verdict_facts *facts;
    hf__symbol_places *places;
    hf_report_sources *sources;
} stacks;

static json_t *stack_value(const stacks *self, const hf_event *event)
{
    json_t *array = json_array();
    hf__heap_buffer whole = {0};
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(self->places, event, &stack);

    for (size_t i = 0; i < count; i++) {
        char *frame = hf__symbol_place_describe(&stack[i]);
        (void)json_array_append_new(array, hf__report_clean_value(hf__text(frame)));
        hf__heap_buffer_write(frame, strlen(frame), &whole);
        hf__heap_buffer_write("\n", 1, &whole);
        hf__free(frame);
    }

    hf__free(stack);
    if (whole.text != NULL)
        hf__report_sources_add(self->sources, whole.text);
    hf__free(whole.text);
    return array;
}

/* The end record is last and is shown first: it has the thread that died, or the first one. */
static json_t *ends_value(const stacks *self)
{
    json_t *array = json_array();
    for (size_t i = self->facts->count; i > 0 && json_array_size(array) < STACKS_MAX; i--)
        if (hf__symbol_stack_is_of_end(&self->facts->events[i - 1]))
            (void)json_array_append_new(array, stack_value(self, &self->facts->events[i - 1]));
    return array;
}

static json_t *leaks_value(const stacks *self, const json_t *verdict)
{
    const json_t *from = json_object_get(verdict, "leaks");
    json_t *array = json_array();
    for (size_t i = 0; i < json_array_size(from) && i < LEAKS_MAX; i++) {
        json_t *leak = json_copy(json_array_get(from, i));
        json_int_t event = json_integer_value(json_object_get(leak, "event"));
        if (json_is_object(leak) && event >= 0 && (size_t)event < self->facts->count)
            (void)json_object_set_new(leak, "stack", stack_value(self, &self->facts->events[event]));
        (void)json_array_append_new(array, leak);
    }
    return array;
}

static void set_stacks(json_t *object, const hf__verdict_facts *facts, const json_t *verdict, hf_report_sources *sources)
{
    const stacks self = {.facts = facts, .places = hf__symbol_places_create(facts->trace), .sources = sources};
    (void)json_object_set_new(object, "stacks", ends_value(&self));
    (void)json_object_set_new(object, "leaks", leaks_value(&self, verdict));
    hf__symbol_places_destroy(self.places);
}

/* verdict.json and the manifest */

/* The first entries of an array, unchanged; its texts are only shown as text. */
static void set_array(json_t *object, const char *key, const json_t *verdict)
{
    const json_t *from = json_object_get(verdict, key);
    json_t *to = json_array();
    for (size_t i = 0; i < json_array_size(from) && i < LIST_MAX; i++)
        (void)json_array_append(to, json_array_get(from, i));
    (void)json_object_set_new(object, key, to);
}

static void set_verdict(json_t *object, const json_t *verdict)
{
    static const char *const arrays[] = {"responses", "violations"};
    static const char *const values[] = {"outcome", "reason", "again", "again_note", "calls", "fired", "leaked_bytes"};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        set_array(object, arrays[i], verdict);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (json_object_get(verdict, values[i]) != NULL)
            (void)json_object_set(object, values[i], json_object_get(verdict, values[i]));
    (void)json_object_set_new(object, "leak_count", count_value(json_array_size(json_object_get(verdict, "leaks"))));
}

static hf_status load_verdict(const char *folder, json_t **out, hf_error *err)
{
    char *path = hf__run_folder_file(folder, HF_RUN_VERDICT);
    char *text = NULL;
    size_t size = 0;
    hf_status status = hf__system_file_read(path, VERDICT_BYTES_MAX, &text, &size, err);
    *out = status == HF_OK ? json_loadb(text, size, 0, NULL) : NULL;
    if (status == HF_OK && *out == NULL)
        status = HF_FAIL(err, HF_ERROR_FORMAT, "%s is not a verdict", path);
    hf__free(text);
    hf__free(path);
    return status;
}

/* The trace to which the verdict's events belong. */
static hf_status open_trace(const char *folder, const json_t *verdict, hf_trace **out, hf_error *err)
{
    const char *name = json_string_value(json_object_get(verdict, "trace"));
    bool is_again = name != NULL && strncmp(name, HF_RUN_AGAIN "/", strlen(HF_RUN_AGAIN "/")) == 0;
    const char *dash = name != NULL ? strrchr(name, '-') : NULL;
    unsigned process = dash != NULL ? (unsigned)strtoul(dash + 1, NULL, 10) : 0; /* one that was followed */
    char *file = process != 0 ? hf__format("%s" HF_RUN_TRACE "-%u", is_again ? HF_RUN_AGAIN "/" : "", process)
                              : hf__copy_string(is_again ? HF_RUN_AGAIN "/" HF_RUN_TRACE : HF_RUN_TRACE);
    char *path = hf__run_folder_file(folder, file);
    hf__free(file);
    hf_status status = hf_trace_open(path, out, err);
    hf__free(path);
    return status;
}

static json_t *detail_of(hf_report_details *self, const char *folder, const hf__run_manifest *manifest, const json_t *verdict, hf_error *err)
{
    hf_trace *trace = NULL;
    hf__verdict_facts facts;
    json_t *object = NULL;

    if (open_trace(folder, verdict, &trace, err) == HF_OK && hf__verdict_facts_read(trace, &facts, err) == HF_OK) {
        object = json_object();
        (void)json_object_set_new(object, "name", hf__report_clean_value(hf__text(manifest->name != NULL ? manifest->name : "")));
        (void)json_object_set_new(object, "folder", hf__report_clean_value(hf__text(hf__run_folder_shown(folder))));
        (void)json_object_set_new(object, "script", hf__report_clean_value(hf__text(manifest->script != NULL ? manifest->script : "")));
        set_verdict(object, verdict);
        set_trace(object, &facts);
        set_stacks(object, &facts, verdict, self->sources);
        (void)json_object_set_new(object, "clean", clean_number(self, manifest->clean));
        hf__verdict_facts_clear(&facts);
    }

    hf_trace_destroy(trace);
    return object;
}

json_t *hf__report_detail_of(hf_report_details *details, const char *folder, hf_error *err)
{
    hf__run_manifest *manifest = NULL;
    json_t *verdict = NULL;
    json_t *object = NULL;
    if (hf__run_manifest_read(folder, &manifest, err) == HF_OK && load_verdict(folder, &verdict, err) == HF_OK)
        object = detail_of(details, folder, manifest, verdict, err);
    hf__run_manifest_destroy(manifest);
    json_decref(verdict);
    return object;
}

void hf__report_details_begin(hf_report_details *details, hf_report_sources *sources)
{
    *details = (hf_report_details){.sources = sources, .cleans = json_array()};
}

void hf__report_details_clear(hf_report_details *details)
{
    json_decref(details->cleans);
    hf__report_strings_clear(&details->folders);
    *details = (hf_report_details){0};
}

/* TIME-NAME-UNIQUE: names are in byte order, so the last one is the newest. */
char *hf__report_detail_folder(const char *results, const char *name)
{
    char *runs = hf__run_folder_file(results, "runs");
    char *part = hf__format("*-%s-*", name);
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_error err;
    char *found = NULL;
    if (hf__system_folder_list(runs, &entries, &count, &err) == HF_OK)
        for (size_t i = count; i > 0 && found == NULL; i--)
            if (entries[i - 1].is_folder && hf__glob_match(hf__text(part), hf__text(entries[i - 1].name)))
                found = hf__run_folder_file(runs, entries[i - 1].name);
    hf__system_folder_list_free(entries, count);
    hf__free(part);
    hf__free(runs);
    return found;
}
