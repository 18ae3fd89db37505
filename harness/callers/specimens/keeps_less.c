/* SPDX-License-Identifier: MIT
 * Habit: a pool for the life of the process takes less, from another function, where it cannot have all it wants.
 * Expected: outcome ok, response shrank: it keeps less than the clean run does, which is no leak.
 */
#include "specimen.h"

__attribute__((noinline)) static char *take_little(hf_caller_run *run)
{
    return take(run, NULL, 2 * REGION, MEM_RESERVE | MEM_COMMIT);
}

static hf_caller_end work(hf_caller_run *run)
{
    static char *pool;
    pool = take(run, NULL, 8 * REGION, MEM_RESERVE | MEM_COMMIT);
    if (pool == NULL)
        pool = take_little(run);
    return pool != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("keeps-less", "keeps a smaller pool for life", work, NULL)
