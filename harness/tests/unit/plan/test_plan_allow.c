/* SPDX-License-Identifier: MIT
 * Files of known findings: what is read, what is rejected and where, which findings an entry matches, and that printed entries read back the same.
 */
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <hostfault/allow.h>
#include <string.h>

static const char good[] = "- fingerprint: lua!luaH_resize\n  outcome: leaked\n  why: upstream\n  until: 2028-02-29\n"
                           "- place: '*at lgc.c:*'\n  outcome: crashed\n  caller: lua*\n  why: 'a: b'\n";

static hf_allow *parse(const char *text)
{
    hf_allow *allow = NULL;
    hf_errors errors;
    cr_assert(eq(int, hf_allow_parse("known.allow", hf__text(text), &allow, &errors), HF_OK));
    return allow;
}

Test(plan_allow, entries_are_read_in_order)
{
    hf_allow *allow = parse(good);
    cr_assert(eq(sz, hf_allow_count(allow), 2));
    const hf_allow_entry *one = hf_allow_at(allow, 0);
    const hf_allow_entry *other = hf_allow_at(allow, 1);
    cr_assert(eq(str, S(one->fingerprint), S("lua!luaH_resize")));
    cr_assert(eq(str, S(one->until), S("2028-02-29")));
    cr_assert(eq(int, one->outcome, HF_OUTCOME_LEAKED));
    cr_assert(zero(ptr, P(one->place)));
    cr_assert(eq(str, S(other->place), S("*at lgc.c:*")));
    cr_assert(eq(u32, other->line, 5));
    cr_assert(zero(ptr, P(hf_allow_at(allow, 2))));
    hf_allow_destroy(allow);
}

Test(plan_allow, a_file_of_comments_allows_nothing)
{
    hf_allow *allow = parse("# nothing is known\n");
    cr_assert(zero(sz, hf_allow_count(allow)));
    hf_allow_destroy(allow);
}

static const struct {
    const char *label, *text;
    unsigned line, column;
} refused[] = {
    {"a mapping is no list", "fingerprint: a\n", 1, 1},
    {"an entry without a finding", "- outcome: leaked\n  why: b\n", 1, 3},
    {"an entry with two", "- fingerprint: a\n  place: b\n  outcome: leaked\n  why: c\n", 2, 3},
    {"an entry without a reason", "- fingerprint: a\n  outcome: leaked\n", 1, 3},
    {"an entry without an outcome", "- fingerprint: a\n  why: b\n", 1, 3},
    {"an outcome that is no finding", "- fingerprint: a\n  outcome: reported\n  why: b\n", 2, 12},
    {"an unknown key", "- fingerprint: a\n  outcome: leaked\n  why: b\n  wy: c\n", 4, 3},
    {"a day that does not exist", "- fingerprint: a\n  outcome: leaked\n  why: b\n  until: 2027-02-29\n", 4, 10},
    {"a month that does not exist", "- fingerprint: a\n  outcome: leaked\n  why: b\n  until: 2027-13-01\n", 4, 10},
    {"a date in another order", "- fingerprint: a\n  outcome: leaked\n  why: b\n  until: 31.12.2027\n", 4, 10},
    {"two documents", "- fingerprint: a\n  outcome: leaked\n  why: b\n---\n- place: a\n", 5, 1},
};
HF_ROWS(plan_allow, refuses_with_position, refused)
{
    hf_allow *allow = NULL;
    hf_errors errors;
    hf_status status = hf_allow_parse("known.allow", hf__text(refused[*number].text), &allow, &errors);
    cr_assert(eq(int, status, HF_ERROR_INPUT), "%s", refused[*number].label);
    cr_assert(zero(ptr, allow), "%s", refused[*number].label);
    cr_assert(eq(u32, errors.items[0].input_line, refused[*number].line), "%s", refused[*number].label);
    cr_assert(eq(u32, errors.items[0].input_column, refused[*number].column), "%s", refused[*number].label);
}

static const struct {
    const char *label, *caller, *fingerprint, *place, *ended, *today;
    hf_outcome outcome;
    int entry; /* -1: none */
} asked[] = {
    {"its fingerprint and outcome", "sqlite", "lua!luaH_resize", "", "", "2026-01-01", HF_OUTCOME_LEAKED, 0},
    {"its last day", "sqlite", "lua!luaH_resize", "", "", "2028-02-29", HF_OUTCOME_LEAKED, 0},
    {"the day after", "sqlite", "lua!luaH_resize", "", "", "2028-03-01", HF_OUTCOME_LEAKED, -1},
    {"another outcome", "sqlite", "lua!luaH_resize", "", "", "2026-01-01", HF_OUTCOME_CRASHED, -1},
    {"a fingerprint is no pattern and no beginning", "sqlite", "lua!luaH_resize (2)", "", "", "2026-01-01", HF_OUTCOME_LEAKED, -1},
    {"the place of the request", "lua", "x", "grow at lgc.c:212", "", "2026-01-01", HF_OUTCOME_CRASHED, 1},
    {"the place where it ended", "lua5.4", "x", "", "grow at LGC.c:1", "2026-01-01", HF_OUTCOME_CRASHED, 1},
    {"another caller", "sqlite", "x", "grow at lgc.c:212", "", "2026-01-01", HF_OUTCOME_CRASHED, -1},
};
HF_ROWS(plan_allow, an_entry_is_for, asked)
{
    hf_allow *allow = parse(good);
    const hf_allow_finding finding = {.caller = asked[*number].caller,
                                      .fingerprint = asked[*number].fingerprint,
                                      .place = asked[*number].place,
                                      .ended = asked[*number].ended,
                                      .outcome = asked[*number].outcome};
    const hf_allow_entry *found = hf_allow_find(allow, &finding, asked[*number].today);
    const hf_allow_entry *wanted = asked[*number].entry < 0 ? NULL : hf_allow_at(allow, (size_t)asked[*number].entry);
    cr_assert(eq(ptr, P(found), P(wanted)), "%s", asked[*number].label);
    hf_allow_destroy(allow);
}

Test(plan_allow, what_is_printed_reads_the_same)
{
    hf_allow *allow = parse(good);
    output first = {.length = 0};
    output second = {.length = 0};
    for (size_t i = 0; i < hf_allow_count(allow); i++)
        hf_allow_print(hf_allow_at(allow, i), output_write, &first);
    hf_allow *again = parse(output_text(&first));
    cr_assert(eq(sz, hf_allow_count(again), 2));
    for (size_t i = 0; i < hf_allow_count(again); i++)
        hf_allow_print(hf_allow_at(again, i), output_write, &second);
    cr_assert(eq(str, S(output_text(&first)), S(output_text(&second))));
    cr_assert(eq(str, S(hf_allow_at(again, 1)->why), S("a: b")));
    cr_assert(eq(str, S(hf_allow_at(again, 0)->until), S("2028-02-29")));
    output_clear(&second);
    output_clear(&first);
    hf_allow_destroy(again);
    hf_allow_destroy(allow);
}
