/* SPDX-License-Identifier: MIT
 * The contents of a run's folder in detail, as JSON for the page: the calls around its faults, responses, violations, leaks, memory over time, and
 * the script that repeats it.
 *
 * Threads: one thread per object.
 */
#ifndef HF_REPORT_DETAIL_H
#define HF_REPORT_DETAIL_H

#include "report_source.h"

#include <jansson.h>

/* sources: gets what is around the places that are shown; borrowed. Clean runs are many runs' own: their memory is worked out once, and runs have its
 * number. */
typedef struct hf_report_details {
    hf_report_sources *sources;
    json_t *cleans; /* array of memories */
    hf_report_strings folders;
} hf_report_details;

void hf__report_details_begin(hf_report_details *details, hf_report_sources *sources);
/* NULL, with `err` filled, if the folder has no trace and verdict that can be read. */
json_t *hf__report_detail_of(hf_report_details *details, const char *folder, hf_error *err);
void hf__report_details_clear(hf_report_details *details);

/* The newest run of this name under RESULTS/runs, which is where a sweep proves its findings. hf__free; NULL: none. */
char *hf__report_detail_folder(const char *results, const char *name);

#endif
