/* SPDX-License-Identifier: MIT
 * The counted calls for which a rule fires: `when`, chance, times, live, and which of several rules takes the call.
 */
#include "engine.h"
#include "hf_rows.h"

#include <string.h>

TestSuite(engine_decide, .timeout = 120);

static _Alignas(8) char image[4096];

static const hf_plan_image *plan_of(const hf_rule *rules, uint32_t count, uint64_t seed)
{
    hf__model_plan_parts parts = {.seed = seed, .rule_count = count, .rules = rules, .rule_names = (const char *const[]){"one", "two", "three"}};
    size_t size_bytes;
    hf_error err;
    cr_assert(eq(int, hf__model_plan_build(&parts, image, sizeof image, &size_bytes, &err), HF_OK), "%s", err.message);
    return (const hf_plan_image *)(const void *)image;
}

static const struct {
    const char *label;
    unsigned long long first, last, step;
    const char *fires; /* a digit for each ordinal 1..9 that fires */
} whens[] = {
    {"every", 1, 0, 1, "123456789"}, {"3", 3, 3, 1, "3"},       {"3+", 3, 0, 1, "3456789"}, {"3..6", 3, 6, 1, "3456"},
    {"3..9+2", 3, 9, 2, "3579"},     {"2+2", 2, 0, 2, "2468"},  {"1+3", 1, 0, 3, "147"},    {"4..4+9", 4, 4, 9, "4"},
    {"5..6+2", 5, 6, 2, "5"},        {"beyond", 100, 0, 1, ""}, {"1..2", 1, 2, 1, "12"},    {"9", 9, 9, 1, "9"},
};
HF_ROWS(engine_when, ordinals_that_fire, whens)
{
    hf_rule rule = hf__model_rule_init();
    rule.first = whens[*number].first;
    rule.last = whens[*number].last;
    rule.step = whens[*number].step;
    char got[10] = "";
    for (unsigned ordinal = 1, length = 0; ordinal <= 9; ordinal++)
        length += (got[length] = hf__engine_when(&rule, ordinal) ? (char)('0' + ordinal) : '\0') != '\0';
    cr_assert(eq(str, got, (char *)(uintptr_t)whens[*number].fires), "%s", whens[*number].label);
}

Test(engine_when, the_largest_numbers_do_not_overflow)
{
    hf_rule rule = hf__model_rule_init();
    rule.first = UINT64_MAX;
    rule.step = UINT64_MAX;
    cr_assert(eq(int, hf__engine_when(&rule, UINT64_MAX), 1));
    cr_assert(eq(int, hf__engine_when(&rule, UINT64_MAX - 1), 0));
}

static const struct {
    const char *label;
    hf_call call;
    unsigned long long bytes;
} requests[] = {
    {"Alloc", {.method = HF_METHOD_MALLOC_ALLOC, .size = 24}, 24},
    {"DebugAlloc", {.method = HF_METHOD_MALLOC_DEBUG_ALLOC, .size = 25}, 25},
    {"commit", {.method = HF_METHOD_VIRTUAL_ALLOC, .size = 4096, .type = MEM_COMMIT}, 4096},
    {"reserve and commit", {.method = HF_METHOD_VIRTUAL_ALLOC, .size = 4096, .type = MEM_RESERVE | MEM_COMMIT}, 4096},
    {"reserve", {.method = HF_METHOD_VIRTUAL_ALLOC, .size = 4096, .type = MEM_RESERVE}, 0},
    {"decommit", {.method = HF_METHOD_VIRTUAL_FREE, .size = 4096, .type = MEM_DECOMMIT}, 0},
    {"query", {.method = HF_METHOD_VIRTUAL_QUERY, .size = 48}, 0},
};
HF_ROWS(engine_live, bytes_that_a_call_asks_for, requests)
{
    cr_assert(eq(u64, hf__engine_request_bytes(&requests[*number].call), requests[*number].bytes), "%s", requests[*number].label);
}

static const struct {
    const char *label;
    unsigned long long above, live, size;
    int fires;
} lives[] = {
    {"would pass it", 1000, 990, 11, 1},
    {"would reach it", 1000, 990, 10, 0},
    {"passed already", 1000, 1001, 0, 1},
    {"at it, and asks nothing", 1000, 1000, 0, 0},
    {"a sum that overflows passes", 1000, 999, ~0ull, 1},
    {"no limit can be passed by nothing", 0, 0, 0, 0},
    {"above nothing", 0, 0, 1, 1},
};
HF_ROWS(engine_live, fires_above_the_limit, lives)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.has_live = 1;
    rule.live_above = lives[*number].above;
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC, .size = lives[*number].size};
    hf_ticket ticket = {.ordinal = 1};
    hf_decision got;
    hf__engine_decide(plan_of(&rule, 1, 0), &call, &ticket, 1, lives[*number].live, &got);
    cr_assert(eq(int, got.rule == 0, lives[*number].fires), "%s", lives[*number].label);
}

static const struct {
    const char *label;
    unsigned times, taken;
    int fires;
} times[] = {
    {"no limit", 0, 4000000000u, 1}, {"first of one", 1, 0, 1}, {"second of one", 1, 1, 0}, {"third of three", 3, 2, 1}, {"fourth of three", 3, 3, 0},
};
HF_ROWS(engine_decide, times_limits_firing, times)
{
    hf_rule rule = hf__model_rule_init();
    rule.times = times[*number].times;
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC};
    hf_ticket ticket = {.ordinal = 9, .taken = times[*number].taken};
    hf_decision got;
    hf__engine_decide(plan_of(&rule, 1, 0), &call, &ticket, 1, 0, &got);
    cr_assert(eq(int, got.rule == 0, times[*number].fires), "%s", times[*number].label);
}

/* Three rules of which each fires at ordinal 2 only; each row gives the ordinals drawn, 0: the rule did not count the call. */
static const struct {
    const char *label;
    int drawn[3];
    int rule;
    unsigned flags[3];
} takers[] = {
    {"none", {1, 1, 1}, -1, {0, 0, 0}},
    {"the only one", {1, 2, 1}, 1, {0, HF_TICKET_FIRED, 0}},
    {"the first of all", {2, 2, 2}, 0, {HF_TICKET_FIRED, HF_TICKET_WOULD, HF_TICKET_WOULD}},
    {"the second takes it from the third", {1, 2, 2}, 1, {0, HF_TICKET_FIRED, HF_TICKET_WOULD}},
    {"the last", {1, 3, 2}, 2, {0, 0, HF_TICKET_FIRED}},
};
HF_ROWS(engine_decide, the_first_rule_that_fires_decides, takers)
{
    hf_rule rules[3] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    rules[0].first = rules[0].last = rules[1].first = rules[1].last = rules[2].first = rules[2].last = 2;
    hf_ticket tickets[3] = {{.rule = 0, .flags = 0xFFFF}, {.rule = 1, .flags = 0xFFFF}, {.rule = 2, .flags = 0xFFFF}};
    for (int i = 0; i < 3; i++)
        tickets[i].ordinal = (uint64_t)takers[*number].drawn[i];
    hf_decision got;
    hf__engine_decide(plan_of(rules, 3, 0), &(hf_call){.method = HF_METHOD_MALLOC_ALLOC}, tickets, 3, 0, &got);
    cr_assert(eq(int, got.rule, takers[*number].rule), "%s", takers[*number].label);
    cr_assert(eq(uint, tickets[0].flags, takers[*number].flags[0]), "%s", takers[*number].label);
    cr_assert(eq(uint, tickets[1].flags, takers[*number].flags[1]), "%s", takers[*number].label);
    cr_assert(eq(uint, tickets[2].flags, takers[*number].flags[2]), "%s", takers[*number].label);
}

Test(engine_decide, rules_that_did_not_count_the_call_are_skipped)
{
    hf_rule rules[3] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    hf_ticket ticket = {.rule = 2, .ordinal = 5};
    hf_decision got;
    hf__engine_decide(plan_of(rules, 3, 0), &(hf_call){.method = HF_METHOD_MALLOC_ALLOC}, &ticket, 1, 0, &got);
    cr_assert(eq(int, got.rule, 2));
}

/* Does the rule with this chance fire at the ordinal? */
static bool hits(const hf_plan_image *plan, uint64_t ordinal)
{
    hf_ticket ticket = {.ordinal = ordinal};
    hf_decision got;
    hf__engine_decide(plan, &(hf_call){.method = HF_METHOD_MALLOC_ALLOC}, &ticket, 1, 0, &got);
    return got.rule == 0;
}

static unsigned hits_of_a_million(uint64_t chance, uint64_t seed)
{
    hf_rule rule = hf__model_rule_init();
    rule.chance = chance;
    const hf_plan_image *plan = plan_of(&rule, 1, seed);
    unsigned count = 0;
    for (uint64_t ordinal = 1; ordinal <= 1000000; ordinal++)
        count += hits(plan, ordinal);
    return count;
}

/* Bounds are five standard deviations wide. */
static const struct {
    const char *label;
    unsigned long long chance, seed;
    unsigned least, most;
} chances[] = {
    {"never", 0, 1, 0, 0},
    {"always", HF_CHANCE_ALWAYS, 1, 1000000, 1000000},
    {"half", HF_CHANCE_ALWAYS / 2, 1, 497500, 502500},
    {"5 %", HF_CHANCE_ALWAYS / 20, 1, 48910, 51090},
    {"5 %, seed 0", HF_CHANCE_ALWAYS / 20, 0, 48910, 51090},
    {"1 in 1000", HF_CHANCE_ALWAYS / 1000, 7, 842, 1158},
};
HF_ROWS(engine_chance, frequency_is_as_asked, chances)
{
    unsigned got = hits_of_a_million(chances[*number].chance, chances[*number].seed);
    cr_assert(ge(uint, got, chances[*number].least), "%s", chances[*number].label);
    cr_assert(le(uint, got, chances[*number].most), "%s", chances[*number].label);
}

/* The answers for ordinals 1..64 as bits. */
static uint64_t pattern(const char *name, uint64_t seed, bool backwards)
{
    hf_rule rule = hf__model_rule_init();
    rule.chance = HF_CHANCE_ALWAYS / 2;
    hf__model_plan_parts parts = {.seed = seed, .rule_count = 1, .rules = &rule, .rule_names = &name};
    size_t size_bytes;
    hf_error err;
    cr_assert(eq(int, hf__model_plan_build(&parts, image, sizeof image, &size_bytes, &err), HF_OK));
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i++) {
        unsigned at = backwards ? 63 - i : i;
        bits |= (uint64_t)hits((const hf_plan_image *)(const void *)image, at + 1) << at;
    }
    return bits;
}

Test(engine_chance, is_a_function_of_seed_rule_and_ordinal)
{
    cr_assert(eq(u64, pattern("one", 7, false), pattern("one", 7, true)));
    cr_assert(ne(u64, pattern("one", 7, false), pattern("one", 8, false)));
    cr_assert(ne(u64, pattern("one", 7, false), pattern("two", 7, false)));
}

/* A scenario's seed must mean the same faults for ever. */
Test(engine_chance, draws_are_stable_for_ever)
{
    cr_assert(eq(u64, pattern("fault-1", 7, false), 9019022789689479259ull));
}
