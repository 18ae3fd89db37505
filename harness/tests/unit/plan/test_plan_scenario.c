/* SPDX-License-Identifier: MIT
 * Parsing scripts: every key of the language, its default, and positions.
 */
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <string.h>

#include <hostfault/verdict.h>

TestSuite(plan_scenario, .timeout = 120);

#define HEAD "name: x\ncaller: clr\n"

Test(plan_scenario, least_script_has_the_defaults)
{
    hf_scenario_file *file = parse_good(HEAD);
    const hf_scenario *scenario = hf_scenario_at(file, 0);
    cr_assert(eq(str, S(scenario->file), S("test.yaml")));
    cr_assert(eq(str, S(scenario->name), S("x")));
    cr_assert(eq(str, S(scenario->caller), S("clr")));
    cr_assert(eq(ptr, P(scenario->about), NULL));
    cr_assert(eq(ptr, P(scenario->stdin_text), NULL));
    cr_assert(eq(sz, scenario->command.count + scenario->args.count + scenario->env.count + scenario->rule_count, 0));
    cr_assert(eq(u64, scenario->seed + scenario->timeout_ms + scenario->memory_limit + scenario->commit_limit, 0));
    cr_assert(eq(u32, scenario->expect.outcomes, 1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED));
    cr_assert(eq(u8, scenario->expect.given, 0));
    cr_assert(eq(u8, scenario->expect.has_leaks, 0));
    hf_scenario_destroy(file);
}

Test(plan_scenario, program_and_its_surroundings)
{
    hf_scenario_file *file = parse_good("name: x\ncommand: [./engine, --selftest]\nenv: { A: 1, B_2: \"x=y\", C: \"\" }\n"
                                        "cwd: /tmp\nstdin: |\n  one\n  two\nabout: >\n  first\n  line\n");
    const hf_scenario *scenario = hf_scenario_at(file, 0);
    cr_assert(eq(ptr, P(scenario->caller), NULL));
    cr_assert(eq(sz, scenario->command.count, 2));
    cr_assert(eq(str, S(scenario->command.items[1]), S("--selftest")));
    cr_assert(eq(ptr, P(scenario->command.items[2]), NULL));
    cr_assert(eq(sz, scenario->env.count, 3));
    cr_assert(eq(str, S(scenario->env.items[1]), S("B_2=x=y")));
    cr_assert(eq(str, S(scenario->env.items[2]), S("C=")));
    cr_assert(eq(str, S(scenario->stdin_text), S("one\ntwo\n")));
    cr_assert(eq(str, S(scenario->about), S("first line\n")));
    hf_scenario_destroy(file);
}

Test(plan_scenario, numbers_and_limits)
{
    hf_scenario_file *file = parse_good(HEAD "seed: 0xFFFFFFFFFFFFFFFF\ntimeout: 1m\nlimits: { memory: 64M, trace: 1G, output: 4096, storm: 7 }\n"
                                             "host: { commit-limit: 8M }\nstack-depth: 64\n");
    const hf_scenario *scenario = hf_scenario_at(file, 0);
    cr_assert(eq(u64, scenario->seed, UINT64_MAX));
    cr_assert(eq(u64, scenario->timeout_ms, 60000));
    cr_assert(eq(u64, scenario->memory_limit, 64u << 20));
    cr_assert(eq(u64, scenario->trace_limit, 1u << 30));
    cr_assert(eq(u64, scenario->output_limit, 4096));
    cr_assert(eq(u32, scenario->storm_limit, 7));
    cr_assert(eq(u64, scenario->commit_limit, 8u << 20));
    cr_assert(eq(u32, scenario->stack_depth, 64));
    hf_scenario_destroy(file);
}

Test(plan_scenario, several_scenarios_in_a_file)
{
    hf_scenario_file *file = parse_good("name: a\ncaller: clr\n---\nname: b\ncaller: lua\nargs: [1]\n...\n---\n# third\nname: c\ncaller: clr\n");
    cr_assert(eq(sz, hf_scenario_count(file), 3));
    cr_assert(eq(str, S(hf_scenario_at(file, 2)->name), S("c")));
    cr_assert(eq(u32, hf_scenario_at(file, 1)->line, 4));
    cr_assert(eq(u32, hf_scenario_at(file, 2)->line, 10));
    cr_assert(eq(ptr, P(hf_scenario_at(file, 3)), NULL));
    hf_scenario_destroy(file);
}

static const struct {
    const char *label, *text;
} tolerated[] = {
    {"byte order mark", "\xEF\xBB\xBF" HEAD},
    {"CR LF", "name: x\r\ncaller: clr\r\n"},
    {"CR", "name: x\rcaller: clr\r"},
    {"no last line end", "name: x\ncaller: clr"},
    {"JSON", "{\"name\": \"x\", \"caller\": \"clr\"}"},
    {"leading ---", "---\n" HEAD},
    {"%YAML line", "%YAML 1.1\n---\n" HEAD},
    {"comments", "# a\n" HEAD "# b\n"},
    {"end mark", HEAD "...\n"},
    {"no faults", HEAD "faults: []\n"},
    {"indented", "  name: x\n  caller: clr\n"},
};
HF_ROWS(plan_scenario, spelling_is_tolerated, tolerated)
{
    hf_scenario_file *file = parse_good(tolerated[*number].text);
    cr_assert(eq(str, S(hf_scenario_at(file, 0)->name), S("x")), "%s", tolerated[*number].label);
    cr_assert(eq(str, S(hf_scenario_at(file, 0)->caller), S("clr")), "%s", tolerated[*number].label);
    hf_scenario_destroy(file);
}

static const struct {
    const char *name;
} names[] = {
    {"x"}, {"0"}, {"a-b_c.d"}, {"Upper"}, {"2-phase"}, {"a--"}, {"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"}};
HF_ROWS(plan_scenario, name_is_kept, names)
{
    char text[256];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "name: %s\ncaller: clr\n", names[*number].name);
    hf_scenario_file *file = parse_good(text);
    cr_assert(eq(str, S(hf_scenario_at(file, 0)->name), S(names[*number].name)));
    hf_scenario_destroy(file);
}

Test(plan_scenario, expectation_by_words)
{
    hf_scenario_file *file = parse_good(HEAD "faults: [{ call: VirtualAlloc, return: E_FAIL }]\n"
                                             "expect: { outcome: [violated, leaked], response: [retried, died], leaks: 3, violations: double free, "
                                             "after-fault: no-request }\n");
    const hf_scenario_expect *expect = &hf_scenario_at(file, 0)->expect;
    cr_assert(eq(u8, expect->given, 1));
    cr_assert(eq(u32, expect->outcomes, 1u << HF_OUTCOME_VIOLATED | 1u << HF_OUTCOME_LEAKED));
    cr_assert(eq(u32, expect->first_responses, 1u << HF_RESPONSE_RETRIED | 1u << HF_RESPONSE_DIED));
    cr_assert(eq(ptr, P(expect->rule_responses), NULL));
    cr_assert(eq(u8, expect->has_leaks, 1));
    cr_assert(eq(u64, expect->leaks, 3));
    cr_assert(eq(u8, expect->strict, 1));
    cr_assert(eq(str, S(expect->violations.items[0]), S("double free")));
    hf_scenario_destroy(file);
}

Test(plan_scenario, expectation_by_rule)
{
    hf_scenario_file *file =
        parse_good(HEAD "faults:\n  - { name: a, call: VirtualAlloc, when: 1, return: E_FAIL }\n  - { call: VirtualFree, return: E_FAIL }\n"
                        "expect: { response: { fault-2: [retried, died], a: shrank } }\n");
    const hf_scenario_expect *expect = &hf_scenario_at(file, 0)->expect;
    cr_assert(eq(u32, expect->first_responses, 0));
    cr_assert(eq(u32, expect->rule_responses[0], 1u << HF_RESPONSE_SHRANK));
    cr_assert(eq(u32, expect->rule_responses[1], 1u << HF_RESPONSE_RETRIED | 1u << HF_RESPONSE_DIED));
    cr_assert(eq(u32, expect->outcomes, 1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED));
    hf_scenario_destroy(file);
}

Test(plan_scenario, rule_knows_where_it_begins)
{
    hf_scenario_file *file =
        parse_good(HEAD "faults:\n  - call: VirtualAlloc\n    when: 1\n    return: E_FAIL\n  -   { call: VirtualFree, return: E_FAIL }\n");
    const hf_scenario_rule *rules = hf_scenario_at(file, 0)->rules;
    cr_assert(eq(u32, rules[0].line, 4));
    cr_assert(eq(u32, rules[0].column, 5));
    cr_assert(eq(u32, rules[1].line, 7));
    cr_assert(eq(u32, rules[1].column, 7));
    cr_assert(eq(str, S(rules[1].name), S("fault-2")));
    hf_scenario_destroy(file);
}

/* Where a mistake is pointed at: line, column, and the length of what is underlined. */
static const struct {
    const char *label, *text;
    unsigned line, column, length;
} pointed[] = {
    {"unknown key", HEAD "sede: 3\n", 3, 1, 4},
    {"value", HEAD "seed: many\n", 3, 7, 4},
    {"quoted value, with its quotes", HEAD "seed: \"many\"\n", 3, 7, 6},
    {"part of a plain value", HEAD "faults: [{ call: VirtualAlloc, when: 9..3, return: E_FAIL }]\n", 3, 41, 1},
    {"part of a quoted value", HEAD "faults: [{ call: VirtualAlloc, when: '9..3', return: E_FAIL }]\n", 3, 42, 1},
    {"escaped value, as a whole", HEAD "faults: [{ call: VirtualAlloc, when: \"9..\\x33\", return: E_FAIL }]\n", 3, 38, 9},
    {"word among flags", HEAD "faults: [{ call: VirtualAlloc, where: { type: reserve|comit }, return: E_FAIL }]\n", 3, 55, 5},
    {"columns count bytes", HEAD "args: [\xC3\xA4, [b]]\n", 3, 12, 1},
    {"behind a byte order mark", "\xEF\xBB\xBFsede: 3\n" HEAD, 1, 1, 4},
    {"after CR LF", "name: x\r\ncaller: clr\r\nseed: many\r\n", 3, 7, 4},
    {"second document", HEAD "---\nname: y\ncaler: clr\n", 5, 1, 5},
    {"map: its first key", "caller: clr\n", 1, 1, 6},
    {"text over lines: its first line", HEAD "seed: \"a\n  b\"\n", 3, 7, 2},
};
HF_ROWS(plan_scenario, mistake_is_pointed_at, pointed)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    hf_status status = hf_scenario_parse("x", hf__text(pointed[*number].text), &file, &errors);
    cr_assert(eq(int, status, HF_ERROR_INPUT), "%s", pointed[*number].label);
    cr_assert(eq(uint, errors.items[0].input_line, pointed[*number].line), "%s: %s", pointed[*number].label, errors.items[0].message);
    cr_assert(eq(uint, errors.items[0].input_column, pointed[*number].column), "%s: %s", pointed[*number].label, errors.items[0].message);
    cr_assert(eq(uint, errors.items[0].input_length, pointed[*number].length), "%s: %s", pointed[*number].label, errors.items[0].message);
}

/* A marking rule is one that a gate names; otherwise it was forgotten half-way. */
Test(plan_scenario, rule_without_effect_serves_as_a_mark)
{
    hf_scenario_file *file = parse_good(HEAD "faults:\n  - { name: reserved, call: VirtualAlloc, where: { type: reserve }, when: 1 }\n"
                                             "  - { call: VirtualAlloc, after: reserved, return: E_OUTOFMEMORY }\n");
    cr_assert(eq(u8, rule_of(file, 0)->returns, 0));
    cr_assert(eq(u16, (uint16_t)rule_of(file, 1)->after, 0));
    hf_scenario_destroy(file);
}

static const struct {
    const char *label, *first, *second;
} apart[] = {
    {"the first ends", "when: 1..3", "when: 1+"},
    {"the first is by chance", "chance: 50%", "when: 3"},
    {"the first fires a few times", "times: 2", "when: 3"},
    {"the first needs much memory", "live: \">1M\"", "when: 3"},
    {"the first has a filter", "where: { type: commit }", "where: { type: reserve }"},
    {"the first is on one thread", "thread: a", "thread: b"},
    {"the first is in one phase", "phase: a", "when: 3"},
    {"the first is from elsewhere", "from: [f, g]", "from: [f, h]"},
    {"the first is at a site", "site: 0000000000000001", "site: 0000000000000002"},
    {"the first waits", "after: other", "when: 3"},
    {"the first stops", "until: other", "when: 3"},
    {"they count different calls", "{ when: 3, where: { type: commit } }", "when: 3"},
    {"they count by other means", "{ when: 3, per: thread }", "when: 3"},
    {"the later has more ordinals", "when: 3..5", "when: 3..6"},
};
HF_ROWS(plan_scenario, rules_that_do_not_shadow, apart)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "name: x\ncaller: clr\nfaults:\n  - { name: other, call: VirtualFree, return: E_FAIL }\n");
    const char *rules[] = {apart[*number].first, apart[*number].second};
    for (size_t i = 0; i < 2; i++) {
        hf_text keys = hf__text(rules[i]);
        bool braces = keys.pointer[0] == '{';
        hf__builder_print(&builder, "  - { call: VirtualAlloc, return: E_FAIL, %.*s }\n", (int)(keys.size_bytes - (braces ? 4 : 0)),
                          keys.pointer + (braces ? 2 : 0));
    }
    hf_scenario_file *file = parse_good(text);
    cr_assert(eq(sz, hf_scenario_at(file, 0)->rule_count, 3), "%s", apart[*number].label);
    hf_scenario_destroy(file);
}

Test(plan_scenario, memory_of_others_is_not_shadowed_by_memory_of_the_host)
{
    hf_scenario_file *file = parse_good(HEAD "faults:\n  - { call: VirtualQuery, return: HOST_E_TIMEOUT }\n"
                                             "  - { call: VirtualQuery, foreign: true, return: E_FAIL }\n");
    cr_assert(eq(u8, rule_of(file, 1)->foreign, 1));
    hf_scenario_destroy(file);
}
