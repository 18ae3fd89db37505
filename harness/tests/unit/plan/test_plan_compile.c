/* SPDX-License-Identifier: MIT
 * The image that the shim executes: rules, labels, ranges, limits.
 */
#include "base_random.h"
#include "base_text.h"
#include "plan_support.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

TestSuite(plan_compile, .timeout = 120);

#define HEAD "name: x\ncaller: clr\n"
static alignas(8) char buffer[HF_PLAN_BYTES_MAX];

/* Resolves "f" to one range, "m!*" to two, "broken" to an error, anything else to nothing. */
static hf_status resolve(const char *pattern, hf_plan_add_range *add, void *add_user, void *user, hf_error *err)
{
    char module[] = "libm*";
    hf_plan_range range = {module, 0x1000, 0x2000};
    ++*(unsigned *)user;
    if (strcmp(pattern, "broken") == 0) {
        *err = (hf_error){.status = HF_ERROR_FORMAT, .message = "no symbols in it"};
        return HF_ERROR_FORMAT;
    }
    if (strcmp(pattern, "f") == 0 || strcmp(pattern, "m!*") == 0)
        add(&range, add_user);
    range.low = 0x4000;
    if (strcmp(pattern, "m!*") == 0)
        add(&range, add_user);
    memset(module, 'x', sizeof module - 1);
    return HF_OK;
}

static const hf_plan_image *compile_good(const char *text)
{
    size_t size_bytes = 0;
    hf_error err = {0};
    unsigned asked = 0;
    hf_scenario_file *file = parse_good(text);
    hf_status status = hf_scenario_compile(hf_scenario_at(file, 0), resolve, &asked, buffer, sizeof buffer, &size_bytes, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    cr_assert(eq(int, hf__model_plan_validate(buffer, size_bytes, &err), HF_OK), "%s", err.message);
    hf_scenario_destroy(file);
    return (const hf_plan_image *)(const void *)buffer;
}

static hf_error compile_bad(const char *text, hf_plan_resolve *resolver, hf_status expected)
{
    size_t size_bytes = 7;
    hf_error err = {0};
    unsigned asked = 0;
    hf_scenario_file *file = parse_good(text);
    hf_status status = hf_scenario_compile(hf_scenario_at(file, 0), resolver, &asked, buffer, sizeof buffer, &size_bytes, &err);
    cr_assert(eq(int, status, expected), "%s", err.message);
    cr_assert(eq(sz, size_bytes, 0));
    hf_scenario_destroy(file);
    return err;
}

Test(plan_compile, empty_plan)
{
    const hf_plan_image *plan = compile_good(HEAD);
    cr_assert(eq(u32, plan->rule_count, 0));
    cr_assert(eq(u32, plan->stack_depth, HF_STACK_DEPTH_DEFAULT));
    cr_assert(eq(u64, plan->seed, 0));
}

Test(plan_compile, numbers_of_the_scenario)
{
    const hf_plan_image *plan = compile_good(HEAD "seed: 7\nstack-depth: 32\nhost: { commit-limit: 64M, guard: pages }\nlimits: { storm: 9 }\n");
    cr_assert(eq(u64, plan->seed, 7));
    cr_assert(eq(u32, plan->stack_depth, 32));
    cr_assert(eq(u64, plan->commit_limit, 64u << 20));
    cr_assert(eq(u32, plan->flags, HF_PLAN_GUARD_PAGES));
    cr_assert(eq(u32, plan->storm_limit, 9));
}

Test(plan_compile, names_and_their_hashes)
{
    const hf_plan_image *plan = compile_good(HEAD "faults:\n  - { name: first, call: VirtualAlloc, when: 1, return: E_FAIL }\n"
                                                  "  - { call: VirtualFree, return: E_FAIL }\n");
    const hf_rule *rules = hf__model_plan_rules(plan);
    cr_assert(eq(str, S(hf__model_plan_string(plan, rules[0].name)), S("first")));
    cr_assert(eq(str, S(hf__model_plan_string(plan, rules[1].name)), S("fault-2")));
    cr_assert(eq(u64, rules[0].name_hash, hf__hash(HF_HASH_START, "first", 5)));
}

Test(plan_compile, labels_are_shared)
{
    const hf_plan_image *plan = compile_good(HEAD "faults:\n  - { call: VirtualAlloc, thread: a, phase: p, return: E_FAIL }\n"
                                                  "  - { call: VirtualFree, thread: b, return: E_FAIL }\n"
                                                  "  - { call: Malloc.Alloc, thread: a, phase: q, return: E_FAIL }\n"
                                                  "  - { call: Malloc.Free, return: E_FAIL }\n");
    const hf_rule *rules = hf__model_plan_rules(plan);
    cr_assert(eq(u32, plan->thread_count, 2));
    cr_assert(eq(u32, plan->phase_count, 2));
    cr_assert(eq(str, S(hf__model_plan_thread(plan, rules[0].thread - 1u)), S("a")));
    cr_assert(eq(str, S(hf__model_plan_thread(plan, rules[1].thread - 1u)), S("b")));
    cr_assert(eq(u8, rules[2].thread, rules[0].thread));
    cr_assert(eq(str, S(hf__model_plan_phase(plan, rules[2].phase - 1u)), S("q")));
    cr_assert(eq(u8, rules[3].thread + rules[3].phase, 0));
}

Test(plan_compile, patterns_become_ranges)
{
    const hf_plan_image *plan = compile_good(HEAD "faults:\n  - { call: VirtualAlloc, from: [f, \"m!*\"], not-from: f, return: E_FAIL }\n"
                                                  "  - { call: VirtualFree, from: \"m!*\", return: E_FAIL }\n");
    const hf_rule *rules = hf__model_plan_rules(plan);
    const hf_code_range *ranges = hf__model_plan_ranges(plan);
    cr_assert(eq(u32, plan->range_count, 6));
    cr_assert(eq(u32, rules[0].from_count, 3));
    cr_assert(eq(u32, rules[0].not_from_first, 3));
    cr_assert(eq(u32, rules[0].not_from_count, 1));
    cr_assert(eq(u32, rules[1].from_first, 4));
    cr_assert(eq(u32, rules[1].from_count, 2));
    cr_assert(eq(str, S(hf__model_plan_string(plan, ranges[2].module)), S("libm*")));
    cr_assert(eq(u64, ranges[5].low, 0x4000));
    cr_assert(eq(u64, ranges[5].high, 0x2000));
}

Test(plan_compile, gates_are_indices)
{
    const hf_plan_image *plan = compile_good(HEAD "faults:\n  - { call: VirtualAlloc, until: last, return: E_OUTOFMEMORY }\n"
                                                  "  - { name: last, call: VirtualFree, return: E_FAIL }\n");
    cr_assert(eq(i16, hf__model_plan_rules(plan)[0].until, 1));
    cr_assert(eq(i16, hf__model_plan_rules(plan)[0].after, HF_RULE_NONE));
}

Test(plan_compile, pattern_that_stands_for_nothing)
{
    hf_error err = compile_bad(HEAD "faults:\n  - { call: VirtualAlloc, from: nowhere, return: E_FAIL }\n", resolve, HF_ERROR_NOT_FOUND);
    cr_assert(eq(str, S(err.message), S("rule 'fault-1', 'from' 'nowhere': no code has that name")));
    cr_assert(eq(str, S(err.input_name), S("test.yaml")));
    cr_assert(eq(u32, err.input_line, 4));
}

Test(plan_compile, resolver_s_own_error)
{
    hf_error err = compile_bad(HEAD "faults:\n  - { call: VirtualAlloc, not-from: broken, return: E_FAIL }\n", resolve, HF_ERROR_FORMAT);
    cr_assert(eq(str, S(err.message), S("rule 'fault-1', 'not-from' 'broken': no symbols in it")));
}

Test(plan_compile, no_resolver_for_a_pattern)
{
    hf_error err = compile_bad(HEAD "faults:\n  - { call: VirtualAlloc, from: f, return: E_FAIL }\n", NULL, HF_ERROR_NOT_FOUND);
    cr_assert(ne(ptr, P(strstr(err.message, "'from' 'f'")), NULL));
}

Test(plan_compile, buffer_that_is_too_small)
{
    size_t size_bytes = 7;
    hf_error err = {0};
    hf_scenario_file *file = parse_good(HEAD "faults: [{ call: VirtualAlloc, return: E_FAIL }]\n");
    hf_status status = hf_scenario_compile(hf_scenario_at(file, 0), NULL, NULL, buffer, 100, &size_bytes, &err);
    cr_assert(eq(int, status, HF_ERROR_LIMIT));
    hf_scenario_destroy(file);
}

/* The largest scenario that the language allows still fits into HF_PLAN_BYTES_MAX. */
Test(plan_compile, largest_scenario_fits)
{
    output text = {0};
    output_write(HEAD "faults:\n", strlen(HEAD "faults:\n"), &text);
    for (unsigned i = 0; i < HF_RULES_MAX; i++) {
        char one[512];
        hf__builder builder = hf__builder_init(one, sizeof one);
        hf__builder_print(&builder, "  - { name: %080u, call: VirtualAlloc, when: %u, return: E_FAIL, from: [f, \"m!*\", f, f, f], thread: %047u }\n",
                          i, i + 1, i % HF_LABELS_MAX);
        output_write(one, builder.length, &text);
    }
    const hf_plan_image *plan = compile_good(text.text);
    cr_assert(eq(u32, plan->rule_count, HF_RULES_MAX));
    cr_assert(eq(u32, plan->range_count, HF_RULES_MAX * 6));
    cr_assert(eq(u32, plan->thread_count, HF_LABELS_MAX));
    output_clear(&text);
}
