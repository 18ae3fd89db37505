/*
 * `hostfault report`: what the sweeps in a results folder found; --findings writes the list that is committed and that `diff` compares with.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "os_file.h"

#include "base_poison.h"

typedef struct report_values {
    const char *results, *findings;
    bool json;
} report_values;

static hf_cli_exit write_list(const char *path, hf_report_findings *findings)
{
    hf_report_buffer buffer = {0};
    const hf_report_sink sink = {.write = hf__report_collect, .user = &buffer};
    hf__report_findings_combine(findings);
    hf__report_findings_print(&sink, findings);
    hf_error err;
    hf_status status = hf__os_file_write(path, buffer.text, buffer.length, &err);
    hf__free(buffer.text);
    return status == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
}

static hf_cli_exit run_report(const hf_cli_arguments *arguments)
{
    const report_values *values = arguments->values;
    const char *results = values->results != NULL ? values->results : "results";
    hf_report_findings findings;
    hf_cli_exit worst = hf__cli_results_load(results, &findings);
    if (worst == HF_CLI_MET && findings.sweep_count == 0) {
        hf__cli_complain("no sweep in %s; 'hostfault sweep' makes one", results);
        worst = HF_CLI_USAGE;
    }
    if (worst != HF_CLI_MET) {
        hf__report_findings_clear(&findings);
        return worst;
    }
    if (values->json)
        hf__report_sweeps_json(hf__cli_out(), &findings);
    else
        hf__report_sweeps_print(hf__cli_out(), &findings);
    if (values->findings != NULL)
        worst = write_list(values->findings, &findings);
    hf__report_findings_clear(&findings);
    return worst;
}

static const hf_cli_option options[] = {
    {"--results", "FOLDER", HF_CLI_TEXT, offsetof(report_values, results), 0, 0, "where the sweeps' database is, or the database (default: results)"},
    {"--findings", "FILE", HF_CLI_TEXT, offsetof(report_values, findings), 0, 0, "write the findings as a list to be committed, for 'diff'"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(report_values, json), 0, 0, "print JSON (hostfault-report/1) instead of text"},
};

const hf_cli_verb hf__cmd_report = {
    .name = "report",
    .about = "say what the sweeps in a results folder found",
    .usages = (const char *const[]){"[options]", NULL},
    .text = "Prints, for each caller that was swept, the newest sweep: how many points at how\n"
            "many sites, how they ended, and every finding, worst first, with the command\n"
            "that shows it again.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .example = "  $ hostfault report\n"
               "  $ hostfault report --findings results/baseline/findings.json\n",
    .values_bytes = sizeof(report_values),
    .run = run_report,
};
