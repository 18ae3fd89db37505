/* SPDX-License-Identifier: MIT
 * Habit: needs a buffer of any size, so it asks for less after each refusal.
 * Expected: outcome ok, response shrank.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *buffer = take_shrinking(run, 16 * REGION, MEM_RESERVE | MEM_COMMIT);
    if (buffer == NULL)
        return HF_CALLER_REPORTED;
    buffer[0] = 1;
    release(run, buffer);
    return done();
}

SPECIMEN("shrinks", "asks for half as much until it gets something", work, NULL)
