/* SPDX-License-Identifier: MIT
 * The complete reports of a run: a line, a failure in full, the totals, JUnit XML, JSON.
 */
#include "heap_alloc.h"
#include "report_examples.h"
#include "report_json.h"
#include "report_junit.h"
#include "report_terminal.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

#include "hf_rows.h"

TestSuite(report_run, .timeout = 120);

static char *print_line(hf_example example, unsigned width)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = report_example_sink(&buffer, width);
    hf_report_case *one = report_example(example);
    hf__report_terminal_line(&sink, one, hf__report_terminal_width(&sink, strlen(one->identity)));
    hf__report_case_destroy(one);
    return buffer.text;
}

static const struct {
    const char *label;
    hf_example example;
    unsigned width;
    const char *line;
} lines[] = {
    {"as expected", HF_EXAMPLE_MET, 0, "ok    scenarios/heap/a.yaml#one  reported   rolled-back                   12 calls   1 fired     3 ms\n"},
    {"not as expected", HF_EXAMPLE_UNMET, 0,
     "FAIL  scenarios/heap/a.yaml#one  crashed    died                          12 calls   1 fired     3 ms\n"},
    {"not run", HF_EXAMPLE_NOT_RUN, 0, "none  scenarios/heap/a.yaml#one  not run\n"},
    {"harness failed", HF_EXAMPLE_BROKEN, 0, "ERR   scenarios/heap/a.yaml#one  harness failed\n"},
    {"another trace", HF_EXAMPLE_DIFFERS, 0,
     "FAIL  scenarios/heap/a.yaml#one  ok         rolled-back                   12 calls   1 fired     3 ms  trace differs\n"},
    {"a narrow screen cuts the path at the front", HF_EXAMPLE_MET, 99,
     "ok    ...ios/heap/a.yaml#one  reported   rolled-back                   12 calls   1 fired     3 ms\n"},
    {"80 columns take two lines", HF_EXAMPLE_MET, 80, "ok    scenarios/heap/a.yaml#one\n      reported, rolled-back, 12 calls, 1 fired, 3 ms\n"},
    {"40 columns break between facts", HF_EXAMPLE_MET, 40,
     "ok    scenarios/heap/a.yaml#one\n      reported, rolled-back, 12 calls\n      1 fired, 3 ms\n"},
    {"30 keep the end of the path", HF_EXAMPLE_MET, 30,
     "ok    ...rios/heap/a.yaml#one\n      reported, rolled-back\n      12 calls, 1 fired, 3 ms\n"},
    {"a narrow one says that nothing was run", HF_EXAMPLE_NOT_RUN, 40, "none  scenarios/heap/a.yaml#one\n      not run\n"},
};
HF_ROWS(report_run, line_at_a_glance, lines)
{
    char *got = print_line(lines[*number].example, lines[*number].width);
    cr_assert(eq(str, got, TEXT(lines[*number].line)), "%s", lines[*number].label);
    hf__free(got);
}

static char *print_detail(hf_example example)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = report_example_sink(&buffer, 0);
    hf_report_case *one = report_example(example);
    hf__report_terminal_detail(&sink, one);
    hf__report_case_destroy(one);
    return buffer.text;
}

Test(report_run, failure_in_full)
{
    char *got = print_detail(HF_EXAMPLE_UNMET);
    cr_assert(eq(str, got,
                 TEXT("\n"
                      "FAIL scenarios/heap/a.yaml#one\n"
                      "  about     Why.\n"
                      "  expected  ok or reported\n"
                      "  got       crashed: signal 11 after fault 1\n"
                      "  unmet     outcome crashed, expected ok or reported\n"
                      "  repeats   yes: a second run, with stacks, ended the same\n"
                      "  response  fault-1: VirtualAlloc E_OUTOFMEMORY 0x8007000E, then died after 1 call\n"
                      "  violation double free: R1 was released before\n"
                      "  where it ended\n"
                      "    engine!grow+0x1c (grow.c:12)\n"
                      "  calls around the faults (! injected, ~ after E_FAIL)\n"
                      "      VirtualAlloc reserve R1\n"
                      "    ! VirtualAlloc commit E_OUTOFMEMORY\n"
                      "      VirtualFree R1\n"
                      "  end of stderr\n"
                      "    about to die\n"
                      "  folder    results/runs/1\n"
                      "  trace     hostfault trace results/runs/1\n"
                      "  rerun     hostfault run 'scenarios/heap/a.yaml#one' --seed 7\n")));
    hf__free(got);
}

Test(report_run, failure_of_the_harness_says_why)
{
    char *got = print_detail(HF_EXAMPLE_BROKEN);
    cr_assert(eq(str, got,
                 TEXT("\nERR scenarios/heap/a.yaml#one\n"
                      "  about     Why.\n"
                      "  error     no space left\n"
                      "  rerun     hostfault run 'scenarios/heap/a.yaml#one'\n")));
    hf__free(got);
}

/* One of each example. */
#define ALL_COUNT 6u
static void make_all(hf_report_case *cases[ALL_COUNT], hf_report_totals *totals)
{
    *totals = (hf_report_totals){.elapsed_us = 1500000};
    for (unsigned i = 0; i < ALL_COUNT; i++) {
        cases[i] = report_example((hf_example)i);
        hf__report_totals_add(totals, cases[i]);
    }
}

static void destroy_all(hf_report_case *cases[ALL_COUNT])
{
    for (unsigned i = 0; i < ALL_COUNT; i++)
        hf__report_case_destroy(cases[i]);
}

Test(report_run, totals_name_what_is_not_an_outcome)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = report_example_sink(&buffer, 0);
    hf_report_case *cases[ALL_COUNT];
    hf_report_totals totals;
    make_all(cases, &totals);
    hf__report_terminal_totals(&sink, &totals);
    cr_assert(eq(str, buffer.text,
                 TEXT("6 scenarios: 1 as expected, 5 failed (1 not run, 1 harness failed, 1 trace differs); 48 calls, 4 faults; 1.5 s\n")));
    destroy_all(cases);
    hf__free(buffer.text);
}

Test(report_run, colour_is_only_where_the_sink_has_it)
{
    hf__heap_buffer buffer = {0};
    hf_report_sink sink = report_example_sink(&buffer, 0);
    sink.colour = true;
    hf_report_case *one = report_example(HF_EXAMPLE_MET);
    hf__report_terminal_line(&sink, one, 10);
    cr_assert(eq(int, strncmp(buffer.text, "\x1b[32mok  \x1b[0m", 13), 0), "%s", buffer.text);
    hf__report_case_destroy(one);
    hf__free(buffer.text);
}

Test(report_run, junit_escapes_everything_and_counts)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = report_example_sink(&buffer, 0);
    hf_report_totals totals = {.elapsed_us = 1000};
    hf_report_case *cases[] = {report_example(HF_EXAMPLE_HOSTILE), report_example(HF_EXAMPLE_NOT_RUN)};
    hf__report_totals_add(&totals, cases[0]);
    hf__report_totals_add(&totals, cases[1]);
    hf__report_junit(&sink, (const hf_report_case *const *)cases, 2, &totals, "2026-01-31T23:59:59", "a&b");
    cr_assert(eq(str, buffer.text,
                 TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<testsuites name=\"hostfault\" tests=\"2\" failures=\"1\" errors=\"1\" time=\"0.001\">\n"
                      "  <testsuite name=\"hostfault run\" tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\" time=\"0.001\" "
                      "timestamp=\"2026-01-31T23:59:59\" "
                      "hostname=\"a&amp;b\">\n"
                      "    <testcase classname=\"scenarios.heap.a\" name=\"n&lt;&amp;&gt;&quot;&apos;&#9;\" time=\"0.003\">\n"
                      "      <failure type=\"corrupted\" message=\"a &quot;b&quot;&#10;&lt;c&gt;\">expected: ok or reported\n"
                      "got: corrupted: ]]&gt;&lt;&amp;\"'?[31m\n"
                      "response: fault-1: VirtualAlloc E_OUTOFMEMORY 0x8007000E, then rolled-back\n"
                      "again: hostfault run 'scenarios/heap/a.yaml#one'\n"
                      "folder: results/runs/1\n\n"
                      "  VirtualAlloc reserve R1\n! VirtualAlloc commit E_OUTOFMEMORY\n  VirtualFree R1\n"
                      "</failure>\n"
                      "      <system-out>&lt;system-out&gt;&amp;amp;]]&gt;???\n</system-out>\n"
                      "    </testcase>\n"
                      "    <testcase classname=\"scenarios.heap.a\" name=\"one\" time=\"0.000\">\n"
                      "      <error type=\"not-run\" message=\"no program ./engine\">no program ./engine</error>\n"
                      "    </testcase>\n"
                      "  </testsuite>\n"
                      "</testsuites>\n")));
    hf__report_case_destroy(cases[0]);
    hf__report_case_destroy(cases[1]);
    hf__free(buffer.text);
}

Test(report_run, json_has_every_case_and_parses)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = report_example_sink(&buffer, 0);
    hf_report_case *cases[ALL_COUNT];
    hf_report_totals totals;
    make_all(cases, &totals);
    hf__report_json(&sink, (const hf_report_case *const *)cases, ALL_COUNT, &totals, "2026-01-31T23:59:59", 3);
    json_t *document = json_loadb(buffer.text, buffer.size_bytes, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(ne(ptr, document, NULL));
    cr_expect(eq(str, TEXT(json_string_value(json_object_get(document, "schema"))), TEXT("hostfault-run/1")));
    cr_expect(eq(i64, json_integer_value(json_object_get(document, "exit_status")), 3));
    const json_t *scenarios = json_object_get(document, "scenarios");
    cr_assert(eq(sz, json_array_size(scenarios), ALL_COUNT));
    const json_t *unmet = json_array_get(scenarios, HF_EXAMPLE_UNMET);
    cr_expect(eq(str, TEXT(json_string_value(json_object_get(unmet, "outcome"))), TEXT("crashed")));
    cr_expect(eq(i64, json_integer_value(json_object_get(unmet, "signal")), 11));
    const json_t *broken = json_array_get(scenarios, HF_EXAMPLE_BROKEN);
    cr_expect(eq(ptr, json_object_get(broken, "outcome"), NULL));
    cr_expect(eq(str, TEXT(json_string_value(json_object_get(broken, "error"))), TEXT("no space left")));
    json_decref(document);
    destroy_all(cases);
    hf__free(buffer.text);
}
