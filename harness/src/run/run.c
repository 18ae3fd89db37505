/* SPDX-License-Identifier: MIT
 * One run: settle the job, get its clean run, execute, judge, compare with the expectation, leave the folder.
 *
 * A second clean run is made only if it can change the result: if the first one has several threads or is of an unmodified program, or if the
 * verdict is neither `ok` nor `reported`, or not what was expected. Whether a second one happens to exist already never matters, so the verdict of a
 * scenario does not depend on other runs.
 *
 * A finding is run once more with full stacks (run_again.h). If that run shows the same, it is judged and reported instead, because it knows more. So
 * the name of a crash under a fault never depends on whether it was expected.
 *
 * If the processes that the program starts are followed, the result is that of the process that ended worst.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "model.h"
#include "os_thread.h"
#include "run_again.h"
#include "run_children.h"
#include "run_ordinal.h"
#include "run_clean.h"
#include "run_execute.h"
#include "run_expect.h"
#include "run_folder.h"
#include "run_result.h"
#include "system_machine.h"
#include "trace_compare.h"
#include "trace_pack.h"

#include <hostfault/run.h>
#include <string.h>

#include "base_poison.h"

struct hf_run {
    hf__run_execution execution;
    hf__run_execution again; /* folder NULL: it was not run again */
    char *followed;
    hf_verdict *verdict; /* of the program; the result's may be that of a process it started */
    hf_run_result result;
};

/* A run in progress. */
typedef struct making {
    hf__run_job job;
    hf_run *run;
    hf__run_clean_result clean, clean2;
    void *plan;
    size_t plan_bytes;
} making;

/* The program's verdict; those of the processes it started are in the execution's children. */
static hf_status judge_execution(const making *self, const hf__run_execution *execution, hf_verdict **out, hf_error *err)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.storm_limit = self->job.scenario.storm_limit;
    hf__run_children_judge(execution->children, &(hf__run_children_before){self->clean.children, self->clean2.children}, &options);
    options.fired_elsewhere = hf__run_children_fired(execution->children) > 0;
    return hf_verdict_judge(execution->trace, self->clean.trace, self->clean2.trace, &options, out, err);
}

/* What an execution is told as: the process that ended worst. Its trace is "trace", or trace-NUMBER. */
static hf__run_children_end end_of(const hf__run_execution *execution, const hf_verdict *verdict)
{
    hf__run_children_end end = {.number = 0, .verdict = verdict, .trace = execution->trace};
    (void)hf__run_children_worst(execution->children, verdict->outcome, &end);
    return end;
}

/* From now on, this is the run's result. */
static void adopt(making *self, hf_verdict *verdict_take, const hf__run_execution *execution)
{
    hf_run *run = self->run;
    hf_verdict_destroy(run->verdict);
    run->verdict = verdict_take;
    const hf__run_children_end end = end_of(execution, verdict_take);
    run->result.verdict = end.verdict;
    run->result.trace = end.trace;
    run->result.process = end.number;
    run->result.unmet[0] = '\0';
    run->result.met = hf__run_expect(&self->job.scenario, end.verdict, run->result.unmet, sizeof run->result.unmet);
    char *problem = run->result.met ? hf__run_children_problem(execution->children) : NULL;
    if (problem == NULL)
        return;
    run->result.met = 0;
    hf__text_copy(run->result.unmet, sizeof run->result.unmet, hf__text(problem));
    hf__free(problem);
}

static hf_status judge_run(making *self, hf_error *err)
{
    hf_verdict *verdict = NULL;
    hf_status status = judge_execution(self, &self->run->execution, &verdict, err);
    if (status == HF_OK)
        adopt(self, verdict, &self->run->execution);
    return status;
}

/* If a clean run timed out, another would take the same time and give no more information. */
static bool needs_second(const making *self)
{
    hf_outcome outcome = self->run->result.verdict->outcome;
    bool plain = outcome == HF_OUTCOME_OK || outcome == HF_OUTCOME_REPORTED;
    return self->clean.trace != NULL && !hf__run_timed_out(self->clean.trace) &&
           (!plain || !self->run->result.met || self->job.hook != NULL || self->job.preload != NULL || self->job.is_trapped ||
            hf__run_has_threads(self->clean.trace));
}

static hf_status judge_twice(making *self, hf_error *err)
{
    hf_status status = judge_run(self, err);
    if (status != HF_OK || !needs_second(self))
        return status;
    status = hf__run_clean(&self->job, self->run->execution.folder, true, &self->clean2, err);
    self->run->execution.clean2 = self->clean2.folder;
    return status == HF_OK ? judge_run(self, err) : status;
}

/* Without a clean run, a refusal shows in the run itself. */
static hf_status check_refusal(const making *self, hf_error *err)
{
    if (self->clean.trace != NULL)
        return HF_OK;
    char *said = hf__run_execution_said(&self->run->execution);
    hf_status status = hf__run_check_refusal(&self->job, self->run->execution.trace, said, err);
    hf__free(said);
    return status;
}

/* The second run's trace has everything that the first one's has, and stacks. For a large program each has megabytes, and a sweep leaves a folder for
 * every finding, so only one is kept, under both names. */
static void keep_one_trace(const hf_run *run)
{
    char *first = hf__run_folder_file(run->execution.folder, HF_RUN_TRACE);
    char *again = hf__run_folder_file(run->again.folder, HF_RUN_TRACE);
    hf__system_file_share(first, again);
    hf__free(again);
    hf__free(first);
}

/* Kept traces are packed once nothing maps them any more. If the disk is full, they stay unpacked. */
static void pack_traces(const making *self)
{
    const char *const folders[] = {self->run->execution.folder, self->clean.folder, self->clean2.folder, self->run->again.folder};
    bool good = true;
    for (size_t i = 0; i < HF_COUNT_OF(folders) && good; i++) {
        if (folders[i] == NULL)
            continue;
        hf_error err;
        char *path = hf__run_folder_file(folders[i], HF_RUN_TRACE);
        good = hf__trace_pack_file(path, &err) == HF_OK;
        hf__free(path);
    }
    if (self->run->result.repeat == HF_RUN_REPEATED)
        keep_one_trace(self->run);
}

/* A failure in it is not a failure of the run, which has its verdict. */
static void confirm(making *self)
{
    hf_run *run = self->run;
    hf_error err;
    hf_verdict *verdict = NULL;
    bool died = hf__run_died(run->result.verdict);
    const hf__run_first first = {self->plan, self->plan_bytes, &run->execution, run->result.verdict};
    hf_status status = hf__run_again(&self->job, &first, &run->again, &err);
    if (status == HF_OK)
        status = judge_execution(self, &run->again, &verdict, &err);
    if (status != HF_OK) {
        hf__text_copy(run->result.repeat_note, sizeof run->result.repeat_note, hf__text(err.message));
        return;
    }

    bool repeat = self->clean2.trace == NULL || !hf__trace_first_difference(self->clean.trace, self->clean2.trace, NULL);
    const hf__run_children_end again = end_of(&run->again, verdict);
    run->result.repeat = hf__run_compare(repeat, (hf__run_evidence){run->result.trace, run->result.verdict},
                                         (hf__run_evidence){again.trace, again.verdict}, run->result.repeat_note, sizeof run->result.repeat_note);
    if (run->result.repeat != HF_RUN_REPEATED) {
        hf_verdict_destroy(verdict);
        return;
    }

    adopt(self, verdict, &run->again);
    if (died && !run->again.looks_at_death)
        hf__text_copy(run->result.repeat_note, sizeof run->result.repeat_note,
                      hf__text("where it ended is unknown: this system does not permit tracing (hostfault doctor)"));
}

static hf_status execute(making *self, hf_error *err)
{
    hf_run *run = self->run;
    uint64_t start = hf__os_now_us();
    run->execution.counts = self->job.options.counts != 0;
    run->execution.looks_at_death = self->job.follows && self->job.hook == NULL; /* as its children's are */
    hf_status status = hf__run_execute(&self->job, &run->execution, self->plan, self->plan_bytes, err);
    run->result.unseen = run->execution.unseen;
    if (status == HF_OK)
        status = check_refusal(self, err);
    if (status == HF_OK)
        status = judge_run(self, err);
    run->result.elapsed_us = hf__os_now_us() - start;
    if (status == HF_OK && needs_second(self))
        status = judge_twice(self, err);
    if (status == HF_OK && hf__run_is_finding(&self->job, run->result.verdict, run->result.met))
        confirm(self);
    if (status == HF_OK && self->job.follows)
        run->result.followed = run->followed = hf__run_children_describe(run->execution.children);
    return status;
}

/* A run gets at least the time of a few clean runs. */
static void choose_timeout(making *self)
{
    uint64_t least_ms = 1000 + HF_RUN_CLEAN_RUNS_LEAST * self->clean.elapsed_us / 1000;
    if (!self->job.has_timeout && least_ms > self->job.timeout_ms)
        self->job.timeout_ms = least_ms;
}

static hf_status run_in_folder(making *self, hf_error *err)
{
    hf_run *run = self->run;
    hf_status status = HF_OK;
    if (!self->job.options.no_clean && self->job.options.ring_bytes == 0)
        status = hf__run_clean(&self->job, run->execution.folder, false, &self->clean, err);
    run->execution.clean = self->clean.folder;
    choose_timeout(self);
    if (status == HF_OK)
        status = execute(self, err);
    return status;
}

static void fill_result(making *self, const hf_scenario *scenario)
{
    hf_run_result *result = &self->run->result;
    result->scenario = scenario;
    result->folder = self->run->execution.folder;
}

/* The folder records every result. The first failure counts. */
static hf_status leave_folder(making *self, hf_status status, hf_error *err)
{
    hf_error why;
    hf_status left = hf__run_execution_note(&self->job, &self->run->execution, status != HF_OK ? err->message : NULL, &why);
    if (status == HF_OK && left == HF_OK)
        left = hf__run_result_write(&self->run->result, &why);
    if (status != HF_OK || left == HF_OK)
        return status;
    *err = why;
    return left;
}

/* Names the place of the recorded part, unless the message already does. */
static void say_folder(const char *folder, hf_error *err)
{
    char message[sizeof err->message];
    hf__builder builder = hf__builder_init(message, sizeof message);
    if (strstr(err->message, folder) != NULL)
        return;
    hf__builder_print(&builder, "%s; see %s", err->message, hf__run_folder_shown(folder));
    if (!builder.cut)
        hf__text_copy(err->message, sizeof err->message, hf__text(message));
}

static hf_status make_run(making *self, const hf_scenario *scenario, hf_error *err)
{
    char *folder = NULL;
    hf_status status = hf__run_job_compile(&self->job, false, &self->plan, &self->plan_bytes, err);
    if (status == HF_OK)
        status = hf__run_folder_create(self->job.options.results, scenario->name, &folder, err);
    if (status != HF_OK)
        return status;
    self->run = hf__allocate(1, sizeof *self->run);
    hf__run_execution_init(&self->run->execution, folder);
    status = run_in_folder(self, err);
    fill_result(self, scenario);
    pack_traces(self);
    status = leave_folder(self, status, err);
    if (status != HF_OK)
        say_folder(folder, err);
    return status;
}

typedef struct request {
    const hf_scenario *scenario;
    const hf_run_options *options;
    hf_run **out;
    hf_error err;
} request;

static hf_status run_scenario(void *given)
{
    request *asked = given;
    making self = {.run = NULL};
    hf_status status = hf__run_stopping() ? HF_FAIL(&asked->err, HF_ERROR_STATE, "the run was stopped") : HF_OK;
    if (status == HF_OK)
        status = hf__run_job_create(asked->scenario, asked->options, &self.job, &asked->err);
    if (status == HF_OK) {
        status = make_run(&self, asked->scenario, &asked->err);
        hf__free(self.plan);
        hf__run_job_clear(&self.job);
    }

    if (status == HF_OK)
        *asked->out = self.run;
    else
        hf_run_destroy(self.run);
    return status;
}

hf_status hf_run_scenario(const hf_scenario *scenario, const hf_run_options *options, hf_run **out, hf_error *err)
{
    *out = NULL;
    request asked = {.scenario = scenario, .options = options, .out = out, .err = {.status = HF_OK}};
    hf_status status = hf__heap_attempt(run_scenario, &asked, &asked.err);
    if (status != HF_OK && err != NULL)
        *err = asked.err;
    return status;
}

const hf_run_result *hf_run_get(const hf_run *run)
{
    return &run->result;
}

void hf_run_destroy(hf_run *run)
{
    if (run == NULL)
        return;
    hf_verdict_destroy(run->verdict);
    hf__run_execution_clear(&run->execution);
    hf__run_execution_clear(&run->again);
    hf__free(run->followed);
    hf__free(run);
}
