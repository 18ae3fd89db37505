/* SPDX-License-Identifier: MIT
 * The complete sweep: settle the job, learn, enumerate, skip the points in the database, make the others, run each finding once more in full.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "base_options.h"
#include "base_text.h"
#include "system_machine.h"
#include "system_rest.h"
#include "os_thread.h"
#include "system_tool.h"
#include "run_callers.h"
#include "run_folder.h"
#include "sweep_filter.h"
#include "sweep_state.h"

#include <string.h>

#include "base_poison.h"

#define TIMEOUT_LEAST_MS 1000u
#define TIMEOUT_CLEAN_RUNS 20u

/* Options */

static hf_status check_options(const hf_sweep_options *options, hf_error *err)
{
    if (options->shards != 0 ? options->shard == 0 || options->shard > options->shards : options->shard != 0)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "shard %u of %u: shards are numbered from 1 to their count", options->shard, options->shards);
    if (options->depth > 2)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "depth %u: a point has one fault or two", options->depth);
    return HF_OK;
}

static uint32_t methods_of(const hf_sweep_options *options)
{
    uint32_t methods = 0;
    for (hf_method method = 0; method < HF_METHOD_COUNT; method++)
        methods |= hf__sweep_filter_has_method(options, method) ? 1u << method : 0;
    return methods;
}

static hf_sees sees_of(const hf__sweep *self)
{
    hf__run_caller_list list;
    hf_error err;
    hf_sees sees = HF_SEES_HRESULT;
    if (self->scenario->caller == NULL || hf__run_callers_list(self->options->caller_path, true, &list, &err) != HF_OK)
        return sees;
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i].name, self->scenario->caller) == 0)
            sees = list.items[i].sees;
    }
    hf__run_callers_clear(&list);
    return sees;
}

/* It is part of the sweep's script, so that a replay is judged in the same way. */
static hf_scenario_expect strict_expectation(void)
{
    return (hf_scenario_expect){.given = 1, .outcomes = 1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED, .strict = 1};
}

static hf_status settle(hf__sweep *self, hf_error *err)
{
    const hf_sweep_options *options = self->options;
    hf_run_options run = HF_RUN_OPTIONS_INIT;
    run.timeout_ms = options->timeout_ms;
    run.caller_path = options->caller_path;
    run.results = options->results;
    run.workdir = options->workdir;
    hf_scenario bare = *self->scenario;
    bare.rule_count = 0;
    bare.rules = NULL;
    bare.expect = options->strict ? strict_expectation() : (hf_scenario_expect){0};
    bare.guard_pages |= options->guard_pages;
    if (options->stack_depth != 0)
        bare.stack_depth = options->stack_depth;
    if (options->storm_limit != 0)
        bare.storm_limit = options->storm_limit;
    hf_status status = hf__sweep_filter_check(options, err);
    if (status == HF_OK)
        status = hf__run_job_create(&bare, &run, &self->job, err);
    if (status != HF_OK)
        return status;
    if (self->job.follows && options->depth > 1)
        return HF_FAIL(err, HF_ERROR_INPUT,
                       "second faults (--depth 2) are looked for in the program alone: leave out --follow-children or --depth 2");
    self->isolation = options->isolation;
    self->fresh = !options->resume && options->shards == 0;
    self->methods = methods_of(options);
    self->choice = (hf__sweep_choice){.sees = sees_of(self),
                                      .every_call = options->every_call,
                                      .lies = options->lies,
                                      .unmodified = self->job.hook != NULL,
                                      .results = options->failures,
                                      .methods = options->methods,
                                      .sites = options->sites};
    status = hf__run_scratch_create(options->results, "sweep", &self->scratch_folder, err);
    self->scratch = self->scratch_folder.folder;
    if (status == HF_OK)
        hf__system_rest_begin(&self->rest, self->scratch);
    return status;
}

/* Learning and enumeration */

static bool has_timeout(const hf__sweep *self)
{
    return self->options->timeout_ms != 0 || self->scenario->timeout_ms != 0;
}

static void set_timeout(hf__sweep *self)
{
    uint64_t clean_ms = self->baseline.clean.elapsed_us / 1000;
    uint64_t wanted = TIMEOUT_LEAST_MS + TIMEOUT_CLEAN_RUNS * clean_ms;
    uint64_t least = TIMEOUT_LEAST_MS + HF_RUN_CLEAN_RUNS_LEAST * clean_ms;
    uint64_t most = least > HF_RUN_TIMEOUT_DEFAULT_MS ? least : HF_RUN_TIMEOUT_DEFAULT_MS;
    if (!has_timeout(self))
        self->job.timeout_ms = wanted < most ? wanted : most;
}

/* Points are sorted by site and call. */
static void count_calls(hf__sweep *self)
{
    const hf__sweep_point *before = NULL;
    for (size_t i = 0; i < self->points.count; i++) {
        const hf__sweep_point *point = &self->points.items[i];
        bool same_site = before != NULL && before->site == point->site;
        self->summary->calls_failed += !same_site || before->call != point->call;
        self->summary->calls_chosen += same_site ? 0 : self->baseline.sites.items[point->site].count;
        before = point;
    }
}

static hf_status learn_calls(hf__sweep *self, hf_error *err)
{
    if (!has_timeout(self))
        self->job.timeout_ms = HF_RUN_CLEAN_TIMEOUT_MS;
    hf_status status = hf__sweep_learn(&self->job, self->scratch, self->methods, !self->options->no_proof, &self->baseline, err);
    if (status != HF_OK)
        return status;
    hf_sweep_summary *summary = self->summary;
    hf__text_copy(summary->difference, sizeof summary->difference, hf__text(self->baseline.difference));
    hf__text_copy(summary->unseen, sizeof summary->unseen, hf__text(self->baseline.stacks.unseen));
    summary->unstable = !self->baseline.is_repeatable;
    summary->steadiness = (uint8_t)self->baseline.steadiness;
    summary->status_only = self->job.scenario.status_only;
    for (size_t i = 0; i < self->baseline.note_count && self->listener != NULL && self->listener->note != NULL; i++)
        self->listener->note(self->baseline.notes[i], self->listener->user);
    summary->has_threads = self->baseline.sites.has_threads;
    summary->sites = self->baseline.sites.count;
    summary->varying = self->baseline.sites.varying;
    summary->calls = self->baseline.calls;
    if (self->baseline.is_repeatable && self->baseline.sites.count == 0)
        return HF_FAIL(err, HF_ERROR_INPUT, "the caller makes no call that can be made to fail: 'hostfault record' shows what it calls");
    set_timeout(self);
    if (self->baseline.clean.sees_null)
        self->choice.sees = HF_SEES_NULL;
    summary->sees_null = self->choice.sees == HF_SEES_NULL;
    hf__sweep_baseline_forget(&self->baseline, self->options->depth > 1);
    status = hf__sweep_filter_check_sites(&self->baseline.sites, self->options->sites, err);
    if (status != HF_OK || !self->baseline.is_repeatable)
        return status;
    hf__sweep_points_enumerate(&self->baseline.sites, &self->choice, &self->points);
    summary->points = self->alone_count = self->points.count;
    count_calls(self);
    return summary->points > 0 ? HF_OK
                               : HF_FAIL(err, HF_ERROR_INPUT, "no call of the caller documents the failures '%s': 'hostfault record' shows its calls",
                                         self->options->failures != NULL ? self->options->failures : "*");
}

/* Points of this shard that have not been made. */
static uint64_t count_left(const hf__sweep *self)
{
    uint64_t left = 0;
    for (size_t i = 0; i < self->spread_count; i++)
        left += self->spread[i].points - self->spread[i].done;
    return left;
}

static void count_sites(hf__sweep *self)
{
    hf_sweep_summary *summary = self->summary;
    for (size_t i = 0; i < self->spread_count; i++) {
        summary->sites_chosen += self->spread[i].points > 0;
        summary->sites_done += self->spread[i].done > 0;
    }
    summary->left = count_left(self);
}

/* A sweep with points left is not complete. */
static hf_status mark_finished(hf__sweep *self, hf_error *err)
{
    count_sites(self);
    if (self->summary->left > 0)
        return HF_OK;
    bool whole = self->options->shards == 0;
    return hf__store_finish(self->store, self->id, whole ? 1 : self->options->shard, whole ? 1 : self->options->shards, err);
}

static void clear_points(hf__sweep *self)
{
    hf__sweep_forget_made(self);
    hf_judge_destroy(self->judge);
    hf__store_close(self->store);
    hf__free(self->site_ids);
    hf__heap_map_clear(&self->known);
    hf__free(self->spread);
    hf__free(self->outcomes);
    self->outcomes = NULL;
    self->outcome_count = 0;
    self->judge = NULL;
    self->store = NULL;
    self->site_ids = NULL;
    self->site_id_count = 0;
    self->spread = NULL;
    self->spread_count = 0;
    self->has_sample = false;
}

static hf_status make_all(hf__sweep *self, hf_error *err)
{
    hf_status status = hf__sweep_database_open(self, err);
    if (status == HF_OK)
        status = hf__sweep_database_choose(self, 0, err);
    if (status == HF_OK)
        status = hf__sweep_make_within(self, err);
    bool goes_on = status == HF_OK && !self->has_mismatch && !hf__run_stopping() && count_left(self) == 0;
    return goes_on && self->options->depth > 1 ? hf__sweep_second(self, err) : status;
}

/* The results of clones cannot be trusted: make every point again, from the beginning. */
static hf_status make_again(hf__sweep *self, hf_error *err)
{
    hf_sweep_summary *summary = self->summary;
    if (self->options->isolation != HF_ISOLATION_AUTO || self->options->shards != 0)
        return HF_FAIL(err, HF_ERROR_STATE, "clones of this caller end differently from full runs: %s; sweep it with --isolate=rerun",
                       summary->isolation);
    char *why = hf__copy_string(summary->isolation);
    clear_points(self);
    self->points.count = self->alone_count;
    self->has_mismatch = false;
    self->isolation = HF_ISOLATION_RERUN;
    self->fresh = true;
    summary->done = summary->made = summary->shard_points = summary->drifted = summary->forked = summary->checked = 0;
    memset(summary->outcomes, 0, sizeof summary->outcomes);
    hf_status status = make_all(self, err);
    hf__builder note = hf__builder_init(summary->isolation, sizeof summary->isolation);
    hf__builder_print(&note, "each from the start, because %s", why);
    hf__free(why);
    return status;
}

static hf_status run_all(hf__sweep *self, hf_error *err)
{
    hf_status status = settle(self, err);
    if (status == HF_OK) {
        hf__sweep_tell_stage(self, "runs without faults, to learn its calls", 0, 0);
        status = learn_calls(self, err);
    }

    if (status != HF_OK || self->summary->unstable)
        return status;
    status = make_all(self, err);
    if (status == HF_OK && self->has_mismatch)
        status = make_again(self, err);
    self->summary->stopped = hf__run_stopping() != 0;
    if (status == HF_OK && !self->has_mismatch)
        status = mark_finished(self, err);
    if (status == HF_OK)
        status = hf__sweep_prove(self, err);
    /* An interrupted clone run fails, but what was found before is in the database. */
    hf_error of_telling = {.status = HF_OK};
    bool tells = status == HF_OK || (self->summary->stopped && !self->has_mismatch && self->store != NULL);
    hf_status told = tells ? hf__sweep_tell_groups(self, &of_telling) : HF_OK;
    if (status == HF_OK && told != HF_OK)
        *err = of_telling;
    return status != HF_OK ? status : told;
}

static void clear(hf__sweep *self)
{
    hf_error err;
    hf__system_rest_end(&self->rest);
    if (self->scratch != NULL && hf__run_scratch_remove(&self->scratch_folder, &err) != HF_OK && self->failure.status == HF_OK)
        self->failure = err;
    clear_points(self);
    hf__sweep_points_clear(&self->points);
    hf__sweep_baseline_clear(&self->baseline);
    hf__run_job_clear(&self->job);
    hf__free(self->told);
}

typedef struct request {
    hf__sweep sweep;
    hf_error err;
} request;

static hf_status sweep_scenario(void *given)
{
    request *asked = given;
    hf_status status = check_options(asked->sweep.options, &asked->err);
    if (status == HF_OK)
        status = run_all(&asked->sweep, &asked->err);
    clear(&asked->sweep);
    return status;
}

hf_status hf_sweep_run(const hf_scenario *scenario, const hf_sweep_options *options, const hf_sweep_listener *listener, hf_sweep_summary *out,
                       hf_error *err)
{
    static const hf_sweep_listener nobody;
    memset(out, 0, sizeof *out);
    hf_sweep_options own = HF_SWEEP_OPTIONS_INIT;
    request asked = {
        .sweep = {
            .scenario = scenario, .options = &own, .listener = listener != NULL ? listener : &nobody, .summary = out, .sink = hf__sweep_results}};
    asked.sweep.begun_us = hf__os_now_us();
    hf_status status = hf__options_import(&own, options, &asked.err);
    if (status == HF_OK)
        status = hf__heap_attempt(sweep_scenario, &asked, &asked.err);
    out->elapsed_us = hf__os_now_us() - asked.sweep.begun_us;
    if (status != HF_OK && err != NULL)
        *err = asked.err;
    return status;
}
