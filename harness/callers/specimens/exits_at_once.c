/* SPDX-License-Identifier: MIT
 * Habit: ends the process from the middle of the work, past everything that would have been done at an orderly exit.
 * Expected: outcome aborted, response died.
 */
#include <unistd.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        _exit(3);
    release(run, memory);
    return done();
}

SPECIMEN("exits-at-once", "leaves by _exit when it gets no memory", work, NULL)
