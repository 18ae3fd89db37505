/* SPDX-License-Identifier: MIT
 * Printing: the printed text parses to the same scenario. The examples are the shipped scenarios, those of valid/, and text that YAML could
 * read as something else. To rewrite the golden files of valid/: HF_REWRITE=1 test_plan.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <string.h>

#define FILES_MAX 1000

TestSuite(plan_print, .timeout = 120);

static size_t wrong_scenario(const hf_scenario *scenario, const char *path)
{
    hf_errors errors;
    hf_scenario_file *again = NULL;
    output printed = {0};
    output said = {0};
    const char *difference = "it does not parse";
    hf_scenario_print(scenario, output_write, &printed);
    if (hf_scenario_parse("printed", (hf_text){printed.text, printed.length}, &again, &errors) == HF_OK)
        difference = first_difference(scenario, hf_scenario_at(again, 0));
    else
        hf_scenario_print_errors(&errors, (hf_text){printed.text, printed.length}, output_write, &said);
    if (difference != NULL)
        cr_log_error("%s#%s: %s\n%s%s", path, scenario->name, difference, output_text(&said), printed.text);
    output_clear(&printed);
    output_clear(&said);
    hf_scenario_destroy(again);
    return difference != NULL ? 1 : 0;
}

static size_t wrong_file(const char *path, size_t *scenarios)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    size_t wrong = 0;
    char *full = hf__format("%s/%s", HF_SOURCE_DIR, path);
    hf_status status = hf_scenario_load(full, &file, &errors);
    hf__free(full);
    if (status != HF_OK) {
        cr_log_error("%s:%u: %s", path, errors.items[0].input_line, errors.items[0].message);
        return 1;
    }
    for (size_t i = 0; i < hf_scenario_count(file); i++)
        wrong += wrong_scenario(hf_scenario_at(file, i), path);
    *scenarios += hf_scenario_count(file);
    hf_scenario_destroy(file);
    return wrong;
}

static const struct {
    const char *folder, *skip;
    size_t least;
} folders[] = {
    {"scenarios", "scenarios/invalid", 0},
    {"harness/tests/unit/plan/valid", NULL, 12},
};
HF_ROWS(plan_print, printed_scenario_parses_to_itself, folders)
{
    static char *paths[FILES_MAX];
    size_t wrong = 0;
    size_t scenarios = 0;
    size_t count = find_files(folders[*number].folder, ".yaml", folders[*number].skip, paths, FILES_MAX);
    for (size_t i = 0; i < count; i++)
        wrong += wrong_file(paths[i], &scenarios);
    cr_assert(eq(sz, wrong, 0));
    cr_assert(ge(sz, scenarios, folders[*number].least), "%s", folders[*number].folder);
}

/* Text that must come back as the same text, whatever YAML thinks of it. */
static const struct {
    const char *label, *yaml;
} texts[] = {
    {"words of other types", "[\"null\", \"~\", \"true\", \"No\", \"ON\", \"y\", \"Null\", \"inf\"]"},
    {"numbers", "[\"1\", \"-1\", \"0x10\", \"1e3\", \".5\", \"1_000\", \"12:30\", \"2001-01-01\"]"},
    {"characters of YAML", "[\"*\", \"&a\", \"!t\", \"- a\", \"a: b\", \"a #b\", \"{\", \"]\", \"%\", \"@\", \"`\", \"|\", \">\", \"?\", \",\"]"},
    {"quotes and backslashes", "[\"a\\\"b\", \"a'b\", \"a\\\\b\", '\\n']"},
    {"white space", "[\"\", \" \", \" a \", \"a  b\", \"\\t\", \"a\\tb\"]"},
    {"line ends", "[\"a\\nb\", \"\\n\", \"a\\r\\nb\", \"\\r\", \"a\\n\"]"},
    {"line ends of YAML only", "[\"\\N\", \"a \\L b\", \" \\P \", \"\\uFEFF\"]"},
    {"controls", "[\"\\x01\", \"\\e[0m\", \"\\x7F\", \"\\x9B\"]"},
    {"other letters", "[\"\\u00e4\", \"\\u5927\", \"\\U0001F600\"]"},
    {"document marks", "[\"---\", \"...\", \"--- a\"]"},
    {"ordinary", "[a, a-b, a.b, a/b, /usr/bin, --flag, a+b, a_b, _x]"},
};
HF_ROWS(plan_print, text_comes_back, texts)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "name: x\ncaller: clr\nargs: %s\n", texts[*number].yaml);
    hf_scenario_file *file = parse_good(text);
    cr_assert(eq(sz, wrong_scenario(hf_scenario_at(file, 0), texts[*number].label), 0), "%s", texts[*number].label);
    hf_scenario_destroy(file);
}

Test(plan_print, every_filter_comes_back)
{
    static const char *const operators[] = {"", "=", "!", "!="};
    size_t count = 0;
    size_t wrong = 0;
    const hf_flag_row *flags = hf__model_flags(&count);
    for (size_t i = 0; i < count * 4; i++) {
        char fault[256];
        hf_scenario_file *file = NULL;
        const char *texts_[] = {fault};
        hf__builder builder = hf__builder_init(fault, sizeof fault);
        static const char *const methods[HF_FIELD_COUNT] = {[HF_FIELD_TYPE] = "VirtualAlloc",
                                                            [HF_FIELD_PROTECT] = "VirtualProtect",
                                                            [HF_FIELD_LEVEL] = "Malloc.Alloc",
                                                            [HF_FIELD_FREE] = "VirtualFree",
                                                            [HF_FIELD_MALLOC] = "CreateMalloc"};
        const hf_flag_row *flag = &flags[i / 4];
        hf__builder_print(&builder, "call: %s, delay: 1ms, where: { %s: \"%s%s\" }", methods[flag->field], hf__model_field_name(flag->field),
                          operators[i % 4], flag->word);
        if (flag->field == HF_FIELD_LEVEL && i % 4 == 2)
            continue;
        wrong += hf_scenario_from_faults("clr", NULL, texts_, 1, &file, NULL) != HF_OK || wrong_scenario(hf_scenario_at(file, 0), fault) != 0;
        hf_scenario_destroy(file);
    }
    cr_assert(eq(sz, wrong, 0));
    cr_assert(lt(sz, 20, count));
}

Test(plan_print, golden_files_of_the_examples)
{
    static char *paths[FILES_MAX];
    size_t wrong = 0;
    size_t count = find_files("harness/tests/unit/plan/valid", ".yaml", NULL, paths, FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        hf_scenario_file *file = NULL;
        output printed = {0};
        char *full = hf__format("%s/%s", HF_SOURCE_DIR, paths[i]);
        char *golden = hf__format("%.*s.printed", (int)(strlen(paths[i]) - strlen(".yaml")), paths[i]);
        cr_assert(eq(int, hf_scenario_load(full, &file, NULL), HF_OK), "%s", paths[i]);
        for (size_t k = 0; k < hf_scenario_count(file); k++) {
            output_write("---\n", k > 0 ? 4 : 0, &printed);
            hf_scenario_print(hf_scenario_at(file, k), output_write, &printed);
        }
        wrong += golden_differs(golden, output_text(&printed));
        hf_scenario_destroy(file);
        output_clear(&printed);
        hf__free(golden);
        hf__free(full);
    }
    cr_assert(eq(sz, wrong, 0));
    cr_assert(ge(sz, count, 3));
}
