/*
 * `hostfault diff`: which findings are new, changed or gone between two results.
 */
#include "base_check.h"
#include "cli.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "report_diff.h"

#include "base_poison.h"

typedef struct diff_values {
    bool json;
} diff_values;

static hf_cli_exit print_diff(hf_report_findings *was, hf_report_findings *is, bool json)
{
    hf_report_diff diff;
    hf__report_findings_combine(was);
    hf__report_findings_combine(is);
    hf__report_diff(was, is, &diff);
    hf_cli_exit worst = hf__report_diff_is_bad(&diff) ? HF_CLI_UNMET : HF_CLI_MET;
    if (json)
        hf__report_diff_json(hf__cli_out(), &diff, (int)worst);
    else
        hf__report_diff_print(hf__cli_out(), &diff);
    hf__report_diff_clear(&diff);
    return worst;
}

static hf_cli_exit run_diff(const hf_cli_arguments *arguments)
{
    const diff_values *values = arguments->values;
    hf_report_findings was;
    hf_report_findings is;
    hf_cli_exit worst = hf__cli_results_load(arguments->operands[0], &was);
    worst = hf__cli_worse(worst, hf__cli_results_load(arguments->operands[1], &is));
    if (worst == HF_CLI_MET)
        worst = print_diff(&was, &is, values->json);
    hf__report_findings_clear(&was);
    hf__report_findings_clear(&is);
    return worst;
}

static const hf_cli_option options[] = {
    {"--json", NULL, HF_CLI_FLAG, offsetof(diff_values, json), 0, 0, "print JSON (hostfault-diff/1) instead of text"},
};

const hf_cli_verb hf__cmd_diff = {
    .name = "diff",
    .about = "say which findings are new, changed or fixed from one result to another",
    .usages = (const char *const[]){"A B [--json]", NULL},
    .text = "A and B are results folders, databases, or lists of findings as 'report --findings'\n"
            "writes them; of a database the newest sweep of each caller counts. Findings are\n"
            "the same by fingerprint, which code that only moved keeps:\n"
            "  new      B has it, A has not\n"
            "  worse    the same failure at the same place ends in a graver outcome\n"
            "  changed  in another one, no graver\n"
            "  fixed    A has it, B has not\n"
            "The exit status is 1 if there are new or worse ones.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .example = "  $ hostfault diff results/baseline/findings.json results\n",
    .values_bytes = sizeof(diff_values),
    .operands_min = 2,
    .operands_max = 2,
    .operand = "results folder, database or list A, and a B",
    .run = run_diff,
};
