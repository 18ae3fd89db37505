/* SPDX-License-Identifier: MIT
 * Defect: MEM_RELEASE takes size 0. The release fails, and only the second way of giving the region back is the right one.
 * Expected: outcome violated (release with a size), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    if (take(run, region, REGION, MEM_COMMIT) == NULL) {
        if (FAILED(give(run, region, 4 * REGION, MEM_RELEASE)))
            release(run, region);
        return HF_CALLER_REPORTED;
    }
    release(run, region);
    return done();
}

SPECIMEN("releases-with-size", "releases with the size it had reserved", work, NULL)
