/* SPDX-License-Identifier: MIT
 * Habit: asks for memory at the address it would like best, as code that must be near other code does, and then anywhere.
 * Expected: outcome ok, response relocated.
 */
#include "specimen.h"

#define LIKED ((void *)(uintptr_t)0x200000000000)

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, LIKED, REGION, MEM_RESERVE);
    if (memory == NULL)
        memory = take(run, NULL, REGION, MEM_RESERVE);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    release(run, memory);
    return done();
}

SPECIMEN("relocates", "wants a certain address, takes any other", work, NULL)
