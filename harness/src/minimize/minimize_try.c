/* SPDX-License-Identifier: MIT
 * Tries candidates in order, up to one per job at once. Whichever ends first, the first in order is taken, so the result does not depend on the
 * machine. A script is run once: one that failed is not tried again, and one that
 * was taken is not gone back to, since two ways may undo each other.
 */
#include "minimize_try.h"
#include "heap_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "system_parallel.h"
#include "system_tool.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

/* One candidate on its way. */
typedef struct attempt {
    hf__minimize_attempt tried;
    hf_error failure;
    bool is_same, is_unsteady;
} attempt;

typedef struct batch {
    hf__minimize_trial *trying;
    attempt *attempts;
} batch;

void hf__minimize_tried_clear(hf__minimize_attempt *tried)
{
    hf_run_destroy(tried->run);
    hf_scenario_destroy(tried->file);
    hf__free(tried->script);
    *tried = (hf__minimize_attempt){.file = NULL};
}

void hf__minimize_trying_clear(hf__minimize_trial *self)
{
    hf__free(self->tried);
}

hf_status hf__minimize_try_run(const hf__minimize_options *options, const char *results, const hf_scenario *scenario, hf_outcome outcome,
                               hf_run **out, hf_error *err)
{
    hf_scenario whole = *scenario;
    hf_run_options run = HF_RUN_OPTIONS_INIT;
    run.caller_path = options->caller_path;
    run.results = results;
    run.timeout_ms = options->timeout_ms;
    uint32_t sought = outcome < HF_OUTCOME_COUNT ? 1u << outcome : (1u << HF_OUTCOME_COUNT) - 1;
    /* With UNSTABLE alone nothing else is as expected. */
    uint32_t others = ((1u << HF_OUTCOME_COUNT) - 1) & ~sought;
    whole.expect = (hf_scenario_expect){.given = 1, .outcomes = others != 0 ? others : 1u << HF_OUTCOME_UNSTABLE, .strict = scenario->expect.strict};
    return hf_run_scenario(&whole, &run, out, err);
}

/* What a caller can bring about is an answer about the candidate; what is left is the harness's own trouble. */
static bool is_of_candidate(hf_status status)
{
    return status == HF_ERROR_LIMIT || status == HF_ERROR_FORMAT || status == HF_ERROR_STATE || status == HF_ERROR_INPUT;
}

static void judge_attempt(attempt *self, const hf__verdict_ending *wanted)
{
    const hf_run_result *result = hf_run_get(self->tried.run);
    hf__verdict_ending ending;
    if (result->verdict->outcome != wanted->outcome)
        return;
    hf__minimize_ending_of(result, &ending);
    self->is_unsteady = result->repeat != HF_RUN_REPEATED;
    self->is_same = !self->is_unsteady && hf__minimize_ending_same(&ending, wanted);
}

static void work(size_t index, void *user)
{
    const batch *all = user;
    const hf__minimize_trial *trying = all->trying;
    attempt *self = &all->attempts[index];
    static _Thread_local hf_errors errors;
    hf_error err = {.status = HF_OK};
    if (hf_scenario_parse("candidate", hf__text(self->tried.script), &self->tried.file, &errors) != HF_OK)
        return;
    hf_status status =
        hf__minimize_try_run(trying->options, trying->scratch, hf_scenario_at(self->tried.file, 0), trying->ending.outcome, &self->tried.run, &err);
    if (status == HF_OK)
        judge_attempt(self, &trying->ending);
    else if (!is_of_candidate(status))
        self->failure = err;
    if (status == HF_OK && hf__system_folder_remove(hf_run_get(self->tried.run)->folder, &err) != HF_OK)
        self->failure = err;
}

static void count_run(size_t index, void *user)
{
    (void)index;
    ((const batch *)user)->trying->runs++;
}

static uint64_t hash_of(const char *script)
{
    return hf__hash(HF_HASH_START, script, strlen(script));
}

static bool was_tried(const hf__minimize_trial *self, const char *script)
{
    uint64_t hash = hash_of(script);
    for (size_t i = 0; i < self->tried_count; i++) {
        if (self->tried[i] == hash)
            return true;
    }
    return false;
}

static void note_tried(hf__minimize_trial *self, const char *script)
{
    HF_GROW(self->tried, self->tried_count, self->tried_capacity);
    self->tried[self->tried_count++] = hash_of(script);
}

/* The first of a batch that ends the same; count if none does. */
static size_t choose(hf__minimize_trial *self, attempt *attempts, size_t count, hf__minimize_attempt *out)
{
    size_t chosen = 0;
    while (chosen < count && !attempts[chosen].is_same) {
        if (attempts[chosen].failure.status != HF_OK && self->failure.status == HF_OK)
            self->failure = attempts[chosen].failure;
        note_tried(self, attempts[chosen].tried.script);
        self->unsteady += attempts[chosen].is_unsteady;
        chosen++;
    }

    if (chosen < count) {
        note_tried(self, attempts[chosen].tried.script);
        *out = attempts[chosen].tried;
        attempts[chosen].tried = (hf__minimize_attempt){.file = NULL};
    }
    for (size_t i = 0; i < count; i++)
        hf__minimize_tried_clear(&attempts[i].tried);
    return chosen;
}

static size_t try_batch(hf__minimize_trial *self, attempt *attempts, size_t count, hf__minimize_attempt *out)
{
    batch all = {.trying = self, .attempts = attempts};
    const hf_parallel parallel = {.work = work, .done = count_run, .user = &all};
    hf__system_parallel(count, (unsigned)count, &parallel);
    return choose(self, attempts, count, out);
}

static bool may_go_on(hf__minimize_trial *self)
{
    uint32_t most = self->options->runs != 0 ? self->options->runs : HF_MINIMIZE_RUNS_DEFAULT;
    self->is_cut = self->is_cut || self->runs >= most || hf__run_stopping();
    return !self->is_cut && self->failure.status == HF_OK;
}

static size_t room_of(const hf__minimize_trial *self)
{
    uint32_t most = self->options->runs != 0 ? self->options->runs : HF_MINIMIZE_RUNS_DEFAULT;
    uint32_t jobs = self->options->jobs != 0 ? self->options->jobs : hf__system_cpu_count();
    return jobs < most - self->runs ? jobs : most - self->runs;
}

size_t hf__minimize_try_first(hf__minimize_trial *self, char **scripts_take, size_t count, hf__minimize_attempt *out)
{
    attempt *attempts = hf__allocate(count + 1, sizeof *attempts);
    size_t *indices = hf__allocate(count + 1, sizeof *indices);
    size_t found = count;
    size_t next = 0;

    while (next < count && found == count) {
        size_t batched = 0;
        while (next < count && was_tried(self, scripts_take[next]))
            next++;
        if (next == count || !may_go_on(self))
            break;
        for (size_t room = room_of(self); next < count && batched < room; next++) {
            if (was_tried(self, scripts_take[next]))
                continue;
            attempts[batched] = (attempt){.tried = {.script = hf__copy_string(scripts_take[next])}};
            indices[batched++] = next;
        }
        size_t chosen = try_batch(self, attempts, batched, out);
        found = chosen < batched ? indices[chosen] : count;
    }

    for (size_t i = 0; i < count; i++)
        hf__free(scripts_take[i]);
    hf__free(indices);
    hf__free(attempts);
    return found;
}
