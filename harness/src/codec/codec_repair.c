/* SPDX-License-Identifier: MIT
 * Turns any decoded schedule into one that a scenario script could express. The checks are those of plan_check.c and plan_check_rules.c, but instead
 * of complaining they repair the rule, or remove one that cannot be repaired. A test decodes random bytes, prints them as a script and reads it
 * again.
 */
#include "codec.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

/* The usual faults of each method: its documented failures in the order of the model's rows, then its lies. Listed at the first use. */
typedef struct usual {
    HRESULT hr; /* with lie HF_LIE_NONE */
    hf_lie lie;
} usual;
#define USUAL_MAX 24u
static usual usuals[HF_METHOD_COUNT][USUAL_MAX];
static uint8_t usual_counts[HF_METHOD_COUNT];

static void list_usual(hf_method method)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    uint8_t listed = 0;
    for (size_t i = 0; i < count && listed < USUAL_MAX; i++) {
        if (hf__model_is_documented(method, rows[i].value))
            usuals[method][listed++] = (usual){rows[i].value, HF_LIE_NONE};
    }
    for (unsigned lie = HF_LIE_NULL; lie < HF_LIE_COUNT && listed < USUAL_MAX; lie++) {
        if ((hf__model_method(method)->lies >> lie & 1) != 0)
            usuals[method][listed++] = (usual){S_OK, (hf_lie)lie};
    }
    usual_counts[method] = listed;
}

unsigned hf__codec_fault_count(hf_method method)
{
    if (usual_counts[method] == 0)
        list_usual(method);
    return usual_counts[method];
}

void hf__codec_set_fault(hf_rule *rule, hf_method method, unsigned number)
{
    const usual *fault = &usuals[method][number % hf__codec_fault_count(method)]; /* every method can at least lie */
    rule->hr = fault->hr;
    rule->lie = (uint8_t)fault->lie;
    rule->returns = fault->lie == HF_LIE_NONE;
}

static bool all_methods(const hf_rule *rule, bool (*holds)(const hf_rule *rule, hf_method method))
{
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        if ((rule->methods >> method & 1) != 0 && !holds(rule, (hf_method)method))
            return false;
    }
    return true;
}

static bool documents(const hf_rule *rule, hf_method method)
{
    return hf__model_is_documented(method, rule->hr);
}

static bool can_lie(const hf_rule *rule, hf_method method)
{
    return (hf__model_method(method)->lies >> rule->lie & 1) != 0;
}

static bool has_out(const hf_rule *rule, hf_method method)
{
    hf_out_kind kind = hf__model_method(method)->out;
    return rule->out == HF_OUT_POISON ? kind == HF_OUT_KIND_POINTER : kind != HF_OUT_KIND_NONE;
}

static bool may_be_foreign(const hf_rule *rule, hf_method method)
{
    (void)rule;
    return method == HF_METHOD_VIRTUAL_QUERY || method == HF_METHOD_VIRTUAL_PROTECT;
}

static void repair_effect(hf_rule *rule)
{
    if (rule->lie != HF_LIE_NONE && !all_methods(rule, can_lie))
        rule->lie = HF_LIE_NONE;
    if (!rule->returns) {
        rule->hr = S_OK;
        rule->out = HF_OUT_NULL;
        rule->done = 0;
    }

    if (rule->out != HF_OUT_NULL && !all_methods(rule, has_out))
        rule->out = HF_OUT_NULL;
    if (!rule->returns && rule->lie == HF_LIE_NONE) {
        rule->has_last_error = 0;
        rule->last_error = 0;
    }

    if (!rule->returns || rule->hr != E_FAIL)
        rule->sticks = 1;
    rule->undocumented = rule->returns && !all_methods(rule, documents);
    if (rule->foreign && !all_methods(rule, may_be_foreign))
        rule->foreign = 0;
}

static void repair_when(hf_rule *rule)
{
    if (rule->last != 0 && rule->last < rule->first)
        rule->last = rule->first;
    bool every = rule->first == 1 && rule->last == 0 && rule->step == 1;
    if (every && rule->chance == HF_CHANCE_ALWAYS)
        rule->per = HF_PER_RUN;
    if (!rule->has_live)
        rule->live_above = 0;
}

/* What a filter on each argument can compare by, bits of hf_compare. */
static uint32_t comparisons(hf_field field)
{
    const uint32_t equal = 1u << HF_COMPARE_EQUAL | 1u << HF_COMPARE_NOT_EQUAL;
    switch (field) {
    case HF_FIELD_ADDRESS:
    case HF_FIELD_LEVEL: return equal;
    case HF_FIELD_SIZE:
        return equal | 1u << HF_COMPARE_LESS | 1u << HF_COMPARE_LESS_EQUAL | 1u << HF_COMPARE_GREATER | 1u << HF_COMPARE_GREATER_EQUAL;
    case HF_FIELD_TYPE:
    case HF_FIELD_PROTECT:
    case HF_FIELD_FREE:
    case HF_FIELD_MALLOC: return equal | 1u << HF_COMPARE_HAS_BITS | 1u << HF_COMPARE_LACKS_BITS;
    case HF_FIELD_COUNT: break;
    }
    return equal;
}

static void repair_predicate(hf_predicate *predicate)
{
    hf_field field = (hf_field)predicate->field;
    if ((comparisons(field) >> predicate->compare & 1) == 0)
        predicate->compare = (uint8_t)(predicate->compare % 2 == 0 ? HF_COMPARE_EQUAL : HF_COMPARE_NOT_EQUAL);
    if (field == HF_FIELD_ADDRESS)
        predicate->value = 0;
    else if (field != HF_FIELD_SIZE)
        predicate->value = (uint32_t)predicate->value;
    bool bits = predicate->compare == HF_COMPARE_HAS_BITS || predicate->compare == HF_COMPARE_LACKS_BITS;
    if (bits && predicate->value == 0)
        predicate->compare = HF_COMPARE_EQUAL;
}

static bool has_field(const hf_rule *rule, hf_field field)
{
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        if ((rule->methods >> method & 1) != 0 && (hf__model_method((hf_method)method)->fields >> field & 1) == 0)
            return false;
    }
    return true;
}

/* Those of one argument together, in the order of the arguments' first; what contradicts those before it, or repeats one, is left out. */
static void repair_where(hf_rule *rule)
{
    hf_predicate given[HF_PREDICATES_MAX];
    unsigned count = rule->predicate_count;
    memcpy(given, rule->predicates, sizeof given);
    rule->predicate_count = 0;
    memset(rule->predicates, 0, sizeof rule->predicates);
    uint32_t taken = 0;

    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = i; j < count && (taken >> i & 1) == 0; j++) {
            if (given[j].field != given[i].field || (taken >> j & 1) != 0)
                continue;
            taken |= j != i ? 1u << j : 0;
            repair_predicate(&given[j]);
            rule->predicates[rule->predicate_count] = given[j];
            bool keep =
                has_field(rule, (hf_field)given[j].field) && hf__model_predicates_contradiction(rule->predicates, rule->predicate_count + 1u) < 0;
            rule->predicate_count = (uint8_t)(rule->predicate_count + (keep ? 1 : 0));
        }
        taken |= 1u << i;
    }

    for (unsigned i = rule->predicate_count; i < HF_PREDICATES_MAX; i++)
        memset(&rule->predicates[i], 0, sizeof rule->predicates[i]);
}

/* Gates name rules that are there, and no rule waits for itself by any way. */
static void repair_gates(hf_schedule *schedule)
{
    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        hf_rule *rule = &schedule->rules[i];
        if (rule->after >= (int)schedule->rule_count)
            rule->after = HF_RULE_NONE;
        if (rule->until >= (int)schedule->rule_count || rule->until == rule->after)
            rule->until = HF_RULE_NONE;
    }
    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        int at = schedule->rules[i].after;
        for (uint32_t steps = 0; steps < schedule->rule_count && at != HF_RULE_NONE && at != (int)i; steps++)
            at = schedule->rules[at].after;
        if (at == (int)i)
            schedule->rules[i].after = HF_RULE_NONE;
    }
}

static bool is_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        if (!letter && (c == name || (*c != '.' && *c != '_' && *c != '-')))
            return false;
    }
    return true;
}

const char *hf__codec_rule_name(const hf_schedule *schedule, uint32_t rule, char *buffer, size_t capacity)
{
    if (schedule->names[rule][0] != '\0')
        return schedule->names[rule];
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "fault-%u", (unsigned)rule + 1);
    return buffer;
}

/* A name that begins as the default ones do might be another's, now or when rules go. */
static void repair_name(hf_schedule *schedule, uint32_t index)
{
    char *name = schedule->names[index];
    bool good = is_name(name) && !hf__text_starts_with(hf__text(name), "fault-");
    for (uint32_t i = 0; i < index && good; i++)
        good = name[0] == '\0' || strcmp(name, schedule->names[i]) != 0;
    if (!good)
        name[0] = '\0';
}

void hf__codec_remove_rule(hf_schedule *schedule, uint32_t rule)
{
    uint32_t behind = schedule->rule_count - rule - 1;
    memmove(&schedule->rules[rule], &schedule->rules[rule + 1], behind * sizeof schedule->rules[0]);
    memmove(schedule->names[rule], schedule->names[rule + 1], behind * sizeof schedule->names[0]);
    schedule->rule_count--;
    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        int16_t *gates[] = {&schedule->rules[i].after, &schedule->rules[i].until};
        for (unsigned g = 0; g < HF_COUNT_OF(gates); g++) {
            if (*gates[g] == (int)rule)
                *gates[g] = HF_RULE_NONE;
            else if (*gates[g] > (int)rule)
                --*gates[g];
        }
    }
}

static bool is_needed(const hf_schedule *schedule, uint32_t index)
{
    bool needed = !hf__model_rule_only_marks(&schedule->rules[index]);
    for (uint32_t i = 0; i < schedule->rule_count && !needed; i++)
        needed = i != index && (schedule->rules[i].after == (int)index || schedule->rules[i].until == (int)index);
    return needed;
}

static bool is_shadowed(const hf_schedule *schedule, uint32_t index)
{
    const hf_rule *late = &schedule->rules[index];
    for (uint32_t i = 0; i < index; i++) {
        const hf_rule *early = &schedule->rules[i];
        if (hf__model_rule_covers(early, late) && hf__model_rule_shadows(early, late, hf__model_rule_covers(late, early)))
            return true;
    }
    return false;
}

/* Takes out the rules that can do nothing, until none is left: one that goes may have been what another was for. */
static void remove_idle(hf_schedule *schedule)
{
    for (uint32_t i = 0; i < schedule->rule_count;) {
        if (is_needed(schedule, i) && !is_shadowed(schedule, i)) {
            i++;
            continue;
        }
        hf__codec_remove_rule(schedule, i);
        i = 0;
    }
}

/* Labels in the order of their first use by rules, as reading a script finds them, and no others. */
static void repair_labels(hf_schedule *schedule)
{
    char threads[HF_LABELS_MAX][HF_CODEC_TEXT_MAX + 1], phases[HF_LABELS_MAX][HF_CODEC_TEXT_MAX + 1];
    if (schedule->thread_count == 0 && schedule->phase_count == 0)
        return;
    memcpy(threads, schedule->threads, sizeof threads);
    memcpy(phases, schedule->phases, sizeof phases);
    schedule->thread_count = 0;
    schedule->phase_count = 0;
    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        hf_rule *rule = &schedule->rules[i];
        rule->thread = rule->thread > 0 ? hf__codec_thread(schedule, threads[rule->thread - 1]) : 0;
        rule->phase = rule->phase > 0 ? hf__codec_phase(schedule, phases[rule->phase - 1]) : 0;
    }
}

void hf__codec_repair(hf_schedule *schedule)
{
    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        repair_effect(&schedule->rules[i]);
        repair_when(&schedule->rules[i]);
        repair_where(&schedule->rules[i]);
        repair_name(schedule, i);
    }
    repair_gates(schedule);
    remove_idle(schedule);
    repair_labels(schedule);
}

static bool is_lawful(const hf_rule *rule)
{
    return rule->lie == HF_LIE_NONE && !rule->undocumented && rule->out == HF_OUT_NULL;
}

void hf__codec_keep_lawful(hf_schedule *schedule)
{
    for (uint32_t i = 0; i < schedule->rule_count;) {
        if (is_lawful(&schedule->rules[i]))
            i++;
        else
            hf__codec_remove_rule(schedule, i);
    }
    hf__codec_repair(schedule);
}
