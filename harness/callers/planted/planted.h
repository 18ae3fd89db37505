/* SPDX-License-Identifier: MIT
 * The caller "planted" inside: a job of fifteen steps done in order and undone in order when the host refuses one, and the bugs that spoil it. The
 * job itself is right; a bug is one function, asked at every refusal, that goes wrong under one condition and nowhere else.
 */
#ifndef PLANTED_H
#define PLANTED_H

#include <hostfault/caller.h>
#include <stdbool.h>

typedef enum planted_step {
    STEP_REGISTER,
    STEP_LOAD,
    STEP_RESERVE_A,
    STEP_RESERVE_B,
    STEP_COMMIT_A,
    STEP_COMMIT_B,
    STEP_QUERY,
    STEP_PROTECT,
    STEP_HEAP,
    STEP_BLOCK_1,
    STEP_BLOCK_2,
    STEP_FREE_BLOCKS,
    STEP_DECOMMIT_B,
    STEP_RELEASE_B,
    STEP_RELEASE_A,
    STEP_COUNT
} planted_step;

typedef struct planted_refusal {
    planted_step step;
    HRESULT hr;
} planted_refusal;

#define PLANTED_REFUSALS_MAX 64u
typedef struct planted_job {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    char *a, *b; /* regions */
    char *blocks[2];
    MEMORY_BASIC_INFORMATION seen;
    bool low;   /* the host said that memory is low */
    bool wrong; /* what its own check will find */
    const char *result;
    planted_refusal refusals[PLANTED_REFUSALS_MAX];
    unsigned refused; /* so far */
} planted_job;

/* Asked after each refusal, the last of job->refusals. True: goes on as if the host had not refused. */
typedef bool planted_bug(planted_job *job, planted_step step, HRESULT hr);

typedef struct planted_row {
    const char *name;
    planted_bug *bug;
} planted_row;

/* By name; NULL: there is none. All of them, for listing. */
planted_bug *planted_bug_by_name(const char *name);
const planted_row *planted_bugs(unsigned *count);

/* The host's answer to one step. */
HRESULT planted_do(planted_job *self, planted_step step);

#endif
