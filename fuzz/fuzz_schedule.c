/* SPDX-License-Identifier: MIT
 * Callers under schedules of faults, in this process: contract kept, nothing leaked, own check passed, no success with a different result, no storm.
 * The oracle is the verdict of `hostfault run` itself (harness/src/fuzz). HF_FUZZ_CALLER=NAME runs only that caller.
 */
#include "caller_lua.h"
#include "caller_planted.h"
#include "caller_sqlite.h"

#include <hostfault/fuzz.h>
#include <sys/syscall.h>
#include <unistd.h>

extern const hf_caller clr_caller;

/* In the order of the codec (fuzz_plan.c): an input's caller is its number here. */
static const hf_caller *const callers[] = {&clr_caller, &hf_caller_lua, &hf_caller_sqlite, &hf_caller_planted};

/* What is known of them, and no news. The model of the CLR has the original's habits, each shown by a scenario of ours; what is left to find is that
 * it crashes, leaks or breaks the contract in other ways. */
static const hf_fuzz_accepted accepted[] = {
    {"clr", "request after E_FAIL"}, /* never enforced */
    {"clr", "unstable"},             /* it asks about memory that is not its own, near its code, where the fuzzer's comes and goes */
    {"clr", "storm"},                /* code that must lie near other code is asked for at each address of 2 GiB in turn */
    {"clr", "aborted"},              /* the escalation policy ends the process */
    {"clr", "fault of VirtualFree"}, /* the same decommit: old contents are followed as references by the next collection, which crashes */
    {"clr", "swallowed"},            /* a decommit that failed is taken for done, and old contents for zeros */
    {"clr", "corrupted"},            /* the same */
    {"clr", "leaked"},               /* what a host did at an address although it said that time was over is not undone: the next address is tried */
};

/* In place of the C library's, for all of this program: a caller that ends its process ends its execution. */
void _Exit(int status)
{
    hf_fuzz_exit(status);
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

static const hf_fuzz_target target = {sizeof target, sizeof callers / sizeof callers[0], callers, accepted, sizeof accepted / sizeof accepted[0], 1};
HF_FUZZ_TARGET(target)
