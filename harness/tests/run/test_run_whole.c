/* SPDX-License-Identifier: MIT
 * Complete runs of a misbehaving program. No fault is injected, so each is both the clean run and the run. The harness must report what happened,
 * keep the recorded part, and leave nothing running.
 */
#include "hf_rows.h"
#include "run_whole.h"
#include "system_file.h"
#include "system_parallel.h"
#include "os_thread.h"
#include "symbol_pattern.h"

#include <pthread.h>

TestSuite(run_whole, .timeout = 120);

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static const struct {
    const char *label, *more;
    hf_outcome outcome;
    uint32_t end;   /* kind of the end record */
    int value;      /* exit status, signal, or -1 */
    size_t calls;   /* recorded, at least */
    size_t at_most; /* 0: no limit */
} verdicts[] = {
    {"work", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"attach-only", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 0, 0},
    {"fork-and-wait", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 12, 12},
    {"daemonise", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"close-all", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"delete-trace", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"own-files", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 12, 12},
    {"replace-outputs", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"replace-session", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"replace-session-by-fifo", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 12, 12},
    {"call-after-detach", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"call-from-handler", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 200, 200},
    {"threads64", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 12800, 12800},
    {"exec-itself", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"crash", "", HF_OUTCOME_CRASHED, HF_EVENT_END_SIGNAL, 11, 6, 6},
    {"abort", "", HF_OUTCOME_ABORTED, HF_EVENT_END_SIGNAL, 6, 6, 6},
    {"hang", "timeout: 3s", HF_OUTCOME_HUNG, HF_EVENT_END_TIMEOUT, -1, 6, 6},
    {"stop-itself", "timeout: 3s", HF_OUTCOME_HUNG, HF_EVENT_END_TIMEOUT, -1, 6, 6},
    {"exit-as-harness", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 197, 6, 6},
    {"many", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 40000, 40000},
    {"take-memory", "limits: {memory: 24T}", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 0, 6, 6},
    {"take-memory", "", HF_OUTCOME_OK, HF_EVENT_END_EXIT, 18, 6, 6},
};
HF_ROWS(run_whole, difficult_program_gets_its_verdict, verdicts)
{
    char *results = make_results();
    whole got = run_whole(results, verdicts[*number].label, verdicts[*number].more);
    cr_assert(eq(int, got.status, HF_OK), "%s: %s", verdicts[*number].label, got.err.message);
    const hf_run_result *result = hf_run_get(got.run);
    const hf_verdict *verdict = result->verdict;
    size_t calls = call_count(result->trace);
    hf_error why;
    cr_assert(eq(str, text_of(hf_outcome_name(verdict->outcome)), text_of(hf_outcome_name(verdicts[*number].outcome))), "%s: %s",
              verdicts[*number].label, verdict->reason);
    cr_assert(eq(u32, end_kind(result->trace), verdicts[*number].end), "%s", verdicts[*number].label);
    cr_assert(eq(int, verdict->signal != 0 ? verdict->signal : verdict->exit_status, verdicts[*number].value), "%s", verdicts[*number].label);
    cr_assert(ge(sz, calls, verdicts[*number].calls), "%s", verdicts[*number].label);
    cr_assert(eq(int, verdicts[*number].at_most == 0 || calls <= verdicts[*number].at_most, 1), "%s: %zu", verdicts[*number].label, calls);
    cr_assert(eq(int, hf_trace_verify(result->trace, &why), HF_OK), "%s: %s", verdicts[*number].label, why.message);
    end_whole(&got);
    remove_results(results);
}

static const struct {
    const char *label, *more;
    int status;
    const char *says;
} failures[] = {
    {"leave-at-once", "", HF_ERROR_STATE, "ended with exit status 3 and never attached"},
    {"leave-at-once", "", HF_ERROR_STATE, "it said: cannot find my configuration"},
    {"attach-to-later-version", "", HF_ERROR_STATE, "build tool and program from the same version"},
    {"cut-session", "", HF_ERROR_FORMAT, "truncated its session file while it ran"},
    {"no-such-mode", "", HF_ERROR_STATE, "ended with exit status 2 and never attached"},
    {"many", "limits: {trace: 128K}", HF_ERROR_LIMIT, "limits: { trace: SIZE }"},
    {"work", "env: {HF_SESSION_: x}\ncwd: /no/such/folder", HF_ERROR_NOT_FOUND, "/no/such/folder"},
    {"work", "faults: [{call: VirtualAlloc, from: no_such_function_at_all, return: E_OUTOFMEMORY}]", HF_ERROR_NOT_FOUND, "no_such_function_at_all"},
};
HF_ROWS(run_whole, failure_of_the_harness_is_told, failures)
{
    char *results = make_results();
    whole got = run_whole(results, failures[*number].label, failures[*number].more);
    cr_assert(eq(int, got.status, failures[*number].status), "%s: %s", failures[*number].label, got.err.message);
    cr_assert(ne(ptr, strstr(got.err.message, failures[*number].says), NULL), "%s: %s", failures[*number].label, got.err.message);
    cr_assert(eq(ptr, got.run, NULL), "%s", failures[*number].label);
    end_whole(&got);
    remove_results(results);
}

static size_t calls_from_handlers(const hf_trace *trace)
{
    size_t count = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++)
        count += hf_trace_event(trace, i)->in_signal;
    return count;
}

/* No two such runs are the same, which the verdict may find out; the trace is sound all the same. */
Test(run_whole, handler_that_interrupts_anywhere_is_recorded)
{
    char *results = make_results();
    whole got = run_whole(results, "call-from-timer", "");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    const hf_run_result *result = hf_run_get(got.run);
    hf_error why;
    cr_assert(eq(int, result->verdict->outcome == HF_OUTCOME_OK || result->verdict->outcome == HF_OUTCOME_UNSTABLE, 1), "%s",
              result->verdict->reason);
    cr_assert(eq(int, result->verdict->exit_status, 0));
    cr_assert(lt(sz, 0, calls_from_handlers(result->trace)));
    cr_assert(eq(int, hf_trace_verify(result->trace, &why), HF_OK), "%s", why.message);
    end_whole(&got);
    remove_results(results);
}

Test(run_whole, folder_of_a_failed_run_says_what_failed)
{
    char *results = make_results();
    whole got = run_whole(results, "leave-at-once", "");
    char *folder = only_run(results);
    hf__run_manifest *manifest = NULL, *clean = NULL;
    cr_assert(eq(int, hf__run_manifest_read(folder, &manifest, NULL), HF_OK));
    cr_assert(eq(int, hf__run_manifest_read(manifest->clean != NULL ? manifest->clean : folder, &clean, NULL), HF_OK));
    cr_assert(ne(ptr, strstr(manifest->failure, "never attached"), NULL));
    hf__run_manifest_destroy(manifest);
    hf__run_manifest_destroy(clean);
    hf__free(folder);
    end_whole(&got);
    remove_results(results);
}

Test(run_whole, daemon_does_not_outlive_its_run)
{
    char *results = make_results();
    whole got = run_whole(results, "daemonise", "");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    char *path = hf__run_folder_file(hf_run_get(got.run)->folder, HF_RUN_WORK "/pid");
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_read(path, 100, &text, &size_bytes, NULL), HF_OK));
    long pid = strtol(text, NULL, 10);
    cr_assert(lt(long, 1, pid));
    cr_assert(eq(int, hf__os_process_alive(pid), 0));
    hf__free(text);
    hf__free(path);
    end_whole(&got);
    remove_results(results);
}

Test(run_whole, endless_output_is_cut_and_the_program_left_alone)
{
    char *results = make_results();
    whole got = run_whole(results, "flood", "limits: {output: 64K}");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    hf__run_manifest *manifest = NULL;
    const char *folder = hf_run_get(got.run)->folder;
    char *path = hf__run_folder_file(folder, HF_RUN_STDOUT);
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__run_manifest_read(folder, &manifest, NULL), HF_OK));
    cr_assert(eq(int, hf__system_file_read(path, 1 << 20, &text, &size_bytes, NULL), HF_OK));
    cr_assert(eq(sz, size_bytes, 65536));
    cr_assert(eq(int, manifest->stdout_cut, 1));
    cr_assert(eq(int, manifest->stderr_cut, 0));
    cr_assert(eq(int, hf_run_get(got.run)->verdict->outcome, HF_OUTCOME_OK));
    hf__run_manifest_destroy(manifest);
    hf__free(text);
    hf__free(path);
    end_whole(&got);
    remove_results(results);
}

Test(run_whole, program_gets_what_the_scenario_says)
{
    char *results = make_results();
    whole got = run_whole(results, "echo", "stdin: \"a line\\n\"\nenv: {HF_TEST_VALUE: seen}\ncwd: /usr");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    char *path = hf__run_folder_file(hf_run_get(got.run)->folder, HF_RUN_STDOUT);
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_read(path, 1000, &text, &size_bytes, NULL), HF_OK));
    cr_assert(eq(str, text, text_of("a line|seen|/usr\n")));
    hf__free(text);
    hf__free(path);
    end_whole(&got);
    remove_results(results);
}

static const struct {
    const char *label;
    int status;
    const char *says;
} scribblers[] = {
    {"scribble-header", HF_OK, ""}, /* the tool knows what was there */
    {"scribble-control", HF_ERROR_FORMAT, "overwrote its session file"},
    {"scribble-all", HF_ERROR_FORMAT, "overwrote its session file"},
};
/* Whatever it makes of the session, the tool says so and goes on. */
HF_ROWS(run_whole, scribbling_program_does_not_harm_the_tool, scribblers)
{
    char *results = make_results();
    whole got = run_whole(results, scribblers[*number].label, "");
    whole after = run_whole(results, "work", "");
    cr_assert(eq(int, got.status, scribblers[*number].status), "%s: %s", scribblers[*number].label, got.err.message);
    cr_assert(ne(ptr, strstr(got.err.message, scribblers[*number].says), NULL), "%s: %s", scribblers[*number].label, got.err.message);
    cr_assert(eq(int, after.status, HF_OK), "%s", after.err.message);
    end_whole(&got);
    end_whole(&after);
    remove_results(results);
}

Test(run_whole, clean_run_is_made_once)
{
    char *results = make_results();
    whole one = run_whole(results, "work", "");
    whole two = run_whole(results, "work", "seed: 9");
    whole other = run_whole(results, "work", "env: {A: b}");
    cr_assert(eq(int, one.status == HF_OK && two.status == HF_OK && other.status == HF_OK, 1), "%s", one.err.message);
    hf__run_manifest *first = NULL, *second = NULL, *third = NULL;
    cr_assert(eq(int, hf__run_manifest_read(hf_run_get(one.run)->folder, &first, NULL), HF_OK));
    cr_assert(eq(int, hf__run_manifest_read(hf_run_get(two.run)->folder, &second, NULL), HF_OK));
    cr_assert(eq(int, hf__run_manifest_read(hf_run_get(other.run)->folder, &third, NULL), HF_OK));
    cr_assert(eq(str, text_of(first->clean), text_of(second->clean)));
    cr_assert(ne(str, text_of(first->clean), text_of(third->clean)));
    hf__run_manifest_destroy(first);
    hf__run_manifest_destroy(second);
    hf__run_manifest_destroy(third);
    end_whole(&one);
    end_whole(&two);
    end_whole(&other);
    remove_results(results);
}

static const struct {
    const char *label, *more;
    int has_second;
} seconds[] = {
    {"work", "", 0},
    {"threads64", "", 1},
    {"work", "faults: [{call: VirtualAlloc, when: 2, return: E_OUTOFMEMORY}]", 0},
    {"work", "faults: [{call: VirtualAlloc, when: 9, return: E_OUTOFMEMORY}]", 1},
    {"work", "expect: {outcome: crashed}", 1},
};
HF_ROWS(run_whole, second_clean_run_is_made_where_it_can_matter, seconds)
{
    char *results = make_results();
    whole got = run_whole(results, seconds[*number].label, seconds[*number].more);
    cr_assert(eq(int, got.status, HF_OK), "%s: %s", seconds[*number].more, got.err.message);
    char *second = hf__run_folder_file(hf_run_get(got.run)->folder, HF_RUN_CLEAN2);
    cr_assert(eq(int, hf__os_is_folder(second), seconds[*number].has_second), "%s %s", seconds[*number].label, seconds[*number].more);
    hf__free(second);
    end_whole(&got);
    remove_results(results);
}

#define PARALLEL 12

typedef struct in_parallel {
    const char *results;
    whole got[PARALLEL];
    size_t done;
} in_parallel;

static void run_one(size_t index, void *user)
{
    in_parallel *self = user;
    self->got[index] = run_whole(self->results, "work", index % 2 == 0 ? "" : "seed: 3");
}

static void count_one(size_t index, void *user)
{
    in_parallel *self = user;
    self->done += self->got[index].status == HF_OK && hf_run_get(self->got[index].run)->verdict->outcome == HF_OUTCOME_OK;
}

Test(run_whole, runs_in_parallel_share_one_clean_run)
{
    char *results = make_results();
    in_parallel self = {.results = results};
    const hf_parallel parallel = {.work = run_one, .done = count_one, .user = &self};
    size_t with_clean = 0;
    hf__system_parallel(PARALLEL, 6, &parallel);
    cr_assert(eq(sz, self.done, PARALLEL));
    for (size_t i = 0; i < PARALLEL; i++) {
        char *clean = hf__run_folder_file(hf_run_get(self.got[i].run)->folder, HF_RUN_CLEAN);
        with_clean += hf__os_is_folder(clean);
        hf__free(clean);
        end_whole(&self.got[i]);
    }
    cr_assert(eq(sz, with_clean, 1));
    remove_results(results);
}

Test(run_whole, fault_is_injected_where_from_says)
{
    char *results = make_results();
    whole got =
        run_whole(results, "work", "faults: [{call: VirtualAlloc, from: cycle, when: 2, return: E_OUTOFMEMORY}]\nexpect: {outcome: reported}");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    const hf_run_result *result = hf_run_get(got.run);
    cr_assert(eq(u64, result->verdict->fired, 1));
    cr_assert(eq(int, result->met, 1), "%s", result->unmet);
    cr_assert(eq(int, result->verdict->exit_status, 9));
    end_whole(&got);
    remove_results(results);
}

static const hf_event *first_call(const hf_trace *trace)
{
    size_t at = 0;
    while (at + 1 < hf_trace_event_count(trace) && hf_trace_event(trace, at)->kind >= HF_EVENT_ATTACH)
        at++;
    return hf_trace_event(trace, at);
}

Test(run_whole, address_of_a_call_is_the_line_that_made_it)
{
    char *results = make_results();
    whole got = run_whole(results, "work", "");
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    const hf_trace *trace = hf_run_get(got.run)->trace;
    hf__symbol_places *places = hf__symbol_places_create(trace);
    hf__symbol_place place, nowhere;
    char text[200];
    cr_assert(eq(int, hf__symbol_places_find(places, first_call(trace)->pc, true, &place), 1));
    cr_assert(eq(str, text_of(place.module), text_of("run_misbehaves")));
    cr_assert(eq(int, strncmp(place.function, "cycle", 5), 0), "%s", place.function);
    cr_assert(ne(ptr, strstr(place.file, "run_misbehaves.c"), NULL), "%s", place.file);
    cr_assert(lt(u32, 1, place.line));
    (void)hf__symbol_place_print(&place, text, sizeof text);
    cr_assert(ne(ptr, strstr(text, "run_misbehaves!cycle"), NULL), "%s", text);
    cr_assert(eq(int, hf__symbol_places_find(places, 16, true, &nowhere), 0));
    cr_assert(eq(sz, hf__symbol_place_print(&nowhere, text, sizeof text), 4));
    cr_assert(eq(str, text, text_of("0x10")));
    hf__symbol_places_destroy(places);
    end_whole(&got);
    remove_results(results);
}

static void *stop_soon(void *unused)
{
    hf__os_sleep_us(300000);
    hf_run_stop();
    return unused;
}

Test(run_whole, stop_ends_the_program_and_keeps_the_folder)
{
    char *results = make_results();
    pthread_t stopper;
    cr_assert(eq(int, pthread_create(&stopper, NULL, stop_soon, NULL), 0));
    whole got = run_whole(results, "hang", "timeout: 60s");
    pthread_join(stopper, NULL);
    cr_assert(eq(int, got.status, HF_ERROR_STATE));
    cr_assert(ne(ptr, strstr(got.err.message, "stopped"), NULL), "%s", got.err.message);
    char *folder = only_run(results);
    char *path = hf__format("%s/" HF_RUN_CLEAN "/" HF_RUN_TRACE, folder);
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(eq(int, hf_trace_open(path, &trace, &err), HF_OK), "%s", err.message);
    cr_assert(eq(sz, call_count(trace), 6));
    cr_assert(eq(u32, end_kind(trace), HF_EVENT_END_HARNESS));
    hf_trace_destroy(trace);
    hf__free(path);
    hf__free(folder);
    end_whole(&got);
    remove_results(results);
}

Test(run_whole, nothing_starts_once_stopped)
{
    char *results = make_results();
    hf_run_stop();
    whole got = run_whole(results, "work", "");
    cr_assert(eq(int, got.status, HF_ERROR_STATE));
    cr_assert(eq(ptr, only_run(results), NULL));
    end_whole(&got);
    remove_results(results);
}
