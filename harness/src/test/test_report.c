/* SPDX-License-Identifier: MIT
 * The text of findings. A place is the innermost frame with a line that is not in the harness: libraries without debug information, and adapters
 * between the program and its host (hf_adapt_malloc), are skipped. Frames below the function under test are left out.
 */
#include "test_report.h"
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_text.h"
#include "session_format.h"
#include "system_process.h"
#include "test_places.h"
#include "trace_reader.h"

#include <hostfault/adapt.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define LINE_BYTES 1024u
#define FRAMES_MAX 64u
#define CALLED_FROM_MAX 8u

struct hf__test_report {
    const hf_test_options *options;
    hf_test_report *out;
    hf__test_places *places;
    char *program; /* this one: a path, quoted for a shell */
    char **keys;
    size_t key_count, key_capacity;
};

/* A stack as places: [first, end) are the program's own. */
typedef struct stack {
    const hf__test_place *places[FRAMES_MAX];
    size_t count, first, end;
} stack;

static char *quoted_program(void)
{
    char *path = NULL;
    if (hf__system_program_path(&path, NULL) != HF_OK)
        return hf__copy_string("PROGRAM");
    hf__heap_buffer word = {0};
    hf__heap_quote(&word, path);
    hf__free(path);
    return word.text;
}

hf__test_report *hf__test_report_create(const hf_test_options *options, hf_test_report *out)
{
    hf__test_report *self = hf__allocate(1, sizeof *self);
    self->options = options;
    self->out = out;
    self->places = hf__test_places_create();
    self->program = quoted_program();
    return self;
}

void hf__test_report_destroy(hf__test_report *self)
{
    for (size_t i = 0; i < self->key_count; i++)
        hf__free(self->keys[i]);
    hf__free(self->keys);
    hf__free(self->program);
    hf__test_places_destroy(self->places);
    hf__free(self);
}

static void write_line(hf__test_report *self, const hf__builder *line)
{
    hf_test_report *out = self->out;
    if (out->first[0] == '\0' && out->findings != 0)
        hf__text_copy(out->first, sizeof out->first, (hf_text){line->buffer, line->length});
    if (self->options->write == NULL) {
        (void)fprintf(stderr, "%s\n", line->buffer);
        return;
    }
    self->options->write(line->buffer, line->length, self->options->user);
    self->options->write("\n", 1, self->options->user);
}

void hf__test_report_say(hf__test_report *self, const char *format, ...)
{
    char buffer[LINE_BYTES];
    hf__builder line = hf__builder_init(buffer, sizeof buffer);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&line, format, arguments);
    va_end(arguments);
    write_line(self, &line);
}

static bool is_ours(const hf__test_place *place)
{
    return strncmp(place->at.function, "hf_", 3) == 0;
}

static bool is_telling(const hf__test_place *place)
{
    return !is_ours(place) && !place->is_system && place->at.file[0] != '\0';
}

static void read_stack(hf__test_report *self, const hf_trace *trace, const hf_event *event, stack *out)
{
    *out = (stack){.count = 0};
    if (event == NULL)
        return;
    uint64_t pc = event->pc;
    bool has_frames = event->frame_count > 0;
    out->count = has_frames ? event->frame_count : pc != 0;
    if (out->count > FRAMES_MAX)
        out->count = FRAMES_MAX;
    hf__test_places_find(self->places, trace, has_frames ? event->frames : &pc, out->count, out->places);

    while (out->first < out->count && !is_telling(out->places[out->first]))
        out->first++;
    if (out->first == out->count) { /* no line is known */
        out->first = 0;
        while (out->first < out->count && is_ours(out->places[out->first]))
            out->first++;
    }
    out->end = out->first;
    while (out->end < out->count && !is_ours(out->places[out->end]))
        out->end++;
}

static const hf__test_place *place_of(const stack *of)
{
    return of->first < of->end ? of->places[of->first] : NULL;
}

static const char *where_of(const stack *of)
{
    const hf__test_place *place = place_of(of);
    return place != NULL ? place->where : "";
}

static const hf_event *fault_of(const hf_trace *trace)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->injected && event->more->number == 1)
            return event;
    }
    return NULL;
}

/* The event with the stack that it ended by: of a signal, or of exit(). NULL: there is none. */
static const hf_event *end_of(const hf_trace *trace)
{
    for (size_t i = hf_trace_event_count(trace); i-- > 0;) {
        const hf_event *event = hf_trace_event(trace, i);
        bool is_end = event->kind == HF_EVENT_END_SIGNAL || (event->kind == HF_EVENT_DETACH && (event->type & HF_LEFT_INSIDE) != 0);
        if (is_end && event->frame_count > 0)
            return event;
    }
    return NULL;
}

bool hf__test_report_is_new(hf__test_report *self, const hf__test_finding *finding)
{
    stack fault, end;
    read_stack(self, finding->trace, fault_of(finding->trace), &fault);
    read_stack(self, finding->trace, end_of(finding->trace), &end);
    char *key = hf__format("%d %s %s", (int)finding->verdict->outcome, where_of(&fault), where_of(&end));
    for (size_t i = 0; i < self->key_count; i++) {
        if (strcmp(self->keys[i], key) == 0) {
            hf__free(key);
            return false;
        }
    }
    HF_GROW(self->keys, self->key_count, self->key_capacity);
    self->keys[self->key_count++] = key;
    return true;
}

static void print_function(hf__builder *line, const hf__test_place *place)
{
    if (place != NULL && place->at.function[0] != '\0')
        hf__builder_print(line, ", in %s", place->at.function);
}

/* A request of adapt.h is reported as the program made it, without the bytes that adapt.h adds. */
static void print_request(hf__builder *line, const hf_event *event, const stack *of)
{
    const hf__test_place *below = of->first > 0 ? of->places[of->first - 1] : NULL;
    bool is_adapted = below != NULL && strncmp(below->at.function, "hf_adapt_", 9) == 0 && event->size >= HF_ADAPT_OVERHEAD;
    const char *name = is_adapted ? below->at.outer : hf__model_call_name(event->kind, event->function);
    hf__builder_print(line, "%s of %llu bytes", name, (unsigned long long)(event->size - (is_adapted ? HF_ADAPT_OVERHEAD : 0)));
}

static uint64_t ordinal_of(const hf_event *event)
{
    return event->ticket_count > 0 ? event->tickets[0].ordinal : 0;
}

static void write_fault(hf__test_report *self, const hf__test_finding *finding, const hf_event *event, const stack *of)
{
    char buffer[LINE_BYTES];
    hf__builder line = hf__builder_init(buffer, sizeof buffer);
    const hf__test_place *place = place_of(of);
    hf__builder_print(&line, "%s: note: the request that failed: ", place != NULL ? place->where : "?");
    print_request(&line, event, of);
    hf__builder_print(&line, ", number %llu of %u", (unsigned long long)ordinal_of(event), finding->requests);
    if (finding->verdict->fired > 1)
        hf__builder_print(&line, " and the %llu after it", (unsigned long long)finding->verdict->fired - 1);
    print_function(&line, place);
    write_line(self, &line);

    for (size_t i = of->first + 1; i < of->end && i <= of->first + CALLED_FROM_MAX; i++)
        hf__test_report_say(self, "%s: note: called from %s", of->places[i]->where,
                            of->places[i]->at.function[0] != '\0' ? of->places[i]->at.function : "there");
}

static const char *words_for(hf_outcome outcome)
{
    if (outcome == HF_OUTCOME_CRASHED)
        return "it crashed here";
    return outcome == HF_OUTCOME_ABORTED ? "it aborted here" : "it ended the process here";
}

static void write_place(hf__test_report *self, const hf__test_finding *finding, const hf_event *event, const char *words)
{
    char buffer[LINE_BYTES];
    hf__builder line = hf__builder_init(buffer, sizeof buffer);
    stack at;
    read_stack(self, finding->trace, event, &at);
    const hf__test_place *place = place_of(&at);
    if (place == NULL)
        return;
    hf__builder_print(&line, "%s: note: %s", place->where, words);
    print_function(&line, place);
    const hf__test_place *inside = at.first > 0 ? at.places[0] : place;
    if (inside->is_system && inside->at.function[0] != '\0')
        hf__builder_print(&line, ", inside %s", inside->at.function);
    write_line(self, &line);
}

#define LEAKS_TOLD 5u

static void write_leaks(hf__test_report *self, const hf__test_finding *finding)
{
    const hf_verdict *verdict = finding->verdict;
    for (size_t i = 0; i < verdict->leak_count && i < LEAKS_TOLD; i++) {
        const hf_event *event = hf_trace_event(finding->trace, verdict->leaks[i].event);
        char words[160];
        stack at;
        hf__builder text = hf__builder_init(words, sizeof words);
        read_stack(self, finding->trace, event, &at);
        hf__builder_print(&text, "lost, allocated here by ");
        print_request(&text, event, &at);
        write_place(self, finding, event, words);
    }
    if (verdict->leak_count > LEAKS_TOLD)
        hf__test_report_say(self, "note: and %zu more are lost", verdict->leak_count - LEAKS_TOLD);
}

static void write_details(hf__test_report *self, const hf__test_finding *finding)
{
    const hf_verdict *verdict = finding->verdict;
    if (end_of(finding->trace) != NULL)
        write_place(self, finding, end_of(finding->trace), words_for(verdict->outcome));
    if (verdict->outcome == HF_OUTCOME_VIOLATED && verdict->violation_count > 0)
        write_place(self, finding, hf_trace_event(finding->trace, verdict->violations[0].event), verdict->violations[0].clause);
    write_leaks(self, finding);
}

void hf__test_report_write(hf__test_report *self, const hf__test_finding *finding, const char *differs)
{
    const hf_event *event = fault_of(finding->trace);
    stack fault;
    read_stack(self, finding->trace, event, &fault);
    const char *where = where_of(&fault)[0] != '\0' ? where_of(&fault) : self->options->name;
    hf__test_report_say(self, "%s: error: %s: %s", where, hf_outcome_name(finding->verdict->outcome), finding->verdict->reason);
    if (differs != NULL)
        hf__test_report_say(self, "note: the first run with this fault was %s, but this one is not: the function is not repeatable", differs);
    if (event != NULL)
        write_fault(self, finding, event, &fault);
    write_details(self, finding);
    hf__test_report_say(self, "note: to repeat only this: HF_TEST_ONLY=%s %s", finding->id, self->program);
    if (self->options->write == NULL)
        (void)fflush(stderr);
}
