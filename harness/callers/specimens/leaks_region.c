/* SPDX-License-Identifier: MIT
 * Defect: the way out of the failed commit does not give back the reservation that was made for it.
 * Expected: outcome leaked, response reported.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *region = take(run, NULL, 4 * REGION, MEM_RESERVE);
    if (region == NULL || take(run, region, REGION, MEM_COMMIT) == NULL)
        return HF_CALLER_REPORTED;
    release(run, region);
    return done();
}

SPECIMEN("leaks-region", "forgets the reservation when the commit fails", work, NULL)
