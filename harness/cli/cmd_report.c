/* SPDX-License-Identifier: MIT
 * `hostfault report`: the findings of the sweeps in a results folder, on the screen and as files: for people, for CI systems, and as the list that is
 * committed and that `diff` compares with.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_allow.h"
#include "cli_picture.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "report_github.h"
#include "report_gitlab.h"
#include "report_junit.h"
#include "report_page.h"
#include "report_sarif.h"
#include "report_svg.h"

#include "base_poison.h"

typedef struct report_values {
    const char *results, *callers, *findings, *html, *junit, *sarif, *gitlab, *svg, *png, *allow;
    hf_cli_texts roots;
    bool json, all;
} report_values;

/* What is reported. */
typedef struct report_input {
    hf_report_findings findings;
    hf_report_points points;
    char *folder;           /* that the findings' runs are under */
    const json_t *outdated; /* entries of the file of known findings; borrowed */
} report_input;

static void print_html(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_page_print(sink, hf__report_page_of_sweeps(&input->findings, &input->points, input->folder));
}

static void print_junit(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_junit_sweeps(sink, &input->findings, &input->points, input->outdated);
}

static void print_summary(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_markdown(sink, &input->findings, &input->points);
}

static void print_annotations(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_github_annotate(sink, &input->findings);
}

static void print_sarif(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_sarif(sink, &input->findings, NULL, input->folder);
}

static void print_svg(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_svg_sweeps(sink, &input->findings);
}

static void print_gitlab(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_gitlab(sink, &input->findings);
}

static void print_list(const hf_report_sink *sink, void *user)
{
    const report_input *input = user;
    hf__report_findings_print(sink, &input->findings);
}

/* First the reports by sweep; then the findings of all sweeps are combined for the reports that need only findings. */
static hf_cli_exit write_forms(const report_values *values, report_input *input)
{
    hf_cli_exit worst = hf__cli_report_write(values->html, print_html, input);
    worst = hf__cli_worse(worst, hf__cli_report_write(values->svg, print_svg, input));
    worst = hf__cli_worse(worst, hf__cli_picture_write(values->png, print_svg, input));
    worst = hf__cli_worse(worst, hf__cli_report_write(values->junit, print_junit, input));
    worst = hf__cli_worse(worst, hf__cli_report_workflow(print_annotations, print_summary, input));
    hf__report_findings_combine(&input->findings);
    worst = hf__cli_worse(worst, hf__cli_report_write(values->sarif, print_sarif, input));
    worst = hf__cli_worse(worst, hf__cli_report_write(values->gitlab, print_gitlab, input));
    return hf__cli_worse(worst, hf__cli_report_write(values->findings, print_list, input));
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

/* Callers of the sweeps, ended by NULL. Borrowed; hf__free. */
static const char **callers_of(const hf_report_findings *findings)
{
    const char **callers = hf__allocate(findings->sweep_count + 1, sizeof *callers);
    for (size_t i = 0; i < findings->sweep_count; i++)
        callers[i] = findings->sweeps[i].caller;
    return callers;
}

static bool is_finished(const hf_report_findings *findings)
{
    for (size_t i = 0; i < findings->sweep_count; i++)
        if (!findings->sweeps[i].finished)
            return false;
    return true;
}

/* With a file of known findings, a report fails for findings that are not in it, and for entries that are out of date. */
static hf_cli_exit exit_for_findings(const report_values *values, const hf_cli_allow *allow, const report_input *input, size_t outdated)
{
    if (values->allow == NULL)
        return HF_CLI_MET;
    return allow->allowed < input->findings.count || outdated > 0 ? HF_CLI_UNMET : HF_CLI_MET;
}

static hf_cli_exit print_report(const report_values *values, hf_cli_allow *allow, report_input *input)
{
    hf__cli_allow_apply(allow, &input->findings);
    const char **callers = callers_of(&input->findings);
    const char *unfinished = is_finished(&input->findings) ? NULL : "a sweep is not finished";
    json_t *outdated = hf__cli_allow_json(allow, callers, unfinished);
    input->outdated = outdated;
    hf_cli_exit worst = exit_for_findings(values, allow, input, json_array_size(outdated));
    if (values->json) {
        hf__report_sweeps_json(hf__cli_out(), &input->findings, json_incref(outdated));
    } else {
        hf__report_sweeps_print(hf__cli_out(), &input->findings, &input->points, values->all);
        (void)hf__cli_allow_check(allow, callers, unfinished);
    }

    worst = hf__cli_worse(worst, write_forms(values, input));
    json_decref(outdated);
    hf__free(callers);
    return worst;
}

static hf_cli_exit run_report(const hf_cli_arguments *arguments)
{
    const report_values *values = arguments->values;
    hf__cli_report_roots(&values->roots);
    const char *results = values->results != NULL ? values->results : "results";
    report_input input = {.folder = NULL};
    hf_cli_allow allow;
    if (hf__cli_picture_check(values->png) != HF_CLI_MET)
        return HF_CLI_USAGE;

    hf__cli_results_show(results, values->callers);
    hf_cli_exit worst = hf__cli_allow_load(values->allow, &allow);
    if (worst == HF_CLI_MET)
        worst = load(results, &input);
    if (worst == HF_CLI_MET)
        worst = print_report(values, &allow, &input);
    hf__cli_allow_clear(&allow);
    hf__report_findings_clear(&input.findings);
    hf__report_points_clear(&input.points);
    hf__free(input.folder);
    return worst;
}

static const hf_cli_option options[] = {
    {"--results", "FOLDER", HF_CLI_TEXT, offsetof(report_values, results), 0, 0, "results folder, or database (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, offsetof(report_values, callers), 0, 0, HF_CLI_SHOWN_CALLERS_HELP},
    {"--allow", "FILE", HF_CLI_TEXT, offsetof(report_values, allow), 0, 0,
     "known findings, which are marked as such; the exit status is 1 if there are others, or entries that are out of date"},
    {"--source-root", "FOLDER", HF_CLI_TEXTS, offsetof(report_values, roots), 0, 0, HF_CLI_ROOTS_HELP},
    {"--html", "FILE", HF_CLI_OUTPUT, offsetof(report_values, html), 0, 0, "write the fault matrix as one page for a browser"},
    {"--svg", "FILE", HF_CLI_OUTPUT, offsetof(report_values, svg), 0, 0, "write a picture of outcomes and findings, for an issue or a chat"},
    {"--png", "FILE", HF_CLI_OUTPUT, offsetof(report_values, png), 0, 0, "the same as a PNG; rsvg-convert (librsvg) draws it"},
    {"--junit", "FILE", HF_CLI_OUTPUT, offsetof(report_values, junit), 0, 0, "write JUnit XML: a case for each site and failure"},
    {"--sarif", "FILE", HF_CLI_OUTPUT, offsetof(report_values, sarif), 0, 0, "write SARIF 2.1.0, for code scanning"},
    {"--gitlab", "FILE", HF_CLI_OUTPUT, offsetof(report_values, gitlab), 0, 0, "write a Code Quality report, for GitLab's merge requests"},
    {"--findings", "FILE", HF_CLI_OUTPUT, offsetof(report_values, findings), 0, 0, "write the findings as a list to commit, for 'diff'"},
    {"--all", NULL, HF_CLI_FLAG, offsetof(report_values, all), 0, 0, "also print functions without a finding in the matrix"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(report_values, json), 0, 0, "print JSON (hostfault-report/1) instead of text"},
};

const hf_cli_verb hf__cmd_report = {
    .name = "report",
    .about = "print what the sweeps in a results folder found",
    .usages = (const char *const[]){"[options]", NULL},
    .text = "Prints the newest sweep of each caller: how many points at how many sites, how\n"
            "they ended, the fault matrix (functions down, failures across, the worst outcome\n"
            "and how many points had it), and every finding, worst first, with the command that\n"
            "reproduces it. In a GitHub workflow it also annotates the source and adds to the\n"
            "step's summary.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "reported; with --allow: no findings but allowed ones",
    .unmet = "with --allow: other findings, or an entry that is out of date",
    .example = "  $ hostfault report\n"
               "  $ hostfault report --html report.html\n"
               "  $ hostfault report --findings results/baseline/findings.json\n",
    .values_bytes = sizeof(report_values),
    .run = run_report,
};
