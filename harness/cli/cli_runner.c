/* SPDX-License-Identifier: MIT
 * Many runs on several threads, reported in the order of the command line. A worker thread makes a run and extracts what the reports need. Only the
 * main thread prints, so lines never mix and the output of --jobs 1 and --jobs 64 is the same.
 */
#include "cli_runner.h"
#include "heap_alloc.h"
#include "os_atomic.h"
#include "system_machine.h"
#include "system_parallel.h"
#include "os_thread.h"
#include "system_tool.h"
#include "report_terminal.h"
#include "run_callers.h"
#include "run_folder.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

typedef struct work_state {
    const hf_cli_runner *runner;
    hf_cli_runs *runs;
    size_t title_width;
    uint64_t started_us;
    bool shows_progress;
    bool has_printed; /* anything on stdout so far */
    uint32_t is_full; /* 1 once a run could not be written: no other can */
} work_state;

#define INTERRUPTED "interrupted"
#define FULL "the disk is full"

static bool is_known(const hf_cli_scenarios *scenarios, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (scenarios->items[i].scenario->caller != NULL &&
            strcmp(scenarios->items[i].scenario->caller, scenarios->items[index].scenario->caller) == 0)
            return true;
    return false;
}

hf_cli_exit hf__cli_runner_check_callers(const hf_cli_scenarios *scenarios, const char *caller_path)
{
    hf_cli_exit worst = HF_CLI_MET;
    for (size_t i = 0; i < scenarios->count; i++) {
        const hf_scenario *scenario = scenarios->items[i].scenario;
        if (scenario->caller == NULL || is_known(scenarios, i))
            continue;
        char *path = NULL;
        hf_error err;
        if (hf__run_caller_find(caller_path, scenario->caller, &path, &err) != HF_OK) {
            if (strcmp(scenario->file, "--fault") == 0)
                hf__cli_complain("%s", err.message);
            else
                hf__cli_complain("%s: %s", scenarios->items[i].identity, err.message);
            worst = hf__cli_worse(worst, hf__cli_exit_of(err.status));
        }
        hf__free(path);
    }

    return worst;
}

/* No verdict: is it only this scenario, or the whole invocation? The first run that finds the disk full reports it; the others are stopped. */
static void take_failure(work_state *state, const hf_error *err, hf_report_case *one)
{
    bool is_users = hf__cli_exit_of(err->status) == HF_CLI_USAGE;
    if (hf__run_stopping() != 0)
        hf__report_case_set_error(one, HF_REPORT_STOPPED, INTERRUPTED);
    else if (hf__system_is_full(err) && hf__os_exchange_u32(&state->is_full, 1) != 0)
        hf__report_case_set_error(one, HF_REPORT_STOPPED, FULL);
    else
        hf__report_case_set_error(one, is_users ? HF_REPORT_NOT_RUN : HF_REPORT_BROKEN, err->message);
}

static void make_run(work_state *state, const hf_cli_scenario *scenario, hf_report_case *one)
{
    const hf_cli_runner *runner = state->runner;
    if (hf__run_stopping() != 0 || hf__os_load_u32(&state->is_full) != 0) {
        hf__report_case_set_error(one, HF_REPORT_STOPPED, hf__run_stopping() != 0 ? INTERRUPTED : FULL);
        return;
    }

    hf_run *run = NULL;
    hf_error err;
    hf_status status = hf_run_scenario(scenario->scenario, runner->options, &run, &err);
    if (status == HF_OK) {
        const hf_run_result *result = hf_run_get(run);
        hf__report_case_set_result(one, result);
        if (runner->golden != NULL && (result->met != 0 || hf__cli_golden_is_recorded(runner->golden)))
            hf__cli_golden_treat(runner->golden, scenario, result, one);
    } else {
        take_failure(state, &err, one);
    }
    hf_run_destroy(run);
}

static void work(size_t index, void *user)
{
    work_state *state = user;
    const hf_cli_runner *runner = state->runner;
    const hf_cli_scenario *scenario = &runner->scenarios->items[index / runner->repeat];
    hf_report_case *one = state->runs->cases[index];
    one->turn = (unsigned)(index % runner->repeat) + 1;
    one->turns = runner->repeat;
    if (runner->options->has_seed != 0)
        one->seed = runner->options->seed;
    make_run(state, scenario, one);
}

static void tick(size_t finished, void *user)
{
    work_state *state = user;
    if (!state->shows_progress)
        return;
    uint64_t seconds = (hf__os_now_us() - state->started_us) / 1000000;
    hf__cli_progress("  %zu of %zu, %zu failed, %llu s", finished, state->runs->count, state->runs->totals.failed, (unsigned long long)seconds);
}

static hf_cli_exit exit_of_case(const hf_report_case *one)
{
    if (one->state == HF_REPORT_BROKEN)
        return HF_CLI_HARNESS;
    if (one->state == HF_REPORT_NOT_RUN)
        return HF_CLI_USAGE;
    return hf__report_case_failed(one) ? HF_CLI_UNMET : HF_CLI_MET;
}

static void done(size_t index, void *user)
{
    work_state *state = user;
    const hf_cli_runner *runner = state->runner;
    const hf_report_case *one = state->runs->cases[index];
    hf__report_totals_add(&state->runs->totals, one);
    state->runs->exit_status = hf__cli_worse(state->runs->exit_status, exit_of_case(one));
    if (runner->silent)
        return;
    bool is_worth_a_line = one->state != HF_REPORT_STOPPED && (!runner->quiet || hf__report_case_failed(one));
    if (!is_worth_a_line)
        return;
    hf__cli_progress_clear();
    hf__report_terminal_line(hf__cli_out(), one, state->title_width);
    state->has_printed = true;
    (void)hf__cli_flush();
}

static size_t longest_title(const hf_cli_runs *runs, unsigned repeat)
{
    size_t longest = 0;
    for (size_t i = 0; i < runs->count; i++) {
        size_t length = strlen(runs->cases[i]->title);
        longest = length > longest ? length : longest;
    }
    return longest + (repeat > 1 ? strlen(" (/)") + 2 * strlen("1000") : 0);
}

static void report_whole(work_state *state)
{
    const hf_report_sink *out = hf__cli_out();
    for (size_t i = 0; i < state->runs->count; i++) {
        const hf_report_case *one = state->runs->cases[i];
        if (one->state != HF_REPORT_STOPPED && (state->runner->verbose || hf__report_case_failed(one))) {
            hf__report_terminal_detail(out, one);
            state->has_printed = true;
        }
    }

    bool has_skipped = false;
    for (size_t i = 0; i < state->runs->count; i++) {
        const hf_report_case *one = state->runs->cases[i];
        if (one->golden != HF_GOLDEN_SKIPPED)
            continue;
        hf__report_put(out, state->has_printed && !has_skipped ? "\n" : "");
        hf__report_print(out, "SKIP the golden trace of %s: %s\n", one->title, one->golden_note);
        has_skipped = true;
        state->has_printed = true;
    }
    hf__report_put(out, state->has_printed ? "\n" : "");
    hf__report_terminal_totals(out, &state->runs->totals);
}

/* The cause, printed once, however many runs were stopped. */
static void tell_stopped(const hf_cli_runs *runs)
{
    size_t stopped = runs->totals.states[HF_REPORT_STOPPED];
    const char *cause = hf__run_stopping() != 0 ? INTERRUPTED : FULL;
    (void)hf__cli_flush();
    if (hf__run_stopping() != 0 || stopped > 0)
        hf__cli_complain("%s: %zu of %zu scenario%s not run", cause, stopped, runs->count, runs->count == 1 ? " was" : "s were");
}

hf_cli_exit hf__cli_runner_run(const hf_cli_runner *self, hf_cli_runs *out)
{
    *out = (hf_cli_runs){.count = self->scenarios->count * self->repeat};
    out->cases = hf__allocate(out->count + 1, sizeof *out->cases);
    for (size_t i = 0; i < out->count; i++)
        out->cases[i] = hf__report_case_create(self->scenarios->items[i / self->repeat].scenario, self->again);

    work_state state = {.runner = self, .runs = out, .started_us = hf__os_now_us()};
    state.title_width = hf__report_terminal_width(hf__cli_out(), longest_title(out, self->repeat));
    state.shows_progress = hf__system_is_terminal(2) && !self->quiet;
    hf__system_on_interrupt(hf_run_stop);
    const hf_parallel parallel = {.work = work, .done = done, .tick = tick, .user = &state};
    hf__system_parallel(out->count, self->jobs, &parallel);
    hf__cli_progress_clear();
    out->totals.elapsed_us = hf__os_now_us() - state.started_us;
    if (!self->silent)
        report_whole(&state);
    tell_stopped(out);
    if (hf__run_stopping() != 0)
        out->exit_status = hf__cli_worse(out->exit_status, HF_CLI_INTERRUPTED);
    return out->exit_status;
}

void hf__cli_runs_clear(hf_cli_runs *runs)
{
    for (size_t i = 0; i < runs->count && runs->cases != NULL; i++)
        hf__report_case_destroy(runs->cases[i]);
    hf__free(runs->cases);
    *runs = (hf_cli_runs){0};
}
