/* SPDX-License-Identifier: MIT
 * Checks the rules of a scenario against each other: names, gates, and rules that can never fire because of others. Quadratic in the number of rules,
 * which is at most 128.
 */
#include "plan_fault.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

static int find_rule(const hf__plan_draft *drafts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(drafts[i].out.name, name) == 0)
            return (int)i;
    }
    return HF_RULE_NONE;
}

static void check_names(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int first = find_rule(drafts, count, drafts[i].out.name);
        if ((size_t)first == i || drafts[i].node == NULL)
            continue;
        const hf__plan_node *given = drafts[i].given[HF_FAULT_KEY_NAME].value;
        HF_NODE_ERROR(reader, given != NULL ? given : drafts[i].node, "a second rule is named '%s'; the first is on line %u", drafts[i].out.name,
                      drafts[first].out.line);
    }
}

/* The rule that a gate names; reports a name that no rule has. */
static int16_t resolve(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count, const char *name, const hf__plan_entry *entry)
{
    if (name == NULL)
        return HF_RULE_NONE;
    int rule = find_rule(drafts, count, name);
    if (rule != HF_RULE_NONE)
        return (int16_t)rule;
    hf__plan_words words = {.what = "rule", .count = 0};
    for (size_t i = 0; i < count && i < HF_PLAN_WORDS_MAX; i++)
        hf__plan_words_add(&words, drafts[i].out.name);
    hf__plan_report_unknown(reader, entry->value->place, &words, hf__text(name));
    return HF_RULE_NONE;
}

/* Follows `after` from a rule. If the chain comes back to it, the first rule of that cycle in the file; otherwise -1. */
static int first_of_cycle(const hf__plan_draft *drafts, size_t count, size_t start)
{
    int first = (int)start;
    int at = drafts[start].rule.after;
    for (size_t steps = 0; steps < count && at != HF_RULE_NONE; steps++) {
        if ((size_t)at == start)
            return first;
        first = at < first ? at : first;
        at = drafts[at].rule.after;
    }
    return -1;
}

static void check_cycles(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (first_of_cycle(drafts, count, i) != (int)i)
            continue;
        const hf__plan_node *value = drafts[i].given[HF_FAULT_KEY_AFTER].value;
        if ((size_t)drafts[i].rule.after == i)
            HF_NODE_ERROR(reader, value, "this rule waits for itself and can never fire");
        else
            HF_NODE_ERROR(reader, value, "'%s' waits for '%s', which waits for '%s' through 'after': none of them can ever fire", drafts[i].out.name,
                          drafts[i].after, drafts[i].out.name);
    }
}

/* A rule without an effect marks a call for the gates of others; one that no gate names was forgotten half-way. */
static void check_effects(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count)
{
    static const hf_fault_key effects[] = {HF_FAULT_KEY_RETURN, HF_FAULT_KEY_LIE, HF_FAULT_KEY_DELAY, HF_FAULT_KEY_NOTIFY};
    for (size_t i = 0; i < count; i++) {
        bool needed = drafts[i].node == NULL || drafts[i].has_unknown;
        for (size_t k = 0; k < sizeof effects / sizeof effects[0]; k++)
            needed = needed || drafts[i].given[effects[k]].key != NULL;
        for (size_t other = 0; other < count && !needed; other++)
            needed = other != i && (drafts[other].rule.after == (int)i || drafts[other].rule.until == (int)i);
        if (!needed)
            HF_NODE_ERROR(reader, drafts[i].node, "this fault does nothing; add return, lie, delay or notify");
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A plan has room for HF_LABELS_MAX threads, and as many phases. */
static void check_labels(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count, hf_fault_key key, bool of_thread)
{
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        const char *mine = of_thread ? drafts[i].out.thread : drafts[i].out.phase;
        size_t earlier = 0;
        while (earlier < i && !same_text(mine, of_thread ? drafts[earlier].out.thread : drafts[earlier].out.phase))
            earlier++;
        distinct += mine != NULL && earlier == i ? 1 : 0;
        if (distinct > HF_LABELS_MAX) {
            HF_NODE_ERROR(reader, drafts[i].given[key].value, "more than %u different names for '%s' in one scenario", HF_LABELS_MAX,
                          drafts[i].given[key].key->text.pointer);
            return;
        }
    }
}

static bool has_item(const hf_string_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], item) == 0)
            return true;
    }
    return false;
}

/* Do the two rules take the same list, in any order? */
static bool same_list(const hf_string_list *a, const hf_string_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!has_item(b, a->items[i]) || !has_item(a, b->items[i]))
            return false;
    }
    return true;
}

/* Does `wide` match every call that `narrow` matches? */
static bool covers(const hf__plan_draft *wide, const hf__plan_draft *narrow)
{
    return hf__model_rule_covers(&wide->rule, &narrow->rule) && (wide->out.thread == NULL || same_text(wide->out.thread, narrow->out.thread)) &&
           (wide->out.phase == NULL || same_text(wide->out.phase, narrow->out.phase)) &&
           (wide->out.from.count == 0 || same_list(&wide->out.from, &narrow->out.from)) &&
           (wide->out.not_from.count == 0 || same_list(&wide->out.not_from, &narrow->out.not_from));
}

static bool shadows(const hf__plan_draft *early, const hf__plan_draft *late)
{
    return covers(early, late) && hf__model_rule_shadows(&early->rule, &late->rule, covers(late, early));
}

static void check_shadows(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count)
{
    for (size_t late = 1; late < count; late++) {
        size_t early = 0;
        while (early < late && !shadows(&drafts[early], &drafts[late]))
            early++;
        if (early < late && drafts[late].node != NULL)
            HF_NODE_ERROR(reader, drafts[late].node, "this rule can never fire: '%s' on line %u takes every call that it matches",
                          drafts[early].out.name, drafts[early].out.line);
    }
}

void hf__plan_check_rules(hf__plan_reader *reader, hf__plan_draft *drafts, size_t count, uint32_t errors_before)
{
    check_names(reader, drafts, count);
    for (size_t i = 0; i < count; i++) {
        drafts[i].rule.after = resolve(reader, drafts, count, drafts[i].after, &drafts[i].given[HF_FAULT_KEY_AFTER]);
        drafts[i].rule.until = resolve(reader, drafts, count, drafts[i].until, &drafts[i].given[HF_FAULT_KEY_UNTIL]);
    }
    check_effects(reader, drafts, count);
    check_cycles(reader, drafts, count);
    check_labels(reader, drafts, count, HF_FAULT_KEY_THREAD, true);
    check_labels(reader, drafts, count, HF_FAULT_KEY_PHASE, false);
    /* A rule that was not understood matches nothing yet, so only rules without mistakes are compared. */
    if (reader->source->errors->count == errors_before)
        check_shadows(reader, drafts, count);
}
