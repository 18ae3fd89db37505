/* SPDX-License-Identifier: MIT
 * What must stay the same while a scenario gets smaller: how it ends, and where, as far as the verdict tells.
 *
 * Threads: thread-safe.
 */
#ifndef HF_MINIMIZE_SAME_H
#define HF_MINIMIZE_SAME_H

#include <hostfault/run.h>
#include <stdbool.h>

typedef struct hf__verdict_ending {
    hf_outcome outcome;
    const char *clause; /* violated: the first broken clause; else "". Static */
    char place[256];    /* crashed, aborted: the innermost instruction that is not the C library's; hung: its function; leaked: where the first leak
                           was taken; "": not known, or it says nothing */
} hf__verdict_ending;

void hf__minimize_ending_of(const hf_run_result *result, hf__verdict_ending *out);
bool hf__minimize_ending_same(const hf__verdict_ending *a, const hf__verdict_ending *b);

#endif
