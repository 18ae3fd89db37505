/* SPDX-License-Identifier: MIT
 * Findings as SARIF 2.1.0, for code scanning: a rule for each outcome, a result for each finding, with the source line of its place as far as that is
 * known, its stack, and the finding's id as fingerprint, which stays the same from run to run and from build to build.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_SARIF_H
#define HF_REPORT_SARIF_H

#include "report_diff.h"

/* findings: combined. diff: of these findings against others, which gives each its baselineState and adds what is absent; NULL: none. */
void hf__report_sarif(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_diff *diff);

#endif
