/* SPDX-License-Identifier: MIT
 * Defect: the refusal is noticed, but the code that handles it has a wild pointer. No call comes between, so only the address tells it from a use of
 * what was not given.
 * Expected: outcome crashed, response died.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    volatile int *handler_state = (volatile int *)(uintptr_t)0x6F0000000000;
    if (memory == NULL)
        *handler_state = 1;
    else
        release(run, memory);
    return done();
}

SPECIMEN("crashes-elsewhere", "breaks in its error handling at once", work, NULL)
