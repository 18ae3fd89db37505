/* SPDX-License-Identifier: MIT
 * Defect: does not look at what it was given, and has a handler for the crash that says so and leaves by exit.
 * Expected: outcome crashed, response misused. A handler that leaves does not undo the fault.
 */
#include <signal.h>
#include <stdlib.h>

#include "specimen.h"

static void leave(int number)
{
    (void)number;
    exit(3); /* NOLINT(bugprone-signal-handler): this is the defect that the specimen has */
}

static hf_caller_end work(hf_caller_run *run)
{
    signal(SIGSEGV, leave);
    char *volatile memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    memory[0] = 1;
    release(run, memory);
    return done();
}

SPECIMEN("handles-its-crash", "crashes, and leaves in order from the handler", work, NULL)
