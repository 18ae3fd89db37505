/* SPDX-License-Identifier: MIT
 * The engine: matching and deciding, as engine.h promises. It must never look at anything but its arguments and the model's constant tables.
 *
 * Its speed comes from the order of its questions. One bit of the method mask rejects nearly every rule, for a load and a test, so rules about other
 * methods are nearly free. The arguments that predicates need are laid out by hf_field only when some rule is about this method.
 */
#include "engine.h"
#include "base_random.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

uint64_t hf__engine_module_key(const char *name, const char *build_id)
{
    const char *key = build_id[0] != '\0' ? build_id : name;
    uint64_t hash = hf__hash(HF_HASH_START, key, strlen(key));
    return hash != 0 ? hash : 1;
}

uint64_t hf__engine_site_key(const hf_frame *frames, uint32_t count)
{
    uint64_t key = HF_HASH_START;
    for (uint32_t i = 0; i < count; i++)
        key = hf__random(key, frames[i].module_key, frames[i].module_key != 0 ? frames[i].offset : 0);
    return key != 0 ? key : 1;
}

bool hf__engine_when(const hf_rule *rule, uint64_t ordinal)
{
    if (ordinal < rule->first || (rule->last != 0 && ordinal > rule->last))
        return false;
    return rule->step == 1 || (ordinal - rule->first) % rule->step == 0;
}

uint64_t hf__engine_request_bytes(const hf_call *call)
{
    bool asks = call->method == HF_METHOD_MALLOC_ALLOC || call->method == HF_METHOD_MALLOC_DEBUG_ALLOC ||
                (call->method == HF_METHOD_VIRTUAL_ALLOC && (call->type & MEM_COMMIT) != 0);
    return asks ? call->size : 0;
}

/* Arguments by hf_field, and which of them the method has. */
typedef struct call_values {
    uint64_t of[HF_FIELD_COUNT];
    uint32_t fields;
} call_values;

static call_values values_of(const hf_call *call)
{
    return (call_values){.of = {[HF_FIELD_ADDRESS] = call->address,
                                [HF_FIELD_SIZE] = call->size,
                                [HF_FIELD_TYPE] = call->type,
                                [HF_FIELD_PROTECT] = call->protect,
                                [HF_FIELD_LEVEL] = call->level,
                                [HF_FIELD_FREE] = call->type,
                                [HF_FIELD_MALLOC] = call->type},
                         .fields = hf__model_method(call->method)->fields};
}

static bool holds(uint64_t argument, hf_compare compare, uint64_t value)
{
    switch (compare) {
    case HF_COMPARE_EQUAL: return argument == value;
    case HF_COMPARE_NOT_EQUAL: return argument != value;
    case HF_COMPARE_LESS: return argument < value;
    case HF_COMPARE_LESS_EQUAL: return argument <= value;
    case HF_COMPARE_GREATER: return argument > value;
    case HF_COMPARE_GREATER_EQUAL: return argument >= value;
    case HF_COMPARE_HAS_BITS: return (argument & value) == value;
    case HF_COMPARE_LACKS_BITS: return (argument & value) == 0;
    }
    return false;
}

static bool arguments_pass(const hf_rule *rule, const call_values *values)
{
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        const hf_predicate *predicate = &rule->predicates[i];
        bool has = (values->fields >> predicate->field & 1u) != 0;
        if (!has || !holds(values->of[predicate->field], (hf_compare)predicate->compare, predicate->value))
            return false;
    }
    return true;
}

static bool gates_are_open(const hf_rule *rule, const hf_rule_set *fired)
{
    return (rule->after < 0 || hf__engine_rule_set_has(fired, (unsigned)rule->after)) &&
           (rule->until < 0 || !hf__engine_rule_set_has(fired, (unsigned)rule->until));
}

static bool circumstances_pass(const hf_rule *rule, const hf_call *call, const hf_rule_set *fired)
{
    return (rule->thread == 0 || rule->thread == call->thread) && (rule->phase == 0 || rule->phase == call->phase) &&
           (!call->foreign || rule->foreign != 0) && gates_are_open(rule, fired);
}

static bool frame_in_range(const hf_plan_image *plan, const hf_code_range *range, const hf_frame *frame)
{
    return frame->offset >= range->low && frame->offset < range->high &&
           hf__glob_match(hf__text(hf__model_plan_string(plan, range->module)), hf__text(frame->module));
}

static bool stack_in_ranges(const hf_plan_image *plan, uint32_t first, uint32_t count, const hf_stack *stack)
{
    const hf_code_range *ranges = hf__model_plan_ranges(plan) + first;
    for (uint32_t frame = 0; frame < stack->count; frame++) {
        for (uint32_t i = 0; i < count; i++) {
            if (frame_in_range(plan, &ranges[i], &stack->frames[frame]))
                return true;
        }
    }
    return false;
}

static bool wants_stack(const hf_rule *rule)
{
    return rule->from_count != 0 || rule->not_from_count != 0 || rule->has_site != 0 || rule->per == HF_PER_SITE;
}

static bool stack_passes(const hf_plan_image *plan, const hf_rule *rule, const hf_stack *stack)
{
    return (rule->has_site == 0 || rule->site == stack->site) &&
           (rule->from_count == 0 || stack_in_ranges(plan, rule->from_first, rule->from_count, stack)) &&
           (rule->not_from_count == 0 || !stack_in_ranges(plan, rule->not_from_first, rule->not_from_count, stack));
}

void hf__engine_match(const hf_plan_image *plan, const hf_call *call, const hf_rule_set *fired, const hf_stack *stack, hf_matches *out)
{
    *out = (hf_matches){0};
    const hf_rule *rules = hf__model_plan_rules(plan);
    uint32_t count = plan->rule_count;
    uint32_t method_bit = 1u << call->method;
    uint32_t index = 0;
    while (index < count && (rules[index].methods & method_bit) == 0)
        index++;

    if (index == count)
        return;

    call_values values = values_of(call);
    for (; index < count; index++) {
        const hf_rule *rule = &rules[index];
        if ((rule->methods & method_bit) == 0 || !hf__model_rule_has_function(rule, call->function) || !arguments_pass(rule, &values) ||
            !circumstances_pass(rule, call, fired))
            continue;
        if (wants_stack(rule) && stack == NULL) {
            out->needs_stack = true;
            continue;
        }
        if (wants_stack(rule) && !stack_passes(plan, rule, stack))
            continue;
        hf__engine_rule_set_add(&out->matched, index);
        out->needs_site |= rule->per == HF_PER_SITE;
    }
}

static bool chance_hits(const hf_plan_image *plan, const hf_rule *rule, uint64_t ordinal)
{
    return rule->chance >= HF_CHANCE_ALWAYS || hf__random(plan->seed, rule->name_hash, ordinal) >> 32 < rule->chance;
}

/* live + request > limit, without overflow. */
static bool live_passes(const hf_rule *rule, const hf_call *call, uint64_t live)
{
    return rule->has_live == 0 || live > rule->live_above || hf__engine_request_bytes(call) > rule->live_above - live;
}

static bool fires(const hf_plan_image *plan, const hf_rule *rule, const hf_call *call, const hf_ticket *ticket, uint64_t live)
{
    return hf__engine_when(rule, ticket->ordinal) && (rule->times == 0 || ticket->taken < rule->times) && live_passes(rule, call, live) &&
           chance_hits(plan, rule, ticket->ordinal);
}

void hf__engine_decide(const hf_plan_image *plan, const hf_call *call, hf_ticket *tickets, uint32_t ticket_count, uint64_t live, hf_decision *out)
{
    const hf_rule *rules = hf__model_plan_rules(plan);
    out->rule = HF_RULE_NONE;
    for (uint32_t i = 0; i < ticket_count; i++) {
        hf_ticket *ticket = &tickets[i];
        ticket->flags = 0;
        if (!fires(plan, &rules[ticket->rule], call, ticket, live))
            continue;
        ticket->flags = out->rule < 0 ? HF_TICKET_FIRED : HF_TICKET_WOULD;
        if (out->rule < 0)
            out->rule = ticket->rule;
    }
}
