/* SPDX-License-Identifier: MIT
 * `hostfault replay`: repeats one finding in full: it runs the same caller with the same faults, leaves a folder with the trace, and says whether the
 * run ended as in the sweep.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_finding.h"
#include "cli_hook.h"
#include "cli_runner.h"
#include "cli_verbs.h"
#include "system_tool.h"
#include "report_command.h"
#include "report_case.h"
#include "run_debug.h"
#include "run_folder.h"
#include "run_recorded.h"

#include <hostfault/run.h>
#include <string.h>

#include "base_poison.h"

typedef struct replay_values {
    const char *results, *callers, *attach;
    hf_cli_number timeout;
    bool script, stacks, gdb, trust;
} replay_values;

static void print_script(const char *text, size_t size_bytes, void *user)
{
    (void)user;
    hf__cli_out()->write(text, size_bytes, hf__cli_out()->user);
}

static hf_run_options run_options(const hf_cli_finding *self, const replay_values *values)
{
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.timeout_ms = (uint32_t)values->timeout.value;
    options.caller_path = values->callers;
    options.results = values->results;
    /* For a block that is leaked or wrongly freed, only the call that allocated it gives more information. */
    bool is_about_blocks = self->outcome == HF_OUTCOME_LEAKED || self->outcome == HF_OUTCOME_VIOLATED;
    options.stacks = values->stacks || is_about_blocks;
    options.pin = strstr(self->fault_text, "per: thread") != NULL;
    return options;
}

static hf_cli_exit replay(const hf_cli_finding *self, const replay_values *values)
{
    const hf_scenario *scenario = &self->scenario;
    const hf_run_options options = run_options(self, values);
    hf_cli_scenario one = {.scenario = scenario, .identity = (char *)(uintptr_t)self->id, .family = (char *)(uintptr_t)self->id};
    const hf_cli_scenarios scenarios = {.count = 1, .items = &one};
    char *again = hf__format("hostfault replay %s%s", self->id, hf__report_command_options());
    hf_cli_golden *recorded = hf__cli_golden_recorded(hf__run_recorded_path(values->results, self->id, self->earlier_text, self->fault_text));
    const hf_cli_runner runner = {
        .scenarios = &scenarios, .options = &options, .golden = recorded, .again = again, .jobs = 1, .repeat = 1, .verbose = true};
    hf_cli_runs runs;
    hf_cli_exit worst = hf__cli_runner_check_callers(&scenarios, values->callers);
    if (worst == HF_CLI_MET) {
        worst = hf__cli_runner_run(&runner, &runs);
        hf__cli_runs_clear(&runs);
    }

    hf__cli_golden_close(recorded);
    hf__free(again);
    return worst;
}

static void ignore_interrupt(void)
{
}

/* The debugger has the terminal and handles interrupts. */
static hf_cli_exit debug(const hf_cli_finding *self, const replay_values *values)
{
    hf_run_options options = run_options(self, values);
    char *folder = NULL;
    hf_error err;
    (void)hf__cli_flush();
    hf__system_on_interrupt(ignore_interrupt);
    hf_status status = hf__run_debug(&self->scenario, &options, &folder, &err);
    hf_cli_exit worst = status == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
    if (status == HF_OK)
        hf__report_print(hf__cli_out(), "folder    %s\n", hf__run_folder_shown(folder));
    hf__free(folder);
    return worst;
}

static hf_cli_exit run_replay(const hf_cli_arguments *arguments)
{
    const replay_values *values = arguments->values;
    hf_cli_finding finding;
    hf__report_command_set(values->results, values->callers);
    hf__cli_attach_set(values->attach);
    hf_cli_exit worst = hf__cli_finding_load(values->results, arguments->operands[0], &finding);
    if (worst == HF_CLI_MET && values->script)
        hf_scenario_print(&finding.scenario, print_script, NULL);
    else if (worst == HF_CLI_MET)
        worst = hf__cli_finding_allow(&finding, values->trust);
    if (worst == HF_CLI_MET && !values->script)
        worst = values->gdb ? debug(&finding, values) : replay(&finding, values);
    hf__cli_finding_clear(&finding);
    return worst;
}

static bool is_debugged(const void *values)
{
    return ((const replay_values *)values)->gdb;
}

static const hf_cli_option options[] = {
    {"--script", NULL, HF_CLI_FLAG, offsetof(replay_values, script), 0, 0, "print the finding as a scenario script instead"},
    {"--gdb", NULL, HF_CLI_FLAG, offsetof(replay_values, gdb), 0, 0, "run it under gdb, stopped at the first fault, with its stack printed"},
    {"--stacks", NULL, HF_CLI_FLAG, offsetof(replay_values, stacks), 0, 0, "record a stack at every call (leaks and violations always have them)"},
    {"--trust", NULL, HF_CLI_FLAG, offsetof(replay_values, trust), 0, 0, HF_CLI_TRUST_HELP},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(replay_values, timeout), 1, 24u * 60 * 60 * 1000, "time limit for the run (default 10s)"},
    HF_CLI_ATTACH_OPTION(replay_values, attach),
    {"--results", "FOLDER", HF_CLI_FOLDER, offsetof(replay_values, results), 0, 0, "results folder with the sweep's database (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, offsetof(replay_values, callers), 0, 0, "folders to search for callers first (also HF_CALLER_PATH)"},
};

const hf_cli_verb hf__cmd_replay = {
    .name = "replay",
    .about = "reproduce one finding of a sweep",
    .usages = (const char *const[]){"FINDING [options]", NULL},
    .text = "Runs the caller again with the fault of the finding, prints what it did, and leaves\n"
            "a folder with the trace in results/runs. FINDING is the ID that the sweep printed,\n"
            "or any unique beginning of it. Exit status 0: it ended as in the sweep, with the\n"
            "same calls; 1: it did not, and the first line that differs is printed.\n"
            "Under gdb, 'break hf_on_fault' stops at every fault.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "it ended as in the sweep, with the same calls",
    .unmet = "it did not, or was not expected to",
    .can_interrupt = true,
    .has_terminal = is_debugged,
    .example = "  $ hostfault replay 3f2a\n"
               "  $ hostfault replay 3f2a --gdb\n"
               "  $ hostfault replay 3f2a --script > scenarios/mine/lost-buffer.yaml\n",
    .values_bytes = sizeof(replay_values),
    .operands_min = 1,
    .operands_max = 1,
    .operand = "FINDING",
    .takes_command = false,
    .run = run_replay,
};
