/* SPDX-License-Identifier: MIT
 * Defect: the same as commits-beyond with MEM_RESET, when it throws the contents away.
 * Expected: outcome violated (reset outside a reservation), response shrank.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    size_t wanted = 4 * REGION;
    char *region = take_shrinking(run, wanted, MEM_RESERVE | MEM_COMMIT);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    take(run, region, wanted, MEM_RESET);
    release(run, region);
    return done();
}

SPECIMEN("resets-beyond", "resets what it had wanted, not what it got", work, NULL)
