/* SPDX-License-Identifier: MIT
 * Where a finding is, for tools that want a file and a line.
 *
 * Threads: thread-safe.
 */
#ifndef HF_REPORT_LOCATION_H
#define HF_REPORT_LOCATION_H

#include "report_findings.h"
#include "report_source.h"

/* The frame of the finding's stack that its place names; all empty if there is no stack, as in a list. Borrowed from the finding. */
hf_report_frame hf__report_location_of(const hf_report_finding *finding);
/* A source file's path as a person here writes it: without the folder that the tool runs in, if it lies below that. hf__free. */
char *hf__report_location_path(hf_text file);

#endif
