/* SPDX-License-Identifier: MIT
 * Stacks of a finding as text. A stack is cut where it is no longer useful to a person; verdict.json has all of it.
 */
#include "report_case.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "report_headline.h"
#include "report_jump.h"
#include "run_cause.h"
#include "symbol_stack.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

#define FRAMES_SHOWN 12u
#define STACKS_SHOWN 4u
#define LEAKS_SHOWN 4u

static void put_line(hf__heap_buffer *buffer, const char *line)
{
    hf__heap_buffer_write(line, strlen(line), buffer);
    hf__heap_buffer_write("\n", 1, buffer);
}

/* With the path that opens its file from here, or the file's name. */
static void put_frame(hf__heap_buffer *buffer, const hf__symbol_place *place)
{
    char *path = hf__report_jump_path(place->file);
    hf__symbol_place shown = *place;
    shown.file = path;
    char frame[HF_PLACE_BYTES];
    (void)hf__symbol_place_print(place, frame, sizeof frame);
    char *line = path != NULL ? hf__symbol_place_describe(&shown) : hf__copy_string(frame);
    put_line(buffer, line);
    hf__free(line);
    hf__free(path);
}

static void put_frames(hf__heap_buffer *buffer, hf__symbol_places *places, const hf_event *event)
{
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(places, event, &stack);
    for (size_t i = 0; i < count && i < FRAMES_SHOWN; i++)
        put_frame(buffer, &stack[i]);
    if (count > FRAMES_SHOWN)
        put_line(buffer, "...");
    hf__free(stack);
}

static char *take_clean_text(hf__heap_buffer *buffer)
{
    char *clean = hf__report_clean((hf_text){buffer->text != NULL ? buffer->text : "", buffer->size_bytes});
    hf__free(buffer->text);
    return clean;
}

static void put_thread(hf__heap_buffer *buffer, const hf_trace *trace, const hf_event *event)
{
    char text[160];
    hf__builder line = hf__builder_init(text, sizeof text);
    hf__builder_print(&line, "another thread, ");
    hf__trace_print_system_thread(trace, event->address, &line);
    hf__builder_print(&line, ":");
    put_line(buffer, text);
}

/* The end record is last and is shown first: it has the thread that died, or the first one. */
static char *stacks_of_end(const hf_trace *trace, hf__symbol_places *places)
{
    hf__heap_buffer buffer = {0};
    unsigned shown = 0;
    for (size_t i = hf_trace_event_count(trace); i > 0 && shown < STACKS_SHOWN; i--) {
        const hf_event *event = hf_trace_event(trace, i - 1);
        if (!hf__symbol_stack_is_of_end(event))
            continue;
        if (shown++ > 0)
            put_thread(&buffer, trace, event);
        put_frames(&buffer, places, event);
    }
    return take_clean_text(&buffer);
}

static char *sites_of_leaks(const hf_run_result *result, hf__symbol_places *places)
{
    hf__heap_buffer buffer = {0};
    const hf_verdict *verdict = result->verdict;
    for (size_t i = 0; i < verdict->leak_count && i < LEAKS_SHOWN; i++) {
        const hf_event *event = hf_trace_event(result->trace, verdict->leaks[i].event);
        if (event->frame_count == 0)
            continue;
        char *line = hf__format("%llu bytes:", (unsigned long long)verdict->leaks[i].bytes);
        put_line(&buffer, line);
        hf__free(line);
        put_frames(&buffer, places, event);
    }
    return take_clean_text(&buffer);
}

/* Only for findings that are reported in full: looking up names costs more than a short run. */
static void take_cause(hf_report_case *self, const hf_run_result *result)
{
    hf__verdict_cause cause = {0};
    if (result->met == 0)
        hf__run_cause_find(result, &result->scenario->wrappers, &cause);
    char *place = hf__report_jump_place(cause.place != NULL ? cause.place : "", cause.stack);
    char *refused = hf__report_jump_place(cause.refused != NULL ? cause.refused : "", cause.refused_stack);
    const char *detail = cause.detail != NULL ? cause.detail : "";
    char *ended = place[0] != '\0' ? hf__report_headline(result->verdict->outcome, place, detail, "", "") : hf__copy_string(detail);
    self->ended = hf__report_clean(hf__text(ended));
    self->refused = hf__report_clean(hf__text(refused));
    hf__free(refused);
    hf__free(place);
    hf__free(ended);
    hf__run_cause_clear(&cause);
}

void hf__report_case_take_stacks(hf_report_case *self, const hf_run_result *result)
{
    take_cause(self, result);
    hf__symbol_places *places = hf__symbol_places_create(result->trace);
    self->stacks = stacks_of_end(result->trace, places);
    self->leak_sites = sites_of_leaks(result, places);
    hf__symbol_places_destroy(places);
}
