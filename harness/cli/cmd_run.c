/* SPDX-License-Identifier: MIT
 * `hostfault run`: runs scenarios, or a caller and faults from the command line, and reports verdicts. Every mistake in the request is found before
 * the first run: options, scripts, callers, the results folder.
 */
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_check.h"
#include "cli.h"
#include "cli_files.h"
#include "cli_hook.h"
#include "cli_report.h"
#include "cli_results.h"
#include "cli_runner.h"
#include "cli_verbs.h"
#include "os_file.h"
#include "system_tool.h"
#include "report_command.h"
#include "report_github.h"
#include "report_json.h"
#include "report_junit.h"

#include "base_poison.h"

#define REPEAT_MAX 1000u
#define JOBS_MAX 1024u
#define TIMEOUT_MAX_MS (24u * 60 * 60 * 1000)

typedef struct run_values {
    const char *caller, *filter, *results, *junit, *callers, *baseline, *write_baseline, *workdir;
    hf_cli_texts faults, env;
    hf_cli_number jobs, repeat, timeout, seed;
    bool json, quiet, verbose, pin, stacks, strict;
    bool hook, follow_children;
    const char *attach;
    bool steady;
} run_values;

/* Which of the three ways to name what to run was used; an error if none or several. */
static hf_cli_exit check_usage(const hf_cli_arguments *arguments, const run_values *values)
{
    const hf_cli_verb *verb = arguments->verb;
    bool has_subject = values->caller != NULL || arguments->command != NULL;
    if (arguments->operand_count > 0 && (has_subject || values->faults.count > 0))
        return hf__cli_bad_usage(verb, "give scenarios, or --caller, --fault or a command, not both; '%s' was read as a scenario",
                                 arguments->operands[0]);
    if (arguments->operand_count == 0 && !has_subject)
        return hf__cli_bad_usage(verb, values->faults.count > 0 ? "--fault needs --caller NAME, or a command after '--'" : "'run' needs a SCENARIO");

    if (has_subject && values->faults.count == 0)
        return hf__cli_bad_usage(verb, "no fault is given: add --fault 'call: METHOD, return: RESULT', or use 'sweep', which fails every place, or "
                                       "'record', which only runs it");
    if (has_subject && (values->baseline != NULL || values->write_baseline != NULL))
        return hf__cli_bad_usage(verb, "golden traces belong to scenarios; --fault has none");
    if (values->baseline != NULL && values->write_baseline != NULL)
        return hf__cli_bad_usage(verb, "--baseline and --write-baseline exclude each other");
    if (values->quiet && values->verbose)
        return hf__cli_bad_usage(verb, "--quiet and --verbose exclude each other");
    return HF_CLI_MET;
}

static hf_cli_exit load(const hf_cli_arguments *arguments, const run_values *values, hf_cli_scenarios *out)
{
    hf_cli_exit worst = values->faults.count > 0 ? hf__cli_scenarios_from_faults(values->caller, arguments->command, &values->faults, out)
                                                 : hf__cli_scenarios_load(arguments->operands, arguments->operand_count, out);
    if (worst != HF_CLI_MET)
        return worst;
    if (values->filter != NULL)
        worst = hf__cli_scenarios_filter(arguments->verb, out, values->filter);
    if (worst != HF_CLI_MET)
        return worst;
    return hf__cli_runner_check_callers(out, values->callers);
}

static hf_run_options options_of(const run_values *values)
{
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.timeout_ms = (uint32_t)values->timeout.value;
    options.caller_path = values->callers;
    options.results = values->results;
    options.workdir = values->workdir;
    options.has_seed = values->seed.given;
    options.seed = values->seed.value;
    options.stacks = values->stacks;
    options.pin = values->pin || values->baseline != NULL || values->write_baseline != NULL;
    return options;
}

typedef struct run_reports {
    const hf_cli_runs *runs;
    const char *timestamp;
} run_reports;

static const hf_report_case *const *cases_of(const run_reports *reports)
{
    return (const hf_report_case *const *)reports->runs->cases;
}

static void print_junit(const hf_report_sink *sink, void *user)
{
    const run_reports *reports = user;
    char host[256];
    hf__system_host_name(host, sizeof host);
    hf__report_junit(sink, cases_of(reports), reports->runs->count, &reports->runs->totals, reports->timestamp, host);
}

static void print_annotations(const hf_report_sink *sink, void *user)
{
    const run_reports *reports = user;
    hf__report_github_annotate_cases(sink, cases_of(reports), reports->runs->count);
}

static void print_summary(const hf_report_sink *sink, void *user)
{
    const run_reports *reports = user;
    hf__report_markdown_cases(sink, cases_of(reports), reports->runs->count, &reports->runs->totals);
}

static hf_cli_exit report(const run_values *values, const hf_cli_runs *runs, hf_cli_exit worst)
{
    char timestamp[32];
    run_reports reports = {.runs = runs, .timestamp = timestamp};
    hf__system_print_utc(timestamp, sizeof timestamp);
    worst = hf__cli_worse(worst, hf__cli_report_write(values->junit, print_junit, &reports));
    worst = hf__cli_worse(worst, hf__cli_report_workflow(print_annotations, print_summary, &reports));
    if (values->json)
        hf__report_json(hf__cli_out(), cases_of(&reports), runs->count, &runs->totals, timestamp, (int)worst);
    return worst;
}

/* The command line that repeats a scenario made from --fault: the options that change the run, without those that only change the report. */
static char *again_of(const run_values *values, const char *const *command)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &buffer};
    hf__report_print(&sink, "hostfault run%s%s", hf__cli_hook_text(), hf__report_command_options());
    if (values->caller != NULL) {
        hf__report_put(&sink, " --caller ");
        hf__heap_quote(&buffer, values->caller);
    }
    if (values->strict)
        hf__report_put(&sink, " --strict");

    if (values->workdir != NULL) {
        hf__report_put(&sink, " --workdir ");
        hf__heap_quote(&buffer, values->workdir);
    }
    for (size_t i = 0; i < values->faults.count; i++) {
        hf__report_put(&sink, " --fault ");
        hf__heap_quote(&buffer, values->faults.items[i]);
    }
    for (size_t i = 0; command != NULL && command[i] != NULL; i++) {
        hf__report_put(&sink, i == 0 ? " -- " : " ");
        hf__heap_quote(&buffer, command[i]);
    }
    return buffer.text;
}

static hf_cli_exit run_all(const run_values *values, const char *again, const hf_cli_scenarios *scenarios)
{
    const char *folder = values->write_baseline != NULL ? values->write_baseline : values->baseline;
    hf_cli_golden *golden = NULL;
    hf_cli_exit worst = hf__cli_results_probe(values->results);
    if (worst == HF_CLI_MET && folder != NULL && !hf__cli_golden_check_names(scenarios))
        worst = HF_CLI_USAGE;
    if (worst == HF_CLI_MET && folder != NULL)
        worst = hf__cli_golden_open(folder, values->callers, values->write_baseline != NULL, &golden);

    if (worst == HF_CLI_MET) {
        const hf_run_options options = options_of(values);
        const hf_cli_runner runner = {.scenarios = scenarios,
                                      .options = &options,
                                      .golden = golden,
                                      .again = again,
                                      .jobs = values->jobs.given ? (unsigned)values->jobs.value : hf__system_cpu_count(),
                                      .repeat = values->repeat.given ? (unsigned)values->repeat.value : 1,
                                      .quiet = values->quiet,
                                      .verbose = values->verbose,
                                      .silent = values->json};
        hf_cli_runs runs;
        worst = hf__cli_runner_run(&runner, &runs);
        worst = report(values, &runs, worst);
        hf__cli_runs_clear(&runs);
    }
    hf__cli_golden_close(golden);
    return worst;
}

static hf_cli_exit run_run(const hf_cli_arguments *arguments)
{
    const run_values *values = arguments->values;
    hf_cli_exit worst = check_usage(arguments, values);
    if (worst != HF_CLI_MET)
        return worst;
    hf__cli_hook_set(values->hook, values->follow_children);
    hf__report_command_set(values->results, values->callers);
    for (size_t i = 0; i < values->env.count; i++)
        hf__report_command_add("--env", values->env.items[i]);

    hf__cli_attach_set(values->attach);
    hf__cli_steady_set(values->steady);
    hf_cli_scenarios scenarios;
    worst = load(arguments, values, &scenarios);
    char *again = values->faults.count > 0 ? again_of(values, arguments->command) : NULL;
    hf__cli_scenarios_change(&scenarios, &values->env, values->strict);
    hf__cli_files_note(worst == HF_CLI_MET && values->workdir == NULL ? arguments->command : NULL, values->caller == NULL, true);
    if (worst == HF_CLI_MET)
        worst = run_all(values, again, &scenarios);
    hf__free(again);
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

#define OFFSET(field) offsetof(run_values, field), 0, 0
#define TEXT_OPTION(field) HF_CLI_TEXT, OFFSET(field)
#define OUTPUT_OPTION(field) HF_CLI_OUTPUT, offsetof(run_values, field), 0, 0
#define FLAG(field) HF_CLI_FLAG, offsetof(run_values, field), 0, 0
static const hf_cli_option options[] = {
    {"--caller", "NAME", TEXT_OPTION(caller), "run this caller, with the rules of --fault (see 'hostfault list callers')"},
    {"--fault", "RULE", HF_CLI_TEXTS, offsetof(run_values, faults), 0, 0, "a rule as scenarios write it, in flow style; may be repeated"},
    {"--filter", "LIST", TEXT_OPTION(filter),
     "only scenarios whose path#name, family/file or name matches: names or shell patterns, separated by commas"},
    {"-j, --jobs", "N", HF_CLI_NUMBER, offsetof(run_values, jobs), 1, JOBS_MAX, "runs at once (default: one per processor)"},
    {"--repeat", "N", HF_CLI_NUMBER, offsetof(run_values, repeat), 1, REPEAT_MAX, "run each scenario this many times"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(run_values, timeout), 1, TIMEOUT_MAX_MS,
     "time limit for each run (default 10s, or three clean runs plus a second); a scenario's own limit takes precedence"},
    {"--workdir", "FOLDER", HF_CLI_FOLDER, OFFSET(workdir),
     "give each run a private copy of this folder to run and write in; a scenario's own folder takes precedence"},
    {"--env", "NAME=VALUE", HF_CLI_SETTINGS, offsetof(run_values, env), 0, 0, "set a variable in the program's environment; may be repeated"},
    {"--seed", "N", HF_CLI_NUMBER, offsetof(run_values, seed), 0, UINT64_MAX, "use this seed instead of the scenarios' own"},
    {"--results", "FOLDER", HF_CLI_FOLDER, OFFSET(results), "results folder; each run gets a folder in its runs/ (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, OFFSET(callers), "folders to search for callers first, separated by ':' (also HF_CALLER_PATH)"},
    {"--baseline", "FOLDER", TEXT_OPTION(baseline), "compare each run's trace with the golden one in FOLDER; implies --pin"},
    {"--write-baseline", "FOLDER", TEXT_OPTION(write_baseline), "write the golden traces instead, for review by git diff; implies --pin"},
    {"--pin", NULL, FLAG(pin), "keep each run on one processor: thread order varies less, but only single-threaded traces are the same every time"},
    {"--strict", NULL, FLAG(strict), "as 'expect: { after-fault: no-request }' in every scenario: no request before a failure has surfaced"},
    {"--stacks", NULL, FLAG(stacks), "record a stack at every call"},
    HF_CLI_ATTACH_OPTION(run_values, attach),
    HF_CLI_STEADY_OPTION(run_values, steady),
    HF_CLI_HOOK_OPTION(run_values, hook),
    HF_CLI_FOLLOW_OPTION(run_values, follow_children),
    {"--junit", "FILE", OUTPUT_OPTION(junit), "write JUnit XML too"},
    {"--json", NULL, FLAG(json), "print JSON (hostfault-run/1) instead of text"},
    {"-q, --quiet", NULL, FLAG(quiet), "print only failures and totals"},
    {"-v, --verbose", NULL, FLAG(verbose), "print every scenario in full"},
};

const hf_cli_verb hf__cmd_run = {
    .name = "run",
    .about = "run scenarios, or a program with the faults given here, and judge the result",
    .usages = (const char *const[]){"SCENARIO... [options]", "--caller NAME --fault RULE... [options] [-- ARGS...]",
                                    "--fault RULE... [options] -- COMMAND ARGS...", NULL},
    .text = "Runs each scenario: starts its caller over the shim, fails the calls that its rules\n"
            "name, records every call, and reports how the caller responded and whether the\n"
            "scenario expects that. A SCENARIO is a file, a folder (every *.yaml in it and below,\n"
            "except in folders named invalid), or file#name. All scripts are checked first; after\n"
            "one error nothing runs. Each run leaves a folder with its trace, verdict and output\n"
            "in results/runs.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "every scenario ended as expected",
    .unmet = "an expectation was not met, a rule did not fire, or a trace differs from the golden one",
    .can_interrupt = true,
    .example = "  $ hostfault run my-scenario.yaml\n"
               "  $ hostfault run --caller lua --fault 'call: Malloc.Alloc, when: 100, return: E_OUTOFMEMORY'\n"
               "  $ hostfault run --fault 'call: VirtualAlloc, when: 3, return: HOST_E_TIMEOUT' -- ./my-engine --selftest\n"
               "  > hostfault run --hook --fault 'call: VirtualAlloc, when: 3, return: E_OUTOFMEMORY' -- 7za.exe a x.7z *.txt\n",
    .values_bytes = sizeof(run_values),
    .operands_max = SIZE_MAX,
    .operand = "SCENARIO",
    .takes_command = true,
    .run = run_run,
};
