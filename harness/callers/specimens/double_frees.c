/* SPDX-License-Identifier: MIT
 * Defect: the commit's error path releases the region, and then so does the common end.
 * Expected: outcome violated (double free), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region, REGION, MEM_COMMIT);
    if (pages == NULL)
        release(run, region);
    release(run, region);
    return pages != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("double-frees", "releases a region twice on the way out", work, NULL)
