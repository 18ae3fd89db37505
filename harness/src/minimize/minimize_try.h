/* SPDX-License-Identifier: MIT
 * Candidates: scripts that are tried, several at once, until one ends as wanted.
 *
 * Threads: one thread per object.
 */
#ifndef HF_MINIMIZE_TRY_H
#define HF_MINIMIZE_TRY_H

#include "minimize.h"

/* A script that was run. */
typedef struct hf__minimize_attempt {
    hf_scenario_file *file;
    hf_run *run;
    char *script;
} hf__minimize_attempt;
void hf__minimize_tried_clear(hf__minimize_attempt *tried);

typedef struct hf__minimize_trial {
    const hf__minimize_options *options;
    const char *scratch;       /* folder for candidates' runs; each is removed after it */
    hf__verdict_ending ending; /* what a candidate must show */
    uint32_t runs, unsteady;
    bool is_cut; /* a candidate was not run: the runs are used up, or it was interrupted */
    size_t tried_count, tried_capacity;
    uint64_t *tried;  /* hashes of the scripts that were tried, in vain or not */
    hf_error failure; /* of the harness: nothing more is tried. status HF_OK: none */
} hf__minimize_trial;

/* Index of the first of the scripts that ends the same; count if none does. It is run as it stands, only that any other end counts as expected. Takes
 * the scripts. *out is filled in if there is one. */
size_t hf__minimize_try_first(hf__minimize_trial *self, char **scripts_take, size_t count, hf__minimize_attempt *out);
void hf__minimize_trying_clear(hf__minimize_trial *self);

/* Runs a scenario so that an ending with `outcome` is a finding, which is run twice; outcome COUNT: any ending is. */
HF_CHECK_RESULT hf_status hf__minimize_try_run(const hf__minimize_options *options, const char *results, const hf_scenario *scenario,
                                               hf_outcome outcome, hf_run **out, hf_error *err);

#endif
