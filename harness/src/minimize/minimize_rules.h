/* SPDX-License-Identifier: MIT
 * The rules of a scenario as values that can be removed and simplified. Texts are borrowed from the scenario.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_MINIMIZE_RULES_H
#define HF_MINIMIZE_RULES_H

#include "minimize_subset.h"

#include <hostfault/plan.h>
#include <hostfault/trace.h>

typedef struct hf__minimize_rules {
    size_t count;
    hf_scenario_rule rules[HF_RULES_MAX]; /* `compiled` is NULL; it is the rule of the same index below */
    hf_rule compiled[HF_RULES_MAX];
    char thread[64]; /* a label that a way below gave its rule */
} hf__minimize_rules;

void hf__minimize_rules_take(const hf_scenario *scenario, hf__minimize_rules *out);
/* Leaves those of the subset, and of them those that make sense without the others: a rule that is taken out never fires, so what waits for it never
 * does either, and what ends with it never ends; a rule that only marks goes when nobody asks for its mark. */
void hf__minimize_rules_keep(hf__minimize_rules *rules, const hf__minimize_subset *subset);
/* The scenario with these rules and this expectation as a script. hf__free. */
char *hf__minimize_rules_print(const hf_scenario *scenario, const hf__minimize_rules *rules, const hf_scenario_expect *expect);

/* Ways to make one rule simpler, in the order in which they are tried. */
size_t hf__minimize_rules_way_count(void);
/* What the way takes away, in words. */
const char *hf__minimize_rules_way_name(size_t way);
/* Makes rule `index` simpler, or puts rules in its place that are. `variant`: a way may have several, from 0 on. shown: a run of these rules.
 * False: there is no such variant. */
bool hf__minimize_rules_simplify(hf__minimize_rules *rules, size_t index, size_t way, size_t variant, const hf_trace *shown);

#endif
