/* SPDX-License-Identifier: MIT
 * The judge: gathers the facts of up to three traces, replays the ledgers, finds violations, leaks and responses, and applies the outcome rules. It
 * reads nothing but the traces, so the same traces always give the same verdict.
 */
#include "verdict_judge.h"
#include "trace_reader.h"
#include "verdict_prefix.h"

#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_options.h"
#include "base_error.h"

#include <string.h>

#include "base_poison.h"

#define STORM_LIMIT_DEFAULT 1000u

/* Of a ring, what was taken and given back before is not known, so nobody can be accused of what he did with it. */
static bool lacks_beginning(const hf__verdict_case *judged)
{
    return judged->run.trace != NULL && judged->run.trace->control.ring_chunks != 0;
}

/* What is left says something only of a process that ended by itself, with a host that took memory back until then. An unmodified program must leave
 * the same each time without faults, and where it gives up it may leave all of it to the system. */
static bool leaks_count(const hf__verdict_case *judged)
{
    if (lacks_beginning(judged))
        return false;
    bool is_unmodified = (judged->run.plan->flags & HF_PLAN_UNMODIFIED) != 0;
    bool is_alone = is_unmodified && !judged->before->has_clean;
    if (judged->before->calls_vary || is_alone || judged->run.seen.unusable)
        return false;
    return judged->manner == HF_MANNER_WELL || (judged->manner == HF_MANNER_REPORTED && !is_unmodified);
}

static void find_leaks(hf__verdict_case *judged)
{
    hf__verdict_leaks_find(&judged->ledger, &judged->before->left, &judged->leaks);
    hf__verdict_leaks_add_heaps(&judged->run, hf__verdict_background_clean(judged->before), &judged->leaks);
    hf__verdict_leaks_add_descriptors(&judged->run, hf__verdict_background_clean(judged->before), &judged->leaks);
}

static uint32_t storm_limit(const hf__verdict_facts *run, const hf_verdict_options *options)
{
    if (options->storm_limit != 0)
        return options->storm_limit;
    return run->plan->storm_limit != 0 ? run->plan->storm_limit : STORM_LIMIT_DEFAULT;
}

static void examine(hf__verdict_case *judged, const hf_verdict_options *options)
{
    judged->manner = hf__verdict_facts_manner(&judged->run, hf__verdict_background_clean(judged->before));
    judged->storm_limit = storm_limit(&judged->run, options);
    judged->status_only = options->status_only != 0;
    bool fired_elsewhere = options->fired_elsewhere != 0;
    judged->unfired_rule = fired_elsewhere ? UINT32_MAX : hf__verdict_unfired_rule_of(&judged->run);
    if (leaks_count(judged))
        find_leaks(judged);
    hf__verdict_scan_finish(&judged->scan);
    hf__verdict_responses_find(&judged->scan, &judged->responses);
}

static const void *copy(const void *items, size_t count, size_t size)
{
    void *out = hf__allocate(count, size);
    if (count > 0)
        memcpy(out, items, count * size);
    return out;
}

/* The one that is reported comes first, the others in the order of time. */
static const hf_verdict_violation *copy_violations(const hf__verdict_case *judged)
{
    size_t count = judged->violations.count, told = hf__verdict_violation_told(judged);
    hf_verdict_violation *items = hf__allocate(count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i == told ? 0 : i < told ? i + 1 : i] = judged->violations.items[i];
    return items;
}

/* A request after a failure goes back to that failure, whatever failed since. */
static size_t fault_to_blame(const hf__verdict_case *judged, hf_outcome outcome)
{
    const hf__verdict_violations *all = &judged->violations;
    size_t told = outcome == HF_OUTCOME_VIOLATED ? hf__verdict_violation_told(judged) : all->count;
    if (told < all->count && hf__verdict_violations_clause(all, all->items[told].event) == HF_CLAUSE_AFTER_FAULT)
        return all->origins[told].culprit;
    return judged->run.seen.last_fault;
}

static hf_verdict *conclude(const hf__verdict_case *judged)
{
    hf_verdict *verdict = hf__allocate(1, sizeof *verdict);
    hf__builder reason = hf__builder_init(verdict->reason, sizeof verdict->reason);
    verdict->outcome = hf__verdict_outcome_of(judged, &reason);
    verdict->response_count = judged->responses.count;
    verdict->responses = copy(judged->responses.items, judged->responses.count, sizeof *verdict->responses);
    verdict->violation_count = judged->violations.count;
    verdict->violations = copy_violations(judged);
    verdict->leak_count = judged->leaks.count;
    verdict->leaks = copy(judged->leaks.items, judged->leaks.count, sizeof *verdict->leaks);
    verdict->leaked_bytes = judged->leaks.bytes;
    verdict->calls = judged->run.seen.calls;
    verdict->fired = judged->run.seen.fired;
    verdict->unfired_rule = judged->unfired_rule;
    verdict->exit_status = judged->run.exit_status;
    verdict->signal = judged->run.signal;
    verdict->last_fault = fault_to_blame(judged, verdict->outcome);

    return verdict;
}

struct hf_judge {
    hf__verdict_background before;
};

/* What each of the public functions below is asked for. */
typedef struct judging {
    const hf_judge *judge;
    const hf_trace *trace, *clean, *clean2;
    hf_verdict_options options;
    hf_judge **judge_out;
    hf_verdict **out;
    hf_error *err;
} judging;

static hf_status create_judge(void *given)
{
    const judging *self = given;
    hf_judge *judge = hf__allocate(1, sizeof *judge);
    hf_status status = hf__verdict_background_make(self->clean, self->clean2, &judge->before, self->err);
    if (status == HF_OK)
        *self->judge_out = judge;
    else
        hf_judge_destroy(judge);
    return status;
}

hf_status hf_judge_create(const hf_trace *clean, const hf_trace *clean2, hf_judge **out, hf_error *err)
{
    *out = NULL;
    judging self = {.clean = clean, .clean2 = clean2, .judge_out = out, .err = err};
    return hf__heap_attempt(create_judge, &self, err);
}

void hf_judge_destroy(hf_judge *judge)
{
    if (judge == NULL)
        return;
    hf__verdict_background_clear(&judge->before);
    hf__free(judge);
}

/* So many events stay in the processor's cache while one part after the other looks at them. Those of several threads are put into the order of time,
 * for which all have to be there. */
#define AT_ONCE 256u

static void go_on_to_end(hf__verdict_case *judged)
{
    size_t end = judged->run.count;
    while (hf__verdict_facts_one_thread(&judged->run) && end - judged->run.seen.count > AT_ONCE)
        hf__verdict_case_go_on(judged, judged->run.seen.count + AT_ONCE);
    hf__verdict_case_go_on(judged, end);
}

/* The case has the trace's beginning, or nothing; afterwards all of it. */
static hf_status judge_rest(hf__verdict_case *judged, const hf_verdict_options *options, hf_verdict **out, hf_error *err)
{
    hf_error inner = {0};
    go_on_to_end(judged);
    if (lacks_beginning(judged))
        judged->violations.count = 0;
    if (hf__verdict_facts_finish(&judged->run, &inner) != HF_OK)
        return HF_FAIL(err, inner.status, "the run: %s", inner.message);
    examine(judged, options);
    *out = conclude(judged);
    return HF_OK;
}

static hf_status run_judge(void *given)
{
    const judging *self = given;
    hf__verdict_case judged;
    hf__verdict_case_begin(&judged, &self->judge->before);
    hf__verdict_case_look_at(&judged, self->trace);
    hf_status status = judge_rest(&judged, &self->options, self->out, self->err);
    hf__verdict_case_clear(&judged);
    return status;
}

hf_status hf_judge_run(const hf_judge *judge, const hf_trace *trace, const hf_verdict_options *options, hf_verdict **out, hf_error *err)
{
    *out = NULL;
    judging self = {.judge = judge, .trace = trace, .options = HF_VERDICT_OPTIONS_INIT, .out = out, .err = err};
    hf_status status = hf__options_import(&self.options, options, err);
    return status == HF_OK ? hf__heap_attempt(run_judge, &self, err) : status;
}

/* Continuations of one prefix. The case stays marked behind the beginning that the last few continuations had in common: clones end in another order
 * than they began, so the next one may have parted from the prefix a little before this one. One that parted long ago is judged from its beginning.
 */
#define RECENT 16u
struct hf__verdict_prefix_judge {
    const hf_judge *judge;
    hf__verdict_case judged;
    size_t recent[RECENT]; /* where the last continuations parted from the prefix */
    size_t next;
};

hf__verdict_prefix_judge *hf__verdict_prefix_judge_create(const hf_judge *judge)
{
    hf__verdict_prefix_judge *self = hf__allocate(1, sizeof *self);
    self->judge = judge;
    hf__verdict_case_begin(&self->judged, &judge->before);
    return self;
}

void hf__verdict_prefix_judge_destroy(hf__verdict_prefix_judge *self)
{
    if (self == NULL)
        return;
    hf__verdict_case_clear(&self->judged);
    hf__free(self);
}

static size_t least_recent(hf__verdict_prefix_judge *self, size_t parted)
{
    self->recent[self->next++ % RECENT] = parted;
    size_t least = parted;
    for (size_t i = 0; i < RECENT; i++)
        least = self->recent[i] < least ? self->recent[i] : least;
    return least;
}

hf_status hf__verdict_prefix_judge_continuation(hf__verdict_prefix_judge *self, const hf_trace *continuation, const hf_verdict_options *options,
                                                hf_verdict **out, hf_error *err)
{
    *out = NULL;
    hf_verdict_options own = HF_VERDICT_OPTIONS_INIT;
    hf_status status = hf__options_import(&own, options, err);
    if (status != HF_OK)
        return status;
    size_t parted = hf__trace_prefix_end(continuation);
    size_t common = least_recent(self, parted);
    if (parted < self->judged.run.seen.count)
        return hf_judge_run(self->judge, continuation, &own, out, err);
    hf__verdict_case_look_at(&self->judged, continuation);
    hf__verdict_case_go_on(&self->judged, common);
    hf__verdict_case_mark(&self->judged);
    status = judge_rest(&self->judged, &own, out, err);
    hf__verdict_case_rewind(&self->judged);
    return status;
}

hf_status hf_verdict_judge(const hf_trace *trace, const hf_trace *clean, const hf_trace *clean2, const hf_verdict_options *options, hf_verdict **out,
                           hf_error *err)
{
    *out = NULL;
    hf_judge *judge = NULL;
    hf_status status = hf_judge_create(clean, clean2, &judge, err);
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
