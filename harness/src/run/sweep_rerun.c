/*
 * A point drifted if no fault fired, since the caller came to fewer calls than in the clean run, or if the fault hit a call of another site.
 */
#include "sweep_rerun.h"
#include "base_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_system.h"
#include "os_thread.h"
#include "os_tool.h"
#include "run_execute.h"

#include <string.h>

#include "base_poison.h"

static const hf_event *first_fault(const hf_trace *trace)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->injected != 0 && event->number == 1)
            return event;
    }
    return NULL;
}

static const hf_verdict_response *response_of(const hf_verdict *verdict)
{
    for (size_t i = 0; i < verdict->response_count; i++) {
        if (verdict->responses[i].rule == 0 && verdict->responses[i].real == 0)
            return &verdict->responses[i];
    }
    return NULL;
}

static void fill(hf__sweep_shown *out, const hf_verdict *verdict)
{
    const hf_verdict_response *response = response_of(verdict);
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

static void fill_drift(hf__sweep_shown *out, const char *why)
{
    out->reason = hf__copy_string(why);
    out->point.reason = out->reason;
    out->point.outcome = HF_OUTCOME_COUNT;
    out->point.response = HF_RESPONSE_COUNT;
}

hf_status hf__sweep_shown_judge(const hf__sweep_base *base, const hf__sweep_point *point, const hf_trace *trace, hf__sweep_shown *out, hf_error *err)
{
    const hf_event *fault = first_fault(trace);
    if (fault == NULL || fault->site != base->sites->items[point->site].key) {
        fill_drift(out, fault == NULL ? "the caller never came to this call" : "the call was made from another place than in the clean run");
        return HF_OK;
    }
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.storm_limit = base->job->scenario.storm_limit;
    hf_verdict *verdict = NULL;
    hf_status status = hf_judge_run(base->judge, trace, &options, &verdict, err);
    if (status == HF_OK)
        fill(out, verdict);
    hf_verdict_destroy(verdict);
    return status;
}

static hf_status execute(const hf__sweep_base *base, const hf__sweep_point *point, const hf__job *job, size_t number, hf__sweep_shown *out,
                         hf_error *err)
{
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf__execution execution;
    hf__execution_init(&execution, hf__format("%s/%zu", base->scratch, number));
    hf_status status = hf__job_compile(job, false, &plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__os_folder_create_new(execution.folder, err);
    if (status == HF_OK)
        status = hf__execute(job, &execution, plan, plan_bytes, err);
    if (status == HF_OK)
        status = hf__sweep_shown_judge(base, point, execution.trace, out, err);
    out->point.elapsed_us = execution.elapsed_us;
    hf_error left;
    if (hf__os_folder_remove(execution.folder, &left) != HF_OK && status == HF_OK)
        status = HF_FAIL(err, HF_ERROR_SYSTEM, "%s", left.message);
    hf__execution_clear(&execution);
    hf__free(plan);
    return status;
}

void hf__sweep_shown_begin(const hf__sweep_base *base, const hf__sweep_point *point, hf__sweep_shown *out)
{
    memset(out, 0, sizeof *out);
    out->fault = hf__sweep_point_fault(base->sites, point);
    out->point = (hf_store_point){.thread = base->sites->items[point->site].thread,
                                  .ordinal = point->ordinal,
                                  .result = point->result,
                                  .onwards = point->onwards,
                                  .variant = point->variant,
                                  .stands = point->stands,
                                  .second = "",
                                  .fault = out->fault};
}

hf_status hf__sweep_rerun(const hf__sweep_base *base, const hf__sweep_point *point, size_t number, hf__sweep_shown *out, hf_error *err)
{
    hf__sweep_shown_begin(base, point, out);
    hf_scenario_file *file = NULL;
    hf_errors errors = {.count = 0};
    const char *const text = out->fault;
    hf_status status = hf_scenario_from_faults("sweep", NULL, &text, 1, &file, &errors);
    if (status != HF_OK) {
        *err = errors.items[0];
        return status;
    }
    hf__job job = *base->job;
    job.scenario.rules = hf_scenario_at(file, 0)->rules;
    job.scenario.rule_count = 1;
    status = execute(base, point, &job, number, out, err);
    hf_scenario_destroy(file);
    return status;
}

void hf__sweep_shown_clear(hf__sweep_shown *shown)
{
    hf__free(shown->fault);
    hf__free(shown->reason);
    memset(shown, 0, sizeof *shown);
}
