/* SPDX-License-Identifier: MIT
 * Findings: what a second run, with stacks and watched from outside, reports about a crash, an abort, a hang and a leak, and that it reports a
 * finding that does not repeat.
 */
#include "hf_rows.h"
#include "heap_alloc.h"
#include "symbol_stack.h"
#include "run_whole.h"

TestSuite(run_findings, .timeout = 120);

/* The record of how the process ended, or of another thread then. */
static const hf_event *find_end(const hf_trace *trace, uint32_t kind)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        if (hf_trace_event(trace, i)->kind == kind)
            return hf_trace_event(trace, i);
    }
    return NULL;
}

static bool passes_through(const hf_trace *trace, const hf_event *event, const char *function)
{
    hf__symbol_places *places = hf__symbol_places_create(trace);
    char text[HF_PLACE_BYTES];
    bool found = false;
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(places, event, &stack);
    for (size_t i = 0; i < count; i++) {
        (void)hf__symbol_place_print(&stack[i], text, sizeof text);
        found = found || strstr(text, function) != NULL;
    }
    hf__free(stack);
    hf__symbol_places_destroy(places);
    return found;
}

static const struct {
    const char *mode, *more;
    uint32_t kind;
    int has_address;
    uint64_t address;
    const char *through; /* a function of the stack */
} deaths[] = {
    {"crash", "", HF_EVENT_END_SIGNAL, 1, 8, "!write_nowhere+"},
    {"crash", "", HF_EVENT_END_SIGNAL, 1, 8, "!crash+"},
    {"crash-in-handler", "", HF_EVENT_END_SIGNAL, 1, 24, "!look_and_die+"},
    {"crash-in-handler", "", HF_EVENT_END_SIGNAL, 1, 24, "!crash_in_handler+"},
    {"crash-in-thread", "", HF_EVENT_END_SIGNAL, 1, 8, "!crash_there+"},
    {"abort", "", HF_EVENT_END_SIGNAL, 0, 0, "!die_by_abort+"},
    {"hang", "timeout: 1s", HF_EVENT_END_TIMEOUT, 0, 0, "!hang+"},
    {"stop-itself", "timeout: 1s", HF_EVENT_END_TIMEOUT, 0, 0, "!stop_itself+"},
    {"hang-in-threads", "timeout: 1s", HF_EVENT_END_TIMEOUT, 0, 0, "!hang_in_threads+"},
    {"hang-in-threads", "timeout: 1s", HF_EVENT_END_STACK, 0, 0, "!wait_there+"},
};
HF_ROWS(run_findings, death_is_known_with_address_and_stack, deaths)
{
    char *results = make_results();
    whole got = run_whole(results, deaths[*number].mode, deaths[*number].more);
    cr_assert(eq(int, got.status, HF_OK), "%s: %s", deaths[*number].mode, got.err.message);
    const hf_run_result *result = hf_run_get(got.run);
    cr_assert(eq(int, result->repeat, HF_RUN_REPEATED), "%s: %s", deaths[*number].mode, result->repeat_note);
    const hf_event *end = find_end(result->trace, deaths[*number].kind);
    cr_assert(ne(ptr, (void *)(uintptr_t)end, NULL), "%s", deaths[*number].mode);
    cr_assert(eq(int, end->type == 1, deaths[*number].has_address), "%s", deaths[*number].mode);
    cr_assert(eq(u64, end->size, deaths[*number].address), "%s", deaths[*number].mode);
    cr_assert(eq(int, passes_through(result->trace, end, deaths[*number].through), 1), "%s", deaths[*number].mode);
    end_whole(&got);
    remove_results(results);
}

static bool has_again(const char *folder)
{
    char *path = hf__run_folder_file(folder, HF_RUN_AGAIN);
    bool found = hf__os_file_exists(path);
    hf__free(path);
    return found;
}

static const struct {
    const char *mode, *more;
    int met, again;
} needs[] = {
    {"work", "", 1, 0},
    {"abort", "expect: {outcome: aborted}", 1, 0},
    {"crash", "expect: {outcome: crashed}", 1, 0},
    {"abort", "", 0, 1},
    {"work", "faults: [{call: VirtualAlloc, when: 99, return: E_OUTOFMEMORY}]", 0, 0},
    {"crash", "faults: [{call: VirtualFree, when: 3, delay: 1us}]\nexpect: {outcome: crashed, response: died}", 1, 1},
};
HF_ROWS(run_findings, only_a_finding_is_run_again, needs)
{
    char *results = make_results();
    whole got = run_whole(results, needs[*number].mode, needs[*number].more);
    cr_assert(eq(int, got.status, HF_OK), "%s: %s", needs[*number].mode, got.err.message);
    const hf_run_result *result = hf_run_get(got.run);
    cr_assert(eq(int, result->met, needs[*number].met), "%zu %s: %s", *number, needs[*number].mode, result->unmet);
    cr_assert(eq(int, has_again(result->folder), needs[*number].again), "%zu %s", *number, needs[*number].mode);
    end_whole(&got);
    remove_results(results);
}

Test(run_findings, one_that_does_not_repeat_is_told_as_it_was_first)
{
    char *results = make_results();
    whole got = run_whole(results, "abort-but-not-again", "");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    const hf_run_result *result = hf_run_get(got.run);
    cr_assert(eq(int, result->repeat, HF_RUN_DIFFERED));
    cr_assert(ne(ptr, strstr(result->repeat_note, "the second run is crashed"), NULL), "%s", result->repeat_note);
    cr_assert(eq(int, result->verdict->outcome, HF_OUTCOME_ABORTED), "%s", result->verdict->reason);
    end_whole(&got);
    remove_results(results);
}

Test(run_findings, a_mutex_that_nobody_can_give_back_is_told_with_who_had_it)
{
    char *results = make_results();
    whole got = run_whole(results, "hang-on-lost-mutex", "timeout: 1s");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    const char *reason = hf_run_get(got.run)->verdict->reason;
    cr_assert(ne(ptr, strstr(reason, "main waits for mutex table_lock, which holder held when it ended"), NULL), "%s", reason);
    end_whole(&got);
    remove_results(results);
}
