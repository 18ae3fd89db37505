/* SPDX-License-Identifier: MIT
 * The second run of a finding: the same job with a stack at every call and, if the first died, observed from outside while it dies. A run that did
 * not die is not traced: tracing would make no difference, unless the program looks for a tracer at its end, as LeakSanitizer does. The second run
 * proves that the finding repeats, and shows what only stacks tell: where leaked memory was taken, where it crashed or hangs.
 *
 * Threads: distinct runs may be made in parallel.
 */
#ifndef HF_RUN_AGAIN_H
#define HF_RUN_AGAIN_H

#include "run_execute.h"

/* Is this verdict worth a second run? */
bool hf__run_is_finding(const hf__run_job *job, const hf_verdict *verdict, bool met);
/* Did it end badly, so that the instant of its end says something? */
bool hf__run_died(const hf_verdict *verdict);
/* Runs the job again in a folder of its own inside the first run's, as hf__run_execute does; looks: at its death, from outside. *out is filled in
 * whatever comes of it. */
typedef struct hf__run_first {
    const void *plan;
    size_t plan_bytes;
    const hf__run_execution *execution;
    const hf_verdict *verdict;
} hf__run_first;
HF_CHECK_RESULT hf_status hf__run_again(const hf__run_job *job, const hf__run_first *first, hf__run_execution *out, hf_error *err);
/* Did the second run show what the first one did? note: how it differs, "" if it does not. */
typedef struct hf__run_evidence {
    const hf_trace *trace;
    const hf_verdict *verdict;
} hf__run_evidence;
hf_run_repeat hf__run_compare(bool calls_repeat, hf__run_evidence first, hf__run_evidence again, char *note, size_t capacity);

#endif
