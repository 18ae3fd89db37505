/* SPDX-License-Identifier: MIT
 * Defect: takes the two free types for flags that combine.
 * Expected: outcome violated (free type invalid), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    if (take(run, region, REGION, MEM_COMMIT) == NULL) {
        if (FAILED(give(run, region, 0, MEM_DECOMMIT | MEM_RELEASE)))
            release(run, region);
        return HF_CALLER_REPORTED;
    }
    release(run, region);
    return done();
}

SPECIMEN("frees-with-both-types", "decommits and releases in one call", work, NULL)
