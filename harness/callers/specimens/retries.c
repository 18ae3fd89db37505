/* SPDX-License-Identifier: MIT
 * Habit: makes the same request again from the same place, a bounded number of times: right after a time-out, useless after most else.
 * Expected: outcome ok, response retried.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = NULL;
    for (int attempt = 0; attempt < 3 && memory == NULL; attempt++)
        memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    release(run, memory);
    return done();
}

SPECIMEN("retries", "asks again, up to three times", work, NULL)
