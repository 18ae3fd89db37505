/* SPDX-License-Identifier: MIT
 * A point drifted if its fault did not fire, because the caller made fewer calls than in the clean run, or if it hit a call of another site.
 */
#include "sweep_rerun.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "system_machine.h"
#include "os_thread.h"
#include "system_tool.h"
#include "run_execute.h"
#include "run_folder.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

/* The first call that this rule of a point decided; in a continuation it comes after the prefix. */
static const hf_event *find_fault(const hf_trace *trace, int rule)
{
    for (size_t i = hf__trace_prefix_end(trace); i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->injected != 0 && event->rule == rule)
            return event;
    }
    return NULL;
}

/* The same in the program, else in the first process of it that has one. */
static const hf_event *find_any_fault(const hf__sweep_made *made, int rule)
{
    const hf_event *fault = find_fault(made->trace, rule);
    for (uint32_t i = 0; fault == NULL && i < HF_FOLLOWED_MAX; i++) {
        const hf_trace *trace = hf__run_children_trace(made->children, i);
        fault = trace != NULL ? find_fault(trace, rule) : NULL;
    }
    return fault;
}

/* Why the run is not the intended one; NULL if it is. */
static const char *why_drifted(const hf__sweep_base *base, const hf__sweep_point *point, const hf__sweep_made *made)
{
    bool is_second = point->earlier != HF_SWEEP_ALONE;
    const char *why = is_second ? why_drifted(base, &base->points->items[point->earlier], made) : NULL;
    const hf_event *fault = find_any_fault(made, is_second);
    if (why != NULL)
        return why;
    if (fault == NULL)
        return is_second ? "the caller never reached the second call" : "the caller never reached this call";
    return fault->more->site == base->sites->items[point->site].key ? NULL : "the call came from another place than in the clean run";
}

/* Up to the point's own fault. */
static const hf_verdict_response *response_of(const hf_verdict *verdict, int rule)
{
    for (size_t i = 0; i < verdict->response_count; i++) {
        if (verdict->responses[i].rule == rule && verdict->responses[i].real == 0)
            return &verdict->responses[i];
    }
    return NULL;
}

static void fill(hf__sweep_result *out, const hf_verdict *verdict, bool is_second)
{
    const hf_verdict_response *response = response_of(verdict, is_second);
    out->reason = hf__copy_string(verdict->reason);
    out->point.reason = out->reason;
    out->point.outcome = verdict->outcome;
    out->point.response = response != NULL ? response->response : HF_RESPONSE_COUNT;
    out->point.calls = verdict->calls;
    out->point.retries = response != NULL ? response->retries : 0;
    out->point.leaked_bytes = verdict->leaked_bytes;
    out->point.violations = verdict->violation_count;
    out->point.exit_status = verdict->exit_status;
    out->point.signal = verdict->signal;
}

static void fill_drift(hf__sweep_result *out, const char *why)
{
    out->reason = hf__copy_string(why);
    out->point.reason = out->reason;
    out->point.outcome = HF_OUTCOME_COUNT;
    out->point.response = HF_RESPONSE_COUNT;
}

/* The site of the last fault that fired. With "from then on" it need not be the point's: the program handled all earlier ones. */
static size_t site_of_last_fault(const hf__sweep_base *base, const hf__sweep_point *point, const hf_trace *trace, const hf_verdict *verdict)
{
    const hf_event *last = verdict->last_fault != SIZE_MAX ? hf_trace_event(trace, verdict->last_fault) : NULL;
    const hf__sweep_site *own = &base->sites->items[point->site];
    for (size_t i = 0; last != NULL && point->onwards && i < base->sites->count; i++) {
        const hf__sweep_site *site = &base->sites->items[i];
        bool same_thread = strcmp(site->thread, own->thread) == 0 || hf__text_equal_string(hf_trace_thread_label(trace, last->thread), site->thread);
        if (site->key == last->more->site && site->method == (hf_method)last->kind && same_thread)
            return i;
    }
    return point->site;
}

/* The program's own verdict. */
static hf_status judge_program(const hf__sweep_base *base, const hf__sweep_made *made, hf_verdict **out, hf_error *err)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.storm_limit = base->job->scenario.storm_limit;
    options.status_only = base->job->scenario.status_only;
    hf__run_children_judge(made->children, &base->before, &options);
    options.fired_elsewhere = hf__run_children_fired(made->children) > 0;
    return base->prefix != NULL ? hf__verdict_prefix_judge_continuation(base->prefix, made->trace, &options, out, err)
                                : hf_judge_run(base->judge, made->trace, &options, out, err);
}

hf_status hf__sweep_result_judge(const hf__sweep_base *base, const hf__sweep_point *point, const hf__sweep_made *made, hf__sweep_result *out,
                                 hf_error *err)
{
    const char *drift = why_drifted(base, point, made);
    if (drift != NULL) {
        fill_drift(out, drift);
        return HF_OK;
    }

    hf_verdict *verdict = NULL;
    hf_status status = judge_program(base, made, &verdict, err);
    if (status == HF_OK) {
        hf__run_children_end end = {.number = 0, .verdict = verdict, .trace = made->trace};
        (void)hf__run_children_worst(made->children, verdict->outcome, &end);
        bool is_finding = hf_outcome_severity(end.verdict->outcome) > 0;
        fill(out, end.verdict, point->earlier != HF_SWEEP_ALONE);
        if (is_finding)
            out->blamed = site_of_last_fault(base, point, end.trace, end.verdict);
        if (base->finder != NULL && !is_finding)
            hf__sweep_recoveries_find(base->finder, point, made->trace, &out->recoveries);
    }
    hf_verdict_destroy(verdict);
    return status;
}

static hf_status execute(const hf__sweep_base *base, const hf__sweep_point *point, const hf__run_job *job, size_t number, hf__sweep_result *out,
                         hf_error *err)
{
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf__run_execution execution;
    char name[24];
    hf__builder builder = hf__builder_init(name, sizeof name);
    hf__builder_print(&builder, "%zu", number);
    hf__run_execution_init(&execution, hf__run_scratch_file(base->scratch, name));
    hf_status status = hf__run_job_compile(job, false, &plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__system_folder_create_new(execution.folder, err);
    if (status == HF_OK)
        status = hf__run_execute(job, &execution, plan, plan_bytes, err);
    if (status == HF_OK)
        status = hf__sweep_result_judge(base, point, &(hf__sweep_made){execution.trace, execution.children}, out, err);
    out->point.elapsed_us = execution.elapsed_us;
    hf_error left;
    if (hf__system_folder_remove(execution.folder, &left) != HF_OK && status == HF_OK)
        status = HF_FAIL(err, HF_ERROR_SYSTEM, "%s", left.message);
    hf__run_execution_clear(&execution);
    hf__free(plan);
    return status;
}

/* The rules of a point in order, for --fault. hf__free each; returns their number. */
static size_t point_faults(const hf__sweep_base *base, const hf__sweep_point *point, char *out[HF_SWEEP_FAULTS_MAX])
{
    size_t count = 0;
    if (point->earlier != HF_SWEEP_ALONE)
        out[count++] = hf__sweep_point_fault(base->sites, &base->points->items[point->earlier]);
    out[count++] = hf__sweep_point_fault(base->sites, point);
    return count;
}

void hf__sweep_result_begin(const hf__sweep_base *base, const hf__sweep_point *point, hf__sweep_result *out)
{
    memset(out, 0, sizeof *out);
    char *faults[HF_SWEEP_FAULTS_MAX];
    size_t count = point_faults(base, point, faults);
    out->fault = faults[count - 1];
    out->earlier = count > 1 ? faults[0] : NULL;
    out->blamed = point->site;
    out->point = (hf_store_point){.thread = base->sites->items[point->site].thread,
                                  .ordinal = point->ordinal,
                                  .result = point->result,
                                  .onwards = point->onwards,
                                  .variant = point->variant,
                                  .stands = point->stands,
                                  .earlier = out->earlier != NULL ? out->earlier : "",
                                  .fault = out->fault};
}

hf_status hf__sweep_rerun(const hf__sweep_base *base, const hf__sweep_point *point, size_t number, hf__sweep_result *out, hf_error *err)
{
    hf__sweep_result_begin(base, point, out);
    hf_scenario_file *file = NULL;
    hf_errors errors = {.count = 0};
    const char *const texts[HF_SWEEP_FAULTS_MAX] = {out->earlier != NULL ? out->earlier : out->fault, out->fault};
    hf_status status = hf_scenario_from_faults("sweep", NULL, texts, out->earlier != NULL ? 2 : 1, &file, &errors);
    if (status != HF_OK) {
        *err = errors.items[0];
        return status;
    }
    hf__run_job job = *base->job;
    job.scenario.rules = hf_scenario_at(file, 0)->rules;
    job.scenario.rule_count = hf_scenario_at(file, 0)->rule_count;
    status = execute(base, point, &job, number, out, err);
    hf_scenario_destroy(file);
    return status;
}

void hf__sweep_result_clear(hf__sweep_result *shown)
{
    hf__free(shown->earlier);
    hf__free(shown->fault);
    hf__free(shown->reason);
    hf__sweep_recoveries_clear(&shown->recoveries);
    memset(shown, 0, sizeof *shown);
}
