/* SPDX-License-Identifier: MIT
 * Runs each reported finding once more, in full and in a permanent folder, as a replay does. The trace is recorded, so a replay can be compared with
 * it.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "run_cause.h"
#include "run_folder.h"
#include "run_recorded.h"
#include "sweep_state.h"

#include <hostfault/run.h>
#include <string.h>

#include "base_poison.h"

/* The simplest point of a finding. */
typedef struct proof {
    char id[17];
    char *earlier, *fault;
    hf_outcome outcome;
    uint64_t calls;
} proof;

typedef struct proofs {
    const hf__sweep *sweep;
    size_t count, capacity;
    proof *items;
} proofs;

static bool was_told(const hf__sweep *sweep, const char *id)
{
    for (size_t i = 0; i < sweep->told_count; i++) {
        if (strcmp(sweep->told[i].id, id) == 0)
            return true;
    }
    return false;
}

static bool note_finding(const hf_store_finding *finding, void *user)
{
    proofs *self = user;
    const hf_store_point *example = finding->example;
    if (!was_told(self->sweep, finding->id))
        return true;
    HF_GROW(self->items, self->count, self->capacity);
    proof *one = &self->items[self->count++];
    *one = (proof){
        .earlier = hf__copy_string(example->earlier), .fault = hf__copy_string(example->fault), .outcome = example->outcome, .calls = example->calls};
    memcpy(one->id, finding->id, sizeof one->id);
    return true;
}

/* Does the run equal the point? If it hangs, the time limit ends it, so its calls are not compared; nor are those of a program whose calls vary. */
static bool is_same(const hf__sweep *sweep, const proof *one, const hf_verdict *verdict)
{
    bool calls_count = sweep->baseline.calls_repeat && one->outcome != HF_OUTCOME_HUNG;
    return verdict->outcome == one->outcome && (verdict->calls == one->calls || !calls_count);
}

static hf_status record(const hf__sweep *sweep, const proof *one, const hf_run_result *result, hf_error *err)
{
    if (one->outcome == HF_OUTCOME_HUNG || !sweep->baseline.calls_repeat)
        return HF_OK;
    char *path = hf__run_recorded_path(sweep->options->results, one->id, one->earlier, one->fault);
    hf_status status = hf__run_recorded_write(path, result->trace, err);
    hf__free(path);
    return status;
}

/* Findings with the same end are one group (store.h). */
static hf_status store_cause(const hf__sweep *sweep, const proof *one, const hf_run_result *result, hf_error *err)
{
    hf__verdict_cause cause;
    hf__run_cause_find(result, &sweep->job.scenario.wrappers, &cause);
    const hf_store_cause row = {.text = cause.text, .spot = cause.spot, .place = cause.place, .detail = cause.detail, .stack = cause.stack};
    hf_status status = cause.text != NULL ? hf__store_cause(sweep->store, sweep->id, one->id, &row, err) : HF_OK;
    hf__run_cause_clear(&cause);
    return status;
}

static bool proves(const hf__sweep *sweep, const proof *one, const hf_run_result *result, hf_error *err)
{
    return is_same(sweep, one, result->verdict) && record(sweep, one, result, err) == HF_OK && store_cause(sweep, one, result, err) == HF_OK;
}

/* A run with another result does not prove it, nor does a run that the program itself damaged. A full disk says nothing about the program. */
static bool shows_again(const hf__sweep *sweep, const proof *one, hf_error *err)
{
    hf_scenario_file *file = NULL;
    hf_errors *errors = hf__allocate(1, sizeof *errors); /* too large for a stack */
    bool has_earlier = one->earlier[0] != '\0';
    const char *const texts[HF_SWEEP_FAULTS_MAX] = {has_earlier ? one->earlier : one->fault, one->fault};
    hf_run *run = NULL;
    hf_error failure = {.status = HF_OK};
    bool shown = false;

    if (hf_scenario_from_faults("sweep", NULL, texts, has_earlier ? 2 : 1, &file, errors) == HF_OK) {
        hf_scenario whole = sweep->job.scenario;
        whole.rules = hf_scenario_at(file, 0)->rules;
        whole.rule_count = hf_scenario_at(file, 0)->rule_count;
        whole.name = one->id;
        hf_run_options options = sweep->job.options;
        options.timeout_ms = (uint32_t)sweep->job.timeout_ms;
        if (hf_run_scenario(&whole, &options, &run, &failure) == HF_OK)
            shown = proves(sweep, one, hf_run_get(run), err);
        else if (failure.status == HF_ERROR_SYSTEM || failure.status == HF_ERROR_MEMORY)
            *err = failure;
    }

    hf_run_destroy(run);
    hf_scenario_destroy(file);
    hf__free(errors);
    return shown;
}

/* After a resume: findings recorded before need no other proof. */
static bool is_recorded(const hf__sweep *sweep, const proof *one)
{
    char *path = hf__run_recorded_path(sweep->options->results, one->id, one->earlier, one->fault);
    bool is = !sweep->fresh && hf__os_file_exists(path);
    hf__free(path);
    return is;
}

hf_status hf__sweep_prove(hf__sweep *self, hf_error *err)
{
    proofs all = {.sweep = self};
    err->status = HF_OK;
    hf_status status = self->options->no_proof ? HF_OK : hf__store_each_finding(self->store, self->id, note_finding, &all, err);

    for (size_t i = 0; i < all.count && status == HF_OK && !hf__run_stopping(); i++) {
        hf__sweep_tell_stage(self, "findings run once more in full", i, all.count);
        if (is_recorded(self, &all.items[i]))
            continue;
        self->summary->unproved += !shows_again(self, &all.items[i], err);
        status = err->status;
    }

    for (size_t i = 0; i < all.count; i++) {
        hf__free(all.items[i].earlier);
        hf__free(all.items[i].fault);
    }

    hf__free(all.items);
    return status;
}

static bool tell_group(const hf_store_group *group, void *user)
{
    hf__sweep *self = user;
    const hf_store_finding *shown = group->shown;
    const hf_store_point *example = shown->example;
    const hf_sweep_finding finding = {.id = group->id,
                                      .method = shown->site->method,
                                      .place = shown->site->place,
                                      .earlier = example->earlier,
                                      .fault = example->fault,
                                      .reason = example->reason,
                                      .outcome = example->outcome,
                                      .severity = shown->severity,
                                      .result = example->result,
                                      .onwards = example->onwards,
                                      .cause = group->cause,
                                      .ended = shown->cause.place,
                                      .detail = shown->cause.detail,
                                      .ways = group->entries,
                                      .points = group->points,
                                      .stack = shown->site->stack,
                                      .end_stack = shown->cause.stack};
    self->summary->findings++;
    if (self->listener != NULL && self->listener->found != NULL)
        self->listener->found(&finding, self->listener->user);
    return true;
}

hf_status hf__sweep_tell_groups(hf__sweep *self, hf_error *err)
{
    self->summary->findings = 0;
    self->summary->ways = self->told_count;
    return hf__store_each_group(self->store, self->id, tell_group, self, err);
}
