/* SPDX-License-Identifier: MIT
 * Defect: does not look at what it was given, and has a handler for the crash that aborts. What ended it is the access, not the handler.
 * Expected: outcome crashed, response misused.
 */
#include <signal.h>
#include <stdlib.h>

#include "specimen.h"

static void leave(int number)
{
    (void)number;
    abort();
}

static hf_caller_end work(hf_caller_run *run)
{
    signal(SIGSEGV, leave);
    char *volatile memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    memory[0] = 1;
    release(run, memory);
    return done();
}

SPECIMEN("aborts-in-handler", "crashes, and aborts in the handler", work, NULL)
