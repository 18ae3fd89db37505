/* SPDX-License-Identifier: MIT
 * Defect: does not look at the answer. It dies of a write to null, that is, to what the failed call left it.
 * Expected: outcome crashed, response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *volatile memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT); /* volatile: compilers see this one coming */
    memory[16] = 1;
    release(run, memory);
    return done();
}

SPECIMEN("crashes-on-null", "writes to memory it did not get", work, NULL)
