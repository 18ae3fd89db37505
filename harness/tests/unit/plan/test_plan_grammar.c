/* SPDX-License-Identifier: MIT
 * The small grammars. The tables in the parser's own comments are the examples: the test parses each row. scenarios/README.md must have the
 * same tables.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(plan_grammar, .timeout = 120);

static const struct {
    const char *name, *source;
    size_t rows;
} tables[] = {
    {"when", "harness/src/plan/plan_when.c", 9},
    {"chance", "harness/src/plan/plan_when.c", 6},
    {"where", "harness/src/plan/plan_where.c", 23},
};
HF_ROWS(plan_grammar, documentation_and_parser_have_the_same_table, tables)
{
    table_row row;
    size_t rows = 0;
    output here = grammar_table(tables[*number].source, tables[*number].name);
    output there = grammar_table("scenarios/README.md", tables[*number].name);
    cr_assert(eq(str, S(there.text), S(here.text)), "%s", tables[*number].name);
    for (const char *at = here.text; next_row(&at, &row);)
        rows++;
    cr_assert(ge(sz, rows, tables[*number].rows), "%s", tables[*number].name);
    output_clear(&here);
    output_clear(&there);
}

/* The first ordinals that a rule takes, as the table writes them. */
static void print_ordinals(char *buffer, size_t capacity, const hf_rule *rule)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    uint64_t ordinal = rule->first;
    unsigned shown = 0;
    for (; (rule->last == 0 && shown < 4) || ordinal <= rule->last; ordinal += rule->step, shown++)
        hf__builder_print(&builder, "%s%llu", shown > 0 ? ", " : "", (unsigned long long)ordinal);
    if (rule->last == 0)
        hf__builder_print(&builder, ", ...");
}

static void check_when_row(const table_row *row)
{
    hf__plan_wrong wrong;
    hf_rule rule = hf__model_rule_init();
    char ordinals[160];
    uint64_t last = 0;
    cr_assert(hf__plan_parse_when(hf__text(row->cells[0]), &rule, &wrong), "%s", row->cells[0]);
    hf__parse_u64(hf__text(row->cells[2]), &last);
    print_ordinals(ordinals, sizeof ordinals, &rule);
    cr_assert(eq(u64, rule.first, strtoull(row->cells[1], NULL, 10)), "%s", row->cells[0]);
    cr_assert(eq(u64, rule.last, last), "%s", row->cells[0]);
    cr_assert(eq(u64, rule.step, strtoull(row->cells[3], NULL, 10)), "%s", row->cells[0]);
    cr_assert(eq(str, S(ordinals), S(row->cells[4])), "%s", row->cells[0]);
}

Test(plan_grammar, when_does_what_its_table_says)
{
    table_row row;
    output table = grammar_table("harness/src/plan/plan_when.c", "when");
    for (const char *at = table.text; next_row(&at, &row);)
        check_when_row(&row);
    output_clear(&table);
}

Test(plan_grammar, chance_does_what_its_table_says)
{
    table_row row;
    hf__plan_wrong wrong;
    output table = grammar_table("harness/src/plan/plan_when.c", "chance");
    for (const char *at = table.text; next_row(&at, &row);) {
        uint64_t chance = 0;
        cr_assert(hf__plan_parse_chance(hf__text(row.cells[0]), &chance, &wrong), "%s", row.cells[0]);
        cr_assert(eq(u64, chance, strtoull(row.cells[1], NULL, 10)), "%s", row.cells[0]);
    }
    output_clear(&table);
}

static const char *const compare_words[] = {"equals", "differs-from", "is-below", "is-at-most", "is-above", "is-at-least", "has-bits", "lacks-bits"};

Test(plan_grammar, where_does_what_its_table_says)
{
    table_row row;
    char got[64];
    output table = grammar_table("harness/src/plan/plan_where.c", "where");
    for (const char *at = table.text; next_row(&at, &row);) {
        hf_field field = HF_FIELD_COUNT;
        hf_predicate predicate;
        hf__plan_wrong wrong;
        cr_assert(hf__model_field_by_name(hf__text(row.cells[0]), &field), "%s", row.cells[0]);
        cr_assert(hf__plan_parse_filter(field, hf__text(row.cells[1]), &predicate, &wrong), "%s", row.cells[1]);
        cr_assert(eq(uint, predicate.field, field), "%s", row.cells[1]);
        snprintf(got, sizeof got, "%s 0x%llX", compare_words[predicate.compare], (unsigned long long)predicate.value);
        cr_assert(eq(str, S(got), S(row.cells[2])), "%s", row.cells[1]);
    }
    output_clear(&table);
}

static const struct {
    const char *label, *text;
    size_t offset, size;
} bad_whens[] = {
    {"zero", "0", 0, 1},
    {"zero from", "0+", 0, 1},
    {"zero step", "3+0", 2, 1},
    {"range backwards", "3..2", 3, 1},
    {"range open", "3..", 3, 1},
    {"range of dots", "3...9", 3, 1},
    {"plus nothing", "3..9+", 5, 1},
    {"word", "third", 0, 1},
    {"trailing", "3x", 1, 1},
    {"space", "3 +2", 1, 3},
    {"hexadecimal", "0x10", 1, 3},
    {"empty", "", 0, 1},
    {"too large", "3..18446744073709551616", 3, 20},
};
HF_ROWS(plan_grammar, wrong_when_is_pointed_at, bad_whens)
{
    hf__plan_wrong wrong;
    hf_rule rule = hf__model_rule_init();
    cr_assert(not(hf__plan_parse_when(hf__text(bad_whens[*number].text), &rule, &wrong)), "%s", bad_whens[*number].label);
    cr_assert(eq(sz, wrong.offset, bad_whens[*number].offset), "%s", bad_whens[*number].label);
    cr_assert(eq(sz, wrong.size, bad_whens[*number].size), "%s", bad_whens[*number].label);
}

Test(plan_grammar, rule_is_untouched_by_a_wrong_when)
{
    hf__plan_wrong wrong;
    hf_rule rule = hf__model_rule_init();
    hf_rule before = rule;
    hf__plan_parse_when(hf__text("5..3"), &rule, &wrong);
    cr_assert(eq(int, memcmp(&rule, &before, sizeof rule), 0));
}

static const struct {
    const char *text, *printed;
} whens[] = {
    {"1+", ""},
    {"1", "1"},
    {"3+", "3+"},
    {"3+1", "3+"},
    {"2+2", "2+2"},
    {"3..9", "3..9"},
    {"3..9+1", "3..9"},
    {"3..9+2", "3..9+2"},
    {"4..4", "4"},
    {"4..4+3", "4..4+3"},
    {"18446744073709551615", "18446744073709551615"},
};
HF_ROWS(plan_grammar, when_is_printed_in_its_shortest_form, whens)
{
    char printed[80] = "";
    hf__plan_wrong wrong;
    hf_rule rule = hf__model_rule_init();
    cr_assert(hf__plan_parse_when(hf__text(whens[*number].text), &rule, &wrong), "%s", whens[*number].text);
    hf__plan_print_when(printed, sizeof printed, &rule);
    cr_assert(eq(str, S(printed), S(whens[*number].printed)), "%s", whens[*number].text);
}

static const struct {
    const char *label, *text;
} bad_chances[] = {
    {"no percent", "0.05"},
    {"above", "100.000000001%"},
    {"negative", "-5%"},
    {"never", "0%"},
    {"too small", "0.000000011%"},
    {"ten decimals", "0.1234567890%"},
    {"no digit after the point", "5.%"},
    {"no digit before", ".5%"},
    {"two points", "1.2.3%"},
    {"percent alone", "%"},
    {"empty", ""},
    {"huge", "99999999999999999999%"},
};
HF_ROWS(plan_grammar, wrong_chance_is_refused, bad_chances)
{
    uint64_t chance = 7;
    hf__plan_wrong wrong;
    cr_assert(not(hf__plan_parse_chance(hf__text(bad_chances[*number].text), &chance, &wrong)), "%s", bad_chances[*number].label);
}

/* Every chance can be written: what is printed parses to the same number. */
Test(plan_grammar, printed_chance_parses_to_itself)
{
    char printed[32];
    hf__plan_wrong wrong;
    uint64_t chance = 1;
    for (unsigned i = 0; i < 20000; i++, chance = (chance * 2862933555777941757u + 3037000493u) % HF_CHANCE_ALWAYS + 1) {
        uint64_t again = 0;
        hf__plan_print_chance(printed, sizeof printed, chance);
        hf__plan_parse_chance(hf__text(printed), &again, &wrong);
        cr_assert(eq(u64, again, chance), "%s", printed);
    }
}

static const struct {
    const char *label;
    hf_field field;
    const char *text;
} bad_filters[] = {
    {"unknown word", HF_FIELD_TYPE, "comit"},
    {"nothing after the bar", HF_FIELD_TYPE, "commit|"},
    {"nothing at all", HF_FIELD_TYPE, ""},
    {"operator alone", HF_FIELD_TYPE, "!"},
    {"no bits", HF_FIELD_TYPE, "0"},
    {"33 bits", HF_FIELD_TYPE, "0x100000000"},
    {"flag of another field", HF_FIELD_FREE, "commit"},
    {"two protections", HF_FIELD_PROTECT, "readonly|readwrite"},
    {"two ways to free", HF_FIELD_FREE, "release|decommit"},
    {"level as bits", HF_FIELD_LEVEL, "task|process"},
    {"size with unit", HF_FIELD_SIZE, "64KB"},
    {"size of nothing", HF_FIELD_SIZE, ">"},
    {"operators swapped", HF_FIELD_SIZE, "=>4"},
    {"address as number", HF_FIELD_ADDRESS, "0x1000"},
};
HF_ROWS(plan_grammar, wrong_filter_is_refused, bad_filters)
{
    hf_predicate predicate;
    hf__plan_wrong wrong;
    cr_assert(not(hf__plan_parse_filter(bad_filters[*number].field, hf__text(bad_filters[*number].text), &predicate, &wrong)), "%s",
              bad_filters[*number].label);
}

static const struct {
    hf_field field;
    const char *text, *printed;
} filters[] = {
    {HF_FIELD_TYPE, "reserve | commit", "commit|reserve"},
    {HF_FIELD_TYPE, "!= 0x3000", "!=commit|reserve"},
    {HF_FIELD_TYPE, "=0", "=0"},
    {HF_FIELD_PROTECT, "=0x6", "=0x6"},
    {HF_FIELD_PROTECT, "0x104", "readwrite|guard"},
    {HF_FIELD_LEVEL, "=task", "task"},
    {HF_FIELD_LEVEL, "0x7", "0x7"},
    {HF_FIELD_SIZE, ">= 65536", ">=64K"},
    {HF_FIELD_SIZE, "=0", "0"},
    {HF_FIELD_ADDRESS, "not-null", "not-null"},
    {HF_FIELD_FREE, "!=0xC000", "!=0xC000"},
    {HF_FIELD_FREE, "=0xC000", "=0xC000"},
};
HF_ROWS(plan_grammar, filter_is_printed_so_that_it_parses_to_itself, filters)
{
    char printed[192];
    hf_predicate predicate;
    hf_predicate again;
    hf__plan_wrong wrong;
    cr_assert(hf__plan_parse_filter(filters[*number].field, hf__text(filters[*number].text), &predicate, &wrong), "%s", filters[*number].text);
    hf__plan_print_filter(printed, sizeof printed, &predicate);
    cr_assert(eq(str, S(printed), S(filters[*number].printed)), "%s", filters[*number].text);
    cr_assert(hf__plan_parse_filter(filters[*number].field, hf__text(printed), &again, &wrong), "%s", printed);
    cr_assert(eq(int, memcmp(&predicate, &again, sizeof again), 0), "%s", printed);
}

static const struct {
    const char *label;
    hf_field field;
    const char *filters[4];
    int index;
} sets[] = {
    {"one of each kind", HF_FIELD_SIZE, {">=4K", "<64K", "!=8K"}, -1},
    {"exactly at the bound", HF_FIELD_SIZE, {">=4K", "<=4K"}, -1},
    {"bound excluded", HF_FIELD_SIZE, {">=4K", "<=4K", "!=4096"}, 2},
    {"bound excluded from below", HF_FIELD_SIZE, {">=4K", "<=4K", "<4K"}, 2},
    {"bound excluded from above", HF_FIELD_SIZE, {">=4K", "<=4K", ">4K"}, 2},
    {"empty range", HF_FIELD_SIZE, {">4K", "<4097"}, 1},
    {"below zero", HF_FIELD_SIZE, {"<0"}, 0},
    {"above the largest", HF_FIELD_SIZE, {">18446744073709551615"}, 0},
    {"two values", HF_FIELD_SIZE, {"1", "2"}, 1},
    {"bits agree", HF_FIELD_TYPE, {"commit", "reserve", "!top-down"}, -1},
    {"bits both wanted and not", HF_FIELD_TYPE, {"commit", "!reserve|commit"}, 1},
    {"exact value has the bits", HF_FIELD_TYPE, {"commit", "=commit|reserve"}, -1},
    {"exact value lacks the bits", HF_FIELD_TYPE, {"commit", "=reserve"}, 1},
    {"exact value has forbidden bits", HF_FIELD_TYPE, {"=commit", "!commit"}, 1},
    {"exactly and not exactly", HF_FIELD_TYPE, {"=commit", "!=commit"}, 1},
    {"two levels", HF_FIELD_LEVEL, {"task", "process"}, 1},
    {"two levels excluded", HF_FIELD_LEVEL, {"!=task", "!=process"}, -1},
    {"null and not null", HF_FIELD_ADDRESS, {"null", "not-null"}, 1},
};
HF_ROWS(plan_grammar, contradiction_is_found_where_it_begins, sets)
{
    hf_predicate predicates[4];
    unsigned count = 0;
    hf__plan_wrong wrong;
    for (; count < 4 && sets[*number].filters[count] != NULL; count++)
        cr_assert(hf__plan_parse_filter(sets[*number].field, hf__text(sets[*number].filters[count]), &predicates[count], &wrong));
    cr_assert(eq(int, hf__model_predicates_contradiction(predicates, count), sets[*number].index), "%s", sets[*number].label);
}

Test(plan_grammar, fields_do_not_contradict_each_other)
{
    hf_predicate predicates[2];
    hf__plan_wrong wrong;
    hf__plan_parse_filter(HF_FIELD_SIZE, hf__text("0"), &predicates[0], &wrong);
    hf__plan_parse_filter(HF_FIELD_TYPE, hf__text("commit"), &predicates[1], &wrong);
    cr_assert(eq(int, hf__model_predicates_contradiction(predicates, 2), -1));
}

static const struct {
    uint64_t bytes;
    const char *size;
    uint64_t us;
    const char *duration;
} units[] = {
    {0, "0", 0, "0us"},
    {1, "1", 1, "1us"},
    {1023, "1023", 1500, "1500us"},
    {1024, "1K", 50000, "50ms"},
    {65536, "64K", 2000000, "2s"},
    {1536u * 1024, "1536K", 90000000, "90s"},
    {1ull << 30, "1G", 60000000, "1m"},
    {1ull << 40, "1T", 3600000000u, "60m"},
};
HF_ROWS(plan_grammar, largest_unit_without_a_rest, units)
{
    char size[32];
    char duration[32];
    hf__plan_print_size(size, sizeof size, units[*number].bytes);
    hf__plan_print_duration(duration, sizeof duration, units[*number].us);
    cr_assert(eq(str, S(size), S(units[*number].size)));
    cr_assert(eq(str, S(duration), S(units[*number].duration)));
}
