/* SPDX-License-Identifier: MIT
 * Expectations: the table is the specification. Each row has a verdict, the expectation, and the message if it is not met.
 */
#include "run_test.h"
#include "run_expect.h"

#define BIT(value) (1u << (value))

static const struct {
    const char *label;
    hf_outcome outcome;
    uint64_t leaks;
    int first;                       /* response to the first fault; -1 none */
    uint32_t outcomes, first_wanted; /* expected; 0 not said */
    int leaks_wanted;                /* -1 not said */
    const char *violation_wanted;
    const char *unmet; /* "" met */
} rows[] = {
    {"nothing said, ok", HF_OUTCOME_OK, 0, -1, 0, 0, -1, NULL, ""},
    {"nothing said, reported", HF_OUTCOME_REPORTED, 0, HF_RESPONSE_REPORTED, 0, 0, -1, NULL, ""},
    {"nothing said, crashed", HF_OUTCOME_CRASHED, 9, HF_RESPONSE_DIED, 0, 0, -1, NULL, "outcome is crashed, expected reported or ok"},
    {"nothing said, unfired", HF_OUTCOME_UNFIRED, 0, -1, 0, 0, -1, NULL, "outcome is unfired, expected reported or ok"},
    {"a crash that was expected, leaks are no matter", HF_OUTCOME_CRASHED, 9, HF_RESPONSE_DIED, BIT(HF_OUTCOME_CRASHED), 0, -1, NULL, ""},
    {"one of three", HF_OUTCOME_HUNG, 0, -1, BIT(HF_OUTCOME_OK) | BIT(HF_OUTCOME_CRASHED) | BIT(HF_OUTCOME_REPORTED), 0, -1, NULL,
     "outcome is hung, expected crashed, reported or ok"},
    {"swallowed as expected, but with a leak", HF_OUTCOME_SWALLOWED, 2, -1, BIT(HF_OUTCOME_SWALLOWED), 0, -1, NULL, "2 leaks (64 bytes), expected 0"},
    {"leaked as expected, any number", HF_OUTCOME_LEAKED, 2, -1, BIT(HF_OUTCOME_LEAKED), 0, -1, NULL, ""},
    {"leaked as expected, another number", HF_OUTCOME_LEAKED, 2, -1, BIT(HF_OUTCOME_LEAKED), 0, 3, NULL, "2 leaks (64 bytes), expected 3"},
    {"leaked as expected, that number", HF_OUTCOME_LEAKED, 2, -1, BIT(HF_OUTCOME_LEAKED), 0, 2, NULL, ""},
    {"leaks asked for after a crash", HF_OUTCOME_CRASHED, 2, -1, BIT(HF_OUTCOME_CRASHED), 0, 0, NULL, "2 leaks (64 bytes), expected 0"},
    {"the response wanted", HF_OUTCOME_OK, 0, HF_RESPONSE_RETRIED, 0, BIT(HF_RESPONSE_RETRIED), -1, NULL, ""},
    {"another response", HF_OUTCOME_OK, 0, HF_RESPONSE_RETRIED, 0, BIT(HF_RESPONSE_SHRANK) | BIT(HF_RESPONSE_RELOCATED), -1, NULL,
     "response is retried, expected shrank or relocated"},
    {"no fault to respond to", HF_OUTCOME_OK, 0, -1, 0, BIT(HF_RESPONSE_SHRANK), -1, NULL, "no fault fired, expected the response shrank"},
    {"the outcome goes before the response", HF_OUTCOME_HUNG, 0, HF_RESPONSE_RETRIED, 0, BIT(HF_RESPONSE_SHRANK), -1, NULL,
     "outcome is hung, expected reported or ok"},
    {"the violation wanted", HF_OUTCOME_VIOLATED, 0, -1, BIT(HF_OUTCOME_VIOLATED), 0, -1, "double free", ""},
    {"another violation", HF_OUTCOME_VIOLATED, 0, -1, BIT(HF_OUTCOME_VIOLATED), 0, -1, "release with a size",
     "no violation 'release with a size', but 'double free'"},
};

HF_ROWS(run_expect, is_met_or_says_why_not, rows)
{
    const hf_verdict_response response = {.response = (hf_response)rows[*number].first};
    const hf_verdict_violation violation = {.clause = "double free"};
    const hf_verdict verdict = {
        .outcome = rows[*number].outcome,
        .leak_count = rows[*number].leaks,
        .leaked_bytes = rows[*number].leaks * 32,
        .response_count = rows[*number].first >= 0,
        .responses = &response,
        .violation_count = rows[*number].outcome == HF_OUTCOME_VIOLATED,
        .violations = &violation,
    };
    const hf_scenario scenario = {
        .name = "row",
        .expect = {.outcomes = rows[*number].outcomes,
                   .first_responses = rows[*number].first_wanted,
                   .has_leaks = rows[*number].leaks_wanted >= 0,
                   .leaks = rows[*number].leaks_wanted >= 0 ? (uint64_t)rows[*number].leaks_wanted : 0,
                   .violations = {rows[*number].violation_wanted != NULL, &rows[*number].violation_wanted}},
    };
    char unmet[256];
    bool met = hf__run_expect(&scenario, &verdict, unmet, sizeof unmet);
    cr_assert(eq(str, unmet, text_of(rows[*number].unmet)), "%s", rows[*number].label);
    cr_assert(eq(int, met, rows[*number].unmet[0] == '\0'), "%s", rows[*number].label);
}

static const struct {
    const char *label;
    int first_rule, second_rule; /* rules of the two responses; -1: the host's own failure */
    const char *unmet;
} by_rule[] = {
    {"each rule as wanted", 0, 1, ""},
    {"the other way round", 1, 0, "rule one: response is shrank, expected retried"},
    {"the host's own failure counts for no rule", 0, -1, "rule two: no fault fired, expected the response shrank"},
};
HF_ROWS(run_expect, responses_go_by_rule, by_rule)
{
    const hf_verdict_response responses[] = {
        {.rule = by_rule[*number].first_rule, .response = HF_RESPONSE_RETRIED},
        {.rule = by_rule[*number].second_rule, .real = by_rule[*number].second_rule < 0, .response = HF_RESPONSE_SHRANK},
    };
    const hf_verdict verdict = {.outcome = HF_OUTCOME_OK, .response_count = 2, .responses = responses};
    const hf_scenario_rule rules[] = {{.name = "one"}, {.name = "two"}};
    const uint32_t wanted[] = {BIT(HF_RESPONSE_RETRIED), BIT(HF_RESPONSE_SHRANK)};
    const hf_scenario scenario = {.name = "row", .rule_count = 2, .rules = rules, .expect = {.rule_responses = wanted}};
    char unmet[256];
    (void)hf__run_expect(&scenario, &verdict, unmet, sizeof unmet);
    cr_assert(eq(str, unmet, text_of(by_rule[*number].unmet)), "%s", by_rule[*number].label);
}

TestSuite(run_expect, .timeout = 120);

Test(run_expect, words_are_cut_not_overrun)
{
    const hf_verdict verdict = {.outcome = HF_OUTCOME_CRASHED};
    const hf_scenario scenario = {.name = "row"};
    char unmet[12];
    cr_assert(eq(int, hf__run_expect(&scenario, &verdict, unmet, sizeof unmet), 0));
    cr_assert(eq(str, unmet, text_of("outcome is ")));
}
