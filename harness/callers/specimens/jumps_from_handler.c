/* SPDX-License-Identifier: MIT
 * Habit: finds out by a handler that memory is not there, jumps out of it, and says so. Nothing ended by the access.
 * Expected: outcome reported, response reported.
 */
#include <setjmp.h>
#include <signal.h>

#include "specimen.h"

static sigjmp_buf back;

static void jump(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

static hf_caller_end work(hf_caller_run *run)
{
    signal(SIGSEGV, jump);
    char *volatile memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (sigsetjmp(back, 1) != 0)
        return HF_CALLER_REPORTED;
    memory[0] = 1;
    release(run, memory);
    return done();
}

SPECIMEN("jumps-from-handler", "jumps out of the handler of its crash, and reports", work, NULL)
