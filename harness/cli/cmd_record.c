/* SPDX-License-Identifier: MIT
 * `hostfault record`: runs a caller or a command with an empty plan, and counts its calls. The output has what a rule needs: how often each method is
 * called, from how many places, for how much memory.
 */
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_calls.h"
#include "cli_files.h"
#include "cli_hook.h"
#include "cli_json.h"
#include "cli_results.h"
#include "cli_runner.h"
#include "cli_verbs.h"
#include "report_case.h"
#include "system_tool.h"
#include "report_table.h"
#include "run_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define TIMEOUT_MAX_MS (30u * 24 * 60 * 60 * 1000)
#define RING_LEAST (1u << 20) /* sixteen chunks: a thread has one, and a quarter is kept free */
#define RING_MOST (64ull << 30)

typedef struct record_values {
    const char *caller, *results, *callers, *ring;
    hf_cli_texts env;
    hf_cli_number timeout;
    bool json, no_stacks, pin;
    bool hook, follow_children;
    const char *attach;
    bool steady;
} record_values;

/* Threads that made calls; the tool's own end records are in a separate stream. */
static size_t count_threads(const hf_trace *trace)
{
    size_t count = 0;
    uint32_t last = UINT32_MAX;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind >= HF_METHOD_COUNT || event->thread == last)
            continue;
        last = event->thread;
        count++;
    }
    return count;
}

/* Our own lines, one after the other: text printed by %s has no line ends. */
static void print_lines(const hf_report_sink *out, const char *lines)
{
    while (lines != NULL && *lines != '\0') {
        size_t length = strcspn(lines, "\n");
        hf__report_print(out, "%.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n' ? 1 : 0);
    }
}

/* The counts above cover only the kept part. */
static void print_dropped(const hf_report_sink *out, const hf_trace *trace)
{
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    if (summary.dropped > 0)
        hf__report_print(out, "the first %llu events were dropped: the ring keeps only the last ones, so only how the run ended was judged\n",
                         (unsigned long long)summary.dropped);
}

/* It may have failed because of how it was started, so what it says is shown. */
static void print_failure(const hf_report_sink *out, const hf_run_result *result)
{
    char *said = hf__report_tail_of_file(result->folder, HF_RUN_STDERR);
    hf__report_print(out, "ended with exit status %d%s\n", result->verdict->exit_status, said[0] != '\0' ? ", and said on stderr:" : "");
    for (const char *line = said; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        hf__report_print(out, "    %.*s\n", (int)length, line);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    hf__free(said);
}

static void print_text(const hf_run_result *result, const hf_report_table *table)
{
    const hf_report_sink *out = hf__cli_out();
    const hf_verdict *verdict = result->verdict;
    size_t threads = count_threads(result->trace);
    const char *folder = hf__run_folder_shown(result->folder);
    hf__report_table_print(table, out, "");
    hf__report_print(out, "\n%llu calls by %zu thread%s; ", (unsigned long long)verdict->calls, threads, threads == 1 ? "" : "s");
    if (verdict->exit_status > 0 && hf_outcome_severity(verdict->outcome) == 0)
        print_failure(out, result);
    else
        hf__report_print(out, "ended %s: %s\n", hf_outcome_name(verdict->outcome), verdict->reason);
    if (result->unseen != NULL && result->unseen[0] != '\0')
        hf__report_print(out, "%s\n", result->unseen);
    print_lines(out, result->followed);
    print_dropped(out, result->trace);
    hf__report_print(out, "folder %s\ntrace  hostfault trace ", folder);
    hf__report_put_quoted(out, folder);
    hf__report_put(out, "\n");
}

static void put_option(hf__heap_buffer *line, const char *name, const char *value)
{
    if (value == NULL)
        return;
    hf__heap_buffer_write(" ", 1, line);
    hf__heap_buffer_write(name, strlen(name), line);
    hf__heap_buffer_write(" ", 1, line);
    hf__heap_quote(line, value);
}

/* The command that sweeps the recorded program, to be copied. */
static void print_next(const hf_cli_arguments *arguments)
{
    const record_values *values = arguments->values;
    hf__heap_buffer line = {0};
    put_option(&line, "--caller", values->caller);
    for (size_t i = 0; i < values->env.count; i++)
        put_option(&line, "--env", values->env.items[i]);
    put_option(&line, "--attach", values->attach);
    put_option(&line, "--results", values->results);
    put_option(&line, "--callers", values->callers);
    if (values->hook)
        hf__heap_buffer_write(" --hook", 7, &line);

    if (arguments->command != NULL)
        hf__heap_buffer_write(" --", 3, &line);
    for (size_t i = 0; arguments->command != NULL && arguments->command[i] != NULL; i++) {
        hf__heap_buffer_write(" ", 1, &line);
        hf__heap_quote(&line, arguments->command[i]);
    }
    hf__report_put(hf__cli_out(), "next   hostfault sweep");
    hf__report_put(hf__cli_out(), line.text);
    hf__report_put(hf__cli_out(), "\n");
    hf__free(line.text);
}

static hf_cli_exit print_result(const hf_run_result *result, const hf_cli_arguments *arguments)
{
    const record_values *values = arguments->values;
    hf_cli_calls calls;
    hf__cli_calls_count(result->trace, &calls);
    hf_report_table table = hf__cli_calls_table(&calls);
    bool ended_well = hf_outcome_severity(result->verdict->outcome) == 0;
    if (values->json)
        hf__cli_print_table_json("hostfault-record/1", "methods", &table);
    else
        print_text(result, &table);
    if (!values->json && ended_well && result->verdict->calls > 0)
        print_next(arguments);
    hf__report_table_clear(&table);
    hf__cli_calls_clear(&calls);
    return ended_well ? HF_CLI_MET : HF_CLI_UNMET;
}

/* NULL: no ring. */
static hf_cli_exit parse_ring(const hf_cli_arguments *arguments, uint64_t *bytes)
{
    const char *text = ((const record_values *)arguments->values)->ring;
    *bytes = 0;
    if (text != NULL && (!hf__parse_size(hf__text(text), bytes) || *bytes < RING_LEAST || *bytes > RING_MOST))
        return hf__cli_bad_usage(arguments->verb, "--ring takes a size from 1M to 64G, such as 64M, not '%s'", text);
    return HF_CLI_MET;
}

/* Ctrl-C is how a recording in a ring ends, so the next command is the one that shows the trace. The error says where it is, behind "; see ", if
 * there is room for it. */
static void tell_stopped(const hf_error *err, bool is_ring)
{
    static const char before[] = "; see ";
    const char *see = strstr(err->message, before);
    bool is_whole = see != NULL && strlen(err->message) + 1 < sizeof err->message;
    hf__cli_complain("interrupted: %s", err->message);
    if (!is_ring || !is_whole)
        return;
    hf__report_put(hf__cli_out(), "trace  hostfault trace ");
    hf__report_put_quoted(hf__cli_out(), see + strlen(before));
    hf__report_put(hf__cli_out(), "\n");
}

static hf_cli_exit record(const hf_scenario *scenario, const hf_cli_arguments *arguments)
{
    const record_values *values = arguments->values;
    uint64_t ring_bytes = 0;
    hf_cli_exit is_good = parse_ring(arguments, &ring_bytes);
    if (is_good != HF_CLI_MET)
        return is_good;
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.ring_bytes = ring_bytes;
    options.timeout_ms = (uint32_t)values->timeout.value;
    if (ring_bytes != 0 && values->timeout.value == 0)
        options.timeout_ms = TIMEOUT_MAX_MS;

    options.results = values->results;
    options.caller_path = values->callers;
    options.stacks = !values->no_stacks;
    options.pin = values->pin;
    options.once = 1;
    options.counts = !values->no_stacks && options.ring_bytes == 0; /* as fast as possible in that case */
    hf__system_on_interrupt(hf_run_stop);
    hf_run *run = NULL;
    hf_error err;
    hf_cli_exit worst = HF_CLI_INTERRUPTED;
    if (hf_run_scenario(scenario, &options, &run, &err) == HF_OK)
        worst = print_result(hf_run_get(run), arguments);
    else if (hf__run_stopping())
        tell_stopped(&err, ring_bytes != 0);
    else
        worst = hf__cli_complain_error(&err);
    hf_run_destroy(run);
    return worst;
}

static hf_cli_exit run_record(const hf_cli_arguments *arguments)
{
    const record_values *values = arguments->values;
    if (values->caller == NULL && arguments->command == NULL)
        return hf__cli_bad_usage(arguments->verb, "'record' needs --caller NAME, or a command after '--'");
    hf__cli_hook_set(values->hook, values->follow_children);
    hf__cli_attach_set(values->attach);
    hf__cli_steady_set(values->steady);
    const hf_cli_texts none = {0};
    hf_cli_scenarios scenarios;
    hf_cli_exit worst = hf__cli_scenarios_from_faults(values->caller, arguments->command, &none, &scenarios);
    if (worst == HF_CLI_MET)
        worst = hf__cli_runner_check_callers(&scenarios, values->callers);

    if (worst == HF_CLI_MET)
        worst = hf__cli_results_probe(values->results);
    hf__cli_scenarios_change(&scenarios, &values->env, false);
    hf__cli_files_note(worst == HF_CLI_MET ? arguments->command : NULL, values->caller == NULL, false);
    if (worst == HF_CLI_MET)
        worst = record(scenarios.items[0].scenario, arguments);
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

static const hf_cli_option options[] = {
    {"--caller", "NAME", HF_CLI_TEXT, offsetof(record_values, caller), 0, 0, "the caller to run (see 'hostfault list callers')"},
    {"--env", "NAME=VALUE", HF_CLI_SETTINGS, offsetof(record_values, env), 0, 0, "set a variable in the program's environment; may be repeated"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(record_values, timeout), 1, TIMEOUT_MAX_MS,
     "time limit for the run (default 10s; with --ring 30 days)"},
    {"--no-stacks", NULL, HF_CLI_FLAG, offsetof(record_values, no_stacks), 0, 0,
     "record no stacks: faster, but only the calling address distinguishes places"},
    {"--ring", "SIZE", HF_CLI_TEXT, offsetof(record_values, ring), 0, 0,
     "keep only the last SIZE of the trace (64M), for a service that runs for days; ends with the program, or by Ctrl-C"},
    {"--pin", NULL, HF_CLI_FLAG, offsetof(record_values, pin), 0, 0, "keep the run on one processor"},
    HF_CLI_ATTACH_OPTION(record_values, attach),
    HF_CLI_STEADY_OPTION(record_values, steady),
    HF_CLI_HOOK_OPTION(record_values, hook),
    HF_CLI_FOLLOW_OPTION(record_values, follow_children),
    {"--results", "FOLDER", HF_CLI_FOLDER, offsetof(record_values, results), 0, 0,
     "results folder; the run's folder goes into its runs/ (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, offsetof(record_values, callers), 0, 0, "folders to search for callers first (also HF_CALLER_PATH)"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(record_values, json), 0, 0, "print JSON (hostfault-record/1) instead of a table"},
};

const hf_cli_verb hf__cmd_record = {
    .name = "record",
    .about = "run a caller without faults and count its calls",
    .usages = (const char *const[]){"--caller NAME [options] [-- ARGS...]", "[options] -- COMMAND ARGS...", NULL},
    .text = "Runs a caller, or any other program, without faults: every call is recorded, none\n"
            "is changed. Prints how often each method was called, from how many places, and how\n"
            "many bytes were requested. 'hostfault trace FOLDER' prints the calls.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "the caller succeeded",
    .unmet = "it did not",
    .can_interrupt = true,
    .example = "  $ hostfault record --caller sqlite\n",
    .values_bytes = sizeof(record_values),
    .operands_max = 0,
    .operand = "SCENARIO",
    .takes_command = true,
    .run = run_record,
};
