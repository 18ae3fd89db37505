/*
 * `hostfault replay`: one finding again, in full: the same caller with the one fault that showed it, a folder with its trace, and whether it ended as
 * it did in the sweep.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_runner.h"
#include "cli_verbs.h"
#include "os_tool.h"
#include "report_case.h"
#include "run_folder.h"
#include "store.h"

#include <hostfault/run.h>
#include <string.h>

#include "base_poison.h"

typedef struct replay_values {
    const char *results, *callers;
    hf_cli_number timeout;
    bool script, stacks;
} replay_values;

/* A finding as a scenario: the sweep's script with the finding's fault. */
typedef struct replayed {
    hf_scenario_file *base, *fault;
    hf_scenario scenario;
    char *fault_text;
    char id[17];
    hf_outcome outcome;
} replayed;

static void clear(replayed *self)
{
    hf_scenario_destroy(self->base);
    hf_scenario_destroy(self->fault);
    hf__free(self->fault_text);
}

static hf_cli_exit complain_errors(const hf_errors *errors, hf_text text)
{
    hf_report_buffer buffer = {0};
    hf_scenario_print_errors(errors, text, hf__report_collect, &buffer);
    hf__report_put(hf__cli_err(), buffer.text != NULL ? buffer.text : "");
    hf__free(buffer.text);
    return HF_CLI_HARNESS;
}

static hf_cli_exit build(const hf_store_finding *finding, replayed *out)
{
    static hf_errors errors;
    memcpy(out->id, finding->id, sizeof out->id);
    out->outcome = finding->example->outcome;
    out->fault_text = hf__copy_string(finding->example->fault);
    if (hf_scenario_parse("the sweep's script", hf__text(finding->sweep->script), &out->base, &errors) != HF_OK)
        return complain_errors(&errors, hf__text(finding->sweep->script));
    const char *const fault = out->fault_text;
    if (hf_scenario_from_faults("sweep", NULL, &fault, 1, &out->fault, &errors) != HF_OK)
        return complain_errors(&errors, hf__text(fault));
    const hf_scenario *rules = hf_scenario_at(out->fault, 0);
    out->scenario = *hf_scenario_at(out->base, 0);
    out->scenario.file = "--fault";
    out->scenario.name = out->id;
    out->scenario.rules = rules->rules;
    out->scenario.rule_count = rules->rule_count;
    out->scenario.expect.given = 1;
    out->scenario.expect.outcomes = 1u << out->outcome;
    return HF_CLI_MET;
}

static hf_cli_exit look_up(const char *results, const char *id, replayed *out)
{
    char *path = hf__format("%s/%s", results != NULL ? results : "results", HF_STORE_FILE);
    hf_store *store = NULL;
    hf_store_finding finding;
    hf_error err;
    hf_status status = hf__store_open(path, true, &store, &err);
    if (status == HF_OK)
        status = hf__store_finding(store, id, &finding, &err);
    hf_cli_exit worst = status == HF_OK ? build(&finding, out) : hf__cli_complain_error(&err);
    hf__store_close(store);
    hf__free(path);
    return worst;
}

static void print_script(const char *text, size_t size_bytes, void *user)
{
    (void)user;
    hf__cli_out()->write(text, size_bytes, hf__cli_out()->user);
}

static hf_cli_exit replay(const replayed *self, const replay_values *values)
{
    const hf_scenario *scenario = &self->scenario;
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.timeout_ms = (uint32_t)values->timeout.value;
    options.caller_path = values->callers;
    options.results = values->results;
    options.stacks = values->stacks;
    options.pin = strstr(self->fault_text, "per: thread") != NULL;
    hf_cli_scenario one = {.scenario = scenario, .identity = (char *)(uintptr_t)self->id, .family = (char *)(uintptr_t)self->id};
    const hf_cli_scenarios scenarios = {.count = 1, .items = &one};
    char *again = hf__format("hostfault replay %s", self->id);
    const hf_cli_runner runner = {.scenarios = &scenarios, .options = &options, .again = again, .jobs = 1, .repeat = 1, .verbose = true};
    hf_cli_runs runs;
    hf_cli_exit worst = hf__cli_runner_check_callers(&scenarios, values->callers);
    if (worst == HF_CLI_MET) {
        worst = hf__cli_runner_run(&runner, &runs);
        hf__cli_runs_clear(&runs);
    }
    hf__free(again);
    return worst;
}

static hf_cli_exit run_replay(const hf_cli_arguments *arguments)
{
    const replay_values *values = arguments->values;
    replayed finding = {.base = NULL};
    hf_cli_exit worst = look_up(values->results, arguments->operands[0], &finding);
    if (worst == HF_CLI_MET && values->script)
        hf_scenario_print(&finding.scenario, print_script, NULL);
    else if (worst == HF_CLI_MET)
        worst = replay(&finding, values);
    clear(&finding);
    return worst;
}

static const hf_cli_option options[] = {
    {"--script", NULL, HF_CLI_FLAG, offsetof(replay_values, script), 0, 0, "print the finding as a scenario script instead"},
    {"--stacks", NULL, HF_CLI_FLAG, offsetof(replay_values, stacks), 0, 0, "record a stack at every call"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(replay_values, timeout), 1, 24u * 60 * 60 * 1000, "end the run after this long (default 10s)"},
    {"--results", "FOLDER", HF_CLI_TEXT, offsetof(replay_values, results), 0, 0, "where the sweep's database is (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_TEXT, offsetof(replay_values, callers), 0, 0, "where callers are looked for first (also HF_CALLER_PATH)"},
};

const hf_cli_verb hf__cmd_replay = {
    .name = "replay",
    .about = "run one finding of a sweep again, in full",
    .usages = (const char *const[]){"FINDING [options]", NULL},
    .text = "Runs the caller again with the one fault that showed the finding, prints what it\n"
            "did, and leaves a folder with the trace in results/runs. FINDING is what the\n"
            "sweep printed, or as much of its beginning as no other finding has. Exit status\n"
            "0: it ended as it did in the sweep; 1: it did not.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .example = "  $ hostfault replay 3f2a\n"
               "  $ hostfault replay 3f2a --script > scenarios/mine/lost-buffer.yaml\n",
    .values_bytes = sizeof(replay_values),
    .operands_min = 1,
    .operands_max = 1,
    .operand = "FINDING",
    .takes_command = false,
    .run = run_replay,
};
