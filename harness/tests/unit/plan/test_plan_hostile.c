/* SPDX-License-Identifier: MIT
 * Hostile inputs that are too large to keep as files. Each must end with a message; a quadratic parser would exceed the suite's timeout.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <string.h>

#define MIB (1024u * 1024)
#define HEAD "name: x\ncaller: clr\n"

TestSuite(plan_hostile, .timeout = 120);

/* `before`, then `piece` again and again until the text has `bytes` bytes or less, then `after`. */
static const struct {
    const char *label, *before, *piece, *after;
    size_t bytes;
    const char *message;
} inputs[] = {
    {"nested lists in flow", HEAD "args: ", "[", "", MIB, "nested deeper than 16 levels"},
    {"nested maps in flow", HEAD "args: ", "{a: ", "", MIB, "nested deeper than 16 levels"},
    {"nested lists in block", "", "- ", "", MIB, "nested deeper than 16 levels"},
    {"nested complex keys", "", "? ", "", MIB, "nested deeper than 16 levels"},
    {"one scalar of a megabyte", HEAD "about: ", "a", "\n", MIB, "the limit is 4096"},
    {"a scalar of escapes", HEAD "about: \"", "\\n", "\"\n", MIB, "the limit is 4096"},
    {"an open quote", "", "\"a", "", MIB, "mapping of keys"},
    {"a quote of lines", "name: \"", "\n", "", MIB, "never closed"},
    {"a block scalar of empty lines", HEAD "about: |", "\n", "x", MIB, "':'"},
    {"too many rules", HEAD "faults:\n", " - {call: VirtualAlloc, when: 1, return: E_FAIL}\n", "", MIB / 2, "more than 128 faults"},
    {"too many scenarios", "", "---\nname: x\ncaller: c\n", "", 30000, "a second scenario is named 'x'"},
    {"documents of nothing", "", "---\n", "", MIB, "this document is empty"},
    {"documents of words", "", "---\na\n", "", MIB, "a scenario must be a mapping"},
    {"too many variables", HEAD "env:\n", " A: 1\n", "", MIB, "more than 256 entries in one mapping"},
    {"too many keys", "", "a: b\n", "", MIB, "more than 256 entries in one mapping"},
    {"too many patterns", HEAD "faults:\n - call: VirtualAlloc\n   return: E_FAIL\n   from: [", "a, ", "]\n", MIB, "more than 64 patterns"},
    {"a list of the same method", HEAD "faults:\n - call: [", "VirtualAlloc, ", "]\n", MIB, "is already in the list"},
    {"undefined aliases", HEAD "args: [", "*a, ", "]\n", MIB, "aliases are not supported"},
    {"anchors", HEAD "args: [", "&a b, ", "]\n", MIB, "anchors are not supported"},
    {"tags", HEAD "args: [", "!a b, ", "]\n", MIB, "'!a' is a YAML tag"},
    {"directives", "", "%YAML 1.1\n", "", MIB, "a second %YAML line"},
    {"empty values", "{", "? a,", "}", MIB, "more than 256 entries in one mapping"},
    {"a wrong key behind a long line", HEAD "args: [", "a, ", "]\nfoo: 3\n", MIB - 64, "unknown key 'foo'"},
    {"white space", "", " ", "", MIB, "no scenario in this file"},
    {"line ends", "", "\r", "", MIB, "no scenario in this file"},
    {"tabs", "", "\t", "", MIB, "a tab cannot indent"},
    {"comments", "", "#", "", MIB, "no scenario in this file"},
    {"NUL bytes", "", "", "", 0, "the file is empty"},
    {"one byte too many", HEAD "about: ", "a", "", MIB + 1, "larger than 1 MiB"},
};

static char *make_input(size_t index, size_t *size_bytes)
{
    size_t before = strlen(inputs[index].before);
    size_t piece = strlen(inputs[index].piece);
    size_t after = strlen(inputs[index].after);
    char *text = hf__allocate(inputs[index].bytes + before + piece + after + 1, 1);
    memcpy(text, inputs[index].before, before);
    size_t length = before;
    for (; piece > 0 && length + piece + after <= inputs[index].bytes; length += piece)
        memcpy(text + length, inputs[index].piece, piece);
    memcpy(text + length, inputs[index].after, after);
    *size_bytes = length + after;
    return text;
}

HF_ROWS(plan_hostile, input_ends_with_a_message, inputs)
{
    size_t size_bytes = 0;
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    char *text = make_input(*number, &size_bytes);
    hf_status status = hf_scenario_parse("x.yaml", (hf_text){text, size_bytes}, &file, &errors);
    hf_scenario_print_errors(&errors, (hf_text){text, size_bytes}, output_write, &said);
    cr_assert(eq(int, status, HF_ERROR_INPUT), "%s", inputs[*number].label);
    cr_assert(ne(ptr, P(strstr(output_text(&said), inputs[*number].message)), NULL), "%s: %.300s", inputs[*number].label, output_text(&said));
    cr_assert(lt(sz, said.length, 20000), "%s", inputs[*number].label);
    output_clear(&said);
    hf__free(text);
}

Test(plan_hostile, a_thousand_scenarios_are_taken_and_no_more)
{
    output text = {0};
    for (unsigned i = 0; i < 1000; i++) {
        char *one = hf__format("---\nname: s%u\ncaller: clr\n", i);
        output_write(one, strlen(one), &text);
        hf__free(one);
    }
    hf_scenario_file *file = parse_good(text.text);
    cr_assert(eq(sz, hf_scenario_count(file), 1000));
    hf_scenario_destroy(file);
    output_write("---\nname: more\ncaller: clr\n", 27, &text);
    output said = parse_bad(text.text);
    cr_assert(ne(ptr, P(strstr(output_text(&said), "3002:1: error: more than 1000 scenarios in one file")), NULL), "%s", output_text(&said));
    output_clear(&said);
    output_clear(&text);
}

Test(plan_hostile, a_hundred_and_twenty_eight_rules_are_taken)
{
    output text = {0};
    output_write(HEAD "faults:\n", strlen(HEAD "faults:\n"), &text);
    for (unsigned i = 1; i <= 128; i++) {
        char *one = hf__format("  - { call: VirtualAlloc, when: %u, return: E_FAIL }\n", i);
        output_write(one, strlen(one), &text);
        hf__free(one);
    }
    hf_scenario_file *file = parse_good(text.text);
    cr_assert(eq(sz, hf_scenario_at(file, 0)->rule_count, 128));
    hf_scenario_destroy(file);
    output_clear(&text);
}

/* Arbitrary bytes at every place of a good script: an answer, whatever it is, and nothing of it in the diagnostics that a terminal obeys. */
Test(plan_hostile, any_byte_anywhere_gets_an_answer)
{
    static const char good[] =
        "name: x\ncaller: clr\nfaults:\n  - { call: VirtualAlloc, when: '3..9+2', where: { type: \"!commit\" }, return: E_FAIL }\n";
    size_t escaped = 0;
    char text[sizeof good];
    for (size_t at = 0; at + 1 < sizeof good; at++) {
        for (unsigned byte = 0; byte < 256; byte += 3) {
            hf_errors errors;
            hf_scenario_file *file = NULL;
            output said = {0};
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            if (hf_scenario_parse("x", (hf_text){text, sizeof good - 1}, &file, &errors) != HF_OK)
                hf_scenario_print_errors(&errors, (hf_text){text, sizeof good - 1}, output_write, &said);
            escaped += strchr(output_text(&said), 0x1B) != NULL;
            hf_scenario_destroy(file);
            output_clear(&said);
        }
    }
    cr_assert(eq(sz, escaped, 0));
}
