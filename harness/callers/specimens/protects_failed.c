/* SPDX-License-Identifier: MIT
 * Defect: sets up its guard page although the pages were never committed.
 * Expected: outcome violated (protect of uncommitted memory), response rolled-back, since the reservation does go back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region, REGION, MEM_COMMIT);
    protect(run, region, PAGE, PAGE_READONLY);
    release(run, region);
    return pages != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("protects-failed", "protects pages whose commit failed", work, NULL)
