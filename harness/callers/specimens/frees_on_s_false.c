/* SPDX-License-Identifier: MIT
 * Defect: takes S_FALSE for a failure and releases once more.
 * Expected: outcome violated (double free), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    if (release(run, memory) != S_OK)
        release(run, memory);
    return done();
}

SPECIMEN("frees-on-s-false", "releases again after a success that is not S_OK", work, NULL)
