/* SPDX-License-Identifier: MIT
 * `hostfault explain`: describes what scenarios will do, and runs nothing.
 */
#include "base_check.h"
#include "cli.h"
#include "cli_scenarios.h"
#include "cli_verbs.h"

#include "base_poison.h"

typedef struct explain_values {
    const char *filter;
    const char *caller;
    hf_cli_texts faults;
} explain_values;

static void explain_all(const hf_cli_scenarios *scenarios, bool by_fault)
{
    const hf_report_sink *out = hf__cli_out();
    for (size_t i = 0; i < scenarios->count; i++) {
        if (i > 0)
            hf__report_put(out, "\n");
        if (!by_fault)
            hf__report_tone(out, HF_TONE_FAINT, "%s\n", scenarios->items[i].scenario->file);
        hf_scenario_explain(scenarios->items[i].scenario, out->write, out->user);
    }
}

static hf_cli_exit run_explain(const hf_cli_arguments *arguments)
{
    const explain_values *values = arguments->values;
    bool by_fault = values->faults.count > 0;
    if (by_fault == (arguments->operand_count > 0))
        return hf__cli_bad_usage(arguments->verb, "'explain' needs a SCENARIO or --fault%s", by_fault ? ", not both" : "");
    if (by_fault && values->caller == NULL)
        return hf__cli_bad_usage(arguments->verb, "--fault needs --caller NAME");
    hf_cli_scenarios scenarios;
    hf_cli_exit worst = by_fault ? hf__cli_scenarios_from_faults(values->caller, NULL, &values->faults, &scenarios)
                                 : hf__cli_scenarios_load(arguments->operands, arguments->operand_count, &scenarios);
    if (worst == HF_CLI_MET && values->filter != NULL)
        worst = hf__cli_scenarios_filter(arguments->verb, &scenarios, values->filter);
    if (worst == HF_CLI_MET)
        explain_all(&scenarios, by_fault);
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

static const hf_cli_option options[] = {
    {"--filter", "LIST", HF_CLI_TEXT, offsetof(explain_values, filter), 0, 0,
     "only those whose path#name, family/file or name matches: names or shell patterns, separated by commas"},
    {"--caller", "NAME", HF_CLI_TEXT, offsetof(explain_values, caller), 0, 0, "the caller that --fault is for"},
    {"--fault", "RULE", HF_CLI_TEXTS, offsetof(explain_values, faults), 0, 0, "explain a rule given here; may be repeated"},
};

const hf_cli_verb hf__cmd_explain = {
    .name = "explain",
    .about = "describe what a scenario will do",
    .usages = (const char *const[]){"SCENARIO... [options]", "--caller NAME --fault RULE...", NULL},
    .text = "Prints what each scenario runs, which calls it fails and how, and what it expects.\n"
            "Runs nothing.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "explained",
    .example = "  $ hostfault explain --caller lua --fault 'call: Malloc.Alloc, when: 3+, return: E_OUTOFMEMORY'\n",
    .values_bytes = sizeof(explain_values),
    .operands_max = SIZE_MAX,
    .operand = "SCENARIO",
    .run = run_explain,
};
