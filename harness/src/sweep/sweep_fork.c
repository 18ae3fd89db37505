/* SPDX-License-Identifier: MIT
 * The points of a sweep as clones of one run (run_fork.h). A sample of them is first run from the start, and every clone of the sample must show the
 * same. The run that is cloned must itself equal the clean run. If not, no result of a clone is used.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "system_file.h"
#include "os_fork.h"
#include "system_parallel.h"
#include "system_tool.h"
#include "run_fork.h"
#include "sweep_state.h"
#include "trace_compare.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define SAMPLE_MAX 12u
#define RESIDENT_MAX (192ull << 20) /* up to this size, a clone costs less than the start of most callers */
#define CLONED_BYTES_US (50000u)    /* a clone of 1 GiB takes 10 ms to make, and the same to end: the kernel copies page tables, but no pages */

typedef struct forking {
    hf__sweep *self;
    hf__verdict_prefix_judge *prefix;
    size_t sample_count;
    size_t sample[SAMPLE_MAX]; /* indices into pending */
    hf__sweep_result expected[SAMPLE_MAX];
    hf_status sample_status[SAMPLE_MAX];
    size_t rule_count, rule_capacity;
    char **rules; /* texts */
    hf_fork_point *points;
    size_t *pending; /* of each fork point */
} forking;

/* Sample */

static void make_sample(size_t index, void *user)
{
    forking *state = user;
    hf_error err;
    const hf__sweep_base base = hf__sweep_base_of(state->self);
    const hf__sweep_point *point = &state->self->points.items[state->self->pending[state->sample[index]]];
    state->sample_status[index] = hf__sweep_rerun(&base, point, state->self->pending_count + index, &state->expected[index], &err);
}

static void ignore(size_t index, void *user)
{
    (void)index;
    (void)user;
}

static void take_sample(forking *state)
{
    hf__sweep *self = state->self;
    size_t wanted = self->has_sample ? 0 : self->sink.sample_points;
    HF_ASSERT(wanted <= SAMPLE_MAX);
    self->has_sample |= wanted > 0;
    state->sample_count = self->pending_count < wanted ? self->pending_count : wanted;
    for (size_t i = 0; i < state->sample_count; i++)
        state->sample[i] = i * self->pending_count / state->sample_count;
    const hf_parallel parallel = {.work = make_sample, .done = ignore, .user = state};
    hf__system_parallel(state->sample_count, hf__system_cpu_count(), &parallel);
}

/* If a caller's calls vary, its answers may vary with them, but the end must be the same. */
static bool shows_the_same(const hf_store_point *a, const hf_store_point *b, bool calls_repeat)
{
    if (!calls_repeat)
        return a->outcome == b->outcome && a->exit_status == b->exit_status && a->signal == b->signal;
    return a->outcome == b->outcome && a->response == b->response && a->calls == b->calls && a->exit_status == b->exit_status &&
           a->signal == b->signal && a->leaked_bytes == b->leaked_bytes && a->violations == b->violations;
}

static const char *name_of(hf_outcome outcome)
{
    return outcome < HF_OUTCOME_COUNT ? hf_outcome_name(outcome) : "drifted";
}

static void note_mismatch(hf__sweep *self, const hf_store_point *clone, const hf_store_point *rerun)
{
    self->has_mismatch = true;
    hf__builder note = hf__builder_init(self->summary->isolation, sizeof self->summary->isolation);
    hf__builder_print(&note, "'%s' ended %s after %llu calls as a clone, and %s after %llu from the start", clone->fault, name_of(clone->outcome),
                      (unsigned long long)clone->calls, name_of(rerun->outcome), (unsigned long long)rerun->calls);
}

/* A point that was ended by the time limit gives no information about its calls. */
static void check_sample(forking *state, size_t pending, const hf_store_point *clone)
{
    for (size_t i = 0; i < state->sample_count; i++) {
        if (state->sample[i] != pending || state->sample_status[i] != HF_OK)
            continue;
        const hf_store_point *rerun = &state->expected[i].point;
        bool hung = rerun->outcome == HF_OUTCOME_HUNG && clone->outcome == HF_OUTCOME_HUNG;
        if (hung || shows_the_same(clone, rerun, state->self->baseline.calls_repeat))
            state->self->summary->checked++;
        else
            note_mismatch(state->self, clone, rerun);
    }
}

/* Plan and points */

static uint32_t rule_of(forking *state, const hf__sweep_point *point)
{
    char *text = hf__sweep_point_rule(&state->self->baseline.sites, point);
    for (size_t i = 0; i < state->rule_count; i++) {
        if (strcmp(state->rules[i], text) == 0) {
            hf__free(text);
            return (uint32_t)i;
        }
    }
    HF_GROW(state->rules, state->rule_count, state->rule_capacity);
    state->rules[state->rule_count] = text;
    return (uint32_t)state->rule_count++;
}

typedef struct placed_point {
    hf_fork_point point;
    size_t pending;
} placed_point;

static int compare_placed(const void *left, const void *right)
{
    const placed_point *a = left;
    const placed_point *b = right;
    if (a->point.rule != b->point.rule)
        return a->point.rule < b->point.rule ? -1 : 1;
    if (a->point.ordinal != b->point.ordinal)
        return a->point.ordinal < b->point.ordinal ? -1 : 1;
    return (a->point.onwards > b->point.onwards) - (a->point.onwards < b->point.onwards);
}

static hf_fork_point fork_point_of(forking *state, const hf__sweep_point *point)
{
    const hf__sweep *self = state->self;
    hf_fork_point out = {.ordinal = point->ordinal, .rule = rule_of(state, point), .onwards = point->onwards};
    if (point->earlier == HF_SWEEP_ALONE)
        return out;
    hf_fork_point first = fork_point_of(state, &self->points.items[point->earlier]);
    first.second_ordinal = out.ordinal;
    first.second_rule = out.rule;
    first.second_onwards = out.onwards;
    return first;
}

static void place_points(forking *state)
{
    hf__sweep *self = state->self;
    placed_point *all = hf__allocate(self->pending_count + 1, sizeof *all);
    for (size_t i = 0; i < self->pending_count; i++) {
        all[i] = (placed_point){fork_point_of(state, &self->points.items[self->pending[i]]), i};
    }
    qsort(all, self->pending_count, sizeof *all, compare_placed);
    state->points = hf__allocate(self->pending_count + 1, sizeof *state->points);
    state->pending = hf__allocate(self->pending_count + 1, sizeof *state->pending);
    for (size_t i = 0; i < self->pending_count; i++) {
        state->points[i] = all[i].point;
        state->pending[i] = all[i].pending;
    }
    hf__free(all);
}

/* Each rule is parsed separately: together they would take calls from each other, which the language rejects. */
static hf_status compile(const forking *state, void **plan, size_t *plan_bytes, hf_error *err)
{
    hf_errors *errors = hf__allocate(1, sizeof *errors); /* too large for a stack */
    hf_scenario_file **files = hf__allocate(state->rule_count + 1, sizeof *files);
    hf_scenario_rule *rules = hf__allocate(state->rule_count + 1, sizeof *rules);
    char(*names)[24] = hf__allocate(state->rule_count + 1, sizeof *names);
    hf_status status = HF_OK;

    for (size_t i = 0; i < state->rule_count && status == HF_OK; i++) {
        const char *const text = state->rules[i];
        status = hf_scenario_from_faults("sweep", NULL, &text, 1, &files[i], errors);
        if (status != HF_OK) {
            *err = errors->items[0];
            continue;
        }
        rules[i] = hf_scenario_at(files[i], 0)->rules[0];
        hf__builder name = hf__builder_init(names[i], sizeof names[i]);
        hf__builder_print(&name, "fault-%zu", i + 1);
        rules[i].name = names[i];
    }

    hf__run_job job = state->self->job;
    job.scenario.rules = rules;
    job.scenario.rule_count = state->rule_count;
    if (status == HF_OK)
        status = hf__run_job_compile(&job, false, plan, plan_bytes, err);
    for (size_t i = 0; i < state->rule_count; i++)
        hf_scenario_destroy(files[i]);
    hf__free(names);
    hf__free(rules);
    hf__free(files);
    hf__free(errors);
    return status;
}

/* Clones */

static bool take_clone_end(const hf__run_fork_end *end, void *user)
{
    forking *state = user;
    hf__sweep *self = state->self;
    size_t index = state->pending[end->point];
    hf__sweep_attempt *made = &self->made[index];
    const hf__sweep_point *point = &self->points.items[self->pending[index]];
    hf__sweep_base base = hf__sweep_base_of(self);
    hf_error err = {.status = HF_OK};
    base.prefix = state->prefix;
    hf__sweep_result_begin(&base, point, &made->shown);
    made->status = hf__sweep_result_judge(&base, point, &(hf__sweep_made){.trace = end->trace}, &made->shown, &err);
    made->shown.point.elapsed_us = end->elapsed_us;

    if (made->status != HF_OK)
        made->problem = hf__copy_string(err.message);
    else
        check_sample(state, index, &made->shown.point);
    if (self->has_mismatch)
        return false;
    made->is_made = made->is_clone = true;
    hf__sweep_advance(self);
    return self->failure.status == HF_OK && !hf__sweep_out_of_time(self);
}

static void note_end(hf__sweep *self, const hf__run_fork_result *result, const hf_trace *caller)
{
    hf_sweep_summary *summary = self->summary;
    hf__trace_difference difference;
    if (self->has_mismatch) /* it has been recorded */
        return;
    hf__builder note = hf__builder_init(summary->isolation, sizeof summary->isolation);
    bool is_steady = self->baseline.steadiness == HF_STEADY_CALLS;
    if (is_steady ? hf__trace_first_call_difference(self->baseline.clean.trace, caller, &difference)
                  : hf__trace_first_request_difference(self->baseline.clean.trace, caller, &difference)) {
        self->has_mismatch = true;
        hf__builder_print(&note, "the run that was cloned has '%.90s' where the clean run has '%.90s'", difference.line_b, difference.line_a);
    } else if (result->done == self->pending_count || (result->done > 0 && hf__sweep_out_of_time(self))) {
        hf__builder_print(&note, "as clones of one run; %llu of them also run from the start, with the same result",
                          (unsigned long long)summary->checked);
    } else {
        char why[160];
        hf__run_fork_print_refusal(result, why, sizeof why);
        hf__builder_print(&note, "%s from the start, because %s", result->done > 0 ? "partly" : "each", why);
    }
}

/* A large caller is cloned if that takes at most half the time of running it again. */
static uint64_t resident_max(const hf__sweep *self)
{
    uint64_t worth = self->baseline.clean.elapsed_us / 2 * CLONED_BYTES_US;
    if (self->isolation == HF_ISOLATION_FORK)
        return 0;
    return worth > RESIDENT_MAX ? worth : RESIDENT_MAX;
}

/* The judge holds as much memory as a trace, and the caller's own trace is read next. */
static void forget_prefix(void *user)
{
    forking *state = user;
    hf__verdict_prefix_judge_destroy(state->prefix);
    state->prefix = NULL;
}

static hf_status run_clones(forking *state, hf_error *err)
{
    hf__sweep *self = state->self;
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf__run_execution execution;
    char name[24];
    hf__builder builder = hf__builder_init(name, sizeof name);
    hf__builder_print(&builder, "cloned-%u", ++self->cloned);
    hf__run_execution_init(&execution, hf__run_scratch_file(self->scratch, name));
    hf_status status = compile(state, &plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__system_folder_create(execution.folder, err);
    const hf_session_points points = {.items = state->points, .count = (uint32_t)self->pending_count};
    uint32_t jobs = self->options->jobs != 0 ? self->options->jobs : hf__system_cpu_count();
    const hf__run_fork_options options = {.jobs = jobs < HF_CLONES_MAX ? jobs : HF_CLONES_MAX, .resident_max = resident_max(self)};
    hf__run_fork_result result = {.done = 0};
    if (status == HF_OK)
        status = hf__run_fork_run(&self->job, &(hf__run_fork_request){plan, plan_bytes, points, options, take_clone_end, state, forget_prefix},
                                  &execution, &result, err);
    if (status == HF_OK)
        note_end(self, &result, execution.trace);
    hf__run_execution_clear(&execution);
    hf__free(plan);
    return self->has_mismatch ? HF_OK : status;
}

static void clear(forking *state)
{
    hf__verdict_prefix_judge_destroy(state->prefix);
    for (size_t i = 0; i < state->sample_count; i++)
        hf__sweep_result_clear(&state->expected[i]);
    for (size_t i = 0; i < state->rule_count; i++)
        hf__free(state->rules[i]);
    hf__free(state->rules);
    hf__free(state->points);
    hf__free(state->pending);
}

const char *hf__sweep_reason_against_clones(const hf__sweep *self)
{
    if (self->isolation == HF_ISOLATION_RERUN)
        return "as asked";
    if (!hf__os_can_clone())
        return "because this system has no clones";
    if (self->job.follows)
        return "because the processes that it starts are followed";
    if (self->job.workdir != NULL)
        return "because each run has its own copy of the workdir";
    if (self->baseline.sites.by_site)
        return "because its requests vary";
    return self->baseline.sites.has_threads ? "because several threads make calls" : NULL;
}

hf_status hf__sweep_fork(hf__sweep *self, hf_error *err)
{
    hf__builder note = hf__builder_init(self->summary->isolation, sizeof self->summary->isolation);
    const char *against = hf__sweep_reason_against_clones(self);
    if (against != NULL) {
        hf__builder_print(&note, "each from the start, %s", against);
        return HF_OK;
    }

    forking state = {.self = self, .prefix = hf__verdict_prefix_judge_create(self->judge)};
    hf_status status = HF_OK;
    take_sample(&state);
    place_points(&state);

    if (state.rule_count > HF_RULES_MAX)
        hf__builder_print(&note, "each from the start, because there are %zu kinds of faults, more than one plan holds", state.rule_count);
    else
        status = run_clones(&state, err);
    clear(&state);
    return status;
}
