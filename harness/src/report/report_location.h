/* SPDX-License-Identifier: MIT
 * Where a finding is, for tools that want a file of the repository and a line. The repository is the working directory and everything below it. A
 * source file counts only if it exists there, because the debug information of system libraries names files, too ("./malloc/malloc.c").
 *
 * Threads: thread-safe.
 */
#ifndef HF_REPORT_LOCATION_H
#define HF_REPORT_LOCATION_H

#include "report_findings.h"
#include "report_source.h"

typedef struct hf_report_spot {
    char *path;            /* relative to the working directory, without "." and ".."; NULL: no source file here */
    uint64_t line;         /* from 1 */
    hf_report_frame frame; /* that it is of; borrowed from the stack */
} hf_report_spot;

/* The frame that `place` names if its source is here, else the nearest one outside of it, else the nearest inside. stack, place: NULL or "": none. */
hf_report_spot hf__report_spot_near(const char *place, const char *stack);
/* Where the refused request was made, and where the run ended. */
hf_report_spot hf__report_spot_of_request(const hf_report_finding *finding);
hf_report_spot hf__report_spot_of_end(const hf_report_finding *finding);
/* The one of them that is shown first: the end, else the request, else the first line of a file that stands for the program. Always has a path. */
hf_report_spot hf__report_spot_of(const hf_report_finding *finding, bool *is_stand_in);
void hf__report_spot_clear(hf_report_spot *spot);

/* A source file's path as a person here writes it: without the working directory, if it lies below that. hf__free. */
char *hf__report_location_path(hf_text file);

#endif
