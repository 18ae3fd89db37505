/* SPDX-License-Identifier: MIT
 * Defect: does not look at what it was given, and has a handler for the crash that leaves by _exit, as a handler should that leaves at all.
 * Expected: outcome crashed, response misused.
 */
#include <signal.h>
#include <unistd.h>

#include "specimen.h"

static void leave(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    _exit(3);
}

static hf_caller_end work(hf_caller_run *run)
{
    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    char *volatile memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    memory[0] = 1;
    release(run, memory);
    return done();
}

SPECIMEN("exits-in-handler", "crashes, and leaves by _exit from the handler", work, NULL)
