/* SPDX-License-Identifier: MIT
 * Defect: a loop around the request with no limit.
 * Expected: outcome storm, response retried.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = NULL;
    while (memory == NULL)
        memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    release(run, memory);
    return done();
}

SPECIMEN("retries-forever", "asks again without a pause or an end", work, NULL)
