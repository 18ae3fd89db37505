/* SPDX-License-Identifier: MIT
 * Every script of scenarios/invalid/ with the exact diagnostics beside it. To rewrite the expected files after a change of wording, and
 * review them with git diff:
 *
 *     HF_REWRITE=1 out/dev/harness/tests/unit/plan/test_plan
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "plan_support.h"

#include <string.h>
#include <unistd.h>

#define FILES_MAX 1000
#define FILES_LEAST 280

TestSuite(plan_invalid, .timeout = 120);

/* The diagnostics of one script, as `hostfault` prints them. */
static output diagnose(const char *path, hf_status *status)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    *status = hf_scenario_load(path, &file, &errors);
    hf_scenario_print_file_errors(path, &errors, output_write, &said);
    hf_scenario_destroy(file);
    return said;
}

static size_t wrong_file(const char *path)
{
    hf_status status = HF_OK;
    output said = diagnose(path, &status);
    char *expected = hf__format("%.*s.expected", (int)(strlen(path) - strlen(".yaml")), path);
    size_t wrong = golden_differs(expected, output_text(&said));
    wrong += status == HF_ERROR_INPUT && said.length > 0 ? 0 : 1;
    hf__free(expected);
    output_clear(&said);
    return wrong;
}

Test(plan_invalid, each_script_has_its_exact_diagnostics)
{
    static char *paths[FILES_MAX];
    size_t wrong = 0;
    size_t count = find_files("scenarios/invalid", ".yaml", NULL, paths, FILES_MAX);
    cr_assert(eq(int, chdir(HF_SOURCE_DIR), 0));
    for (size_t i = 0; i < count; i++) {
        wrong += wrong_file(paths[i]);
        hf__free(paths[i]);
    }
    cr_assert(eq(sz, wrong, 0));
    cr_assert(ge(sz, count, FILES_LEAST));
    cr_assert(lt(sz, count, FILES_MAX));
}

Test(plan_invalid, no_expectation_without_a_script)
{
    static char *scripts[FILES_MAX];
    static char *expected[FILES_MAX];
    size_t script_count = find_files("scenarios/invalid", ".yaml", NULL, scripts, FILES_MAX);
    size_t expected_count = find_files("scenarios/invalid", ".expected", NULL, expected, FILES_MAX);
    cr_assert(eq(sz, expected_count, script_count));
}

Test(plan_invalid, errors_stand_in_order_of_position)
{
    output said = parse_bad("name: x\ncaller: clr\nexpect: { leaks: x }\nfaults:\n  - { call: VirtualAlloc, whn: 1 }\nseed: y\n");
    char *third = strstr(output_text(&said), "test.yaml:3:18");
    char *fifth = strstr(output_text(&said), "test.yaml:5:27");
    char *sixth = strstr(output_text(&said), "test.yaml:6:7");
    cr_assert(ne(ptr, P(third), NULL), "%s", output_text(&said));
    cr_assert(lt(ptr, P(third), P(fifth)), "%s", output_text(&said));
    cr_assert(lt(ptr, P(fifth), P(sixth)), "%s", output_text(&said));
    output_clear(&said);
}

Test(plan_invalid, file_that_is_not_there)
{
    hf_status status = HF_OK;
    output said = diagnose("/nowhere/at/all.yaml", &status);
    cr_assert(eq(str, S(said.text), S("/nowhere/at/all.yaml: error: cannot be read: No such file or directory\n")));
    cr_assert(eq(int, status, HF_ERROR_INPUT));
    output_clear(&said);
}

Test(plan_invalid, folder_is_no_script)
{
    hf_status status = HF_OK;
    output said = diagnose("/", &status);
    cr_assert(eq(str, S(said.text), S("/: error: cannot be read: it is a directory, not a regular file\n")));
    output_clear(&said);
}

Test(plan_invalid, long_path_is_cut_at_the_front)
{
    char path[400];
    hf_errors errors;
    hf_scenario_file *file = NULL;
    memset(path, 'd', sizeof path);
    memcpy(path + sizeof path - 8, "/x.yaml", 8);
    hf_status status = hf_scenario_parse(path, hf__text("{}"), &file, &errors);
    cr_assert(eq(int, status, HF_ERROR_INPUT));
    cr_assert(hf__text_starts_with(hf__text(errors.items[0].input_name), "...ddd"));
    cr_assert(eq(str, S(errors.items[0].input_name + strlen(errors.items[0].input_name) - 7), S("/x.yaml")));
}

Test(plan_invalid, errors_may_be_nobody_s_business)
{
    hf_scenario_file *file = NULL;
    cr_assert(eq(int, hf_scenario_parse("x", hf__text("{}"), &file, NULL), HF_ERROR_INPUT));
    cr_assert(eq(int, hf_scenario_load("/nowhere", &file, NULL), HF_ERROR_INPUT));
    cr_assert(eq(ptr, P(file), NULL));
    hf_scenario_destroy(file);
}
