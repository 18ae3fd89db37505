/* SPDX-License-Identifier: MIT
 * Places are those of one build, so instructions are compared by offset. A hang is somewhere in a loop, so its function is compared.
 */
#include "minimize_same.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "symbol_stack.h"
#include "symbol_wrapper.h"

#include <string.h>

#include "base_poison.h"

/* Frames that tell a leak: the adapter's own functions are in every one. */
#define LEAK_PLACES 6u

/* The innermost places that are no library's of the system. */
static void print_places(const hf_trace *trace, const hf_event *event, unsigned wanted, bool with_offset, hf__builder *words)
{
    hf__symbol_places *places = hf__symbol_places_create(trace);
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(places, event, &stack);
    unsigned printed = 0;
    for (size_t i = 0; i < count && printed < wanted; i++) {
        if (hf__symbol_place_is_system(&stack[i]) && i + 1 < count)
            continue;
        hf__builder_print(words, "%s%s!%s", printed++ > 0 ? "<" : "", stack[i].module, stack[i].function != NULL ? stack[i].function : "?");
        if (with_offset || stack[i].function == NULL)
            hf__builder_print(words, "+0x%llx", (unsigned long long)stack[i].offset);
    }
    hf__free(stack);
    hf__symbol_places_destroy(places);
}

/* The first end record with a stack: of the thread that died. */
static const hf_event *end_of(const hf_trace *trace)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        if (hf__symbol_stack_is_of_end(hf_trace_event(trace, i)))
            return hf_trace_event(trace, i);
    }
    return NULL;
}

void hf__minimize_ending_of(const hf_run_result *result, hf__verdict_ending *out)
{
    const hf_verdict *verdict = result->verdict;
    *out = (hf__verdict_ending){.outcome = verdict->outcome, .clause = ""};
    bool died = verdict->outcome == HF_OUTCOME_CRASHED || verdict->outcome == HF_OUTCOME_ABORTED;
    const hf_event *event = died || verdict->outcome == HF_OUTCOME_HUNG ? end_of(result->trace) : NULL;
    if (verdict->outcome == HF_OUTCOME_VIOLATED && verdict->violation_count > 0)
        out->clause = verdict->violations[0].clause;
    if (verdict->outcome == HF_OUTCOME_LEAKED && verdict->leak_count > 0)
        event = hf_trace_event(result->trace, verdict->leaks[0].event);
    hf__builder words = hf__builder_init(out->place, sizeof out->place);
    if (event != NULL)
        print_places(result->trace, event, verdict->outcome == HF_OUTCOME_LEAKED ? LEAK_PLACES : 1, verdict->outcome != HF_OUTCOME_HUNG, &words);
}

bool hf__minimize_ending_same(const hf__verdict_ending *a, const hf__verdict_ending *b)
{
    return a->outcome == b->outcome && strcmp(a->clause, b->clause) == 0 && strcmp(a->place, b->place) == 0;
}
