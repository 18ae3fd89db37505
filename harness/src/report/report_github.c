/* SPDX-License-Identifier: MIT
 * Workflow commands and Markdown. A command is one line; characters that would end it, or one of its properties, are escaped as GitHub's
 * documentation says.
 */
#include "report_command.h"
#include "report_github.h"
#include "heap_alloc.h"
#include "report_headline.h"
#include "report_location.h"
#include "report_matrix.h"

#include <string.h>

#include "base_poison.h"

#define ANNOTATIONS_MAX 10u
#define ROWS_MAX 50u

/* Annotations */

static void put_escaped(const hf_report_sink *sink, const char *text, bool is_property)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, is_property ? "%\r\n:," : "%\r\n");
        hf__report_put_foreign(sink, (hf_text){text, plain});
        text += plain;
        if (*text != '\0')
            hf__report_print(sink, "%%%02X", (unsigned)(unsigned char)*text++);
    }
}

static void put_annotation(const hf_report_sink *sink, bool is_error, const char *title, const char *path, uint64_t line, const char *text)
{
    hf__report_print(sink, "::%s ", is_error ? "error" : "warning");
    if (path != NULL && path[0] != '\0') {
        hf__report_put(sink, "file=");
        put_escaped(sink, path, true);
        hf__report_put(sink, ",");
    }
    if (line > 0)
        hf__report_print(sink, "line=%llu,", (unsigned long long)line);
    hf__report_put(sink, "title=");
    put_escaped(sink, title, true);
    hf__report_put(sink, "::");
    put_escaped(sink, text, false);
    hf__report_put(sink, "\n");
}

static void annotate_finding(const hf_report_sink *sink, const hf_report_finding *finding, const char *kind)
{
    bool is_stand_in = false;
    hf_report_spot at = hf__report_spot_of(finding, &is_stand_in);
    char *results = hf__report_words_join(&finding->results);
    char *title = hf__format("%s%s%s", kind, kind[0] != '\0' ? ": " : "", hf_outcome_name(finding->outcome));
    char *headline = hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place);
    char *way = hf__report_way_line(finding->ended, finding->method, finding->place, finding->entries);
    char *text = hf__format("%s %s%s%s with %s: %s\nhostfault replay %s%s", finding->caller, headline, way[0] != '\0' ? "; " : "", way, results,
                            finding->reason, finding->id, hf__report_command_options());
    hf__free(way);
    hf__free(headline);
    put_annotation(sink, hf_outcome_severity(finding->outcome) >= 7, title, at.path, at.line, text);
    hf__report_spot_clear(&at);
    hf__free(text);
    hf__free(title);
    hf__free(results);
}

static int compare_told(const void *left, const void *right)
{
    const hf_report_finding *a = *(const hf_report_finding *const *)left, *b = *(const hf_report_finding *const *)right;
    int order = hf_outcome_compare(a->outcome, b->outcome);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Worst first, over all sweeps: GitHub shows only a limited number. */
void hf__report_github_annotate(const hf_report_sink *sink, const hf_report_findings *findings)
{
    const hf_report_finding **told = hf__allocate(findings->count, sizeof *told);
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].allowed == NULL)
            told[count++] = &findings->items[i];
    if (count > 0)
        qsort(told, count, sizeof *told, compare_told);
    for (size_t i = 0; i < count && i < ANNOTATIONS_MAX; i++)
        annotate_finding(sink, told[i], "");
    hf__free(told);
}

void hf__report_github_annotate_diff(const hf_report_sink *sink, const hf_report_diff *diff)
{
    for (size_t i = 0; i < diff->count && i < ANNOTATIONS_MAX; i++)
        if (diff->items[i].kind == HF_CHANGE_NEW || diff->items[i].kind == HF_CHANGE_WORSE)
            annotate_finding(sink, diff->items[i].is, hf__report_change_name(diff->items[i].kind));
}

static const char *problem_of(const hf_report_case *one)
{
    const char *problem = one->error != NULL ? one->error : one->state == HF_REPORT_UNMET ? one->unmet : one->golden_note;
    return problem != NULL ? problem : "";
}

void hf__report_github_annotate_cases(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count)
{
    size_t shown = 0;
    for (size_t i = 0; i < count && shown < ANNOTATIONS_MAX; i++) {
        if (!hf__report_case_failed(cases[i]))
            continue;
        bool is_file = strncmp(cases[i]->file, "--", 2) != 0;
        put_annotation(sink, true, cases[i]->name, is_file ? cases[i]->file : NULL, 0, problem_of(cases[i]));
        shown++;
    }
}

/* Summaries */

static void put_finding(const hf_report_sink *sink, const hf_report_finding *finding)
{
    hf__report_print(sink, "| %s | ", hf_outcome_name(finding->outcome));
    char *headline = hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place);
    hf__report_put_markdown(sink, headline);
    hf__free(headline);
    if (finding->allowed != NULL) {
        hf__report_put(sink, "; allowed: ");
        hf__report_put_markdown(sink, finding->allowed);
    }
    hf__report_put(sink, " | ");
    for (size_t i = 0; i < finding->results.count; i++) {
        hf__report_put(sink, i > 0 ? ", " : "");
        hf__report_put_markdown(sink, finding->results.items[i]);
    }
    hf__report_print(sink, " | `hostfault replay %s%s` |\n", finding->id, hf__report_command_options());
}

static void put_findings(const hf_report_sink *sink, const hf_report_findings *findings, size_t sweep)
{
    size_t shown = 0;
    size_t total = 0;
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].sweep != sweep)
            continue;
        if (total++ == 0)
            hf__report_put(sink, "\n| outcome | place | failures | rerun |\n|---|---|---|---|\n");
        if (shown < ROWS_MAX)
            put_finding(sink, &findings->items[i]);
        shown += shown < ROWS_MAX ? 1 : 0;
    }
    if (total > shown)
        hf__report_print(sink, "\nand %zu more findings\n", total - shown);
}

static void put_outcomes(const hf_report_sink *sink, const uint64_t *outcomes)
{
    const char *before = "";
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT; i++) {
        if (outcomes[i] == 0)
            continue;
        hf__report_print(sink, "%s%llu %s", before, (unsigned long long)outcomes[i], hf_outcome_name(i));
        before = ", ";
    }
    hf__report_put(sink, "\n\n");
}

void hf__report_markdown(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points)
{
    for (size_t i = 0; i < findings->sweep_count; i++) {
        const hf_report_sweep *sweep = &findings->sweeps[i];
        hf__report_put(sink, "### hostfault: ");
        hf__report_put_markdown(sink, sweep->caller);
        hf__report_print(sink, "\n\n**%llu finding%s** in %llu points at %llu sites%s: ", (unsigned long long)sweep->findings,
                         sweep->findings == 1 ? "" : "s", (unsigned long long)sweep->points, (unsigned long long)sweep->sites,
                         sweep->finished ? "" : ", not finished");
        put_outcomes(sink, sweep->outcomes);
        hf_report_matrix matrix = hf__report_matrix_of(points, i);
        hf__report_matrix_markdown(sink, &matrix, ROWS_MAX);
        hf__report_matrix_clear(&matrix);
        put_findings(sink, findings, i);
        hf__report_put(sink, "\n");
    }
}

void hf__report_markdown_diff(const hf_report_sink *sink, const hf_report_diff *diff)
{
    hf__report_put(sink, "### hostfault diff\n\n");
    for (hf_report_change_kind kind = 0; kind < HF_CHANGE_COUNT; kind++)
        hf__report_print(sink, "%zu %s, ", diff->counts[kind], hf__report_change_name(kind));
    hf__report_print(sink, "%zu as before\n", diff->same);
    for (size_t i = 0; i < diff->count && i < ROWS_MAX; i++) {
        const hf_report_change *change = &diff->items[i];
        const hf_report_finding *subject = hf__report_change_subject(change);
        hf__report_put(sink, i == 0 ? "\n| | outcome | was | place | rerun |\n|---|---|---|---|---|\n" : "");
        hf__report_print(sink, "| **%s** | %s | %s | ", hf__report_change_name(change->kind),
                         change->is != NULL ? hf_outcome_name(change->is->outcome) : "",
                         change->was != NULL ? hf_outcome_name(change->was->outcome) : "");
        hf__report_put_markdown(sink, subject->place);
        if (change->is != NULL)
            hf__report_print(sink, " | `hostfault replay %s%s`", subject->id, hf__report_command_options());
        hf__report_put(sink, change->is != NULL ? " |\n" : " | |\n");
    }

    if (diff->count > ROWS_MAX)
        hf__report_print(sink, "\nand %zu more\n", diff->count - (size_t)ROWS_MAX);
    hf__report_put(sink, "\n");
}

void hf__report_markdown_cases(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals)
{
    size_t shown = 0;
    hf__report_print(sink, "### hostfault run\n\n**%zu of %zu scenarios** as expected; %llu calls, %llu faults\n",
                     totals->cases - totals->failed - totals->states[HF_REPORT_STOPPED], totals->cases, (unsigned long long)totals->calls,
                     (unsigned long long)totals->fired);
    for (size_t i = 0; i < count && shown < ROWS_MAX; i++) {
        if (!hf__report_case_failed(cases[i]))
            continue;
        hf__report_put(sink, shown++ == 0 ? "\n| scenario | what |\n|---|---|\n" : "");
        hf__report_put(sink, "| ");
        hf__report_put_markdown(sink, cases[i]->identity);
        hf__report_put(sink, " | ");
        hf__report_put_markdown(sink, problem_of(cases[i]));
        hf__report_put(sink, " |\n");
    }

    if (totals->failed > shown)
        hf__report_print(sink, "\nand %zu more\n", totals->failed - shown);
    hf__report_put(sink, "\n");
}
