/* SPDX-License-Identifier: MIT
 * The filter never rejects a call that the engine matches, and rejects what a single test can decide: every comparison, with edge values.
 */
#include "base_check.h"
#include "engine_filter.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const uint64_t edges[] = {0, 1, 2, 3, 0x1000, 0x1001, 0x80000000u, UINT32_MAX, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};

static hf_filter filter;

static const hf_plan_image *plan_of_rule(const hf_rule *rule)
{
    static uint64_t buffer[256];
    static const char *const names[] = {"rule"};
    size_t size_bytes = 0;
    hf_error err;
    const hf__model_plan_parts parts = {.rule_count = 1, .rules = rule, .rule_names = names};
    cr_assert(eq(int, hf__model_plan_build(&parts, buffer, sizeof buffer, &size_bytes, &err), HF_OK));
    return (const hf_plan_image *)(const void *)buffer;
}

/* A plan of one rule with the methods and predicates given. */
static const hf_plan_image *plan_of(uint32_t methods, const hf_predicate *predicates, uint8_t count)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = methods;
    rule.predicate_count = count;
    for (uint8_t i = 0; i < count; i++)
        rule.predicates[i] = predicates[i];
    return plan_of_rule(&rule);
}

static const hf_plan_image *plan_of_functions(uint32_t methods, uint32_t functions)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = methods;
    rule.functions = functions;
    return plan_of_rule(&rule);
}

static bool engine_matches(const hf_plan_image *plan, const hf_call *call)
{
    static const hf_rule_set nothing_fired;
    hf_matches matches;
    hf__engine_match(plan, call, &nothing_fired, NULL, &matches);
    return hf__engine_rule_set_has(&matches.matched, 0);
}

/* A call whose argument `field` is `value`. */
static hf_call call_with(hf_method method, hf_field field, uint64_t value)
{
    hf_call call = {.method = method};
    switch (field) {
    case HF_FIELD_ADDRESS: call.address = value; break;
    case HF_FIELD_SIZE: call.size = value; break;
    case HF_FIELD_TYPE:
    case HF_FIELD_FREE:
    case HF_FIELD_MALLOC: call.type = (uint32_t)value; break;
    case HF_FIELD_PROTECT: call.protect = (uint32_t)value; break;
    case HF_FIELD_LEVEL: call.level = (uint32_t)value; break;
    case HF_FIELD_COUNT: break;
    }
    return call;
}

/* `<` 0 and `>` the greatest number match nothing; the filter lets them through. */
static bool is_empty(hf_compare compare, uint64_t value)
{
    return (compare == HF_COMPARE_LESS && value == 0) || (compare == HF_COMPARE_GREATER && value == UINT64_MAX);
}

static void compare_all(hf_method method, hf_field field, hf_compare compare, uint64_t value)
{
    const hf_predicate predicate = {.field = (uint8_t)field, .compare = (uint8_t)compare, .value = value};
    const hf_plan_image *plan = plan_of(1u << method, &predicate, 1);
    hf__engine_filter_build(plan, &filter);
    for (size_t i = 0; i < HF_COUNT_OF(edges); i++) {
        hf_call call = call_with(method, field, edges[i]);
        bool passes = hf__engine_filter_passes(&filter, &call);
        bool matches = engine_matches(plan, &call);
        cr_assert(passes || !matches, "method %d field %d compare %d: %llu against %llu refused", (int)method, (int)field, (int)compare,
                  (unsigned long long)edges[i], (unsigned long long)value);
        if (!is_empty(compare, value))
            cr_assert(eq(int, passes, matches));
    }
}

Test(engine_filter, agrees_with_the_engine_on_one_predicate_of_every_kind)
{
    for (int method = 0; method < HF_METHOD_COUNT; method++) {
        for (int field = 0; field < HF_FIELD_COUNT; field++) {
            for (int compare = HF_COMPARE_EQUAL; compare <= HF_COMPARE_LACKS_BITS; compare++) {
                for (size_t i = 0; i < HF_COUNT_OF(edges); i++)
                    compare_all((hf_method)method, (hf_field)field, (hf_compare)compare, edges[i]);
            }
        }
    }
}

Test(engine_filter, lets_every_call_of_a_rule_without_predicates_pass_and_no_other_method)
{
    hf__engine_filter_build(plan_of(1u << HF_METHOD_MALLOC_FREE, NULL, 0), &filter);
    hf_call call = {.method = HF_METHOD_MALLOC_FREE, .address = 77};
    cr_assert(hf__engine_filter_passes(&filter, &call));
    call.method = HF_METHOD_MALLOC_ALLOC;
    cr_assert(not(hf__engine_filter_passes(&filter, &call)));
}

Test(engine_filter, refuses_by_the_first_predicate_only)
{
    const hf_predicate predicates[] = {{.field = HF_FIELD_SIZE, .compare = HF_COMPARE_EQUAL, .value = 64},
                                       {.field = HF_FIELD_LEVEL, .compare = HF_COMPARE_EQUAL, .value = 1}};
    hf__engine_filter_build(plan_of(1u << HF_METHOD_MALLOC_ALLOC, predicates, 2), &filter);
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC, .size = 64, .level = 0};
    cr_assert(hf__engine_filter_passes(&filter, &call));
    call.size = 65;
    cr_assert(not(hf__engine_filter_passes(&filter, &call)));
}

/* `call: calloc` leaves every malloc alone, and a call of the interface too; a rule of the method takes all of them. */
Test(engine_filter, refuses_functions_that_the_rule_does_not_name)
{
    for (unsigned function = HF_FUNCTION_NONE; function < HF_FUNCTION_COUNT; function++) {
        for (unsigned other = HF_FUNCTION_NONE; other < HF_FUNCTION_COUNT; other++) {
            uint32_t method = other != HF_FUNCTION_NONE ? (uint32_t)hf__model_function((hf_function)other)->method : HF_METHOD_MALLOC_ALLOC;
            const hf_plan_image *plan = plan_of_functions(1u << method, 1u << function);
            hf__engine_filter_build(plan, &filter);
            const hf_call call = {.method = (hf_method)method, .function = (uint8_t)other};
            cr_assert(eq(int, hf__engine_filter_passes(&filter, &call), function == other), "a rule about function %u, a call of %u", function,
                      other);
            cr_assert(eq(int, engine_matches(plan, &call), function == other));
            hf__engine_filter_build(plan_of(1u << method, NULL, 0), &filter);
            cr_assert(hf__engine_filter_passes(&filter, &call));
        }
    }
}
