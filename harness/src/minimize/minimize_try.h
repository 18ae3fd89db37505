/*
 * Candidates: scripts that are tried, several at once, until one ends as it should.
 *
 * Threads: one thread per object.
 */
#ifndef HF_MINIMIZE_TRY_H
#define HF_MINIMIZE_TRY_H

#include "minimize.h"

/* A script that was run. */
typedef struct hf__tried {
    hf_scenario_file *file;
    hf_run *run;
    char *script;
} hf__tried;
void hf__tried_clear(hf__tried *tried);

typedef struct hf__trying {
    const hf__minimize_options *options;
    const char *scratch; /* folder for candidates' runs; each is removed after it */
    hf__ending ending;   /* what a candidate must show */
    uint32_t runs, unsteady;
    bool is_cut; /* a candidate was not run: the runs are used up, or it was interrupted */
    size_t failed_count, failed_capacity;
    uint64_t *failed; /* hashes of scripts that were tried in vain */
    hf_error failure; /* of the harness: nothing more is tried. status HF_OK: none */
} hf__trying;

/* Index of the first of the scripts that ends the same; count if none does. It is run as it stands, only that any other end counts as expected. Takes
 * the scripts. *out is filled in if there is one. */
size_t hf__try_first(hf__trying *self, char **scripts_take, size_t count, hf__tried *out);
void hf__trying_clear(hf__trying *self);

/* Runs a scenario so that an ending with `outcome` is a finding, which is run twice; outcome COUNT: any ending is. */
HF_CHECK_RESULT hf_status hf__try_run(const hf__minimize_options *options, const char *results, const hf_scenario *scenario, hf_outcome outcome,
                                      hf_run **out, hf_error *err);

#endif
