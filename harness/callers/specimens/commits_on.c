/* SPDX-License-Identifier: MIT
 * Defect: commits the blocks of a reservation one after the other without a look at the answers, and writes to them when all are "there".
 * Expected: outcome crashed, response misused: the next commit is none that answers the refused one.
 */
#include "specimen.h"

#define BLOCKS 8u

static hf_caller_end work(hf_caller_run *run)
{
    char *chunk = take(run, NULL, BLOCKS * REGION, MEM_RESERVE);
    if (chunk == NULL)
        return HF_CALLER_REPORTED;
    for (size_t i = 0; i < BLOCKS; i++)
        (void)take(run, chunk + i * REGION, REGION, MEM_COMMIT);
    for (size_t i = 0; i < BLOCKS; i++)
        ((volatile char *)chunk)[i * REGION + 100] = 1;
    release(run, chunk);
    return done();
}

SPECIMEN("commits-on", "goes on with the next block, and uses the refused one", work, NULL)
