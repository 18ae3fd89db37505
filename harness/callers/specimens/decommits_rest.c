/* SPDX-License-Identifier: MIT
 * Defect: a decommit of size 0 means the whole region and takes its base; it is given the address of a part.
 * Expected: outcome violated (decommit of size 0 not at the base), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region + REGION, REGION, MEM_COMMIT);
    if (pages == NULL) {
        give(run, region + REGION, 0, MEM_DECOMMIT);
        release(run, region);
        return HF_CALLER_REPORTED;
    }
    release(run, region);
    return done();
}

SPECIMEN("decommits-rest", "takes size 0 for the rest of the region", work, NULL)
