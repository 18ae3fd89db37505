/* SPDX-License-Identifier: MIT
 * How rules relate: whether one covers another, and whether the filters of a rule can hold at all. Pure logic over the compiled form.
 */
#include "model_rule.h"

#include <string.h>

#include "base_poison.h"

/* What the filters so far leave of one argument. */
typedef struct remaining {
    uint64_t low, high; /* inclusive */
    uint64_t must, lack;
} remaining;

static bool narrow_by(remaining *left, const hf_predicate *predicate)
{
    uint64_t value = predicate->value;
    switch ((hf_compare)predicate->compare) {
    case HF_COMPARE_EQUAL:
        left->low = value > left->low ? value : left->low;
        left->high = value < left->high ? value : left->high;
        break;
    case HF_COMPARE_NOT_EQUAL: break;
    case HF_COMPARE_LESS:
        if (value == 0)
            return false;
        left->high = value - 1 < left->high ? value - 1 : left->high;
        break;
    case HF_COMPARE_LESS_EQUAL: left->high = value < left->high ? value : left->high; break;
    case HF_COMPARE_GREATER:
        if (value == UINT64_MAX)
            return false;
        left->low = value + 1 > left->low ? value + 1 : left->low;
        break;
    case HF_COMPARE_GREATER_EQUAL: left->low = value > left->low ? value : left->low; break;
    case HF_COMPARE_HAS_BITS: left->must |= value; break;
    case HF_COMPARE_LACKS_BITS: left->lack |= value; break;
    }

    return left->low <= left->high && (left->must & left->lack) == 0;
}

/* Is the one value that is left refused by a != or by the bits? */
static bool is_refused(const remaining *left, const hf_predicate *predicates, unsigned count, uint8_t field)
{
    uint64_t only = left->low;
    if (left->low != left->high)
        return false;
    bool refused = (only & left->must) != left->must || (only & left->lack) != 0;
    for (unsigned i = 0; i < count; i++) {
        const hf_predicate *one = &predicates[i];
        refused = refused || (one->field == field && one->compare == HF_COMPARE_NOT_EQUAL && one->value == only);
    }
    return refused;
}

int hf__model_predicates_contradiction(const hf_predicate *predicates, unsigned count)
{
    remaining left[HF_FIELD_COUNT];
    for (unsigned i = 0; i < HF_FIELD_COUNT; i++)
        left[i] = (remaining){.low = 0, .high = UINT64_MAX};
    for (unsigned i = 0; i < count; i++) {
        remaining *field = &left[predicates[i].field];
        if (!narrow_by(field, &predicates[i]) || is_refused(field, predicates, i + 1, predicates[i].field))
            return (int)i;
    }
    return -1;
}

static bool has_predicate(const hf_rule *rule, const hf_predicate *predicate)
{
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        if (memcmp(&rule->predicates[i], predicate, sizeof *predicate) == 0)
            return true;
    }
    return false;
}

static bool has_all_predicates(const hf_rule *rule, const hf_rule *of)
{
    for (unsigned i = 0; i < of->predicate_count; i++) {
        if (!has_predicate(rule, &of->predicates[i]))
            return false;
    }
    return true;
}

static bool covers_functions(const hf_rule *wide, const hf_rule *narrow)
{
    return wide->functions == 0 || (narrow->functions != 0 && (narrow->functions & ~wide->functions) == 0);
}

bool hf__model_rule_covers(const hf_rule *wide, const hf_rule *narrow)
{
    const hf_rule *a = wide;
    const hf_rule *b = narrow;
    return (b->methods & ~a->methods) == 0 && b->methods != 0 && covers_functions(a, b) && has_all_predicates(b, a) && a->foreign >= b->foreign &&
           (!a->has_site || (b->has_site && a->site == b->site)) && (a->thread == 0 || a->thread == b->thread) &&
           (a->phase == 0 || a->phase == b->phase) && (a->after == HF_RULE_NONE || a->after == b->after) &&
           (a->until == HF_RULE_NONE || a->until == b->until);
}

static bool is_every_call(const hf_rule *rule)
{
    return rule->first == 1 && rule->last == 0 && rule->step == 1;
}

static bool includes_ordinals(const hf_rule *all, const hf_rule *some)
{
    bool same = all->first == some->first && all->last == some->last && all->step == some->step;
    bool ends_later = all->last == 0 || (some->last != 0 && some->last <= all->last);
    return same || (all->step == 1 && all->first <= some->first && ends_later);
}

bool hf__model_rule_shadows(const hf_rule *early, const hf_rule *late, bool same_calls)
{
    bool sure = early->chance == HF_CHANCE_ALWAYS && early->times == 0 && !early->has_live;
    bool same_count = same_calls && early->per == late->per && includes_ordinals(early, late);
    return sure && (is_every_call(early) || same_count);
}
