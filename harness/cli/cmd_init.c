/* SPDX-License-Identifier: MIT
 * `hostfault init`: writes a first scenario. It runs the program once without faults, lists its requests as a comment in the file, and adds one rule
 * that fails one of them.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_calls.h"
#include "cli_files.h"
#include "cli_hook.h"
#include "cli_runner.h"
#include "cli_verbs.h"
#include "os_file.h"
#include "plan_writer.h"
#include "report_case.h"
#include "run_folder.h"
#include "system_tool.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

typedef struct init_values {
    const char *caller, *results, *callers, *attach;
    hf_cli_texts env;
    hf_cli_number timeout;
} init_values;

static bool acquires(unsigned index)
{
    hf_method method = (hf_method)(index < HF_METHOD_COUNT ? index : hf__model_function((hf_function)(index - HF_METHOD_COUNT))->method);
    return hf__model_method(method)->class_ == HF_CLASS_ACQUIRE;
}

/* The most frequently called method that acquires memory; HF_CALL_NAMES: none. */
static unsigned most_called(const hf_cli_calls *calls)
{
    unsigned best = HF_CALL_NAMES;
    for (unsigned i = 0; i < HF_CALL_NAMES; i++)
        if (calls->items[i].calls > 0 && acquires(i) && (best == HF_CALL_NAMES || calls->items[i].calls > calls->items[best].calls))
            best = i;
    return best;
}

static void put_key(const hf__plan_writer *to, const char *key, const char *value)
{
    hf__plan_put(to, "%s: ", key);
    hf__plan_put_string(to, value);
    hf__plan_put(to, "\n");
}

static void put_program(const hf__plan_writer *to, const hf_scenario *scenario)
{
    if (scenario->caller != NULL)
        put_key(to, "caller", scenario->caller);
    const hf_string_list *list = scenario->caller != NULL ? &scenario->args : &scenario->command;
    if (list->count > 0) {
        hf__plan_put(to, scenario->caller != NULL ? "args: " : "command: ");
        hf__plan_put_list(to, list);
        hf__plan_put(to, "\n");
    }
    for (size_t i = 0; i < scenario->env.count; i++) {
        const char *equals = strchr(scenario->env.items[i], '=');
        hf__plan_put(to, "%s  %.*s: ", i == 0 ? "env:\n" : "", (int)(equals - scenario->env.items[i]), scenario->env.items[i]);
        hf__plan_put_string(to, equals + 1);
        hf__plan_put(to, "\n");
    }
}

/* The file's name without folder and extension, reduced to the letters that a scenario's name may have. */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = hf__copy_string(slash != NULL ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    for (char *c = name; *c != '\0'; c++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *c) == NULL || (c == name && strchr("._-", *c) != NULL))
            *c = 'x';
    return name;
}

static void put_rule(const hf__plan_writer *to, const hf_cli_calls *calls, unsigned index)
{
    unsigned long long count = calls->items[index].calls;
    const char *name = hf__cli_calls_name(index);
    const char *failure = index < HF_METHOD_COUNT ? "E_OUTOFMEMORY" : "ENOMEM";
    hf__plan_put(to,
                 "faults:\n"
                 "  # Call %llu of the %llu of %s. Also: '3+' from the third on, '3..9', '3+5' every fifth; and with it\n"
                 "  # 'from: FUNCTION', 'where: { size: \">=64K\" }', 'chance: 5%%', 'times: 1'.\n"
                 "  - call: %s\n"
                 "    when: %llu\n"
                 "    return: %s # 'hostfault list faults' has all\n",
                 (count + 1) / 2, count, name, name, (count + 1) / 2, failure);
}

static void print_scenario(const hf_scenario *scenario, const hf_cli_calls *calls, const char *path, bool varies, hf__heap_buffer *out)
{
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = out};
    const hf__plan_writer to = {.write = hf__heap_buffer_write, .user = out};
    char *name = name_of(path);
    hf__report_put(&sink, "# A first scenario, written by 'hostfault init'. In a run without faults the program requested:\n#\n");
    hf_report_table table = hf__cli_calls_table(calls);
    hf__report_table_print(&table, &sink, "#   ");
    hf__report_table_clear(&table);
    hf__report_put(&sink,
                   "#\n# 'hostfault explain' describes what this file does, 'hostfault run' runs it. The language: 'man 5 hostfault-scenario',\n"
                   "# or scenarios/README.md.\n");
    put_key(&to, "name", name);
    hf__report_put(&sink, "about: \"What this shows, and what a correct program does.\"\n");
    put_program(&to, scenario);
    if (varies)
        hf__report_put(&sink, "compare: status # two runs without faults gave different results, so only the exit status is compared\n");

    put_rule(&to, calls, most_called(calls));
    hf__report_put(&sink, "# The expected result: as without the fault (ok), or a clean failure that is reported (reported); and no leak.\n"
                          "expect:\n  outcome: [ok, reported]\n  leaks: 0\n");
    hf__free(name);
}

/* The written text must be a valid scenario; otherwise it is our bug. */
static hf_cli_exit write_scenario(const char *path, const hf__heap_buffer *text)
{
    hf_scenario_file *file = NULL;
    static hf_errors errors;
    if (hf_scenario_parse(path, (hf_text){text->text, text->size_bytes}, &file, &errors) != HF_OK) {
        (void)hf__cli_complain_error(&errors.items[0]);
        return HF_CLI_HARNESS;
    }
    hf_scenario_destroy(file);
    hf_cli_exit worst = hf__cli_write(path, text->text, text->size_bytes);
    if (worst != HF_CLI_MET)
        return worst;
    hf__report_print(hf__cli_out(), "written %s\nnext    hostfault run ", path);
    hf__report_put_quoted(hf__cli_out(), path);
    hf__report_put(hf__cli_out(), "\n");
    return HF_CLI_MET;
}

static hf_cli_exit use_run(const hf_scenario *scenario, const hf_run_result *result, const char *path)
{
    bool varies = result->verdict->outcome == HF_OUTCOME_UNSTABLE;
    if (hf_outcome_severity(result->verdict->outcome) != 0 && !varies) {
        hf__cli_complain("without faults it ended %s: %s; a scenario needs a program that succeeds", hf_outcome_name(result->verdict->outcome),
                         result->verdict->reason);
        return HF_CLI_UNMET;
    }

    hf_cli_calls calls;
    hf__cli_calls_count(result->trace, &calls);
    hf_cli_exit worst = HF_CLI_UNMET;
    if (most_called(&calls) == HF_CALL_NAMES) {
        hf__cli_complain("it requested no memory, so there is nothing to fail");
    } else {
        hf__heap_buffer text = {0};
        print_scenario(scenario, &calls, path, varies, &text);
        worst = write_scenario(path, &text);
        hf__free(text.text);
    }
    hf__cli_calls_clear(&calls);
    return worst;
}

static hf_cli_exit run_clean_once(const hf_scenario *scenario, const init_values *values, const char *path)
{
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.timeout_ms = (uint32_t)values->timeout.value;
    options.results = values->results;
    options.caller_path = values->callers;
    options.stacks = 1;
    options.once = 1;
    hf__system_on_interrupt(hf_run_stop);
    hf_run *run = NULL;
    hf_error err;
    hf_cli_exit worst = HF_CLI_MET;
    if (hf_run_scenario(scenario, &options, &run, &err) == HF_OK)
        worst = use_run(scenario, hf_run_get(run), path);
    else
        worst = hf__cli_complain_error(&err);
    hf_run_destroy(run);

    return worst;
}

static hf_cli_exit run_init(const hf_cli_arguments *arguments)
{
    const init_values *values = arguments->values;
    const char *path = arguments->operands[0];
    if (values->caller == NULL && arguments->command == NULL)
        return hf__cli_bad_usage(arguments->verb, "'init' needs --caller NAME, or a command after '--'");
    if (hf__os_file_exists(path)) {
        hf__cli_complain("%s already exists, and 'init' does not overwrite it; remove it, or name another file", path);
        return HF_CLI_USAGE;
    }

    hf__cli_attach_set(values->attach);
    const hf_cli_texts none = {0};
    hf_cli_scenarios scenarios;
    hf_cli_exit worst = hf__cli_scenarios_from_faults(values->caller, arguments->command, &none, &scenarios);
    if (worst == HF_CLI_MET)
        worst = hf__cli_runner_check_callers(&scenarios, values->callers);
    hf__cli_scenarios_change(&scenarios, &values->env, false);
    hf__cli_files_note(worst == HF_CLI_MET ? arguments->command : NULL, values->caller == NULL, false);
    if (worst == HF_CLI_MET)
        worst = run_clean_once(scenarios.items[0].scenario, values, path);
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

#define OFFSET(field) offsetof(init_values, field), 0, 0
static const hf_cli_option options[] = {
    {"--caller", "NAME", HF_CLI_TEXT, OFFSET(caller), "the caller to run (see 'hostfault list callers')"},
    {"--env", "NAME=VALUE", HF_CLI_SETTINGS, OFFSET(env), "set a variable in the program's environment; may be repeated"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(init_values, timeout), 1, 24u * 60 * 60 * 1000, "end the run after this long (default 10s)"},
    HF_CLI_ATTACH_OPTION(init_values, attach),
    {"--results", "FOLDER", HF_CLI_FOLDER, OFFSET(results), "results folder; the run's folder goes into its runs/ (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, OFFSET(callers), "folders to search for callers first (also HF_CALLER_PATH)"},
};

const hf_cli_verb hf__cmd_init = {
    .name = "init",
    .about = "run a program once and write a first scenario for it",
    .usages = (const char *const[]){"FILE --caller NAME [options] [-- ARGS...]", "FILE [options] -- COMMAND ARGS...", NULL},
    .text = "Runs the program once without faults, and writes a scenario for it: what it asked\n"
            "for as a comment, one rule that fails one of these requests, and what must come\n"
            "of it. FILE must not be there yet.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "written",
    .unmet = "the program failed, or requested no memory; nothing was written",
    .can_interrupt = true,
    .example = "  $ hostfault init first.yaml --caller lua\n"
               "  $ hostfault run first.yaml\n",
    .values_bytes = sizeof(init_values),
    .operands_min = 1,
    .operands_max = 1,
    .operand = "FILE",
    .takes_command = true,
    .run = run_init,
};
