/* SPDX-License-Identifier: MIT
 * JUnit XML. Of a run: one test suite, one case per scenario. Valid against the schemas that the usual viewers use (Jenkins' junit-10.xsd);
 * everything is escaped. classname is the scenario's file with dots for slashes, because viewers fold on it; name is the scenario's.
 *
 * Threads: one thread per report.
 */
#ifndef HF_REPORT_JUNIT_H
#define HF_REPORT_JUNIT_H

#include "report_case.h"
#include "report_diff.h"
#include "report_points.h"

/* The whole document. timestamp: UTC, 2026-01-31T23:59:59. */
void hf__report_junit(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals,
                      const char *timestamp, const char *host);

/* Of sweeps: a suite for each, a failed case for each finding, named by outcome and cause, and a case for each site and failure of which no finding
 * is, named by the function, a few digits of the site's fingerprint and the failure, so that names stay when code moves. Points that drifted are
 * skipped: they show nothing. outdated: entries of a file of known findings that are out of date, as hostfault-report/1 has them, each a failed case.
 * Times have three decimals, as Jenkins' junit-10.xsd wants it. */
void hf__report_junit_sweeps(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points,
                             const struct json_t *outdated);
/* Of a comparison: a case for each change; what is new or worse has failed. */
void hf__report_junit_diff(const hf_report_sink *sink, const hf_report_diff *diff);

#endif
