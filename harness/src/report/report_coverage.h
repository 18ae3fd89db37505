/* SPDX-License-Identifier: MIT
 * What the newest sweeps of a database tried. A finding that is missing in one of two results is called "fixed" (or "new") only if that result looked
 * for it.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_REPORT_COVERAGE_H
#define HF_REPORT_COVERAGE_H

#include "store.h"

struct hf_report_finding;

typedef struct hf_report_coverage {
    bool is_known; /* false of a list: whatever is asked for counts as tried */
    uint64_t *hashes;
    size_t count, capacity;
} hf_report_coverage;

/* Adds one sweep. */
HF_CHECK_RESULT hf_status hf__report_coverage_add(hf_store *store, int64_t sweep, hf_report_coverage *coverage, hf_error *err);
/* After the last one. */
void hf__report_coverage_close(hf_report_coverage *coverage);
/* Was this finding looked for: one of its failures, at its site? A site that is no longer there, though calls of its method were swept, was looked
 * for as well: it is gone. */
bool hf__report_coverage_has(const hf_report_coverage *coverage, const struct hf_report_finding *finding);
void hf__report_coverage_clear(hf_report_coverage *coverage);

#endif
