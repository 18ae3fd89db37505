/* SPDX-License-Identifier: MIT
 * Compares a point by fork with the same point by rerun, over real callers: end, outcome, responses, number of calls and the complete canonical trace
 * must be the same at every point. Meanwhile, the caller itself must make its clean run, byte for byte.
 */
#include "heap_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "fork_points.h"
#include "system_tool.h"
#include "heap_buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    const char *name, *scenario;
    uint32_t stride;
} row;

static const row rows[] = {
    {"lua", "caller: lua\nargs: [" HF_SOURCE_DIR "/harness/tests/callers/pinned.lua]", 13},
    {"lua-more", "caller: lua\nargs: [--scale, '5']", 151},
    {"sqlite", "caller: sqlite\nargs: [--scale, '2']", 97},
    {"clr", "caller: clr\nargs: [--program, jit]", 2},
    {"clr-app", "caller: clr\nargs: [--retry, --policy, exit-process]", 5},
    {"retries", "caller: specimen-retries", 1},
    {"shrinks", "caller: specimen-shrinks", 1},
    {"rolls-back", "caller: specimen-rolls-back", 1},
    {"rolls-back-heap", "caller: specimen-rolls-back-heap", 1},
    {"absorbs", "caller: specimen-absorbs", 1},
    {"reports", "caller: specimen-reports", 1},
    {"aborts", "caller: specimen-aborts", 1},
    {"crashes-on-null", "caller: specimen-crashes-on-null", 1},
    {"crashes-later", "caller: specimen-crashes-later", 1},
    {"exits-at-once", "caller: specimen-exits-at-once", 1},
    {"exits-in-handler", "caller: specimen-exits-in-handler", 1},
    {"aborts-in-handler", "caller: specimen-aborts-in-handler", 1},
    {"keeps-file", "caller: specimen-keeps-file", 1},
    {"leaks-heap", "caller: specimen-leaks-heap", 1},
    {"swallows", "caller: specimen-swallows", 1},
    {"corrupts", "caller: specimen-corrupts", 1},
    {"double-frees", "caller: specimen-double-frees", 1},
    {"falls-back", "caller: specimen-falls-back", 1},
    {"retries-forever", "caller: specimen-retries-forever", 1},
    {"waits-forever", "caller: specimen-waits-forever\ntimeout: 300ms", 1},
};

/* What a point showed, as one text. */
typedef struct showing {
    char words[512];
    uint64_t trace_hash;
} showing;

typedef struct collection {
    const fork_job *of;
    showing *items;
    uint32_t heard;
} collection;

static unsigned failures;
#define TOLD_MAX 10u /* failures that are told in full */

static void hash_text(const char *text, size_t size_bytes, void *user)
{
    uint64_t *hash = user;
    *hash = hf__hash(*hash, text, size_bytes);
}

static void append_text(const char *text, size_t size_bytes, void *user)
{
    hf__heap_buffer_append(user, text, size_bytes);
}

static char *print_trace(const hf_trace *trace)
{
    hf__heap_buffer text = {0};
    hf_trace_print(trace, NULL, append_text, &text);
    hf__heap_buffer_append(&text, "", 1);
    return text.text;
}

static uint64_t output_of(const hf_trace *trace)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++)
        hash = hf_trace_event(trace, i)->kind == HF_EVENT_END_OUTPUT ? hf_trace_event(trace, i)->address : hash;
    return hash;
}

static void show(const hf_trace *trace, const hf_trace *clean, showing *out)
{
    hf_error err;
    hf_verdict *verdict = NULL;
    hf__builder words = hf__builder_init(out->words, sizeof out->words);
    out->trace_hash = HF_HASH_START;
    hf_trace_print(trace, NULL, hash_text, &out->trace_hash);
    if (hf_verdict_judge(trace, clean, NULL, NULL, &verdict, &err) != HF_OK) {
        hf__builder_print(&words, "no verdict: %s", err.message);
        return;
    }
    hf__builder_print(&words, "%s, exit %d, signal %d, %llu calls, %llu fired, %zu leaks, %zu violations, output %016llx;",
                      hf_outcome_name(verdict->outcome), verdict->exit_status, verdict->signal, (unsigned long long)verdict->calls,
                      (unsigned long long)verdict->fired, verdict->leak_count, verdict->violation_count, (unsigned long long)output_of(trace));
    for (size_t i = 0; i < verdict->response_count && i < 8; i++)
        hf__builder_print(&words, " %s after %u", hf_response_name(verdict->responses[i].response), verdict->responses[i].calls);
    if (hf_trace_verify(trace, &err) != HF_OK)
        hf__builder_print(&words, "; not as the plan decides: %s", err.message);
    hf_verdict_destroy(verdict);
}

static bool hear(const hf__run_fork_end *end, void *user)
{
    collection *all = user;
    all->heard++;
    show(end->trace, all->of->clean.trace, &all->items[end->point]);
    return true;
}

/* The caller's own run, while it was cloned, against the clean one. */
static void compare_caller(const row *of, const fork_job *job, const hf_trace *own)
{
    char *got = print_trace(own), *expected = print_trace(job->clean.trace);
    if (strcmp(got, expected) == 0 && output_of(own) == output_of(job->clean.trace))
        goto end;
    failures++;
    fprintf(stderr, "%s: the caller's own run is not its clean run\n", of->name);
end:
    hf__free(got);
    hf__free(expected);
}

static void fork_all(const row *of, fork_job *job, collection *all)
{
    hf_error err = {.status = HF_OK};
    hf__run_execution execution;
    hf__run_fork_result result;
    fork_job_execution(job, &execution);
    const hf_session_points points = {.items = job->points, .count = job->point_count};
    const hf__run_fork_options options = {.jobs = 2};
    hf_status status =
        hf__run_fork_run(&job->job, &(hf__run_fork_request){job->plan, job->plan_bytes, points, options, hear, all, NULL}, &execution, &result, &err);
    char why[200];
    hf__run_fork_print_refusal(&result, why, sizeof why);
    if (status != HF_OK || result.done != job->point_count || all->heard != job->point_count || result.refused != HF_FORK_FINE) {
        failures++;
        fprintf(stderr, "%s: %u of %u points; %s; %s\n", of->name, result.done, job->point_count, why, status != HF_OK ? err.message : "in order");
    } else {
        compare_caller(of, job, execution.trace);
    }
    hf__run_execution_clear(&execution);
}

static void rerun(const row *of, fork_job *job, uint32_t point, const showing *forked)
{
    static hf_errors errors;
    hf_error err = {.status = HF_OK};
    char fault[128];
    fork_job_print(job, point, fault, sizeof fault);
    char *text = hf__format("name: fork\n%s\nfaults:\n  - {%s}\n", of->scenario, fault);
    hf_scenario_file *file = NULL;
    hf__run_execution execution;
    showing again = {.words = ""};
    hf__run_job with = job->job;
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf_status status = hf_scenario_parse("rerun.yaml", hf__text(text), &file, &errors);
    err = errors.items[0];
    if (status == HF_OK) {
        with.scenario = *hf_scenario_at(file, 0);
        with.scenario.seed = job->job.scenario.seed;
        status = hf__run_job_compile(&with, false, &plan, &plan_bytes, &err);
    }
    fork_job_execution(job, &execution);
    if (status == HF_OK)
        status = hf__run_execute(&with, &execution, plan, plan_bytes, &err);
    if (status == HF_OK)
        show(execution.trace, job->clean.trace, &again);
    bool follows = strstr(forked->words, "not as the plan decides") == NULL;
    if (status != HF_OK || !follows || strcmp(again.words, forked->words) != 0 || again.trace_hash != forked->trace_hash) {
        if (++failures <= TOLD_MAX)
            fprintf(stderr, "%s: %s\n  by fork   %s trace %016llx\n  by rerun  %s trace %016llx %s\n", of->name, fault, forked->words,
                    (unsigned long long)forked->trace_hash, again.words, (unsigned long long)again.trace_hash, status != HF_OK ? err.message : "");
    }
    if (hf__system_folder_remove(execution.folder, &err) != HF_OK)
        failures++;
    hf__run_execution_clear(&execution);
    hf_scenario_destroy(file);
    hf__free(plan);
    hf__free(text);
}

static uint32_t compare(const row *of)
{
    static const HRESULT results[] = {E_OUTOFMEMORY, HOST_E_TIMEOUT};
    fork_job job;
    fork_job_begin(&job, of->scenario);
    fork_job_list(&job, results, 2, of->stride);
    collection all = {.of = &job, .items = hf__allocate(job.point_count + 1, sizeof *all.items)};
    fork_all(of, &job, &all);
    uint32_t count = job.point_count;
    for (uint32_t i = 0; i < count; i++)
        rerun(of, &job, i, &all.items[i]);
    printf("%-18s %5u points by fork and by rerun\n", of->name, count);
    fflush(stdout);
    hf__free(all.items);
    fork_job_end(&job);
    return count;
}

/* A sanitizer lays out memory anew in each process, and the model of the CLR searches address space for room. */
static bool is_left_out(const row *of)
{
#ifdef __SANITIZE_ADDRESS__
    bool left_out = strstr(of->scenario, "caller: clr") != NULL;
    if (left_out)
        printf("SKIP %s under a sanitizer, whose mappings shift the addresses that it searches\n", of->name);
    return left_out;
#else
    (void)of;
    return false;
#endif
}

int main(int argc, char **argv)
{
    uint32_t points = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((argc < 2 || strcmp(argv[1], rows[i].name) == 0) && !is_left_out(&rows[i]))
            points += compare(&rows[i]);
    }
    printf("%u points compared, %u failed\n", points, failures);
    return failures == 0 && points > 0 ? 0 : 1;
}
