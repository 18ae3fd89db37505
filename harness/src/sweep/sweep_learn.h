/* SPDX-License-Identifier: MIT
 * The clean runs of a sweep: two made at once, one of them with a stack at every call, from which the sites are learnt, and one in another second.
 * They show how far the caller repeats itself.
 *
 * Threads: distinct sweeps may be made in parallel.
 */
#ifndef HF_SWEEP_LEARN_H
#define HF_SWEEP_LEARN_H

#include "run_execute.h"
#include "sweep_site.h"

#include <hostfault/sweep.h>

#define HF_SWEEP_NOTES_MAX 4u

typedef struct hf__sweep_baseline {
    hf__run_execution clean, clean2, stacks;
    hf__run_execution stacks2;      /* with HF_STEADY_SITES: sites are those that both have */
    const hf__run_execution *other; /* of an unmodified program: the clean run that `clean` is compared with: one that differs, if there is one */
    hf__sweep_sites sites;
    uint64_t calls;                   /* of the methods asked for */
    hf_steadiness steadiness, varies; /* how calls are identified; how they would be if the program alone decided it */
    bool calls_repeat;                /* no two of the runs differ in any call, or in the result */
    bool results_vary;
    bool is_repeatable; /* else nothing can be compared, `difference` says why, and there are no sites */
    char difference[512];
    size_t note_count;
    char notes[HF_SWEEP_NOTES_MAX][640]; /* what is to be said before the first point: a line each */
} hf__sweep_baseline;

/* Makes the runs in folders of their own under `scratch`; waits: for another second. A caller with several threads is pinned from here on:
 * job->options.pin is set; one that agrees with itself better when its random numbers and clocks come from the seed is kept so (hf__run_job_steady);
 * one whose result varies is compared by its exit status: job->scenario.status_only. Errors: as hf__run_execute and hf__run_check_refusal;
 * HF_ERROR_STATE: it does not end well, or not in time, without a fault. Clear *out in any case. */
HF_CHECK_RESULT hf_status hf__sweep_learn(hf__run_job *job, const char *scratch, uint32_t methods, bool waits, hf__sweep_baseline *out,
                                          hf_error *err);
/* Gives back the traces that have been learnt from: each holds every call of a run. with_stacks: the one with stacks is needed again. */
void hf__sweep_baseline_forget(hf__sweep_baseline *baseline, bool with_stacks);
void hf__sweep_baseline_clear(hf__sweep_baseline *baseline);

#endif
