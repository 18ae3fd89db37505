/* SPDX-License-Identifier: MIT
 * Findings as a Code Quality report, which GitLab shows in merge requests: an array of issues, each with a place in the repository, a severity, and
 * the finding's id as the fingerprint by which GitLab recognises what is new.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_GITLAB_H
#define HF_REPORT_GITLAB_H

#include "report_findings.h"

/* findings: combined. */
void hf__report_gitlab(const hf_report_sink *sink, const hf_report_findings *findings);

#endif
