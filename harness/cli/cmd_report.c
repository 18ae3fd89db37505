/*
 * `hostfault report`: what the sweeps in a results folder found, on the screen and as files: for people, for CI systems, and the list that is
 * committed and that `diff` compares with.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "os_file.h"
#include "report_page.h"

#include "base_poison.h"

typedef struct report_values {
    const char *results, *findings, *html;
    bool json, all;
} report_values;

/* What is reported. */
typedef struct report_input {
    hf_report_findings findings;
    hf_report_points points;
    char *folder; /* that the findings' runs are under */
} report_input;

static void print_list(const hf_report_sink *sink, report_input *input)
{
    hf__report_findings_combine(&input->findings);
    hf__report_findings_print(sink, &input->findings);
}

static void print_html(const hf_report_sink *sink, report_input *input)
{
    hf__report_page_print(sink, hf__report_page_of_sweeps(&input->findings, &input->points, input->folder));
}

/* The list comes last: it combines the findings of all sweeps. */
static const struct {
    size_t offset; /* of the file's name in the values */
    void (*print)(const hf_report_sink *sink, report_input *input);
} forms[] = {
    {offsetof(report_values, html), print_html},
    {offsetof(report_values, findings), print_list},
};

static hf_cli_exit write_forms(const report_values *values, report_input *input)
{
    hf_cli_exit worst = HF_CLI_MET;
    for (size_t i = 0; i < HF_COUNT_OF(forms); i++) {
        const char *path = *(const char *const *)((const char *)values + forms[i].offset);
        if (path == NULL)
            continue;
        hf_report_buffer buffer = {0};
        const hf_report_sink sink = {.write = hf__report_collect, .user = &buffer};
        forms[i].print(&sink, input);
        hf_error err;
        if (hf__os_file_write(path, buffer.text, buffer.length, &err) != HF_OK)
            worst = hf__cli_worse(worst, hf__cli_complain_error(&err));
        hf__free(buffer.text);
    }
    return worst;
}

static hf_cli_exit load(const char *results, report_input *input)
{
    hf_cli_exit worst = hf__cli_results_load(results, &input->findings);
    if (worst == HF_CLI_MET && input->findings.sweep_count == 0) {
        hf__cli_complain("no sweep in %s; 'hostfault sweep' makes one", results);
        worst = HF_CLI_USAGE;
    }
    return worst == HF_CLI_MET ? hf__cli_results_load_points(results, &input->points, &input->folder) : worst;
}

static hf_cli_exit run_report(const hf_cli_arguments *arguments)
{
    const report_values *values = arguments->values;
    const char *results = values->results != NULL ? values->results : "results";
    report_input input = {.folder = NULL};
    hf_cli_exit worst = load(results, &input);
    if (worst == HF_CLI_MET) {
        if (values->json)
            hf__report_sweeps_json(hf__cli_out(), &input.findings);
        else
            hf__report_sweeps_print(hf__cli_out(), &input.findings, &input.points, values->all);
        worst = write_forms(values, &input);
    }
    hf__report_findings_clear(&input.findings);
    hf__report_points_clear(&input.points);
    hf__free(input.folder);
    return worst;
}

static const hf_cli_option options[] = {
    {"--results", "FOLDER", HF_CLI_TEXT, offsetof(report_values, results), 0, 0, "where the sweeps' database is, or the database (default: results)"},
    {"--html", "FILE", HF_CLI_TEXT, offsetof(report_values, html), 0, 0, "write the fault matrix as one page for a browser"},
    {"--findings", "FILE", HF_CLI_TEXT, offsetof(report_values, findings), 0, 0, "write the findings as a list to be committed, for 'diff'"},
    {"--all", NULL, HF_CLI_FLAG, offsetof(report_values, all), 0, 0, "print functions without a finding in the matrix too"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(report_values, json), 0, 0, "print JSON (hostfault-report/1) instead of text"},
};

const hf_cli_verb hf__cmd_report = {
    .name = "report",
    .about = "say what the sweeps in a results folder found",
    .usages = (const char *const[]){"[options]", NULL},
    .text = "Prints, for each caller that was swept, the newest sweep: how many points at how\n"
            "many sites, how they ended, the fault matrix (functions down, failures across,\n"
            "the worst outcome and how many points had it), and every finding, worst first,\n"
            "with the command that shows it again.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .example = "  $ hostfault report\n"
               "  $ hostfault report --html report.html\n"
               "  $ hostfault report --findings results/baseline/findings.json\n",
    .values_bytes = sizeof(report_values),
    .run = run_report,
};
