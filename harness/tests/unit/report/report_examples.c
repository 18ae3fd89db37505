/* SPDX-License-Identifier: MIT
 * The examples. The hostile one has what a caller can put into its report: markup, quotes, control characters and broken UTF-8 in all its names.
 */
#include "report_examples.h"
#include "heap_alloc.h"
#include "base_text.h"

#include <string.h>

static char *clean(const char *text)
{
    return hf__report_clean(hf__text(text));
}

static void replace(char **text, const char *by)
{
    hf__free(*text);
    *text = clean(by);
}

static void judge(hf_report_case *one, hf_outcome outcome, const char *reason, const char *unmet)
{
    one->outcome = outcome;
    one->reason = clean(reason);
    one->unmet = clean(unmet);
    one->expected = clean("ok or reported");
    one->folder = clean("results/runs/1");
    one->elapsed_us = 2500;
    one->calls = 12;
    one->fired = 1;
    one->response_count = 1;
    one->responses = hf__allocate(1, sizeof *one->responses);
    one->responses[0] = (hf_report_response){.rule = clean("fault-1"),
                                             .method = clean("VirtualAlloc"),
                                             .result = clean("E_OUTOFMEMORY 0x8007000E"),
                                             .response = HF_RESPONSE_ROLLED_BACK,
                                             .calls = 1};
    one->violations = hf__allocate(1, sizeof *one->violations);
    one->around = clean("  VirtualAlloc reserve R1\n! VirtualAlloc commit E_OUTOFMEMORY\n  VirtualFree R1\n");
    one->ended = clean("");
    one->refused = clean("");
    one->stacks = clean("");
    one->leak_sites = clean("");
    one->repeat_note = clean("");
    one->stdout_tail = clean("");
    one->stderr_tail = clean("");
}

static void make_unmet(hf_report_case *one)
{
    judge(one, HF_OUTCOME_CRASHED, "signal 11 after fault 1", "outcome crashed, expected ok or reported");
    one->state = HF_REPORT_UNMET;
    one->exit_status = -1;
    one->signal = 11;
    one->seed = 7;
    one->responses[0].response = HF_RESPONSE_DIED;
    one->violation_count = 1;
    one->violations[0] = (hf_report_violation){clean("double free"), clean("R1 was released before")};
    one->repeat = HF_RUN_REPEATED;
    replace(&one->stacks, "engine!grow+0x1c (grow.c:12)\n");
    replace(&one->stderr_tail, "about to die\n");
}

static void make_hostile(hf_report_case *one)
{
    judge(one, HF_OUTCOME_CORRUPTED, "]]><&\"'\x1b[31m", "a \"b\"\n<c>");
    one->state = HF_REPORT_UNMET;
    replace(&one->stdout_tail, "<system-out>&amp;]]>\x01\xff\xef\xbf\xbe\n");
    replace(&one->name, "n<&>\"'\t");
}

hf_report_case *report_example(hf_example example)
{
    static const char *const command[] = {"./engine", NULL};
    const hf_scenario scenario = {.file = "scenarios/heap/a.yaml", .name = "one", .about = "Why.", .command = {1, command}};
    hf_report_case *one = hf__report_case_create(&scenario, NULL);
    switch (example) {
    case HF_EXAMPLE_MET: judge(one, HF_OUTCOME_REPORTED, "exit status 1", ""); break;
    case HF_EXAMPLE_UNMET: make_unmet(one); break;
    case HF_EXAMPLE_HOSTILE: make_hostile(one); break;
    case HF_EXAMPLE_NOT_RUN: hf__report_case_set_error(one, HF_REPORT_NOT_RUN, "no program ./engine"); break;
    case HF_EXAMPLE_BROKEN: hf__report_case_set_error(one, HF_REPORT_BROKEN, "no space left"); break;
    case HF_EXAMPLE_DIFFERS:
        judge(one, HF_OUTCOME_OK, "exit status 0", "");
        hf__report_case_set_golden(one, HF_GOLDEN_DIFFERS, "line 3: expected `a`, got `b`");
        break;
    }
    return one;
}

hf_report_sink report_example_sink(hf__heap_buffer *buffer, unsigned width)
{
    return (hf_report_sink){.write = hf__heap_buffer_write, .user = buffer, .width = width};
}
