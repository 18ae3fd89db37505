/* SPDX-License-Identifier: MIT
 * What a scenario expects: outcome, responses, leaks, violations; and whether that is possible at all. Of several outcomes that fit, a run gets the
 * first in the order of hf_outcome, so an outcome excludes whatever would have come before it.
 */
#include "plan_scenario.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include <hostfault/verdict.h>

#include "base_poison.h"

#define VIOLATION_MAX_BYTES 120u

typedef enum expect_key { EXPECT_OUTCOME, EXPECT_RESPONSE, EXPECT_LEAKS, EXPECT_VIOLATIONS, EXPECT_AFTER_FAULT, EXPECT_KEY_COUNT } expect_key;

hf_scenario_expect hf__plan_default_expect(void)
{
    hf_scenario_expect expect;
    memset(&expect, 0, sizeof expect);
    expect.outcomes = 1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED;
    return expect;
}

static hf__plan_words outcome_words(void)
{
    hf__plan_words words = {.what = "outcome", .count = 0};
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++)
        hf__plan_words_add(&words, hf_outcome_name((hf_outcome)i));
    return words;
}

static hf__plan_words response_words(void)
{
    hf__plan_words words = {.what = "response", .count = 0};
    for (unsigned i = 0; i < HF_RESPONSE_COUNT; i++)
        hf__plan_words_add(&words, hf_response_name((hf_response)i));
    return words;
}

/* One word or a list of them, as bits. */
static uint32_t take_bits(hf__plan_reader *reader, const hf__plan_entry *entry, const hf__plan_words *words)
{
    uint32_t bits = 0;
    uint32_t count = 0;
    const hf__plan_node *node = hf__plan_one_or_list(reader, entry, &count);
    for (; count > 0 && reader->source->errors->more == 0; count--, node = node->next) {
        int word = 0;
        if (!hf__plan_take_word(reader, entry, node, words, &word))
            continue;
        if ((bits >> word & 1) != 0)
            HF_NODE_ERROR(reader, node, "'%s' is already in the list", words->words[word]);
        bits |= 1u << word;
    }
    return bits;
}

static void take_outcome(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_words words = outcome_words();
    ((hf_scenario_expect *)target)->outcomes = take_bits(reader, entry, &words);
}

/* A map by rule name is read later, when the rules are known. */
static void take_response(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_words words = response_words();
    if (entry->value->kind != HF_PLAN_MAP)
        ((hf_scenario_expect *)target)->first_responses = take_bits(reader, entry, &words);
}

static void take_leaks(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_scenario_expect *expect = target;
    if (hf__plan_take_number(reader, entry, 0, UINT32_MAX, &expect->leaks))
        expect->has_leaks = 1;
}

static void take_violations(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_string_list *list = &((hf_scenario_expect *)target)->violations;
    hf__plan_take_list(reader, entry, true, list);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i][0] == '\0' || strlen(list->items[i]) > VIOLATION_MAX_BYTES)
            HF_NODE_ERROR(reader, entry->value, "a violation is the text of a clause, such as \"double free\"");
    }
}

static void take_after_fault(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    static const hf__plan_words words = {.what = "rule for what follows a fault", .count = 2, .words = {"anything", "no-request"}};
    int which = 0;
    if (hf__plan_take_word(reader, entry, entry->value, &words, &which))
        ((hf_scenario_expect *)target)->strict = which == 1;
}

static const hf__plan_key rows[EXPECT_KEY_COUNT] = {
    [EXPECT_OUTCOME] = {"outcome", take_outcome},
    [EXPECT_RESPONSE] = {"response", take_response},
    [EXPECT_LEAKS] = {"leaks", take_leaks},
    [EXPECT_VIOLATIONS] = {"violations", take_violations},
    [EXPECT_AFTER_FAULT] = {"after-fault", take_after_fault},
};

static int find_draft(const hf__plan_draft *drafts, size_t count, hf_text name)
{
    for (size_t i = 0; i < count; i++) {
        if (hf__text_equal_string(name, drafts[i].out.name))
            return (int)i;
    }
    return -1;
}

static void report_no_rule(hf__plan_reader *reader, const hf__plan_node *key, const hf__plan_draft *drafts, size_t count)
{
    hf__plan_words words = {.what = "rule", .count = 0};
    for (size_t i = 0; i < count && i < HF_PLAN_WORDS_MAX; i++)
        hf__plan_words_add(&words, drafts[i].out.name);
    hf__plan_report_unknown(reader, key->place, &words, key->text);
}

static void read_rule_responses(hf__plan_reader *reader, const hf__plan_node *map, const hf__plan_draft *drafts, size_t count,
                                hf_scenario_expect *out)
{
    hf__plan_words words = response_words();
    uint32_t *bits = hf__heap_arena_take(reader->keep, count, sizeof *bits);
    if (map->count == 0)
        HF_NODE_ERROR(reader, map, "'response' is empty");
    for (const hf__plan_node *key = map->first; key != NULL && reader->source->errors->more == 0; key = key->next->next) {
        hf__plan_entry entry = {key, key->next};
        if (key->kind != HF_PLAN_SCALAR)
            continue;
        int rule = find_draft(drafts, count, key->text);
        if (rule < 0)
            report_no_rule(reader, key, drafts, count);
        else if (bits[rule] != 0)
            HF_NODE_ERROR(reader, key, "'%s' is given twice", drafts[rule].out.name);
        else
            bits[rule] = take_bits(reader, &entry, &words);
    }

    out->rule_responses = bits;
}

static void check_responses(hf__plan_reader *reader, const hf__plan_entry *given, const hf__plan_draft *drafts, size_t count, hf_scenario_expect *out)
{
    const hf__plan_entry *response = &given[EXPECT_RESPONSE];
    if (response->key == NULL)
        return;
    if (count == 0)
        HF_NODE_ERROR(reader, response->key, "'response' needs a fault, and this scenario has none");
    else if (response->value->kind == HF_PLAN_MAP)
        read_rule_responses(reader, response->value, drafts, count, out);
}

/* Bits of the outcomes before this one: those that win over it. */
static uint32_t outcomes_before(hf_outcome outcome)
{
    return (1u << outcome) - 1;
}

static void check_possible(hf__plan_reader *reader, const hf__plan_entry *given, const hf_scenario_expect *out)
{
    uint32_t leaking = outcomes_before((hf_outcome)(HF_OUTCOME_LEAKED + 1));
    uint32_t violating = outcomes_before((hf_outcome)(HF_OUTCOME_VIOLATED + 1));
    if (out->outcomes == 0)
        return;
    if (out->has_leaks && out->leaks > 0 && (out->outcomes & leaking) == 0)
        HF_NODE_ERROR(reader, given[EXPECT_LEAKS].value, "a run that leaks has the outcome 'leaked'; add 'outcome: leaked'");
    if (out->has_leaks && out->leaks == 0 && out->outcomes == 1u << HF_OUTCOME_LEAKED)
        HF_NODE_ERROR(reader, given[EXPECT_LEAKS].value, "the outcome 'leaked' contradicts 'leaks: 0'");
    if (out->violations.count > 0 && (out->outcomes & violating) == 0)
        HF_NODE_ERROR(reader, given[EXPECT_VIOLATIONS].key, "a run that breaks a clause has the outcome 'violated'; add 'outcome: violated'");
}

void hf__plan_read_expect(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_draft *drafts, size_t count, hf_scenario_expect *out)
{
    static const hf__plan_keys keys = {"'expect'", rows, EXPECT_KEY_COUNT};
    hf__plan_entry given[EXPECT_KEY_COUNT];
    if (hf__plan_read_map(reader, node, &keys, given, out) < 0)
        return;
    out->given = 1;
    check_responses(reader, given, drafts, count, out);
    check_possible(reader, given, out);
}
