/* SPDX-License-Identifier: MIT
 * Findings as SARIF 2.1.0, for code scanning: a rule for each outcome; a run for each caller and shard, with a category of its own
 * ("hostfault/sqlite/", "hostfault/sqlite/2-of-4/"); a result for each finding. A result has a place in the repository whatever is known of its
 * sources. Its id is the fingerprint by which code scanning recognises it, from run to run and from build to build.
 *
 * GitHub's limits are kept: 20 runs, 25 000 results of a run (the worst stay), 10 MB after gzip. A notification of the run says what was left out.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_SARIF_H
#define HF_REPORT_SARIF_H

#include "report_diff.h"

/* findings: combined. diff: of these findings against others, which gives each its baselineState and adds what is absent; NULL: none. results: the
 * folder that has the findings' runs, from which come the calls around the fault; NULL: none. */
void hf__report_sarif(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_diff *diff, const char *results);

#endif
