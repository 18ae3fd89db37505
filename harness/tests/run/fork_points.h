/* SPDX-License-Identifier: MIT
 * Shared code of tests and benchmarks of fork points: a job from text, its clean run, and all its points: every call of the acquiring methods x
 * results x {once, onwards}.
 */
#ifndef HF_FORK_POINTS_H
#define HF_FORK_POINTS_H

#include "run_fork.h"

#include <hostfault/trace.h>

typedef struct fork_job {
    char *folder;    /* of the test's own, removed by fork_job_end */
    unsigned number; /* of folders of executions in it */
    hf_scenario_file *file;
    hf__run_job job;
    hf__run_execution clean;
    _Alignas(8) char plan[16384];
    size_t plan_bytes;
    hf_fork_point *points;
    uint32_t point_count;
} fork_job;

/* scenario: keys of a script but its name. Ends the program if the clean run fails. */
void fork_job_begin(fork_job *self, const char *scenario);
/* Every stride-th call of each method. */
void fork_job_list(fork_job *self, const HRESULT *results, size_t result_count, uint32_t stride);
void fork_job_end(fork_job *self);

/* A folder for one more execution. */
void fork_job_execution(fork_job *self, hf__run_execution *out);
/* "call: Malloc.Alloc, when: 3+, return: E_OUTOFMEMORY": the point as a rule for a rerun. */
void fork_job_print(const fork_job *self, uint32_t point, char *buffer, size_t capacity);

#endif
