/* SPDX-License-Identifier: MIT
 * Habit: keeps memory that it can do without, and gives it back when the host has none left, before it asks a second time.
 * Expected: outcome ok, response released-then-retried.
 */
#include "specimen.h"

static char *take_with_cache(hf_caller_run *run, char **cache)
{
    for (;;) {
        char *memory = take(run, NULL, 4 * REGION, MEM_RESERVE | MEM_COMMIT);
        if (memory != NULL || *cache == NULL)
            return memory;
        release(run, *cache);
        *cache = NULL;
    }
}

static hf_caller_end work(hf_caller_run *run)
{
    char *cache = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    char *memory = take_with_cache(run, &cache);
    if (memory != NULL)
        release(run, memory);
    if (cache != NULL)
        release(run, cache);
    return memory != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("releases-then-retries", "gives its cache back and asks again", work, NULL)
