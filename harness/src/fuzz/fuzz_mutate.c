/* SPDX-License-Identifier: MIT
 * Mutates inputs by their structure: the schedule by one of the steps in the table below, the data by whatever the engine does to data. Each step is
 * small, so an interesting input stays near. All randomness comes from the one generator, from the engine's seed.
 */
#include "base_check.h"
#include "base_random.h"
#include "codec.h"
#include "model_fault_key.h"

#include <hostfault/fuzz.h>
#include <string.h>

#include "base_poison.h"

typedef struct dice {
    uint64_t seed, drawn;
} dice;

static uint64_t draw(dice *self, uint64_t below)
{
    return hf__random(self->seed, 0, self->drawn++) % below;
}

/* Mostly small: each further step half as likely. */
static uint64_t draw_small(dice *self)
{
    uint64_t bits = 1 + (uint64_t)__builtin_ctzll(hf__random(self->seed, 1, self->drawn++) | 1ull << 15);
    return draw(self, 1ull << bits);
}

static hf_rule *pick(hf_schedule *schedule, dice *rolls)
{
    return &schedule->rules[draw(rolls, schedule->rule_count)];
}

/* Memory is asked for more often than all else, and its refusals are what callers must live with. */
static hf_method draw_method(dice *rolls)
{
    static const hf_method often[] = {HF_METHOD_VIRTUAL_ALLOC, HF_METHOD_MALLOC_ALLOC, HF_METHOD_VIRTUAL_ALLOC,
                                      HF_METHOD_CREATE_MALLOC, HF_METHOD_VIRTUAL_FREE, HF_METHOD_VIRTUAL_PROTECT};
    if (draw(rolls, 4) != 0)
        return often[draw(rolls, HF_COUNT_OF(often))];
    return (hf_method)draw(rolls, HF_METHOD_COUNT);
}

static void set_new_fault(hf_rule *rule, hf_method method, dice *rolls)
{
    rule->returns = 0;
    rule->hr = S_OK;
    rule->lie = HF_LIE_NONE;
    rule->methods = 1u << method;
    hf__codec_set_fault(rule, method, (unsigned)draw(rolls, 256));
}

static void add_rule(hf_schedule *schedule, dice *rolls)
{
    if (schedule->rule_count == HF_RULES_MAX)
        return;
    hf_rule rule = hf__model_rule_init();
    set_new_fault(&rule, draw_method(rolls), rolls);
    rule.first = 1 + draw_small(rolls);
    rule.last = draw(rolls, 4) == 0 ? 0 : rule.first;
    uint32_t at = (uint32_t)draw(rolls, schedule->rule_count + 1ull);
    memmove(&schedule->rules[at + 1], &schedule->rules[at], (schedule->rule_count - at) * sizeof rule);
    memmove(schedule->names[at + 1], schedule->names[at], (schedule->rule_count - at) * sizeof schedule->names[0]);
    schedule->rule_count++;

    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        schedule->rules[i].after = (int16_t)(schedule->rules[i].after + (schedule->rules[i].after >= (int)at ? 1 : 0));
        schedule->rules[i].until = (int16_t)(schedule->rules[i].until + (schedule->rules[i].until >= (int)at ? 1 : 0));
    }

    schedule->rules[at] = rule;
    schedule->names[at][0] = '\0';
}

static void remove_rule(hf_schedule *schedule, dice *rolls)
{
    hf__codec_remove_rule(schedule, (uint32_t)draw(rolls, schedule->rule_count));
}

static void move_ordinal(hf_schedule *schedule, dice *rolls)
{
    hf_rule *rule = pick(schedule, rolls);
    uint64_t length = rule->last != 0 ? rule->last - rule->first : 0;
    uint64_t step = 1 + draw_small(rolls);
    bool down = draw(rolls, 2) == 0;
    rule->first = down ? (rule->first > step ? rule->first - step : 1) : rule->first + step;
    rule->last = rule->last != 0 ? rule->first + length : 0;
}

static void change_range(hf_schedule *schedule, dice *rolls)
{
    hf_rule *rule = pick(schedule, rolls);
    switch (draw(rolls, 4)) {
    case 0: rule->last = 0; break;
    case 1: rule->last = rule->first; break;
    case 2: rule->last = rule->first + draw_small(rolls); break;
    default: rule->step = 1 + draw_small(rolls) % 8; break;
    }
}

static void change_failure(hf_schedule *schedule, dice *rolls)
{
    hf_rule *rule = pick(schedule, rolls);
    set_new_fault(rule, (hf_method)__builtin_ctz(rule->methods), rolls);
}

static void change_method(hf_schedule *schedule, dice *rolls)
{
    set_new_fault(pick(schedule, rolls), draw_method(rolls), rolls);
}

static void add_filter(hf_schedule *schedule, dice *rolls)
{
    static const hf_predicate usual[] = {
        {MEM_COMMIT, HF_FIELD_TYPE, HF_COMPARE_HAS_BITS, {0}},
        {MEM_RESERVE, HF_FIELD_TYPE, HF_COMPARE_HAS_BITS, {0}},
        {MEM_RESERVE, HF_FIELD_TYPE, HF_COMPARE_LACKS_BITS, {0}},
        {MEM_RELEASE, HF_FIELD_FREE, HF_COMPARE_HAS_BITS, {0}},
        {MEM_DECOMMIT, HF_FIELD_FREE, HF_COMPARE_HAS_BITS, {0}},
        {0, HF_FIELD_ADDRESS, HF_COMPARE_EQUAL, {0}},
        {0, HF_FIELD_ADDRESS, HF_COMPARE_NOT_EQUAL, {0}},
        {0, HF_FIELD_LEVEL, HF_COMPARE_EQUAL, {0}},
        {PAGE_EXECUTE_READWRITE, HF_FIELD_PROTECT, HF_COMPARE_HAS_BITS, {0}},
        {0, HF_FIELD_SIZE, HF_COMPARE_GREATER_EQUAL, {0}},
        {0, HF_FIELD_SIZE, HF_COMPARE_LESS, {0}},
    };
    hf_rule *rule = pick(schedule, rolls);
    if (rule->predicate_count == HF_PREDICATES_MAX)
        return;

    hf_predicate filter = usual[draw(rolls, HF_COUNT_OF(usual))];
    if (filter.field == HF_FIELD_SIZE)
        filter.value = 1ull << draw(rolls, 24);
    rule->predicates[rule->predicate_count++] = filter;
}

static void drop_filters(hf_schedule *schedule, dice *rolls)
{
    hf_rule *rule = pick(schedule, rolls);
    rule->predicate_count = 0;
    rule->after = rule->until = HF_RULE_NONE;
    rule->has_site = rule->has_live = 0;
    rule->thread = rule->phase = 0;
}

static void set_gate(hf_schedule *schedule, dice *rolls)
{
    hf_rule *rule = pick(schedule, rolls);
    int16_t other = (int16_t)draw(rolls, schedule->rule_count);
    if (draw(rolls, 3) == 0)
        rule->until = other;
    else
        rule->after = other;
}

/* A key of the model's table gets a value, mostly a small one, or goes. Never a site: no random number is the key of one. */
static void change_value(hf_schedule *schedule, dice *rolls)
{
    hf_rule *rule = pick(schedule, rolls);
    hf_fault_key key;
    do
        key = (hf_fault_key)draw(rolls, HF_FAULT_KEY_COUNT);
    while (hf__model_fault_key(key)->kind == HF_FAULT_KIND_OWN || key == HF_FAULT_KEY_SITE);
    const hf_fault_key_row *row = hf__model_fault_key(key);
    uint64_t value = draw_small(rolls);
    value = row->most != UINT64_MAX ? value % (row->most + 1) : value;
    if (hf__model_rule_has(rule, key) || value < row->least)
        hf__model_rule_drop(rule, key);
    else
        hf__model_rule_set(rule, key, row->kind == HF_FAULT_KIND_FLAG ? row->unset == 0 : value);
}

static void change_chance(hf_schedule *schedule, dice *rolls)
{
    pick(schedule, rolls)->chance = draw(rolls, 2) == 0 ? HF_CHANCE_ALWAYS : HF_CHANCE_ALWAYS >> (1 + draw(rolls, 7));
}

static void change_setting(hf_schedule *schedule, dice *rolls)
{
    switch (draw(rolls, 4)) {
    case 0: schedule->seed = draw(rolls, 1u << 16); break;
    case 1: schedule->commit_limit = draw(rolls, 2) == 0 ? 0 : (1 + draw_small(rolls)) << 16; break;
    case 2: schedule->caller = (uint8_t)draw(rolls, hf__codec_caller_count()); break;
    default: break;
    }
}

typedef struct step {
    void (*make)(hf_schedule *schedule, dice *rolls);
    uint8_t weight;
    bool needs_rule;
} step;

static const step steps[] = {
    {add_rule, 5, false},      {remove_rule, 4, true},   {move_ordinal, 6, true},  {change_range, 3, true},
    {change_failure, 4, true}, {change_method, 2, true}, {add_filter, 3, true},    {drop_filters, 1, true},
    {set_gate, 2, true},       {change_value, 3, true},  {change_chance, 1, true}, {change_setting, 1, false},
};

static void make_step(hf_schedule *schedule, dice *rolls)
{
    unsigned whole = 0;
    for (unsigned i = 0; i < HF_COUNT_OF(steps); i++)
        whole += schedule->rule_count > 0 || !steps[i].needs_rule ? steps[i].weight : 0;
    uint64_t left = draw(rolls, whole);
    for (unsigned i = 0; i < HF_COUNT_OF(steps); i++) {
        unsigned weight = schedule->rule_count > 0 || !steps[i].needs_rule ? steps[i].weight : 0;
        if (left < weight) {
            steps[i].make(schedule, rolls);
            return;
        }
        left -= weight;
    }
}

/* For engines that bring nothing of their own. */
static size_t change_bytes(uint8_t *data, size_t size_bytes, size_t size_max, dice *rolls)
{
    if (size_bytes == 0 || (size_bytes < size_max && draw(rolls, 4) == 0)) {
        if (size_bytes < size_max)
            data[size_bytes++] = (uint8_t)draw(rolls, 256);
        return size_bytes;
    }
    if (draw(rolls, 6) == 0)
        return size_bytes - 1;
    data[draw(rolls, size_bytes)] = (uint8_t)draw(rolls, 256);
    return size_bytes;
}

static hf_schedule made; /* too large for a stack */

/* The data in front of a schedule that stays as it is. */
static size_t mutate_data(uint8_t *data, size_t size_bytes, size_t size_max, dice *rolls, size_t (*mutate)(uint8_t *, size_t, size_t))
{
    static uint8_t behind[HF_CODEC_SCHEDULE_BYTES_MAX + HF_CODEC_TAIL_BYTES];
    const uint8_t *schedule;
    size_t schedule_bytes;
    uint8_t caller;
    size_t operations = hf__codec_split(data, size_bytes, &schedule, &schedule_bytes, &caller);
    size_t kept = size_bytes - operations;
    memcpy(behind, data + operations, kept);
    operations = mutate != NULL ? mutate(data, operations, size_max - kept) : change_bytes(data, operations, size_max - kept, rolls);
    memcpy(data + operations, behind, kept);
    return operations + kept;
}

size_t hf_fuzz_mutate(uint8_t *data, size_t size_bytes, size_t size_max, unsigned seed, int data_are_arguments,
                      size_t (*mutate)(uint8_t *, size_t, size_t))
{
    dice rolls = {.seed = seed};
    if (draw(&rolls, data_are_arguments ? 64 : 4) == 0)
        return mutate_data(data, size_bytes, size_max, &rolls, mutate);
    size_t operations = hf__codec_decode(data, size_bytes, &made);
    for (uint64_t more = 1 + draw(&rolls, 3); more > 0; more--) {
        make_step(&made, &rolls);
        hf__codec_repair(&made);
    }
    size_t written = hf__codec_encode(&made, data + operations, size_max - operations);
    return written > 0 ? operations + written : mutate_data(data, size_bytes, size_max, &rolls, mutate);
}

/* A bug that takes more faults than that at once is found through mutation, and schedules do not grow without end. */
#define CROSSED_RULES_MAX 8u

/* NOLINTNEXTLINE(readability-function-size): LLVMFuzzerCustomCrossOver's parameters */
size_t hf_fuzz_cross(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes, uint8_t *out, size_t size_max, unsigned seed)
{
    static hf_schedule other;
    dice rolls = {.seed = seed};
    size_t operations = hf__codec_decode(a, a_bytes, &made);
    (void)hf__codec_decode(b, b_bytes, &other);

    for (uint32_t i = 0; i < other.rule_count && made.rule_count < HF_RULES_MAX; i++) {
        if (draw(&rolls, 2) == 0)
            continue;
        hf_rule rule = other.rules[i];
        rule.after = rule.until = HF_RULE_NONE;
        rule.thread = rule.thread > 0 ? hf__codec_thread(&made, other.threads[rule.thread - 1]) : 0;
        rule.phase = rule.phase > 0 ? hf__codec_phase(&made, other.phases[rule.phase - 1]) : 0;
        made.names[made.rule_count][0] = '\0';
        made.rules[made.rule_count++] = rule;
    }

    while (made.rule_count > 1 && (made.rule_count > CROSSED_RULES_MAX || draw(&rolls, 3) == 0))
        remove_rule(&made, &rolls);
    hf__codec_repair(&made);
    if (operations > size_max)
        return 0;
    memcpy(out, a, operations);
    size_t written = hf__codec_encode(&made, out + operations, size_max - operations);
    return operations + written;
}
