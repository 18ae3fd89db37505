/*
 * Places are those of one build, so an instruction is compared by its offset. A hang is somewhere in a loop: of it the function counts.
 */
#include "minimize_same.h"
#include "base_check.h"
#include "base_text.h"
#include "symbol_stack.h"
#include "symbol_pattern.h"
#include "sweep_site.h"

#include <string.h>

#include "base_poison.h"

static const char *const libraries[] = {"libc.*", "libc-*", "libpthread*", "ld-*"};

/* Does the frame say nothing of the caller: the C library's, or a function that only passes a request on? */
static bool is_passing(const hf__place *place)
{
    for (size_t i = 0; i < HF_COUNT_OF(libraries); i++) {
        if (hf__glob_match(hf__text(libraries[i]), hf__text(place->module)))
            return true;
    }
    return place->function != NULL && hf__sweep_is_wrapper(place->function);
}

static void print_place(const hf_trace *trace, const hf_event *event, bool with_offset, char *out, size_t capacity)
{
    hf__places *places = hf__places_create(trace);
    hf__builder words = hf__builder_init(out, capacity);
    bool is_end = hf__stack_is_of_end(event);
    for (uint32_t i = 0; i < event->frame_count; i++) {
        hf__place place;
        bool is_instruction = is_end && i == 0;
        (void)hf__places_find(places, event->frames[i] - (is_instruction ? 1 : 0), !is_instruction, &place);
        if (is_passing(&place) && i + 1 < event->frame_count)
            continue;
        hf__builder_print(&words, "%s!%s", place.module, place.function != NULL ? place.function : "?");
        if (with_offset || place.function == NULL)
            hf__builder_print(&words, "+0x%llx", (unsigned long long)place.offset);
        break;
    }
    hf__places_destroy(places);
}

/* The first end record with a stack: of the thread that died. */
static const hf_event *end_of(const hf_trace *trace)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        if (hf__stack_is_of_end(hf_trace_event(trace, i)))
            return hf_trace_event(trace, i);
    }
    return NULL;
}

void hf__ending_of(const hf_run_result *result, hf__ending *out)
{
    const hf_verdict *verdict = result->verdict;
    *out = (hf__ending){.outcome = verdict->outcome, .clause = ""};
    bool died = verdict->outcome == HF_OUTCOME_CRASHED || verdict->outcome == HF_OUTCOME_ABORTED;
    const hf_event *event = died || verdict->outcome == HF_OUTCOME_HUNG ? end_of(result->trace) : NULL;
    if (verdict->outcome == HF_OUTCOME_VIOLATED && verdict->violation_count > 0)
        out->clause = verdict->violations[0].clause;
    if (verdict->outcome == HF_OUTCOME_LEAKED && verdict->leak_count > 0)
        event = hf_trace_event(result->trace, verdict->leaks[0].event);
    if (event != NULL)
        print_place(result->trace, event, verdict->outcome != HF_OUTCOME_HUNG, out->place, sizeof out->place);
}

bool hf__ending_same(const hf__ending *a, const hf__ending *b)
{
    return a->outcome == b->outcome && strcmp(a->clause, b->clause) == 0 && strcmp(a->place, b->place) == 0;
}
