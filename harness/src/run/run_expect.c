/* SPDX-License-Identifier: MIT
 * Compares expectations with a verdict. Each check writes a message only if it fails.
 *
 * Unless the scenario says otherwise, no leaks are expected, but only from a process that lived to release its memory: after a crash everything is
 * left.
 */
#include "run_expect.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

/* Outcomes after which remaining allocations are the caller's fault. */
#define OUTCOMES_IN_ORDER                                                                                                                            \
    (1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED | 1u << HF_OUTCOME_SWALLOWED | 1u << HF_OUTCOME_LEAKED | 1u << HF_OUTCOME_CORRUPTED |           \
     1u << HF_OUTCOME_VIOLATED | 1u << HF_OUTCOME_UNFIRED)

typedef const char *name_of(unsigned value);

static const char *outcome_name(unsigned value)
{
    return hf_outcome_name((hf_outcome)value);
}

static const char *response_name(unsigned value)
{
    return hf_response_name((hf_response)value);
}

/* "ok", "ok or reported", "ok, reported or leaked". */
static void print_choice(hf__builder *words, uint32_t bits, unsigned count, name_of *name)
{
    uint32_t left = bits & (uint32_t)((1ull << count) - 1);
    for (unsigned i = 0; i < count; i++) {
        if ((left & 1u << i) == 0)
            continue;
        bool first = left == (bits & (uint32_t)((1ull << count) - 1));
        left &= ~(1u << i);
        hf__builder_print(words, "%s%s", first ? "" : left == 0 ? " or " : ", ", name(i));
    }
}

static uint32_t expected_outcomes(const hf_scenario_expect *expect)
{
    return expect->outcomes != 0 ? expect->outcomes : HF_EXPECT_DEFAULT;
}

static bool check_outcome(const hf_scenario *scenario, const hf_verdict *verdict, hf__builder *words)
{
    uint32_t outcomes = expected_outcomes(&scenario->expect);
    if ((outcomes & 1u << verdict->outcome) != 0)
        return true;
    hf__builder_print(words, "outcome is %s, expected ", hf_outcome_name(verdict->outcome));
    print_choice(words, outcomes, HF_OUTCOME_COUNT, outcome_name);
    return false;
}

/* The response to the first fault of a rule, or of any rule if rule is negative; NULL if there was none. */
static const hf_verdict_response *first_response(const hf_verdict *verdict, int rule)
{
    for (size_t i = 0; i < verdict->response_count; i++) {
        const hf_verdict_response *response = &verdict->responses[i];
        if (!response->real && (rule < 0 || response->rule == rule))
            return response;
    }
    return NULL;
}

static bool check_one_response(const hf_verdict_response *response, uint32_t bits, const char *rule, hf__builder *words)
{
    if (bits == 0 || (response != NULL && (bits & 1u << response->response) != 0))
        return true;
    if (rule != NULL)
        hf__builder_print(words, "rule %s: ", rule);
    if (response == NULL)
        hf__builder_print(words, "no fault fired, expected the response ");
    else
        hf__builder_print(words, "response is %s, expected ", hf_response_name(response->response));
    print_choice(words, bits, HF_RESPONSE_COUNT, response_name);
    return false;
}

static bool check_responses(const hf_scenario *scenario, const hf_verdict *verdict, hf__builder *words)
{
    const hf_scenario_expect *expect = &scenario->expect;
    if (!check_one_response(first_response(verdict, -1), expect->first_responses, NULL, words))
        return false;
    for (size_t i = 0; expect->rule_responses != NULL && i < scenario->rule_count; i++) {
        if (!check_one_response(first_response(verdict, (int)i), expect->rule_responses[i], scenario->rules[i].name, words))
            return false;
    }
    return true;
}

static bool check_leaks(const hf_scenario *scenario, const hf_verdict *verdict, hf__builder *words)
{
    const hf_scenario_expect *expect = &scenario->expect;
    bool any_number = !expect->has_leaks && (expected_outcomes(expect) & 1u << HF_OUTCOME_LEAKED) != 0;
    bool in_order = (OUTCOMES_IN_ORDER & 1u << verdict->outcome) != 0;
    if (any_number || (!expect->has_leaks && !in_order))
        return true;
    uint64_t expected = expect->has_leaks ? expect->leaks : 0;
    if (verdict->leak_count == expected)
        return true;
    hf__builder_print(words, "%zu leaks (%llu bytes), expected %llu", verdict->leak_count, (unsigned long long)verdict->leaked_bytes,
                      (unsigned long long)expected);
    return false;
}

static bool has_violation(const hf_verdict *verdict, const char *clause)
{
    for (size_t i = 0; i < verdict->violation_count; i++) {
        if (strcmp(verdict->violations[i].clause, clause) == 0)
            return true;
    }
    return false;
}

static bool check_violations(const hf_scenario *scenario, const hf_verdict *verdict, hf__builder *words)
{
    const hf_string_list *expected = &scenario->expect.violations;
    for (size_t i = 0; i < expected->count; i++) {
        if (has_violation(verdict, expected->items[i]))
            continue;
        hf__builder_print(words, "no violation '%s'", expected->items[i]);
        if (verdict->violation_count > 0)
            hf__builder_print(words, ", but '%s'", verdict->violations[0].clause);
        return false;
    }
    return true;
}

bool hf__run_expect(const hf_scenario *scenario, const hf_verdict *verdict, char *unmet, size_t capacity)
{
    static bool (*const checks[])(const hf_scenario *scenario, const hf_verdict *verdict, hf__builder *words) = {check_outcome, check_responses,
                                                                                                                 check_leaks, check_violations};
    hf__builder words = hf__builder_init(unmet, capacity);
    for (size_t i = 0; i < HF_COUNT_OF(checks); i++) {
        if (!checks[i](scenario, verdict, &words))
            return false;
    }
    return true;
}
