/* SPDX-License-Identifier: MIT
 * Habit: undoes the step before the one that failed, and then says that it failed.
 * Expected: outcome reported, response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region, REGION, MEM_COMMIT);
    if (pages == NULL) {
        release(run, region);
        return HF_CALLER_REPORTED;
    }
    pages[0] = 1;
    release(run, region);
    return done();
}

SPECIMEN("rolls-back", "gives the reservation back when the commit fails", work, NULL)
