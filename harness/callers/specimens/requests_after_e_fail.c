/* SPDX-License-Identifier: MIT
 * Defect: E_FAIL says that the host is out of use for this process, and it asks as if nothing had been said.
 * Expected: outcome violated (request after E_FAIL), response retried.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = NULL;
    for (int attempt = 0; attempt < 2 && memory == NULL; attempt++)
        memory = take(run, NULL, REGION, MEM_RESERVE);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    release(run, memory);
    return done();
}

SPECIMEN("requests-after-e-fail", "asks once more after E_FAIL", work, NULL)
