/* SPDX-License-Identifier: MIT
 * `hostfault diff`: which findings are new, changed or gone between two results.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_picture.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "report_diff.h"
#include "report_github.h"
#include "report_junit.h"
#include "report_page.h"
#include "report_sarif.h"
#include "report_svg.h"

#include "base_poison.h"

typedef struct diff_values {
    const char *callers, *html, *junit, *sarif, *svg, *png;
    hf_cli_texts roots;
    bool json;
} diff_values;

/* The input and the result of the comparison. */
typedef struct diff_input {
    hf_report_findings was, is;
    hf_report_diff diff;
    char *folder; /* that B's runs are under */
    json_t *page; /* of B's sweeps, as far as B is a database; NULL: no page is wanted */
} diff_input;

static void print_html(const hf_report_sink *sink, void *user)
{
    const diff_input *input = user;
    (void)json_object_set_new(input->page, "changes", hf__report_diff_value(&input->diff));
    hf__report_page_print(sink, json_incref(input->page));
}

static void print_junit(const hf_report_sink *sink, void *user)
{
    const diff_input *input = user;
    hf__report_junit_diff(sink, &input->diff);
}

static void print_svg(const hf_report_sink *sink, void *user)
{
    const diff_input *input = user;
    hf__report_svg_diff(sink, &input->diff);
}

static void print_sarif(const hf_report_sink *sink, void *user)
{
    const diff_input *input = user;
    hf__report_sarif(sink, &input->is, &input->diff, input->folder);
}

static void print_annotations(const hf_report_sink *sink, void *user)
{
    const diff_input *input = user;
    hf__report_github_annotate_diff(sink, &input->diff);
}

static void print_summary(const hf_report_sink *sink, void *user)
{
    const diff_input *input = user;
    hf__report_markdown_diff(sink, &input->diff);
}

/* Before the findings are combined, because a page lists them by sweep. */
static hf_cli_exit make_page(const char *operand, diff_input *input)
{
    hf_report_points points = {0};
    char *folder = NULL;
    hf_cli_exit worst = input->is.sweep_count > 0 ? hf__cli_results_load_points(operand, &points, &folder) : HF_CLI_MET;
    if (worst == HF_CLI_MET)
        input->page = hf__report_page_of_sweeps(&input->is, &points, folder);
    hf__report_points_clear(&points);
    hf__free(folder);
    return worst;
}

static hf_cli_exit write_forms(const diff_values *values, diff_input *input)
{
    hf_cli_exit worst = hf__cli_report_write(values->html, print_html, input);
    worst = hf__cli_worse(worst, hf__cli_report_write(values->svg, print_svg, input));
    worst = hf__cli_worse(worst, hf__cli_picture_write(values->png, print_svg, input));
    worst = hf__cli_worse(worst, hf__cli_report_write(values->junit, print_junit, input));
    worst = hf__cli_worse(worst, hf__cli_report_write(values->sarif, print_sarif, input));
    return hf__cli_worse(worst, hf__cli_report_workflow(print_annotations, print_summary, input));
}

static hf_cli_exit compare(const diff_values *values, diff_input *input)
{
    hf__report_findings_combine(&input->was);
    hf__report_findings_combine(&input->is);
    hf__report_diff(&input->was, &input->is, &input->diff);
    hf_cli_exit worst = hf__report_diff_is_bad(&input->diff) ? HF_CLI_UNMET : HF_CLI_MET;
    if (values->json)
        hf__report_diff_json(hf__cli_out(), &input->diff, (int)worst);
    else
        hf__report_diff_print(hf__cli_out(), &input->diff);
    worst = hf__cli_worse(worst, write_forms(values, input));
    hf__report_diff_clear(&input->diff);
    return worst;
}

static hf_cli_exit run_diff(const hf_cli_arguments *arguments)
{
    const diff_values *values = arguments->values;
    hf__cli_report_roots(&values->roots);
    diff_input input = {.page = NULL};
    if (hf__cli_picture_check(values->png) != HF_CLI_MET)
        return HF_CLI_USAGE;
    hf__cli_results_show(arguments->operands[1], values->callers);
    hf_cli_exit worst = hf__cli_results_load(arguments->operands[0], &input.was);
    worst = hf__cli_worse(worst, hf__cli_results_load(arguments->operands[1], &input.is));
    if (worst == HF_CLI_MET) {
        char *database = hf__cli_results_database(arguments->operands[1]);
        input.folder = hf__cli_results_folder(database);
        hf__free(database);
    }

    if (worst == HF_CLI_MET && values->html != NULL)
        worst = make_page(arguments->operands[1], &input);
    if (worst == HF_CLI_MET)
        worst = compare(values, &input);
    json_decref(input.page);
    hf__free(input.folder);
    hf__report_findings_clear(&input.was);
    hf__report_findings_clear(&input.is);
    return worst;
}

static const hf_cli_option options[] = {
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, offsetof(diff_values, callers), 0, 0, HF_CLI_SHOWN_CALLERS_HELP},
    {"--source-root", "FOLDER", HF_CLI_TEXTS, offsetof(diff_values, roots), 0, 0, HF_CLI_ROOTS_HELP},
    {"--html", "FILE", HF_CLI_OUTPUT, offsetof(diff_values, html), 0, 0,
     "write the changes, and B's fault matrix if B has one, as a page for a browser"},
    {"--svg", "FILE", HF_CLI_OUTPUT, offsetof(diff_values, svg), 0, 0, "write a picture of the changes, for an issue or a chat"},
    {"--png", "FILE", HF_CLI_OUTPUT, offsetof(diff_values, png), 0, 0, "the same as a PNG; rsvg-convert (librsvg) draws it"},
    {"--junit", "FILE", HF_CLI_OUTPUT, offsetof(diff_values, junit), 0, 0, "write JUnit XML: a case for each change, failed if it is new or worse"},
    {"--sarif", "FILE", HF_CLI_OUTPUT, offsetof(diff_values, sarif), 0, 0, "write B's findings as SARIF 2.1.0, each with how it compares with A"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(diff_values, json), 0, 0, "print JSON (hostfault-diff/1) instead of text"},
};

const hf_cli_verb hf__cmd_diff = {
    .name = "diff",
    .about = "compare two results: which findings are new, changed or fixed",
    .usages = (const char *const[]){"A B [options]", NULL},
    .text = "A and B are results folders, databases, or lists of findings as 'report --findings'\n"
            "writes them; of a database the newest sweep of each caller counts. Findings\n"
            "match by fingerprint, which stays the same when code only moves:\n"
            "  new      only B has it\n"
            "  worse    the same failure at the same place has a graver outcome\n"
            "  changed  the same failure at the same place has another outcome, not graver\n"
            "  fixed    only A has it\n"
            "  moved    the same finding, in a function that was renamed\n"
            "  not swept  one has it, and the other did not test for it: other methods, failures or\n"
            "           sites, or an unfinished sweep\n"
            "The exit status is 1 if there are new or worse findings. In a GitHub workflow these\n"
            "are annotated in the source, and the step's summary lists all changes.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "nothing new and nothing worse",
    .unmet = "new findings, or worse ones",
    .example = "  $ hostfault diff results/baseline/findings.json results\n",
    .values_bytes = sizeof(diff_values),
    .operands_min = 2,
    .operands_max = 2,
    .operand = "results folder, database or list A, and a B",
    .run = run_diff,
};
