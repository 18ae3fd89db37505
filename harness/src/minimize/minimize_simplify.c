/* SPDX-License-Identifier: MIT
 * Ways to simplify a rule. The first tries the plainest rule that makes the same call fail: its method and its ordinal, nothing else. If that does
 * not do, because the rule has to fire several times, its keys are dropped one by one.
 */
#include "base_check.h"
#include "base_text.h"
#include "engine.h"
#include "model_fault_key.h"
#include "minimize_rules.h"
#include "run_ordinal.h"

#include <string.h>

#include "base_poison.h"

#define FIRINGS_TRIED 4u
#define SPLIT_MAX 32u /* firings of a `chance` that are written out one by one */

/* One firing of a rule. */
typedef struct firing {
    const hf_event *event;
    uint64_t counted; /* 1-based index among the calls that the rule counts */
    uint64_t ordinal; /* 1-based index among the calls of the method (of its thread, if several call); 0: a plain rule would not count it */
} firing;

typedef struct simplification {
    const char *name;
    bool (*take)(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown);
} simplification;

/* Firings */

static uint64_t counted_by(const hf_event *event, size_t rule)
{
    for (uint32_t i = 0; i < event->ticket_count; i++) {
        if (event->tickets[i].rule == rule && (event->tickets[i].flags & HF_TICKET_FIRED) != 0)
            return event->tickets[i].ordinal;
    }
    return 0;
}

/* The first firings of a rule, and at the end of `out` the last one; returns how many there are. */
static size_t list_firings(const hf_trace *trace, size_t rule, firing *out, size_t capacity)
{
    hf__run_ordinals ordinals = hf__run_ordinals_begin(hf__run_has_threads(trace));
    size_t count = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        uint64_t ordinal = hf__run_ordinals_next(&ordinals, event);
        uint64_t counted = event->kind < HF_METHOD_COUNT ? counted_by(event, rule) : 0;
        if (counted == 0)
            continue;
        out[count < capacity ? count : capacity - 1] = (firing){.event = event, .counted = counted, .ordinal = ordinal};
        count++;
    }
    return count;
}

/* The variant-th firing that is worth a try of its own: the first; the last, behind which it ended; the second, the third. */
static bool find_firing(const hf_trace *trace, size_t rule, size_t variant, firing *out)
{
    static const size_t order[] = {0, FIRINGS_TRIED - 1, 1, 2};
    firing firings[FIRINGS_TRIED];
    size_t count = list_firings(trace, rule, firings, FIRINGS_TRIED);
    if (variant >= HF_COUNT_OF(order) || variant >= count)
        return false;
    *out = firings[count < FIRINGS_TRIED ? variant : order[variant]];
    return true;
}

/* Ways */

static void set_ordinal(hf_rule *rule, uint64_t ordinal)
{
    rule->first = rule->last = ordinal;
    rule->step = 1;
    rule->chance = HF_CHANCE_ALWAYS;
    rule->times = 0;
}

static void drop_conditions(hf_scenario_rule *texts, hf_rule *rule)
{
    texts->thread = texts->phase = NULL;
    texts->from = texts->not_from = (hf_string_list){0};
    rule->predicate_count = 0;
    memset(rule->predicates, 0, sizeof rule->predicates);
    rule->after = rule->until = HF_RULE_NONE;
    static const hf_fault_key conditions[] = {HF_FAULT_KEY_SITE, HF_FAULT_KEY_LIVE, HF_FAULT_KEY_FOREIGN, HF_FAULT_KEY_OPTIONAL, HF_FAULT_KEY_PER};
    for (size_t i = 0; i < HF_COUNT_OF(conditions); i++)
        hf__model_rule_drop(rule, conditions[i]);
}

/* Where several threads call, a call is told by its ordinal in its thread. */
static bool name_thread(hf__minimize_rules *rules, size_t index, const hf_trace *shown, const hf_event *event)
{
    hf_text label = hf_trace_thread_label(shown, event->thread);
    if (!hf__run_has_threads(shown))
        return true;
    if (label.size_bytes == 0 || label.size_bytes >= sizeof rules->thread)
        return false;
    hf__text_copy(rules->thread, sizeof rules->thread, label);
    rules->rules[index].thread = rules->thread;
    rules->compiled[index].per = HF_PER_THREAD;
    return true;
}

static bool take_all(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown)
{
    firing one;
    if (!find_firing(shown, index, variant, &one) || one.ordinal == 0)
        return false;
    hf_rule *rule = &rules->compiled[index];
    drop_conditions(&rules->rules[index], rule);
    rule->methods = 1u << one.event->kind;
    rule->functions = one.event->function != HF_FUNCTION_NONE ? 1u << one.event->function : 0;
    set_ordinal(rule, one.ordinal);
    return name_thread(rules, index, shown, one.event);
}

static bool take_methods(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown)
{
    firing one;
    uint32_t *methods = &rules->compiled[index].methods;
    if ((*methods & (*methods - 1)) == 0 || !find_firing(shown, index, variant, &one))
        return false;
    *methods = 1u << one.event->kind;
    rules->compiled[index].functions = one.event->function != HF_FUNCTION_NONE ? 1u << one.event->function : 0;
    return true;
}

static bool take_idle_methods(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown)
{
    uint32_t fired = 0;
    for (size_t i = 0; i < hf_trace_event_count(shown); i++) {
        const hf_event *event = hf_trace_event(shown, i);
        fired |= event->kind < HF_METHOD_COUNT && counted_by(event, index) != 0 ? 1u << event->kind : 0;
    }
    if (variant > 0 || fired == 0 || fired == rules->compiled[index].methods)
        return false;
    rules->compiled[index].methods = fired;
    return true;
}

static bool take_ordinals(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown)
{
    firing one;
    if (!find_firing(shown, index, variant, &one))
        return false;
    set_ordinal(&rules->compiled[index], one.counted);
    return true;
}

/* What chance chose, written out: a rule for each call. */
static bool take_chance(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown)
{
    firing firings[SPLIT_MAX];
    size_t count = list_firings(shown, index, firings, SPLIT_MAX);
    if (variant > 0 || rules->compiled[index].chance == HF_CHANCE_ALWAYS || count == 0 || count > SPLIT_MAX || rules->count + count > HF_RULES_MAX)
        return false;
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->compiled[i].after == (int)index || rules->compiled[i].until == (int)index)
            return false;
    }

    for (size_t i = 0; i < count; i++) {
        size_t at = i == 0 ? index : rules->count++;
        rules->rules[at] = rules->rules[index];
        rules->rules[at].name = "fault-0";
        rules->compiled[at] = rules->compiled[index];
        set_ordinal(&rules->compiled[at], firings[i].counted);
    }

    return true;
}

#define HF_DROP(name, has, drop)                                                                                                                     \
    static bool take_##name(hf__minimize_rules *rules, size_t index, size_t variant, const hf_trace *shown)                                          \
    {                                                                                                                                                \
        hf_scenario_rule *texts = &rules->rules[index];                                                                                              \
        hf_rule *rule = &rules->compiled[index];                                                                                                     \
        (void)texts;                                                                                                                                 \
        (void)rule;                                                                                                                                  \
        (void)shown;                                                                                                                                 \
        if (variant > 0 || !(has))                                                                                                                   \
            return false;                                                                                                                            \
        drop;                                                                                                                                        \
        return true;                                                                                                                                 \
    }
HF_DROP(where, rule->predicate_count > 0, (rule->predicate_count = 0, memset(rule->predicates, 0, sizeof rule->predicates)))
HF_DROP(from, texts->from.count > 0, texts->from = (hf_string_list){0})
HF_DROP(not_from, texts->not_from.count > 0, texts->not_from = (hf_string_list){0})
/* Where several threads call, which call is the n-th of all depends on the schedule. */
HF_DROP(thread, texts->thread != NULL && !hf__run_has_threads(shown), texts->thread = NULL)
HF_DROP(phase, texts->phase != NULL, texts->phase = NULL)
HF_DROP(after, rule->after != HF_RULE_NONE, rule->after = HF_RULE_NONE)
HF_DROP(until, rule->until != HF_RULE_NONE, rule->until = HF_RULE_NONE)

static const simplification ways[] = {
    {"all conditions but method and ordinal", take_all},
    {"methods but one", take_methods},
    {"methods that do not fail", take_idle_methods},
    {"ordinals but one", take_ordinals},
    {"chance", take_chance},
    {"where", take_where},
    {"from", take_from},
    {"not-from", take_not_from},
    {"thread", take_thread},
    {"phase", take_phase},
    {"after", take_after},
    {"until", take_until},
};

/* Keys of the model's table that a rule may lose. `undocumented` is none of them: it says that the rule's result is meant, and changes nothing. */
static bool may_drop(hf_fault_key key)
{
    return hf__model_fault_key(key)->kind != HF_FAULT_KIND_OWN && key != HF_FAULT_KEY_UNDOCUMENTED;
}

/* Ways are numbered: first those above, then these keys. HF_FAULT_KEY_COUNT: there is no such way. */
static hf_fault_key key_of(size_t way)
{
    size_t left = way - HF_COUNT_OF(ways);
    unsigned key = 0;
    while (key < HF_FAULT_KEY_COUNT && (!may_drop((hf_fault_key)key) || left-- > 0))
        key++;
    return (hf_fault_key)key;
}

size_t hf__minimize_rules_way_count(void)
{
    size_t count = HF_COUNT_OF(ways);
    for (unsigned key = 0; key < HF_FAULT_KEY_COUNT; key++)
        count += may_drop((hf_fault_key)key) ? 1 : 0;
    return count;
}

const char *hf__minimize_rules_way_name(size_t way)
{
    return way < HF_COUNT_OF(ways) ? ways[way].name : hf__model_fault_key(key_of(way))->word;
}

bool hf__minimize_rules_simplify(hf__minimize_rules *rules, size_t index, size_t way, size_t variant, const hf_trace *shown)
{
    if (way < HF_COUNT_OF(ways))
        return ways[way].take(rules, index, variant, shown);
    if (variant > 0 || !hf__model_rule_has(&rules->compiled[index], key_of(way)))
        return false;
    hf__model_rule_drop(&rules->compiled[index], key_of(way));
    return true;
}
