/* SPDX-License-Identifier: MIT
 * Minimizing: from a scenario with several faults to the least that ends the same. Rules are removed by delta debugging; each remaining one is
 * simplified as far as that changes nothing; this repeats until neither helps. The result is 1-minimal: no rule of it can be removed.
 *
 * A candidate is a script that is parsed and run like any other, twice, and one that ends differently the second time does not count. So the result
 * was run exactly as it is printed.
 *
 * Threads: distinct calls may be made in parallel.
 */
#ifndef HF_MINIMIZE_H
#define HF_MINIMIZE_H

#include "minimize_same.h"

#include <hostfault/plan.h>

#define HF_MINIMIZE_RUNS_DEFAULT 1000u

typedef struct hf__minimize_options {
    const char *caller_path; /* as in hf_run_options */
    const char *results;     /* the scenario's own run stays in it; candidates' runs do not. NULL: results */
    uint32_t timeout_ms;     /* as in hf_run_options */
    uint32_t jobs;           /* candidates at once; 0: as many as there are processors */
    uint32_t runs;           /* candidates at most; 0: HF_MINIMIZE_RUNS_DEFAULT */
    /* Told on the calling thread when a candidate takes the place of what was: what it is without, its rules, and the candidates run so far. NULL:
     * nobody listens. */
    void (*taken)(const char *without, size_t rules, uint32_t runs, void *user);
    void *user;
} hf__minimize_options;

typedef struct hf__minimize_result {
    char *script; /* as YAML, with the ending as its expectation. hf__free */
    hf__verdict_ending ending;
    size_t rules_before, rules;
    uint32_t runs;      /* candidates that were run */
    uint32_t unsteady;  /* of these, how many ended the same once and differently the second time */
    uint8_t is_minimal; /* 0: the runs were used up, or it was interrupted; the script ends the same all the same */
} hf__minimize_result;

/* Errors: as hf_run_scenario; HF_ERROR_INPUT: the scenario ends ok, unfired or unstable, so there is nothing to keep, or does not repeat. */
HF_CHECK_RESULT hf_status hf__minimize_scenario(const hf_scenario *scenario, const hf__minimize_options *options, hf__minimize_result *out,
                                                hf_error *err);

#endif
