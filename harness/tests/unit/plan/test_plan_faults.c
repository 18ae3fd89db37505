/* SPDX-License-Identifier: MIT
 * The effect of each fault key on hf_rule, and faults from the command line.
 */
#include "base_check.h"
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <stddef.h>
#include <string.h>

TestSuite(plan_faults, .timeout = 120);

static hf_scenario_file *from_fault(const char *fault)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    hf_status status = hf_scenario_from_faults("clr", NULL, &fault, 1, &file, &errors);
    hf_scenario_print_fault_errors(&fault, 1, &errors, output_write, &said);
    cr_assert(eq(int, status, HF_OK), "%s", output_text(&said));
    output_clear(&said);
    return file;
}

static output refused(const char *const *faults, size_t count)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    hf_status status = hf_scenario_from_faults("clr", NULL, faults, count, &file, &errors);
    cr_assert(eq(int, status, HF_ERROR_INPUT));
    cr_assert(eq(ptr, P(file), NULL));
    hf_scenario_print_fault_errors(faults, count, &errors, output_write, &said);
    return said;
}

/* One number of the rule after one fault: which field, by offset and size. */
#define FIELD(name) offsetof(hf_rule, name), sizeof(((hf_rule *)0)->name)
static const struct {
    const char *keys;
    size_t offset, size;
    uint64_t value;
} keys[] = {
    {"when: 3, return: E_FAIL", FIELD(first), 3},
    {"when: 3, return: E_FAIL", FIELD(last), 3},
    {"when: 3+, return: E_FAIL", FIELD(last), 0},
    {"when: 3..9+2, return: E_FAIL", FIELD(step), 2},
    {"return: E_FAIL", FIELD(first), 1},
    {"return: E_FAIL", FIELD(last), 0},
    {"return: E_FAIL", FIELD(per), HF_PER_RUN},
    {"when: 2, per: thread, return: E_FAIL", FIELD(per), HF_PER_THREAD},
    {"chance: 5%, per: site, return: E_FAIL", FIELD(per), HF_PER_SITE},
    {"return: E_FAIL", FIELD(chance), HF_CHANCE_ALWAYS},
    {"chance: 50%, return: E_FAIL", FIELD(chance), 1u << 31},
    {"chance: 100%, return: E_FAIL", FIELD(chance), HF_CHANCE_ALWAYS},
    {"times: 4, return: E_FAIL", FIELD(times), 4},
    {"live: '>8M', return: E_FAIL", FIELD(live_above), 8u << 20},
    {"live: '> 0', return: E_FAIL", FIELD(has_live), 1},
    {"site: 00000000deadBEEF, return: E_FAIL", FIELD(site), 0xDEADBEEF},
    {"site: '1234567890123456', return: E_FAIL", FIELD(has_site), 1},
    {"optional: true, return: E_FAIL", FIELD(optional), 1},
    {"optional: false, return: E_FAIL", FIELD(optional), 0},
    {"return: E_FAIL", FIELD(returns), 1},
    {"return: E_FAIL", FIELD(hr), 0x80004005},
    {"return: 0x80131024", FIELD(hr), 0x80131024},
    {"return: WIN32_COMMITMENT_LIMIT, undocumented: true", FIELD(hr), 0x800705AF},
    {"return: E_INVALIDARG, undocumented: true", FIELD(undocumented), 1},
    {"return: E_FAIL", FIELD(out), HF_OUT_NULL},
    {"return: E_FAIL, out: null", FIELD(out), HF_OUT_NULL},
    {"return: E_FAIL, out: untouched", FIELD(out), HF_OUT_UNTOUCHED},
    {"return: E_FAIL, out: poison", FIELD(out), HF_OUT_POISON},
    {"return: E_FAIL, done: true", FIELD(done), 1},
    {"return: E_FAIL", FIELD(sticks), 1},
    {"return: E_FAIL, sticks: false", FIELD(sticks), 0},
    {"lie: null", FIELD(lie), HF_LIE_NULL},
    {"lie: ~", FIELD(lie), HF_LIE_NULL},
    {"lie: s_false", FIELD(lie), HF_LIE_S_FALSE},
    {"lie: short", FIELD(returns), 0},
    {"delay: 50ms", FIELD(delay_us), 50000},
    {"delay: 60s", FIELD(delay_us), 60000000},
    {"notify: low", FIELD(notify), eMemoryAvailableLow},
    {"notify: high", FIELD(notify), eMemoryAvailableHigh},
    {"return: E_FAIL, last-error: 1455", FIELD(last_error), 1455},
    {"return: E_FAIL, last-error: 0", FIELD(has_last_error), 1},
    {"lie: null, last-error: 8", FIELD(has_last_error), 1},
    {"return: E_FAIL", FIELD(has_last_error), 0},
    {"return: E_FAIL", FIELD(predicate_count), 0},
    {"where: { type: commit, size: ['>4K', '<1M'] }, return: E_FAIL", FIELD(predicate_count), 3},
    {"where: { address: null }, return: E_FAIL", FIELD(predicate_count), 1},
    {"where: { address: ~ }, return: E_FAIL", FIELD(predicate_count), 1},
};
HF_ROWS(plan_faults, key_sets_its_field, keys)
{
    char fault[256];
    uint64_t got = 0;
    hf__builder builder = hf__builder_init(fault, sizeof fault);
    hf__builder_print(&builder, "call: VirtualAlloc, %s", keys[*number].keys);
    hf_scenario_file *file = from_fault(fault);
    memcpy(&got, (const char *)rule_of(file, 0) + keys[*number].offset, keys[*number].size);
    cr_assert(eq(u64, got, keys[*number].value), "%s", keys[*number].keys);
    hf_scenario_destroy(file);
}

#define BIT(method) (1u << HF_METHOD_##method)
static const struct {
    const char *call;
    uint32_t methods;
} calls[] = {
    {"VirtualAlloc", BIT(VIRTUAL_ALLOC)},
    {"[VirtualFree, Malloc.Free]", BIT(VIRTUAL_FREE) | BIT(MALLOC_FREE)},
    {"\"Malloc.*\"", BIT(MALLOC_ALLOC) | BIT(MALLOC_DEBUG_ALLOC) | BIT(MALLOC_FREE)},
    {"\"*Alloc\"", BIT(VIRTUAL_ALLOC) | BIT(MALLOC_ALLOC) | BIT(MALLOC_DEBUG_ALLOC)},
    {"\"*\"", HF_METHODS_ALL},
    {"acquire", BIT(CREATE_MALLOC) | BIT(VIRTUAL_ALLOC) | BIT(MALLOC_ALLOC) | BIT(MALLOC_DEBUG_ALLOC)},
    {"release", BIT(VIRTUAL_FREE) | BIT(MALLOC_FREE)},
    {"[protect, query]", BIT(VIRTUAL_PROTECT) | BIT(VIRTUAL_QUERY) | BIT(GET_MEMORY_LOAD)},
    {"manager", BIT(GET_HOST_MANAGER)},
};
HF_ROWS(plan_faults, call_names_methods, calls)
{
    char fault[256];
    hf__builder builder = hf__builder_init(fault, sizeof fault);
    hf__builder_print(&builder, "call: %s, delay: 1ms", calls[*number].call);
    hf_scenario_file *file = from_fault(fault);
    cr_assert(eq(u32, rule_of(file, 0)->methods, calls[*number].methods), "%s", calls[*number].call);
    hf_scenario_destroy(file);
}

/* A method's rule may also fail with what its functions in an unmodified program fail with. */
static bool is_right(unsigned method, HRESULT hr)
{
    uint32_t functions = hf__model_functions_of((hf_method)method);
    bool right = hf__model_is_documented((hf_method)method, hr);
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++)
        right = right || ((functions >> i & 1) != 0 && hf__model_may_fail_with(method, i, hr));
    return right;
}

static bool is_taken(const char *call, const char *result)
{
    char fault[128];
    hf_scenario_file *file = NULL;
    const char *texts[] = {fault};
    hf__builder builder = hf__builder_init(fault, sizeof fault);
    hf__builder_print(&builder, "call: %s, return: %s", call, result);
    bool taken = hf_scenario_from_faults("clr", NULL, texts, 1, &file, NULL) == HF_OK;
    hf_scenario_destroy(file);
    return taken;
}

/* E_OUTOFMEMORY is another word for ENOMEM. */
Test(plan_faults, every_error_number_of_a_function_is_taken_and_every_other_result_refused)
{
    size_t count = 0;
    size_t wrong = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++) {
        const hf_function_row *row = hf__model_function((hf_function)i);
        for (size_t k = 0; k < count && hf__model_function_is_named((hf_function)i); k++) {
            HRESULT hr = rows[k].value == E_OUTOFMEMORY ? HF_RESULT_OF_ERRNO(12) : rows[k].value;
            wrong += is_taken(row->name, rows[k].name) != hf__model_may_fail_with(row->method, i, hr);
        }
    }
    cr_assert(eq(sz, wrong, 0));
}

Test(plan_faults, functions_are_named_alone_in_lists_and_by_pattern)
{
    hf_scenario_file *file = from_fault("call: [calloc, mmap], return: ENOMEM");
    const hf_rule *rule = rule_of(file, 0);
    cr_assert(eq(u32, rule->methods, 1u << HF_METHOD_MALLOC_ALLOC | 1u << HF_METHOD_VIRTUAL_ALLOC));
    cr_assert(eq(u32, rule->functions, 1u << HF_FUNCTION_CALLOC | 1u << HF_FUNCTION_MMAP));
    hf_scenario_destroy(file);
    file = from_fault("call: \"p*\", return: ENOMEM");
    cr_assert(ne(u32, rule_of(file, 0)->functions & 1u << HF_FUNCTION_PVALLOC, 0));
    cr_assert(eq(u32, rule_of(file, 0)->functions & 1u << HF_FUNCTION_FREE, 0));
    hf_scenario_destroy(file);
    file = from_fault("call: [mmap, Malloc.Alloc], return: ENOMEM");
    cr_assert(ne(u32, rule_of(file, 0)->functions & 1u << HF_FUNCTION_REALLOC, 0), "a method takes all its functions");
    cr_assert(eq(u32, rule_of(file, 0)->functions & 1u << HF_FUNCTION_MREMAP, 0), "and no other's");
    hf_scenario_destroy(file);
    file = from_fault("call: [malloc, Malloc.Alloc], return: ENOMEM");
    cr_assert(eq(u32, rule_of(file, 0)->functions, 0), "which is every call of the method");
    hf_scenario_destroy(file);
}

Test(plan_faults, every_documented_pair_is_taken_and_every_other_refused)
{
    size_t count = 0;
    size_t wrong = 0;
    size_t documented = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        for (size_t i = 0; i < count; i++) {
            bool taken = is_taken(hf__model_method((hf_method)method)->name, rows[i].name);
            bool right = is_right(method, rows[i].value);
            wrong += taken != right;
            documented += right;
        }
    }
    cr_assert(eq(sz, wrong, 0));
    cr_assert(lt(sz, 60, documented));
}

Test(plan_faults, every_lie_is_taken_where_the_model_has_it_and_nowhere_else)
{
    size_t wrong = 0;
    size_t fitting = 0;
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        for (unsigned lie = HF_LIE_NULL; lie < HF_LIE_COUNT; lie++) {
            char fault[128];
            hf_scenario_file *file = NULL;
            const char *texts[] = {fault};
            hf__builder builder = hf__builder_init(fault, sizeof fault);
            hf__builder_print(&builder, "call: %s, lie: %s", hf__model_method((hf_method)method)->name, hf__model_lie_name((hf_lie)lie));
            bool taken = hf_scenario_from_faults("clr", NULL, texts, 1, &file, NULL) == HF_OK;
            bool right = (hf__model_method((hf_method)method)->lies >> lie & 1) != 0;
            wrong += taken != right;
            fitting += right;
            hf_scenario_destroy(file);
        }
    }
    cr_assert(eq(sz, wrong, 0));
    cr_assert(lt(sz, 30, fitting));
}

static const struct {
    const char *label, *text;
} spellings[] = {
    {"bare", "call: VirtualAlloc, when: 3, return: E_FAIL"},
    {"in braces", "{call: VirtualAlloc, when: 3, return: E_FAIL}"},
    {"in braces and spaces", "  { call: VirtualAlloc, when: 3, return: E_FAIL }  "},
    {"over lines", "call: VirtualAlloc,\nwhen: 3,\nreturn: E_FAIL"},
    {"with a comment", "call: VirtualAlloc, when: 3, return: E_FAIL # the third"},
    {"with a comma at the end", "call: VirtualAlloc, when: 3, return: E_FAIL,"},
    {"JSON", "\"call\": \"VirtualAlloc\", \"when\": 3, \"return\": \"E_FAIL\""},
};
HF_ROWS(plan_faults, fault_is_a_flow_mapping, spellings)
{
    hf_scenario_file *file = from_fault(spellings[*number].text);
    cr_assert(eq(u64, rule_of(file, 0)->first, 3), "%s", spellings[*number].label);
    cr_assert(eq(u32, (uint32_t)rule_of(file, 0)->hr, 0x80004005), "%s", spellings[*number].label);
    hf_scenario_destroy(file);
}

Test(plan_faults, command_line_makes_a_scenario)
{
    const char *command[] = {"./engine", "--fast", NULL};
    hf_scenario_file *file = NULL;
    hf_errors errors;
    cr_assert(eq(int, hf_scenario_from_faults(NULL, command, NULL, 0, &file, &errors), HF_OK));
    const hf_scenario *scenario = hf_scenario_at(file, 0);
    cr_assert(eq(str, S(scenario->name), S("command-line")));
    cr_assert(eq(str, S(scenario->file), S("--fault")));
    cr_assert(eq(sz, scenario->command.count, 2));
    cr_assert(eq(sz, scenario->rule_count, 0));
    cr_assert(ne(u32, scenario->expect.outcomes, 0));
    hf_scenario_destroy(file);
}

Test(plan_faults, arguments_of_a_caller)
{
    const char *arguments[] = {"script.lua", NULL};
    hf_scenario_file *file = NULL;
    cr_assert(eq(int, hf_scenario_from_faults("lua", arguments, NULL, 0, &file, NULL), HF_OK));
    cr_assert(eq(sz, hf_scenario_at(file, 0)->command.count, 0));
    cr_assert(eq(str, S(hf_scenario_at(file, 0)->args.items[0]), S("script.lua")));
    hf_scenario_destroy(file);
}

Test(plan_faults, nothing_to_run_is_an_error_of_the_call)
{
    hf_scenario_file *file = NULL;
    hf_errors errors;
    cr_assert(eq(int, hf_scenario_from_faults(NULL, NULL, NULL, 0, &file, &errors), HF_ERROR_ARGUMENT));
    cr_assert(eq(uint, errors.count, 1));
    static const char *many[129];
    cr_assert(eq(int, hf_scenario_from_faults("clr", NULL, many, HF_COUNT_OF(many), &file, &errors), HF_ERROR_LIMIT));
}

Test(plan_faults, rules_of_the_command_line_know_each_other)
{
    const char *faults[] = {"name: a, call: VirtualAlloc, when: 1, return: E_OUTOFMEMORY", "call: VirtualFree, after: a, return: E_FAIL"};
    hf_scenario_file *file = NULL;
    cr_assert(eq(int, hf_scenario_from_faults("clr", NULL, faults, 2, &file, NULL), HF_OK));
    cr_assert(eq(u16, (uint16_t)rule_of(file, 1)->after, 0));
    cr_assert(eq(str, S(hf_scenario_at(file, 0)->rules[1].name), S("fault-2")));
    hf_scenario_destroy(file);
}

static const struct {
    const char *label, *text, *said;
} bad[] = {
    {"unknown key", "call: VirtualAlloc, retrun: E_FAIL",
     "--fault:1:21: error: unknown key 'retrun' of a fault; did you mean 'return'?\n    1 | call: VirtualAlloc, retrun: E_FAIL\n"
     "      |                     ^~~~~~\n"},
    {"first column", "cal: VirtualAlloc, return: E_FAIL",
     "--fault:1:1: error: unknown key 'cal' of a fault; did you mean 'call'?\n    1 | cal: VirtualAlloc, return: E_FAIL\n      | ^~~\n"},
    {"second line", "call: VirtualAlloc,\nreturn: E_FIAL",
     "--fault:2:9: error: unknown HRESULT 'E_FIAL'; did you mean 'E_FAIL'?\n    2 | return: E_FIAL\n      |         ^~~~~~\n"},
    {"empty", "  ", "--fault: error: is empty; write 'call: METHOD, return: HRESULT'\n"},
    {"two", "call: VirtualAlloc, return: E_FAIL}\n---\n{call: VirtualFree, return: E_FAIL",
     "--fault:3:1: error: --fault takes one fault; repeat the option for more\n"
     "    3 | {call: VirtualFree, return: E_FAIL\n"
     "      | ^\n"},
    {"unclosed brace", "{call: VirtualAlloc, return: E_FAIL",
     "--fault:1:1: error: this '{' has no '}', or a ',' is missing after one of its entries\n    1 | {call: VirtualAlloc, return: E_FAIL\n      | "
     "^\n"},
    {"closed too early", "call: VirtualAlloc}, return: E_FAIL",
     "--fault:1:20: error: text after the end of the document; a brace closed too early, or a '---' missing between two scenarios\n    1 | call: "
     "VirtualAlloc}, return: E_FAIL\n"
     "      |                    ^\n"},
    {"control character", "call: \x1B",
     "--fault:1:7: error: control character U+001B; in double quotes it can be written as an escape\n    1 | call: ?\n      |       ^\n"},
    {"no colon", "VirtualAlloc",
     "--fault:1:1: error: unknown key 'VirtualAlloc' of a fault; known are name, call, when, per, where, from, not-from, site, thread, "
     "phase, after, until, chance, times, live, foreign, optional, return, out, done, lie, delay, notify, last-error, sticks, "
     "undocumented\n    1 | VirtualAlloc\n      | ^~~~~~~~~~~~\n"},
};
HF_ROWS(plan_faults, mistake_stands_where_it_was_typed, bad)
{
    output said = refused(&bad[*number].text, 1);
    cr_assert(eq(str, S(said.text), S(bad[*number].said)), "%s", bad[*number].label);
    output_clear(&said);
}

Test(plan_faults, mistakes_stand_under_the_fault_they_are_in)
{
    const char *faults[] = {"name: a, call: VirtualAlloc, return: E_FAIL, after: b", "call: VirtualAlloc, when: 0, return: E_FAIL",
                            "call: Virtualalloc"};
    output said = refused(faults, 3);
    char *first = strstr(output_text(&said), "--fault[1]:1:53: error: unknown rule 'b'");
    char *second = strstr(output_text(&said), "--fault[2]:1:27: error: calls are counted from 1");
    char *third = strstr(output_text(&said), "--fault[3]:1:7: error: unknown method 'Virtualalloc'");
    cr_assert(ne(ptr, P(first), NULL), "%s", output_text(&said));
    cr_assert(lt(ptr, P(first), P(second)), "%s", output_text(&said));
    cr_assert(lt(ptr, P(second), P(third)), "%s", output_text(&said));
    cr_assert(ne(ptr, P(strstr(third, "1 | call: Virtualalloc\n")), NULL), "%s", output_text(&said));
    output_clear(&said);
}
