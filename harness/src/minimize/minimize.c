/* SPDX-License-Identifier: MIT
 * The whole minimization: the scenario's own run says what must stay; then rules are removed and simplified in turn, until a round changes nothing.
 */
#include "minimize.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "minimize_rules.h"
#include "minimize_try.h"
#include "system_machine.h"
#include "system_tool.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

typedef struct minimizing {
    hf__minimize_trial trying;
    const hf_scenario *scenario; /* the one that was given */
    hf__minimize_attempt now;    /* the least so far */
    hf_scenario_expect expect;
    const char *clause;
    hf__minimize_rules rules;   /* of `now`, while their number is made less */
    hf__minimize_rules scratch; /* a candidate's, until it is printed */
} minimizing;

static const hf_scenario *scenario_of(const minimizing *self)
{
    return hf_scenario_at(self->now.file, 0);
}

static void tell_progress(const minimizing *self, const char *without)
{
    const hf__minimize_options *options = self->trying.options;
    if (options->taken != NULL)
        options->taken(without, scenario_of(self)->rule_count, self->trying.runs, options->user);
}

static size_t try_scripts(minimizing *self, char **scripts_take, size_t count)
{
    hf__minimize_attempt tried;
    size_t found = hf__minimize_try_first(&self->trying, scripts_take, count, &tried);
    if (found == count)
        return count;
    hf__minimize_tried_clear(&self->now);
    self->now = tried;
    return found;
}

/* Fewer rules */

static size_t try_subsets(const hf__minimize_subset *candidates, size_t count, void *user)
{
    minimizing *self = user;
    char **scripts = hf__allocate(count + 1, sizeof *scripts);
    for (size_t i = 0; i < count; i++) {
        self->scratch = self->rules;
        hf__minimize_rules_keep(&self->scratch, &candidates[i]);
        scripts[i] = hf__minimize_rules_print(self->scenario, &self->scratch, &self->expect);
    }
    size_t found = try_scripts(self, scripts, count);
    hf__free(scripts);
    if (found < count)
        tell_progress(self, "rules");
    return found;
}

static bool remove_rules(minimizing *self)
{
    hf__minimize_rules_take(scenario_of(self), &self->rules);
    hf_scenario_file *texts = self->now.file; /* which the rules borrow */
    self->now.file = NULL;
    hf__minimize_subset subset = hf__minimize_subset_all(self->rules.count);
    hf__minimize_subset_minimize(&subset, try_subsets, self);
    bool changed = self->now.file != NULL;
    if (changed)
        hf_scenario_destroy(texts);
    else
        self->now.file = texts;
    return changed;
}

/* Simpler rules */

/* Tries all variants of one way on one rule. The run of what is now is looked at, so it is the rules of that run that change. */
static bool try_way(minimizing *self, size_t index, size_t way)
{
    char *scripts[4];
    size_t count = 0;
    for (size_t variant = 0; variant < 4; variant++) {
        hf__minimize_rules_take(scenario_of(self), &self->scratch);
        if (!hf__minimize_rules_simplify(&self->scratch, index, way, variant, hf_run_get(self->now.run)->trace))
            break;
        const hf__minimize_subset all = hf__minimize_subset_all(self->scratch.count);
        hf__minimize_rules_keep(&self->scratch, &all);
        char *script = hf__minimize_rules_print(scenario_of(self), &self->scratch, &self->expect);
        if (strcmp(script, self->now.script) == 0)
            hf__free(script);
        else
            scripts[count++] = script;
    }

    if (count == 0 || try_scripts(self, scripts, count) == count)
        return false;
    tell_progress(self, hf__minimize_rules_way_name(way));
    return true;
}

static bool simplify_rules(minimizing *self)
{
    bool changed = false;
    for (size_t index = 0; index < scenario_of(self)->rule_count; index++) {
        for (size_t way = 0; way < hf__minimize_rules_way_count() && index < scenario_of(self)->rule_count; way++)
            changed = try_way(self, index, way) || changed;
    }
    return changed;
}

/* The whole */

static hf_status check_ending(const hf_run_result *result, hf_error *err)
{
    hf_outcome outcome = result->verdict->outcome;
    if (outcome == HF_OUTCOME_OK || outcome == HF_OUTCOME_UNFIRED || outcome == HF_OUTCOME_UNSTABLE)
        return HF_FAIL(err, HF_ERROR_INPUT, "the scenario ends %s, so there is no failure to reduce: %s", hf_outcome_name(outcome),
                       result->verdict->reason);
    if (result->repeat != HF_RUN_REPEATED)
        return HF_FAIL(err, HF_ERROR_INPUT, "the scenario is not repeatable: %s", result->repeat_note);
    return HF_OK;
}

/* The scenario as it is now, with its ending as what is expected, is the first that ends the same. */
static hf_status begin(minimizing *self, hf_error *err)
{
    hf__minimize_rules_take(self->scenario, &self->rules);
    self->now.script = hf__minimize_rules_print(self->scenario, &self->rules, &self->expect);
    hf_errors errors;
    hf_status status = hf_scenario_parse("scenario", hf__text(self->now.script), &self->now.file, &errors);
    if (status != HF_OK)
        *err = errors.items[0];
    return status;
}

static hf_status learn_ending(minimizing *self, hf_error *err)
{
    hf_status status =
        hf__minimize_try_run(self->trying.options, self->trying.options->results, self->scenario, HF_OUTCOME_COUNT, &self->now.run, err);
    if (status == HF_OK)
        status = check_ending(hf_run_get(self->now.run), err);
    if (status != HF_OK)
        return status;
    hf__minimize_ending_of(hf_run_get(self->now.run), &self->trying.ending);
    self->clause = self->trying.ending.clause;
    self->expect = (hf_scenario_expect){.given = 1, .outcomes = 1u << self->trying.ending.outcome, .strict = self->scenario->expect.strict};
    if (self->clause[0] != '\0')
        self->expect.violations = (hf_string_list){.count = 1, .items = &self->clause};
    return begin(self, err);
}

/* What the least script leaves is part of what it shows. */
static void keep_leaks(minimizing *self)
{
    uint64_t leaks = hf_run_get(self->now.run)->verdict->leak_count;
    if (leaks == 0)
        return;
    self->expect.has_leaks = 1;
    self->expect.leaks = leaks;
    char *script = hf__minimize_rules_print(scenario_of(self), &self->rules, &self->expect);
    hf__free(self->now.script);
    self->now.script = script;
}

static hf_status shrink(minimizing *self, hf_error *err)
{
    hf__run_scratch scratch;
    hf_status status = hf__run_scratch_create(self->trying.options->results, "minimize", &scratch, err);
    if (status != HF_OK)
        return status;
    self->trying.scratch = scratch.folder;
    while (remove_rules(self) || simplify_rules(self))
        continue;
    status = self->trying.failure.status;
    if (status != HF_OK)
        *err = self->trying.failure;
    hf_error left;
    if (hf__run_scratch_remove(&scratch, &left) != HF_OK && status == HF_OK) {
        *err = left;
        status = left.status;
    }

    return status;
}

static void fill(minimizing *self, hf__minimize_result *out)
{
    out->ending = self->trying.ending;
    out->rules_before = self->scenario->rule_count;
    out->rules = scenario_of(self)->rule_count;
    out->runs = self->trying.runs;
    out->unsteady = self->trying.unsteady;
    out->is_minimal = !self->trying.is_cut;
    out->script = self->now.script;
    self->now.script = NULL;
}

hf_status hf__minimize_scenario(const hf_scenario *scenario, const hf__minimize_options *options, hf__minimize_result *out, hf_error *err)
{
    *out = (hf__minimize_result){.script = NULL};
    minimizing *self = hf__allocate(1, sizeof *self);
    self->trying.options = options;
    self->scenario = scenario;
    hf_status status = learn_ending(self, err);
    if (status == HF_OK)
        status = shrink(self, err);
    if (status == HF_OK)
        keep_leaks(self);
    if (status == HF_OK)
        fill(self, out);
    hf__minimize_tried_clear(&self->now);
    hf__minimize_trying_clear(&self->trying);
    hf__free(self);
    return status;
}
