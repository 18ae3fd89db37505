/* SPDX-License-Identifier: MIT
 * Removes rules, and prints the rest. Gates are followed until nothing changes.
 */
#include "minimize_rules.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "heap_buffer.h"

#include <string.h>

#include "base_poison.h"

void hf__minimize_rules_take(const hf_scenario *scenario, hf__minimize_rules *out)
{
    out->count = scenario->rule_count;
    for (size_t i = 0; i < out->count; i++) {
        out->rules[i] = scenario->rules[i];
        out->rules[i].compiled = NULL;
        memcpy(&out->compiled[i], scenario->rules[i].compiled, sizeof out->compiled[i]);
    }
}

static bool has_effect(const hf_rule *rule)
{
    return rule->returns != 0 || rule->lie != HF_LIE_NONE || rule->delay_us != 0 || rule->notify != 0;
}

static bool is_asked_for(const hf__minimize_rules *rules, const hf__minimize_subset *kept, size_t index)
{
    for (size_t i = 0; i < rules->count; i++) {
        const hf_rule *rule = &rules->compiled[i];
        if (i != index && hf__minimize_subset_has(kept, i) && (rule->after == (int)index || rule->until == (int)index))
            return true;
    }
    return false;
}

static bool makes_sense(const hf__minimize_rules *rules, const hf__minimize_subset *kept, size_t index)
{
    const hf_rule *rule = &rules->compiled[index];
    bool can_fire = rule->after == HF_RULE_NONE || hf__minimize_subset_has(kept, (size_t)rule->after);
    return can_fire && (has_effect(rule) || is_asked_for(rules, kept, index));
}

static hf__minimize_subset close_subset(const hf__minimize_rules *rules, const hf__minimize_subset *subset)
{
    hf__minimize_subset kept = *subset;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < rules->count; i++) {
            if (!hf__minimize_subset_has(&kept, i) || makes_sense(rules, &kept, i))
                continue;
            kept.bits[i / 64] &= ~(1ull << i % 64);
            changed = true;
        }
    }
    return kept;
}

void hf__minimize_rules_keep(hf__minimize_rules *rules, const hf__minimize_subset *subset)
{
    hf__minimize_subset kept = close_subset(rules, subset);
    int16_t places[HF_RULES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < rules->count; i++)
        places[i] = hf__minimize_subset_has(&kept, i) ? (int16_t)count++ : HF_RULE_NONE;
    for (size_t i = 0; i < rules->count; i++) {
        if (places[i] == HF_RULE_NONE)
            continue;
        hf_rule rule = rules->compiled[i];
        rule.after = rule.after != HF_RULE_NONE ? places[rule.after] : HF_RULE_NONE;
        rule.until = rule.until != HF_RULE_NONE ? places[rule.until] : HF_RULE_NONE;
        rules->rules[places[i]] = rules->rules[i];
        rules->compiled[places[i]] = rule;
    }
    rules->count = count;
}

/* Was the name made by the parser? */
static bool is_default_name(const char *name)
{
    uint64_t number = 0;
    return strncmp(name, "fault-", 6) == 0 && hf__parse_u64(hf__text(name + 6), &number);
}

/* `chance` draws by the rule's name, so that one stays. */
static bool keeps_name(const hf__minimize_rules *rules, size_t index)
{
    return rules->compiled[index].chance != HF_CHANCE_ALWAYS || !is_default_name(rules->rules[index].name);
}

static bool is_kept_name(const hf__minimize_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (keeps_name(rules, i) && strcmp(rules->rules[i].name, name) == 0)
            return true;
    }
    return false;
}

/* What the parser would call it, unless another rule keeps that name. */
static void print_name(const hf__minimize_rules *rules, size_t index, char *out, size_t capacity)
{
    hf__builder name = hf__builder_init(out, capacity);
    hf__builder_print(&name, "fault-%zu", index + 1);
    if (!is_kept_name(rules, out))
        return;
    name = hf__builder_init(out, capacity);
    hf__builder_print(&name, "rule-%zu", index + 1);
}

char *hf__minimize_rules_print(const hf_scenario *scenario, const hf__minimize_rules *rules, const hf_scenario_expect *expect)
{
    hf_scenario whole = *scenario;
    hf_scenario_rule *items = hf__allocate(rules->count + 1, sizeof *items);
    char(*names)[24] = hf__allocate(rules->count + 1, sizeof *names);

    for (size_t i = 0; i < rules->count; i++) {
        items[i] = rules->rules[i];
        items[i].compiled = &rules->compiled[i];
        print_name(rules, i, names[i], sizeof names[i]);
        items[i].name = keeps_name(rules, i) ? items[i].name : names[i];
    }

    whole.rules = items;
    whole.rule_count = rules->count;
    whole.expect = *expect;
    hf__heap_buffer out = {0};
    hf_scenario_print(&whole, hf__heap_buffer_write, &out);
    hf__free(names);
    hf__free(items);
    return out.text;
}
