/* SPDX-License-Identifier: MIT
 * One point by rerun: the caller once more from its beginning, with the one rule that makes the point. Nothing of the run is kept except what is
 * documented here.
 *
 * Threads: distinct points may be made in parallel.
 */
#ifndef HF_SWEEP_RERUN_H
#define HF_SWEEP_RERUN_H

#include "run_children.h"
#include "store.h"
#include "sweep_recovery.h"
#include "verdict_prefix.h"

typedef struct hf__sweep_base {
    const hf__run_job *job;           /* the caller, without rules */
    const hf_judge *judge;            /* knows the clean run */
    hf__verdict_prefix_judge *prefix; /* of a point that is a continuation; NULL: it is a run of its own */
    hf__run_children_before before;   /* the processes that the clean runs started, where they are followed */
    const char *scratch;              /* folder for what a run writes; each point cleans up after itself */
    const hf__sweep_sites *sites;
    const hf__sweep_points *points;
    const hf__sweep_finder *finder; /* NULL, or: runs are looked at for what their fault led to */
} hf__sweep_base;

#define HF_SWEEP_FAULTS_MAX 2u /* of one point */

/* What a point showed. Texts: hf__free through hf__sweep_result_clear. */
typedef struct hf__sweep_result {
    hf_store_point point; /* site is left 0 */
    char *earlier, *fault, *reason;
    size_t blamed;                   /* site of the last fault before the end; the point's own where that is not known */
    hf__sweep_recoveries recoveries; /* with a recovery finder */
} hf__sweep_result;

/* The run of a point. */
typedef struct hf__sweep_made {
    const hf_trace *trace;
    hf__run_children *children; /* processes that it started; NULL: they are not followed */
} hf__sweep_made;

/* HF_OK: a verdict was reached, or the point drifted. number: unique among the points made at the same time. Errors: as hf__run_execute. */
HF_CHECK_RESULT hf_status hf__sweep_rerun(const hf__sweep_base *base, const hf__sweep_point *point, size_t number, hf__sweep_result *out,
                                          hf_error *err);
/* Begins *out with what is known of a point before it is made. */
void hf__sweep_result_begin(const hf__sweep_base *base, const hf__sweep_point *point, hf__sweep_result *out);
/* Judges the point's run into *out, as the worst of its processes. With a recovery finder, and if it is no finding: looks for what its fault led to.
 */
HF_CHECK_RESULT hf_status hf__sweep_result_judge(const hf__sweep_base *base, const hf__sweep_point *point, const hf__sweep_made *made,
                                                 hf__sweep_result *out, hf_error *err);
void hf__sweep_result_clear(hf__sweep_result *shown);

#endif
