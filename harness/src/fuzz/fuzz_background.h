/* SPDX-License-Identifier: MIT
 * Runs without faults, one per caller and operations, kept for judging other runs.
 *
 * Threads: one thread.
 */
#ifndef HF_FUZZ_BACKGROUND_H
#define HF_FUZZ_BACKGROUND_H

#include "fuzz_run.h"

#include <hostfault/verdict.h>

typedef struct hf_fuzz_background {
    uint64_t key; /* of caller and operations; 0 free */
    hf_caller_end end;
    bool judged; /* a trace that could not be kept whole is compared with nothing */
    hf_trace *clean;
    hf_verdict *again; /* of the second run, which differs from the first if it is unstable */
    hf_judge *judge;
} hf_fuzz_background;

/* The runs without faults of this work, made now if they are not there. NULL: the harness cannot (said on stderr). Valid until the next call. */
const hf_fuzz_background *hf__fuzz_background(const hf_fuzz_work *work);

#endif
