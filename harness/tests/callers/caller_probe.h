/* SPDX-License-Identifier: MIT
 * Runs one of the real callers in this process, attached to a private trace, and examines the recorded calls.
 *
 * Threads: one.
 */
#ifndef CALLER_PROBE_H
#define CALLER_PROBE_H

#include <hostfault/caller.h>
#include <stdbool.h>

/* After E_FAIL nothing can be given back, and what is left is not judged. */
enum { ANY_LEFT = -1 };

/* One run and what must come of it. */
typedef struct caller_case {
    const char *label;
    const char *args;  /* separated by single spaces; "" none */
    const char *fault; /* a rule as on the command line; NULL: none */
    hf_caller_end end;
    bool same_result;     /* it gives the result of the run without faults; else it must give none */
    long blocks, regions; /* heap blocks and reservations that are left at the end, those whose release was made to fail included; ANY_LEFT */
    unsigned long calls;  /* at least that many were made */
} caller_case;

/* Makes each run, three times where there is no fault, and prints what differs. In all, its own check must pass, and nothing may be requested
 * after an E_FAIL. Returns the exit status of the test. */
int caller_cases_run(const hf_caller *caller, const caller_case *cases, size_t count);

#endif
