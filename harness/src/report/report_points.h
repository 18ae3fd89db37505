/* SPDX-License-Identifier: MIT
 * Every point of the reported sweeps, with its site: the input of the matrix. Kept small, because there may be a hundred thousand. Texts are numbers
 * of one table.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_REPORT_POINTS_H
#define HF_REPORT_POINTS_H

#include "report_strings.h"
#include "store.h"

typedef struct hf_report_site {
    uint64_t key, calls;
    uint32_t method, fingerprint, place, stack;
} hf_report_site;

typedef struct hf_report_point {
    size_t site; /* index */
    uint64_t ordinal, calls, retries, leaked_bytes, violations, elapsed_us;
    HRESULT result;
    bool onwards;
    uint8_t outcome;  /* hf_outcome; COUNT: drifted */
    uint8_t response; /* hf_response; COUNT: none */
    int32_t exit_status, signal;
    uint32_t thread, variant, earlier, stands, fault, reason;
} hf_report_point;

/* A sweep's points stand together, those of a site too. */
typedef struct hf_report_sweep_points {
    char *script;
    size_t first_site, site_count, first_point, point_count;
} hf_report_sweep_points;

typedef struct hf_report_points {
    hf_report_strings strings;
    hf_report_sweep_points *sweeps;
    hf_report_site *sites;
    hf_report_point *points;
    size_t sweep_count, site_count, site_capacity, point_count, point_capacity;
} hf_report_points;

/* The same sweeps in the same order as hf__report_findings_load. */
HF_CHECK_RESULT hf_status hf__report_points_load(hf_store *store, hf_report_points *out, hf_error *err);
void hf__report_points_clear(hf_report_points *points);

const char *hf__report_points_text(const hf_report_points *points, uint32_t number);
/* Name of a failure, in hex if it has none, with its variant: "E_OUTOFMEMORY", "S_OK (lie: dirty)". hf__free. */
char *hf__report_point_failure(const hf_report_points *points, const hf_report_point *point);
/* Is it worth a person's time? */
bool hf__report_point_is_finding(const hf_report_point *point);
/* The function that a place is in: "grow" of "grow at lgc.c:212"; a module if that is all that is known. hf__free. */
char *hf__report_place_function(const char *place);

#endif
