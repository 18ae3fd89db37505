/* SPDX-License-Identifier: MIT
 * Habit: says so. Nothing was taken before the refused request, so there is nothing to give back, and it asks for nothing more.
 * Expected: outcome reported, response reported.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    memory[0] = 1;
    release(run, memory);
    return done();
}

SPECIMEN("reports", "fails in order when it gets no memory", work, NULL)
