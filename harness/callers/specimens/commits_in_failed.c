/* SPDX-License-Identifier: MIT
 * Defect: computes an address from the null of a failed reservation.
 * Expected: outcome violated (use after a failed call), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 16 * REGION, MEM_RESERVE);
    char *pages = take(run, (char *)((uintptr_t)region + REGION), REGION, MEM_COMMIT);
    if (region != NULL)
        release(run, region);
    return pages != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("commits-in-failed", "commits inside a reservation it did not get", work, NULL)
