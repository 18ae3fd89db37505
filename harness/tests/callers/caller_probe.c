/* SPDX-License-Identifier: MIT
 * Runs a caller under one rule and judges it only by the trace: its end, its result, its own check, its leaks.
 *
 * It must print a line for each case; the last line counts them, so that a lost table is noticed.
 */
#include "caller_probe.h"
#include "model.h"
#include "model_rule.h"
#include "session_format.h"
#include <hostfault/plan.h>
#include <hostfault/trace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct seen {
    hf_caller_end end;
    hf_trace_summary summary;
    long blocks, regions;
    unsigned after_failure; /* requests for memory that the sticky state answered */
    int check;              /* 1, 0; -1: none was made */
    char why[256];
    char result[5000];
} seen;

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

static size_t compile(const char *fault, void *plan, size_t capacity)
{
    static hf_errors errors;
    hf_error err = {0};
    hf_scenario_file *file = NULL;
    size_t size = 0;
    if (hf_scenario_from_faults("any", NULL, &fault, 1, &file, &errors) != HF_OK)
        give_up(fault, errors.items[0].message);
    if (hf_scenario_compile(hf_scenario_at(file, 0), NULL, NULL, plan, capacity, &size, &err) != HF_OK)
        give_up(fault, err.message);
    hf_scenario_destroy(file);
    return size;
}

static void attach(const char *fault)
{
    static _Alignas(8) char plan[HF_PLAN_BYTES_MAX];
    hf_error err = {0};
    size_t size = fault == NULL ? 0 : compile(fault, plan, sizeof plan);
    if (hf_attach_plan(fault == NULL ? NULL : plan, size, (size_t)64 << 20, &err) != HF_OK)
        give_up("hf_attach_plan", err.message);
}

static void copy_text(char *buffer, size_t capacity, hf_text text)
{
    size_t length = text.size_bytes < capacity - 1 ? text.size_bytes : capacity - 1;
    memcpy(buffer, text.pointer, length);
    buffer[length] = '\0';
}

static void count_memory(const hf_event *event, seen *got)
{
    got->after_failure += event->sticky && event->kind < HF_METHOD_COUNT && hf__model_method((hf_method)event->kind)->class_ == HF_CLASS_ACQUIRE;
    if (!event->forwarded || FAILED(event->host_hr))
        return;
    got->blocks += event->kind == HF_METHOD_MALLOC_ALLOC;
    got->blocks -= event->kind == HF_METHOD_MALLOC_FREE;
    got->regions += event->kind == HF_METHOD_VIRTUAL_ALLOC && (event->type & MEM_RESERVE) != 0;
    got->regions -= event->kind == HF_METHOD_VIRTUAL_FREE && event->type == MEM_RELEASE;
}

static void look_at(const hf_event *event, seen *got)
{
    if (event->kind == HF_EVENT_CHECK) {
        got->check = (int)event->address;
        copy_text(got->why, sizeof got->why, event->more->note);
    }
    if (event->kind == HF_EVENT_RESULT)
        copy_text(got->result, sizeof got->result, event->more->note);
    count_memory(event, got);
}

static void read_trace(seen *got)
{
    const void *bytes = NULL;
    size_t size = 0;
    hf_trace *trace = NULL;
    hf_error err = {0};
    hf_detach(&bytes, &size);
    if (hf_trace_decode(bytes, size, &trace, &err) != HF_OK)
        give_up("the trace", err.message);
    for (size_t i = 0; i < hf_trace_event_count(trace); i++)
        look_at(hf_trace_event(trace, i), got);
    hf_trace_summarize(trace, &got->summary);
    hf_trace_destroy(trace);
    hf_trace_discard(bytes, size);
}

static seen run(const hf_caller *caller, const char *args, const char *fault)
{
    char text[256];
    char *argv[16];
    int argc = 0;
    seen got = {.check = -1};
    snprintf(text, sizeof text, "%s", args);
    for (char *rest = NULL, *word = strtok_r(text, " ", &rest); word != NULL && argc < 16; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    attach(fault);
    got.end = hf_caller_run_with_host(caller, argc, argv);
    read_trace(&got);
    return got;
}

/* Prints the first thing that is not as wanted. */
static bool differs(const caller_case *want, const seen *got, const char *clean_result)
{
    const char *result = want->same_result ? clean_result : "";
    int check = want->end == HF_CALLER_USAGE ? -1 : 1;
    if (got->end != want->end)
        printf("ended as %d, wanted %d", (int)got->end, (int)want->end);
    else if (want->fault != NULL && got->summary.fired == 0)
        printf("no fault fired");
    else if (got->check != check)
        printf("check %d, wanted %d: %s", got->check, check, got->why);
    else if (strcmp(got->result, result) != 0)
        printf("result '%s', wanted '%s'", got->result, result);
    else if (got->after_failure != 0)
        printf("%u requests after E_FAIL", got->after_failure);
    else if (want->blocks != ANY_LEFT && (got->blocks != want->blocks || got->regions != want->regions))
        printf("%ld blocks and %ld regions left, wanted %ld and %ld", got->blocks, got->regions, want->blocks, want->regions);
    else if (got->summary.calls < want->calls || got->summary.lost != 0)
        printf("%llu calls, wanted at least %lu", (unsigned long long)got->summary.calls, want->calls);
    else
        return false;
    return true;
}

static bool passes(const hf_caller *caller, const caller_case *want)
{
    seen clean = run(caller, want->args, NULL);
    for (int repeat = want->fault == NULL ? 0 : 2; repeat < 3; repeat++) {
        seen got = run(caller, want->args, want->fault);
        if (differs(want, &got, clean.result)) {
            printf(" - FAILED: %s\n", want->label);
            return false;
        }
    }
    printf("ok: %s\n", want->label);
    return true;
}

int caller_cases_run(const hf_caller *caller, const caller_case *cases, size_t count)
{
    size_t passed = 0;
    for (size_t i = 0; i < count; i++)
        passed += passes(caller, &cases[i]);
    printf("%s: %zu cases, %zu passed\n", caller->name, count, passed);
    return count > 0 && passed == count ? 0 : 1;
}
