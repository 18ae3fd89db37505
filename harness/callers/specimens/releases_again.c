/* SPDX-License-Identifier: MIT
 * Habit: a region whose release failed is still there, so it is released once more. That is no double free.
 * Expected: outcome ok, response retried, no violation.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    for (int attempt = 0; attempt < 3; attempt++) {
        if (SUCCEEDED(release(run, memory)))
            break;
    }
    return done();
}

SPECIMEN("releases-again", "asks twice when a release fails", work, NULL)
