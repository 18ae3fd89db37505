/* SPDX-License-Identifier: MIT
 * Habit of many small programs: no memory is no reason to go on.
 * Expected: outcome aborted, response died.
 */
#include <stdlib.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        abort();
    release(run, memory);
    return done();
}

SPECIMEN("aborts", "calls abort when it gets no memory", work, NULL)
