/* SPDX-License-Identifier: MIT
 * What a GitHub workflow shows of a run, of sweeps and of a comparison: annotations beside the source, and a summary in Markdown. Printed if the
 * environment says that this is a workflow.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_GITHUB_H
#define HF_REPORT_GITHUB_H

#include "report_case.h"
#include "report_diff.h"
#include "report_points.h"

/* Annotations, at most ten: more are not shown. findings: combined. */
void hf__report_github_annotate(const hf_report_sink *sink, const hf_report_findings *findings);
void hf__report_github_annotate_diff(const hf_report_sink *sink, const hf_report_diff *diff);
void hf__report_github_annotate_cases(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count);

/* Summaries. findings: by sweep, not combined. */
void hf__report_markdown(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points);
void hf__report_markdown_diff(const hf_report_sink *sink, const hf_report_diff *diff);
void hf__report_markdown_cases(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals);

#endif
