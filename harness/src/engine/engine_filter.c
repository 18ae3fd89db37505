/* SPDX-License-Identifier: MIT
 * Building the filter: each rule's first predicate as one test in wrapping arithmetic.
 */
#include "engine_filter.h"

#include "base_poison.h"

/* Where hf__engine_filter_passes has the argument of a field. */
static const uint8_t argument_of[HF_FIELD_COUNT] = {
    [HF_FIELD_ADDRESS] = 0, [HF_FIELD_SIZE] = 1, [HF_FIELD_TYPE] = 2,   [HF_FIELD_PROTECT] = 3,
    [HF_FIELD_LEVEL] = 4,   [HF_FIELD_FREE] = 2, [HF_FIELD_MALLOC] = 2,
};

#define ANY UINT64_MAX
static const hf_filter_test passes_always = {.mask = 0};

/* "Below 0" and "above the greatest number" would need a span of nothing; they let everything through, and the engine refuses it. */
static hf_filter_test test_of(const hf_predicate *predicate)
{
    uint64_t value = predicate->value;
    hf_filter_test out = passes_always;
    switch ((hf_compare)predicate->compare) {
    case HF_COMPARE_EQUAL: out = (hf_filter_test){.mask = ANY, .low = value, .span = 0}; break;
    case HF_COMPARE_NOT_EQUAL: out = (hf_filter_test){.mask = ANY, .low = value + 1, .span = ANY - 1}; break;
    case HF_COMPARE_LESS: out = (hf_filter_test){.mask = ANY, .low = 0, .span = value > 0 ? value - 1 : ANY}; break;
    case HF_COMPARE_LESS_EQUAL: out = (hf_filter_test){.mask = ANY, .low = 0, .span = value}; break;
    case HF_COMPARE_GREATER: out = (hf_filter_test){.mask = ANY, .low = value + 1, .span = value < ANY ? ANY - value - 1 : ANY}; break;
    case HF_COMPARE_GREATER_EQUAL: out = (hf_filter_test){.mask = ANY, .low = value, .span = ANY - value}; break;
    case HF_COMPARE_HAS_BITS: out = (hf_filter_test){.mask = value, .low = value, .span = 0}; break;
    case HF_COMPARE_LACKS_BITS: out = (hf_filter_test){.mask = value, .low = 0, .span = 0}; break;
    }
    out.argument = argument_of[predicate->field];
    return out;
}

static bool has_arguments(const hf_rule *rule, hf_method method)
{
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        if ((hf__model_method(method)->fields >> rule->predicates[i].field & 1u) == 0)
            return false;
    }
    return true;
}

/* Adds the tests of the rules that take calls of this method by this function. */
static uint32_t add_tests(const hf_plan_image *plan, hf_method method, hf_function function, hf_filter *out, uint32_t count)
{
    const hf_rule *rules = hf__model_plan_rules(plan);
    for (uint32_t i = 0; i < plan->rule_count; i++) {
        bool takes = (rules[i].methods >> method & 1u) != 0 && hf__model_rule_has_function(&rules[i], function) && has_arguments(&rules[i], method);
        if (takes)
            out->tests[count++] = rules[i].predicate_count > 0 ? test_of(&rules[i].predicates[0]) : passes_always;
    }
    return count;
}

void hf__engine_filter_build(const hf_plan_image *plan, hf_filter *out)
{
    uint32_t count = 0;
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        out->first[hf__model_call_name_index(method, HF_FUNCTION_NONE)] = count;
        count = add_tests(plan, (hf_method)method, HF_FUNCTION_NONE, out, count);
    }
    out->first[HF_METHOD_COUNT] = count; /* the end of the methods; no call has the number of HF_FUNCTION_NONE */

    for (unsigned function = HF_FUNCTION_NONE + 1; function < HF_FUNCTION_COUNT; function++) {
        out->first[hf__model_call_name_index(0, function)] = count;
        count = add_tests(plan, hf__model_function((hf_function)function)->method, (hf_function)function, out, count);
    }
    out->first[HF_CALL_NAMES] = count;
}
