/* SPDX-License-Identifier: MIT
 * Habit: none. It is there for the rule that names its thousandth request.
 * Expected: outcome unfired, no response.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    release(run, memory);
    return done();
}

SPECIMEN("asks-once", "makes one request and no other", work, NULL)
