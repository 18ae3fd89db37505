/* SPDX-License-Identifier: MIT
 * `hostfault scenario`: checks scripts, prints them in their normal form, or makes one from a trace.
 */
#include "base_check.h"
#include "cli.h"
#include "cli_from_strace.h"
#include "cli_from_trace.h"
#include "cli_fuzz.h"
#include "cli_scenarios.h"
#include "cli_verbs.h"

#include "base_poison.h"

typedef struct scenario_values {
    const char *from_trace, *from_strace, *from_fuzz, *program, *to_fuzz;
    bool print, lawful;
} scenario_values;

static void print_all(const hf_cli_scenarios *scenarios)
{
    const hf_report_sink *out = hf__cli_out();
    for (size_t i = 0; i < scenarios->count; i++) {
        if (i > 0)
            hf__report_put(out, "---\n");
        hf_scenario_print(scenarios->items[i].scenario, out->write, out->user);
    }
}

static hf_cli_exit make_new(const hf_cli_arguments *arguments)
{
    const scenario_values *values = arguments->values;
    const char *option = values->from_trace != NULL ? "--from-trace" : values->from_strace != NULL ? "--from-strace" : "--from-fuzz";
    if (arguments->operand_count > 0)
        return hf__cli_bad_usage(arguments->verb, "%s prints a new scenario; it takes no '%s'", option, arguments->operands[0]);
    if (values->from_trace != NULL)
        return hf__cli_from_trace(values->from_trace, hf__cli_out());
    if (values->from_strace != NULL)
        return hf__cli_from_strace(values->from_strace, hf__cli_out());
    return hf__cli_from_fuzz(values->from_fuzz, values->program, values->lawful, hf__cli_out());
}

static hf_cli_exit run_scenario(const hf_cli_arguments *arguments)
{
    const scenario_values *values = arguments->values;
    if (values->from_trace != NULL || values->from_strace != NULL || values->from_fuzz != NULL)
        return make_new(arguments);
    if (arguments->operand_count == 0)
        return hf__cli_bad_usage(arguments->verb, "'scenario' needs a SCENARIO, --from-trace, --from-strace or --from-fuzz");

    hf_cli_scenarios scenarios;
    hf_cli_exit worst = hf__cli_scenarios_load(arguments->operands, arguments->operand_count, &scenarios);
    if (worst == HF_CLI_MET && values->to_fuzz != NULL && scenarios.count != 1)
        worst = hf__cli_bad_usage(arguments->verb, "--to-fuzz takes one scenario, not %zu; name it by path#name", scenarios.count);
    else if (worst == HF_CLI_MET && values->to_fuzz != NULL)
        worst = hf__cli_to_fuzz(&scenarios.items[0], values->to_fuzz);
    else if (worst == HF_CLI_MET && values->print)
        print_all(&scenarios);
    else if (worst == HF_CLI_MET)
        hf__report_print(hf__cli_out(), "ok: %zu scenario%s in %zu file%s\n", scenarios.count, scenarios.count == 1 ? "" : "s", scenarios.file_count,
                         scenarios.file_count == 1 ? "" : "s");
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

static const hf_cli_option options[] = {
    {"--print", NULL, HF_CLI_FLAG, offsetof(scenario_values, print), 0, 0, "print each scenario in its normal form"},
    {"--from-trace", "FOLDER|FILE", HF_CLI_TEXT, offsetof(scenario_values, from_trace), 0, 0,
     "print a scenario that repeats the failures in this trace, injected or the host's own"},
    {"--from-strace", "LOG", HF_CLI_TEXT, offsetof(scenario_values, from_strace), 0, 0,
     "print a scenario that repeats the refused requests in this log of 'strace -f' (better: -f -k), and says what the log leaves out"},
    {"--from-fuzz", "FILE", HF_CLI_TEXT, offsetof(scenario_values, from_fuzz), 0, 0, "print the scenario that a fuzz input encodes"},
    {"--program", "TARGET", HF_CLI_TEXT, offsetof(scenario_values, program), 0, 0, "with --from-fuzz: your own fuzz target that the input is for"},
    {"--lawful", NULL, HF_CLI_FLAG, offsetof(scenario_values, lawful), 0, 0,
     "with --from-fuzz: leave out faults that no host may cause, as fuzz targets do"},
    {"--to-fuzz", "FILE", HF_CLI_OUTPUT, offsetof(scenario_values, to_fuzz), 0, 0, "write the scenario as a fuzz input"},
};

const hf_cli_verb hf__cmd_scenario = {
    .name = "scenario",
    .about = "check scripts, print them, or make one from a trace",
    .usages = (const char *const[]){"SCENARIO... [--print]", "--from-trace FOLDER|FILE", "--from-strace LOG",
                                    "--from-fuzz FILE [--program TARGET] [--lawful]", "SCENARIO --to-fuzz FILE", NULL},
    .text = "Checks scenario scripts and says every mistake with its place. Runs nothing.\n"
            "With --from-trace it prints a scenario whose rules make the same calls fail in\n"
            "the same way as in the trace, and which expects the same outcome.\n"
            "With --from-strace the failures are those of a program that was traced where it\n"
            "failed, without hostfault: strace -f -k -s 9999 -o LOG PROGRAM.\n"
            "--from-fuzz and --to-fuzz go between fuzz inputs and scenarios; see\n"
            "fuzz/README.md.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "every script is valid",
    .example = "  $ hostfault scenario scenarios\n"
               "  $ hostfault scenario --from-trace results/runs/20260131-235959.123-oom-1a2b3c > again.yaml\n",
    .values_bytes = sizeof(scenario_values),
    .operands_max = SIZE_MAX,
    .operand = "SCENARIO",
    .run = run_scenario,
};
