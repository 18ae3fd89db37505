/* SPDX-License-Identifier: MIT
 * Two sets of findings compared: what is new, worse, otherwise changed, fixed.
 *
 * If a failure ends in another outcome at the same fingerprint, it changed. A finding of the second set that the first lacks, and that no change
 * explains, is new. One of the first that is gone, and that no change explains, is fixed. If the other set did not look for a finding, it is reported
 * as not swept. If one is new and one is fixed with the same outcome, and their frames differ in one function's name only, the finding moved.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_REPORT_DIFF_H
#define HF_REPORT_DIFF_H

#include "report_findings.h"

#include <jansson.h>

typedef enum hf_report_change_kind {
    HF_CHANGE_NEW,
    HF_CHANGE_WORSE, /* changed, to an outcome of higher severity */
    HF_CHANGE_OTHER, /* changed, to one that is not */
    HF_CHANGE_FIXED,
    HF_CHANGE_UNSWEPT, /* one of the two did not look for it */
    HF_CHANGE_MOVED,   /* the same under another name: a function was renamed */
    HF_CHANGE_COUNT
} hf_report_change_kind;

typedef struct hf_report_change {
    hf_report_change_kind kind;
    const hf_report_finding *was, *is; /* borrowed; NULL: new, fixed */
    hf_report_words results;           /* failures that it is about */
} hf_report_change;

typedef struct hf_report_diff {
    hf_report_change *items; /* by kind, worst first, by fingerprint */
    size_t count, capacity;
    size_t counts[HF_CHANGE_COUNT];
    size_t same;
} hf_report_diff;

/* Both combined; they must outlive the diff. */
void hf__report_diff(const hf_report_findings *was, const hf_report_findings *is, hf_report_diff *out);
void hf__report_diff_clear(hf_report_diff *diff);
/* Are there findings that need attention: new or worse ones? */
bool hf__report_diff_is_bad(const hf_report_diff *diff);

/* The finding that the change is about: as it is now, or as it was if it is fixed. Never NULL. */
const hf_report_finding *hf__report_change_subject(const hf_report_change *change);
/* "new", "worse", ... */
const char *hf__report_change_name(hf_report_change_kind kind);
/* One line each and a total; JSON: hostfault-diff/1. */
void hf__report_diff_print(const hf_report_sink *sink, const hf_report_diff *diff);
/* {"counts": ..., "changes": ...} */
json_t *hf__report_diff_value(const hf_report_diff *diff);
void hf__report_diff_json(const hf_report_sink *sink, const hf_report_diff *diff, int exit_status);

#endif
