/* SPDX-License-Identifier: MIT
 * `hostfault minimize`: prints the smallest part of a scenario, or of a finding's faults, that ends the same, as a script.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_finding.h"
#include "cli_runner.h"
#include "cli_verbs.h"
#include "minimize.h"
#include "os_file.h"
#include "system_tool.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

#define JOBS_MAX 1024u
#define RUNS_MAX 1000000u

typedef struct minimize_values {
    const char *output, *results, *callers;
    hf_cli_number jobs, runs, timeout;
    bool quiet, trust;
} minimize_values;

/* A finding is up to 16 digits, and not the name of a file. */
static bool is_finding(const char *operand)
{
    size_t length = strlen(operand);
    return length > 0 && length <= 16 && strspn(operand, "0123456789abcdef") == length && !hf__os_file_exists(operand);
}

static void tell_taken(const char *without, size_t rules, uint32_t runs, void *user)
{
    (void)user;
    hf__report_print(hf__cli_err(), "without %s: %zu rule%s, after %u runs\n", without, rules, rules == 1 ? "" : "s", runs);
}

static void tell_end(const hf__minimize_result *got)
{
    const hf__verdict_ending *ending = &got->ending;
    const char *what = ending->clause[0] != '\0' ? ending->clause : ending->place;
    hf__report_print(hf__cli_err(), "%s%s%s: %zu rule%s of %zu, %u run%s%s\n", hf_outcome_name(ending->outcome), what[0] != '\0' ? " at " : "", what,
                     got->rules, got->rules == 1 ? "" : "s", got->rules_before, got->runs, got->runs == 1 ? "" : "s",
                     got->is_minimal ? "" : "; cut short, so a smaller one may exist (--runs)");
    if (got->unsteady > 0)
        hf__report_print(hf__cli_err(), "%u candidates ended the same way in only one of two runs and were left out\n", got->unsteady);
}

static hf_cli_exit minimize(const hf_scenario *scenario, const minimize_values *values)
{
    const hf__minimize_options options = {.caller_path = values->callers,
                                          .results = values->results,
                                          .timeout_ms = (uint32_t)values->timeout.value,
                                          .jobs = (uint32_t)values->jobs.value,
                                          .runs = (uint32_t)values->runs.value,
                                          .taken = values->quiet ? NULL : tell_taken};
    hf__minimize_result got;
    hf_error err;
    hf__system_on_interrupt(hf_run_stop);
    if (hf__minimize_scenario(scenario, &options, &got, &err) != HF_OK)
        return hf__cli_complain_error(&err);

    if (!values->quiet)
        tell_end(&got);
    hf_cli_exit worst = hf__cli_write(values->output != NULL ? values->output : "-", got.script, strlen(got.script));
    worst = hf__cli_worse(worst, got.is_minimal ? HF_CLI_MET : HF_CLI_UNMET);
    hf__free(got.script);
    return worst;
}

static hf_cli_exit minimize_scenario(const hf_cli_arguments *arguments, const minimize_values *values)
{
    hf_cli_scenarios scenarios;
    hf_cli_exit worst = hf__cli_scenarios_load(arguments->operands, 1, &scenarios);
    if (worst == HF_CLI_MET && scenarios.count != 1)
        worst = hf__cli_bad_usage(arguments->verb, "%s holds %zu scenarios; name the one to minimize, as in file#name", arguments->operands[0],
                                  scenarios.count);
    if (worst == HF_CLI_MET)
        worst = hf__cli_runner_check_callers(&scenarios, values->callers);
    if (worst == HF_CLI_MET)
        worst = minimize(scenarios.items[0].scenario, values);
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

static hf_cli_exit run_minimize(const hf_cli_arguments *arguments)
{
    const minimize_values *values = arguments->values;
    if (!is_finding(arguments->operands[0]))
        return minimize_scenario(arguments, values);
    hf_cli_finding finding;
    hf_cli_exit worst = hf__cli_finding_load(values->results, arguments->operands[0], &finding);
    if (worst == HF_CLI_MET)
        worst = hf__cli_finding_allow(&finding, values->trust);
    if (worst == HF_CLI_MET)
        worst = minimize(&finding.scenario, values);
    hf__cli_finding_clear(&finding);
    return worst;
}

#define OFFSET(field) offsetof(minimize_values, field), 0, 0
#define TEXT_OPTION(field) HF_CLI_TEXT, OFFSET(field)
#define OUTPUT_OPTION(field) HF_CLI_OUTPUT, offsetof(minimize_values, field), 0, 0
static const hf_cli_option options[] = {
    {"-o, --output", "FILE", OUTPUT_OPTION(output), "write the script to this file instead of printing it"},
    {"--runs", "N", HF_CLI_NUMBER, offsetof(minimize_values, runs), 1, RUNS_MAX, "run at most this many candidates (default 1000)"},
    {"-j, --jobs", "N", HF_CLI_NUMBER, offsetof(minimize_values, jobs), 1, JOBS_MAX, "candidates to run at once (default: one per processor)"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(minimize_values, timeout), 1, 24u * 60 * 60 * 1000,
     "time limit for each run (default 10s); a scenario's own limit takes precedence"},
    {"--results", "FOLDER", HF_CLI_FOLDER, OFFSET(results),
     "results folder with the sweep's database; the first run's folder goes there too (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, OFFSET(callers), "folders to search for callers first (also HF_CALLER_PATH)"},
    {"--trust", NULL, HF_CLI_FLAG, offsetof(minimize_values, trust), 0, 0, HF_CLI_TRUST_HELP},
    {"-q, --quiet", NULL, HF_CLI_FLAG, offsetof(minimize_values, quiet), 0, 0, "do not print what was tried"},
};

const hf_cli_verb hf__cmd_minimize = {
    .name = "minimize",
    .about = "reduce a scenario to the faults that matter",
    .usages = (const char *const[]){"FINDING|SCENARIO [options]", NULL},
    .text = "Removes what the scenario does not need to end the same way: first rules, then\n"
            "conditions, ordinals and effects of the remaining rules. Prints the rest as a\n"
            "script whose expectations 'hostfault run' meets. The same way means the same\n"
            "outcome, at the same place or by the same broken clause. Each candidate runs twice\n"
            "and must end that way both times. FINDING is the ID that a sweep printed, SCENARIO\n"
            "a file or file#name.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "no smaller scenario ends the same way",
    .unmet = "it was cut short; a smaller scenario may exist",
    .can_interrupt = true,
    .example = "  $ hostfault minimize 3f2a\n"
               "  $ hostfault minimize scenarios/mine/storm.yaml -o scenarios/mine/least.yaml\n",
    .values_bytes = sizeof(minimize_values),
    .operands_min = 1,
    .operands_max = 1,
    .operand = "FINDING or SCENARIO",
    .takes_command = false,
    .run = run_minimize,
};
