/* SPDX-License-Identifier: MIT
 * Defect: MEM_RELEASE takes the base of the reservation, not the address of the part in question.
 * Expected: outcome violated (release not at the base), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    if (take(run, region + REGION, REGION, MEM_COMMIT) == NULL) {
        if (FAILED(release(run, region + REGION)))
            release(run, region);
        return HF_CALLER_REPORTED;
    }
    release(run, region);
    return done();
}

SPECIMEN("releases-inside", "releases at the address it had tried to commit", work, NULL)
