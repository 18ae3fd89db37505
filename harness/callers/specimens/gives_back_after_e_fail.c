/* SPDX-License-Identifier: MIT
 * Habit: after E_FAIL the host is out of use, so nothing new is asked for; that the releases then fail as well is not its fault.
 * Expected: outcome reported, response rolled-back, no violation and no leak.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region, REGION, MEM_COMMIT);
    release(run, region);
    return pages != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("gives-back-after-e-fail", "gives everything back after E_FAIL and asks for nothing more", work, NULL)
