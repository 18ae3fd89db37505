/* SPDX-License-Identifier: MIT
 * Defect: after the rollback it goes on with the old pointer.
 * Expected: outcome violated (use of released memory), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region, 2 * REGION, MEM_COMMIT);
    if (pages != NULL) {
        release(run, region);
        return done();
    }
    release(run, region);
    protect(run, region, PAGE, PAGE_NOACCESS);
    return HF_CALLER_REPORTED;
}

SPECIMEN("protects-released", "protects a region it has just released", work, NULL)
