/* SPDX-License-Identifier: MIT
 * Defect: gets a smaller reservation on the second try, and commits the size of the first.
 * Expected: outcome violated (commit outside a reservation), response shrank.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    size_t wanted = 4 * REGION;
    char *region = take_shrinking(run, wanted, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, region, wanted, MEM_COMMIT);
    release(run, region);
    return pages != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("commits-beyond", "commits what it had wanted, not what it got", work, NULL)
