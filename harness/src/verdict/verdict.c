/*
 * The judge: gathers the facts of up to three traces, replays the ledgers, finds violations, leaks and responses, and lets the outcome rules
 * speak. It reads nothing but the traces, so the same traces always give the same verdict.
 */
#include "verdict_judge.h"

#include "base_alloc.h"
#include "base_error.h"

#include <string.h>

#include "base_poison.h"

#define STORM_LIMIT_DEFAULT 1000u

/* What is left says something only of a process that ended by itself, with a host that took memory back until then. */
static bool leaks_count(const hf__case *judged)
{
    return (judged->manner == HF_MANNER_WELL || judged->manner == HF_MANNER_REPORTED) && !judged->run.unusable;
}

static uint32_t storm_limit(const hf__facts *run, const hf_verdict_options *options)
{
    if (options != NULL && options->storm_limit != 0)
        return options->storm_limit;
    return run->plan->storm_limit != 0 ? run->plan->storm_limit : STORM_LIMIT_DEFAULT;
}

static void examine(hf__case *judged, const hf_verdict_options *options)
{
    const hf__background *before = judged->before;
    judged->manner = hf__facts_manner(&judged->run, hf__background_clean(before));
    judged->storm_limit = storm_limit(&judged->run, options);
    judged->storm = hf__storm_of(&judged->run);
    judged->unfired_rule = hf__unfired_rule_of(&judged->run);
    hf__ledger_begin(&judged->ledger, &judged->run);
    hf__violations_find(&judged->run, &judged->ledger, &judged->violations);
    if (leaks_count(judged))
        hf__leaks_find(&judged->ledger, before->has_clean ? &before->ledger : NULL, &judged->leaks);
    hf__responses_find(&judged->run, &judged->ledger, &judged->violations, before, &judged->responses);
}

/* The lists change hands: from the case to the verdict. */
static hf_verdict *conclude(hf__case *judged)
{
    hf_verdict *verdict = hf__allocate(1, sizeof *verdict);
    hf__builder reason = hf__builder_init(verdict->reason, sizeof verdict->reason);
    verdict->outcome = hf__outcome_of(judged, &reason);
    verdict->responses = judged->responses.items;
    verdict->response_count = judged->responses.count;
    verdict->violations = judged->violations.items;
    verdict->violation_count = judged->violations.count;
    verdict->leaks = judged->leaks.items;
    verdict->leak_count = judged->leaks.count;
    verdict->leaked_bytes = judged->leaks.bytes;
    verdict->calls = judged->run.calls;
    verdict->fired = judged->run.fired;
    verdict->unfired_rule = judged->unfired_rule;
    verdict->exit_status = judged->run.exit_status;
    verdict->signal = judged->run.signal;
    verdict->last_fault = judged->run.last_fault;
    judged->responses.items = NULL;
    judged->violations.items = NULL;
    judged->leaks.items = NULL;
    return verdict;
}

static void clear(hf__case *judged)
{
    hf__ledger_clear(&judged->ledger);
    hf__violations_clear(&judged->violations);
    hf__leaks_clear(&judged->leaks);
    hf__responses_clear(&judged->responses);
    hf__facts_clear(&judged->run);
}

static hf_status check_options(const hf_verdict_options *options, hf_error *err)
{
    if (options != NULL && options->struct_size != sizeof *options)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "options are not of this version: begin with HF_VERDICT_OPTIONS_INIT");
    return HF_OK;
}

struct hf_judge {
    hf__background before;
};

hf_status hf_judge_create(const hf_trace *clean, const hf_trace *clean2, hf_judge **out, hf_error *err)
{
    *out = hf__allocate(1, sizeof **out);
    hf_status status = hf__background_make(clean, clean2, &(*out)->before, err);
    if (status == HF_OK)
        return HF_OK;
    hf_judge_destroy(*out);
    *out = NULL;
    return status;
}

void hf_judge_destroy(hf_judge *judge)
{
    if (judge == NULL)
        return;
    hf__background_clear(&judge->before);
    hf__free(judge);
}

hf_status hf_judge_run(const hf_judge *judge, const hf_trace *trace, const hf_verdict_options *options, hf_verdict **out, hf_error *err)
{
    hf__case judged = {.before = &judge->before};
    *out = NULL;
    hf_status status = check_options(options, err);
    hf_error inner = {0};
    if (status == HF_OK && hf__facts_gather(trace, &judged.run, &inner) != HF_OK)
        status = HF_FAIL(err, inner.status, "the run: %s", inner.message);
    if (status == HF_OK) {
        examine(&judged, options);
        *out = conclude(&judged);
    }
    clear(&judged);
    return status;
}

hf_status hf_verdict_judge(const hf_trace *trace, const hf_trace *clean, const hf_trace *clean2, const hf_verdict_options *options, hf_verdict **out,
                           hf_error *err)
{
    *out = NULL;
    hf_judge *judge = NULL;
    hf_status status = check_options(options, err);
    if (status == HF_OK)
        status = hf_judge_create(clean, clean2, &judge, err);
    if (status == HF_OK)
        status = hf_judge_run(judge, trace, options, out, err);
    hf_judge_destroy(judge);
    return status;
}

void hf_verdict_destroy(hf_verdict *verdict)
{
    if (verdict == NULL)
        return;
    hf__free((void *)(uintptr_t)verdict->responses);
    hf__free((void *)(uintptr_t)verdict->violations);
    hf__free((void *)(uintptr_t)verdict->leaks);
    hf__free(verdict);
}
