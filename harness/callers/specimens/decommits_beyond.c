/* SPDX-License-Identifier: MIT
 * Defect: the same as commits-beyond with MEM_DECOMMIT, when it gives the pages back.
 * Expected: outcome violated (decommit outside a region), response shrank.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    size_t wanted = 4 * REGION;
    char *region = take_shrinking(run, wanted, MEM_RESERVE | MEM_COMMIT);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    give(run, region, wanted, MEM_DECOMMIT);
    release(run, region);
    return done();
}

SPECIMEN("decommits-beyond", "decommits what it had wanted, not what it got", work, NULL)
