/* SPDX-License-Identifier: MIT
 * The calls that a rule counts: one rule, one call, one table per kind of condition. Also the site key.
 */
#include "engine.h"
#include "hf_rows.h"

#include <string.h>

TestSuite(engine_match, .timeout = 120);

static _Alignas(8) char image[65536];

/* A plan of `count` times this rule. */
static const hf_plan_image *plan_of(const hf_rule *rule, uint32_t count)
{
    static hf_rule rules[HF_RULES_MAX];
    static const char *names[HF_RULES_MAX];
    for (uint32_t i = 0; i < count; i++) {
        rules[i] = *rule;
        names[i] = "a-rule";
    }
    static const hf_code_range ranges[] = {{.low = 0x100, .high = 0x200}, {.low = 0, .high = UINT64_MAX}};
    hf__model_plan_parts parts = {.rule_count = count,
                                  .rules = rules,
                                  .rule_names = names,
                                  .range_count = 2,
                                  .ranges = ranges,
                                  .range_modules = (const char *const[]){"liblua*", "*"},
                                  .thread_count = 2,
                                  .threads = (const char *const[]){"main", "worker"},
                                  .phase_count = 1,
                                  .phases = (const char *const[]){"startup"}};
    size_t size_bytes;
    hf_error err;
    cr_assert(eq(int, hf__model_plan_build(&parts, image, sizeof image, &size_bytes, &err), HF_OK), "%s", err.message);
    return (const hf_plan_image *)(const void *)image;
}

static const hf_rule_set none_fired;

static bool counts(const hf_rule *rule, const hf_call *call, const hf_rule_set *fired, const hf_stack *stack)
{
    hf_matches matches;
    hf__engine_match(plan_of(rule, 1), call, fired, stack, &matches);
    return hf__engine_rule_set_has(&matches.matched, 0);
}

static const struct {
    const char *label;
    hf_compare compare;
    unsigned long long value, argument;
    int passes;
} compares[] = {
    {"equal", HF_COMPARE_EQUAL, 5, 5, 1},
    {"equal, not", HF_COMPARE_EQUAL, 5, 6, 0},
    {"not equal", HF_COMPARE_NOT_EQUAL, 5, 6, 1},
    {"not equal, not", HF_COMPARE_NOT_EQUAL, 5, 5, 0},
    {"less", HF_COMPARE_LESS, 5, 4, 1},
    {"less, at the edge", HF_COMPARE_LESS, 5, 5, 0},
    {"less or equal, at the edge", HF_COMPARE_LESS_EQUAL, 5, 5, 1},
    {"less or equal, above", HF_COMPARE_LESS_EQUAL, 5, 6, 0},
    {"greater", HF_COMPARE_GREATER, 5, 6, 1},
    {"greater, at the edge", HF_COMPARE_GREATER, 5, 5, 0},
    {"greater or equal, at the edge", HF_COMPARE_GREATER_EQUAL, 5, 5, 1},
    {"greater or equal, below", HF_COMPARE_GREATER_EQUAL, 5, 4, 0},
    {"numbers are unsigned", HF_COMPARE_GREATER, 5, ~0ull, 1},
    {"has bits, all", HF_COMPARE_HAS_BITS, 6, 14, 1},
    {"has bits, some only", HF_COMPARE_HAS_BITS, 6, 4, 0},
    {"lacks bits", HF_COMPARE_LACKS_BITS, 6, 9, 1},
    {"lacks bits, has one", HF_COMPARE_LACKS_BITS, 6, 4, 0},
};
HF_ROWS(engine_match, predicate_compares, compares)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.predicate_count = 1;
    rule.predicates[0] = (hf_predicate){.value = compares[*number].value, .field = HF_FIELD_SIZE, .compare = (uint8_t)compares[*number].compare};
    hf_call call = {.method = HF_METHOD_VIRTUAL_ALLOC, .size = compares[*number].argument};
    cr_assert(eq(int, counts(&rule, &call, &none_fired, NULL), compares[*number].passes), "%s", compares[*number].label);
}

/* Field by field: the value 7 stands in exactly one argument. */
static const struct {
    const char *label;
    hf_field field;
    hf_call call;
    int passes;
} fields[] = {
    {"address", HF_FIELD_ADDRESS, {.method = HF_METHOD_VIRTUAL_ALLOC, .address = 7}, 1},
    {"size", HF_FIELD_SIZE, {.method = HF_METHOD_MALLOC_ALLOC, .size = 7}, 1},
    {"type", HF_FIELD_TYPE, {.method = HF_METHOD_VIRTUAL_ALLOC, .type = 7}, 1},
    {"protect", HF_FIELD_PROTECT, {.method = HF_METHOD_VIRTUAL_PROTECT, .protect = 7}, 1},
    {"level", HF_FIELD_LEVEL, {.method = HF_METHOD_MALLOC_ALLOC, .level = 7}, 1},
    {"free is VirtualFree's type", HF_FIELD_FREE, {.method = HF_METHOD_VIRTUAL_FREE, .type = 7}, 1},
    {"malloc is CreateMalloc's type", HF_FIELD_MALLOC, {.method = HF_METHOD_CREATE_MALLOC, .type = 7}, 1},
    {"another argument does not do", HF_FIELD_SIZE, {.method = HF_METHOD_VIRTUAL_ALLOC, .address = 7}, 0},
    {"VirtualAlloc has no free type", HF_FIELD_FREE, {.method = HF_METHOD_VIRTUAL_ALLOC, .type = 7}, 0},
    {"VirtualFree has no level", HF_FIELD_LEVEL, {.method = HF_METHOD_VIRTUAL_FREE, .level = 7}, 0},
    {"a notification's value is no level", HF_FIELD_LEVEL, {.method = HF_METHOD_ON_MEMORY_NOTIFICATION, .level = 7}, 0},
};
HF_ROWS(engine_match, predicate_reads_its_argument, fields)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.predicate_count = 1;
    rule.predicates[0] = (hf_predicate){.value = 7, .field = (uint8_t)fields[*number].field, .compare = HF_COMPARE_EQUAL};
    cr_assert(eq(int, counts(&rule, &fields[*number].call, &none_fired, NULL), fields[*number].passes), "%s", fields[*number].label);
}

Test(engine_match, a_missing_argument_satisfies_no_comparison)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.predicate_count = 1;
    rule.predicates[0] = (hf_predicate){.value = MEM_COMMIT, .field = HF_FIELD_TYPE, .compare = HF_COMPARE_LACKS_BITS};
    cr_assert(eq(int, counts(&rule, &(hf_call){.method = HF_METHOD_MALLOC_ALLOC}, &none_fired, NULL), 0));
    cr_assert(eq(int, counts(&rule, &(hf_call){.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_RESERVE}, &none_fired, NULL), 1));
}

static const struct {
    const char *label;
    unsigned first_value, second_value; /* the bounds */
    unsigned size;
    int passes;
} boths[] = {
    {"between", 10, 20, 15, 1},
    {"below", 10, 20, 9, 0},
    {"above", 10, 20, 21, 0},
};
HF_ROWS(engine_match, all_predicates_must_hold, boths)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.predicate_count = 2;
    rule.predicates[0] = (hf_predicate){.value = boths[*number].first_value, .field = HF_FIELD_SIZE, .compare = HF_COMPARE_GREATER_EQUAL};
    rule.predicates[1] = (hf_predicate){.value = boths[*number].second_value, .field = HF_FIELD_SIZE, .compare = HF_COMPARE_LESS_EQUAL};
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC, .size = boths[*number].size};
    cr_assert(eq(int, counts(&rule, &call, &none_fired, NULL), boths[*number].passes), "%s", boths[*number].label);
}

/* Circumstances: what is set in the rule, and the call it meets. Gate rule 1 is given as fired or not. */
static const struct {
    const char *label;
    hf_method method;
    int rule_thread, call_thread, rule_phase, call_phase, rule_foreign, call_foreign, after, until, has_fired;
    int passes;
} circumstances[] = {
    {"nothing asked", HF_METHOD_VIRTUAL_ALLOC, 0, 2, 0, 1, 0, 0, -1, -1, 0, 1},
    {"another method", HF_METHOD_VIRTUAL_FREE, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0},
    {"the thread", HF_METHOD_VIRTUAL_ALLOC, 2, 2, 0, 0, 0, 0, -1, -1, 0, 1},
    {"another thread", HF_METHOD_VIRTUAL_ALLOC, 2, 1, 0, 0, 0, 0, -1, -1, 0, 0},
    {"a thread that the plan does not name", HF_METHOD_VIRTUAL_ALLOC, 2, 0, 0, 0, 0, 0, -1, -1, 0, 0},
    {"the phase", HF_METHOD_VIRTUAL_ALLOC, 0, 0, 1, 1, 0, 0, -1, -1, 0, 1},
    {"before any phase", HF_METHOD_VIRTUAL_ALLOC, 0, 0, 1, 0, 0, 0, -1, -1, 0, 0},
    {"foreign memory", HF_METHOD_VIRTUAL_QUERY, 0, 0, 0, 0, 0, 1, -1, -1, 0, 0},
    {"foreign memory, asked for", HF_METHOD_VIRTUAL_QUERY, 0, 0, 0, 0, 1, 1, -1, -1, 0, 1},
    {"own memory, foreign asked for too", HF_METHOD_VIRTUAL_QUERY, 0, 0, 0, 0, 1, 0, -1, -1, 0, 1},
    {"after, not yet", HF_METHOD_VIRTUAL_ALLOC, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0},
    {"after, open", HF_METHOD_VIRTUAL_ALLOC, 0, 0, 0, 0, 0, 0, 1, -1, 1, 1},
    {"until, open", HF_METHOD_VIRTUAL_ALLOC, 0, 0, 0, 0, 0, 0, -1, 1, 0, 1},
    {"until, over", HF_METHOD_VIRTUAL_ALLOC, 0, 0, 0, 0, 0, 0, -1, 1, 1, 0},
};
HF_ROWS(engine_match, circumstances_are_asked, circumstances)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = 1u << HF_METHOD_VIRTUAL_ALLOC | 1u << HF_METHOD_VIRTUAL_QUERY;
    rule.thread = (uint8_t)circumstances[*number].rule_thread;
    rule.phase = (uint8_t)circumstances[*number].rule_phase;
    rule.foreign = (uint8_t)circumstances[*number].rule_foreign;
    rule.after = (int16_t)circumstances[*number].after;
    rule.until = (int16_t)circumstances[*number].until;
    hf_call call = {.method = circumstances[*number].method,
                    .thread = (uint8_t)circumstances[*number].call_thread,
                    .phase = (uint8_t)circumstances[*number].call_phase,
                    .foreign = circumstances[*number].call_foreign != 0};
    hf_rule_set fired = {{(uint64_t)circumstances[*number].has_fired << 1}};
    hf_matches matches;
    hf__engine_match(plan_of(&rule, 2), &call, &fired, NULL, &matches);
    cr_assert(eq(int, hf__engine_rule_set_has(&matches.matched, 0), circumstances[*number].passes), "%s", circumstances[*number].label);
}

static const hf_frame lua_frames[] = {{"program", 1, 0x1000}, {"liblua5.4.so.0", 2, 0x150}, {"", 0, 0x7f0000001234}};
static const hf_frame other_frames[] = {{"program", 1, 0x1000}, {"liblua5.4.so.0", 2, 0x200}, {"libz.so", 3, 0x150}};

/* Range 0 is liblua* [0x100, 0x200), range 1 is anything. */
static const struct {
    const char *label;
    const hf_frame *frames;
    int from_first, from_count, not_from_first, not_from_count;
    int passes;
} stacks[] = {
    {"from, and it is there", lua_frames, 0, 1, 0, 0, 1},
    {"from, right module but past the end, right offset in another", other_frames, 0, 1, 0, 0, 0},
    {"from anything", other_frames, 1, 1, 0, 0, 1},
    {"from one of two", other_frames, 0, 2, 0, 0, 1},
    {"not-from, and it is there", lua_frames, 0, 0, 0, 1, 0},
    {"not-from, and it is not", other_frames, 0, 0, 0, 1, 1},
    {"from anything but not from lua", lua_frames, 1, 1, 0, 1, 0},
};
HF_ROWS(engine_match, stack_is_searched, stacks)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.from_first = (uint32_t)stacks[*number].from_first;
    rule.from_count = (uint32_t)stacks[*number].from_count;
    rule.not_from_first = (uint32_t)stacks[*number].not_from_first;
    rule.not_from_count = (uint32_t)stacks[*number].not_from_count;
    hf_stack stack = {.count = 3, .site = 77, .frames = stacks[*number].frames};
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC};
    cr_assert(eq(int, counts(&rule, &call, &none_fired, &stack), stacks[*number].passes), "%s", stacks[*number].label);
}

Test(engine_match, site_must_be_the_same)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.has_site = 1;
    rule.site = hf__engine_site_key(lua_frames, 3);
    hf_stack same = {.count = 3, .site = hf__engine_site_key(lua_frames, 3), .frames = lua_frames};
    hf_stack other = {.count = 3, .site = hf__engine_site_key(other_frames, 3), .frames = other_frames};
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC};
    cr_assert(eq(int, counts(&rule, &call, &none_fired, &same), 1));
    cr_assert(eq(int, counts(&rule, &call, &none_fired, &other), 0));
}

/* A stack is dear: it is asked for only by a rule that all cheaper conditions let pass. */
static const struct {
    const char *label;
    hf_method method;
    unsigned size;
    int per_site, from, with_stack;
    int matched, needs_stack, needs_site;
} wants[] = {
    {"from, no stack yet", HF_METHOD_MALLOC_ALLOC, 8, 0, 1, 0, 0, 1, 0},
    {"per site, no stack yet", HF_METHOD_MALLOC_ALLOC, 8, 1, 0, 0, 0, 1, 0},
    {"neither", HF_METHOD_MALLOC_ALLOC, 8, 0, 0, 0, 1, 0, 0},
    {"another method", HF_METHOD_MALLOC_FREE, 8, 1, 1, 0, 0, 0, 0},
    {"another size", HF_METHOD_MALLOC_ALLOC, 9, 1, 1, 0, 0, 0, 0},
    {"from, with a stack", HF_METHOD_MALLOC_ALLOC, 8, 0, 1, 1, 1, 0, 0},
    {"per site, with a stack", HF_METHOD_MALLOC_ALLOC, 8, 1, 0, 1, 1, 0, 1},
};
HF_ROWS(engine_match, stack_is_wanted_last, wants)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = 1u << HF_METHOD_MALLOC_ALLOC;
    rule.predicate_count = 1;
    rule.predicates[0] = (hf_predicate){.value = 8, .field = HF_FIELD_SIZE, .compare = HF_COMPARE_EQUAL};
    rule.per = wants[*number].per_site ? HF_PER_SITE : HF_PER_RUN;
    rule.from_count = (uint32_t)wants[*number].from;
    hf_stack stack = {.count = 3, .site = 5, .frames = lua_frames};
    hf_call call = {.method = wants[*number].method, .size = wants[*number].size};
    hf_matches got;
    hf__engine_match(plan_of(&rule, 1), &call, &none_fired, wants[*number].with_stack ? &stack : NULL, &got);
    cr_assert(eq(int, hf__engine_rule_set_has(&got.matched, 0), wants[*number].matched), "%s", wants[*number].label);
    cr_assert(eq(int, got.needs_stack, wants[*number].needs_stack), "%s", wants[*number].label);
    cr_assert(eq(int, got.needs_site, wants[*number].needs_site), "%s", wants[*number].label);
}

Test(engine_match, the_last_of_128_rules_is_found)
{
    hf_rule rule = hf__model_rule_init();
    const hf_plan_image *plan = plan_of(&rule, HF_RULES_MAX);
    hf_rule *last = (hf_rule *)(void *)(image + plan->rules_offset) + HF_RULES_MAX - 1;
    last->methods = HF_METHODS_ALL;
    hf_matches got;
    hf__engine_match(plan, &(hf_call){.method = HF_METHOD_VIRTUAL_FREE}, &none_fired, NULL, &got);
    cr_assert(eq(u64, got.matched.words[0], 0));
    cr_assert(eq(u64, got.matched.words[1], 1ull << 63));
}

Test(engine_match, matching_changes_nothing_but_its_result)
{
    static char before[sizeof image];
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    const hf_plan_image *plan = plan_of(&rule, 3);
    memcpy(before, image, sizeof image);
    hf_call call = {.method = HF_METHOD_MALLOC_ALLOC, .size = 3};
    hf_matches first;
    hf_matches second;
    hf__engine_match(plan, &call, &none_fired, NULL, &first);
    hf__engine_match(plan, &call, &none_fired, NULL, &second);
    cr_assert(eq(int, memcmp(before, image, sizeof image), 0));
    cr_assert(eq(u64, first.matched.words[0], 7));
    cr_assert(eq(u64, second.matched.words[0], 7));
}

Test(engine_site, key_is_the_place_not_the_address)
{
    hf_frame moved[] = {{"program", 1, 0x1000}, {"liblua5.4.so.0", 2, 0x150}, {"", 0, 0x7e0000009999}};
    cr_assert(eq(u64, hf__engine_site_key(moved, 3), hf__engine_site_key(lua_frames, 3)));
    cr_assert(ne(u64, hf__engine_site_key(moved, 2), hf__engine_site_key(lua_frames, 3)));
    cr_assert(ne(u64, hf__engine_site_key(other_frames, 3), hf__engine_site_key(lua_frames, 3)));
}

Test(engine_site, module_key_prefers_the_build_id)
{
    cr_assert(eq(u64, hf__engine_module_key("a.so", "beef"), hf__engine_module_key("b.so", "beef")));
    cr_assert(ne(u64, hf__engine_module_key("a.so", "beef"), hf__engine_module_key("a.so", "cafe")));
    cr_assert(ne(u64, hf__engine_module_key("a.so", ""), hf__engine_module_key("b.so", "")));
}

/* Kept in results and scenarios: it may never change. */
Test(engine_site, key_is_stable_for_ever)
{
    cr_assert(eq(u64, hf__engine_site_key(lua_frames, 3), 16312592357850788426ull));
}
