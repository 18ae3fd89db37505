/* SPDX-License-Identifier: MIT
 * Verdicts of the continuations of one prefix (trace_prefix.h), roughly in the order in which they left it: the same as hf_judge_run of each, in the
 * time that a continuation's own events take. What it shares with earlier continuations is gathered once.
 *
 * Threads: one.
 */
#ifndef HF_VERDICT_PREFIX_H
#define HF_VERDICT_PREFIX_H

#include <hostfault/verdict.h>

typedef struct hf__verdict_prefix_judge hf__verdict_prefix_judge;

/* The judge must outlive it. */
hf__verdict_prefix_judge *hf__verdict_prefix_judge_create(const hf_judge *judge);
void hf__verdict_prefix_judge_destroy(hf__verdict_prefix_judge *self); /* NULL is fine */
/* All continuations are of the same prefix. Errors: as hf_judge_run. */
HF_CHECK_RESULT hf_status hf__verdict_prefix_judge_continuation(hf__verdict_prefix_judge *self, const hf_trace *continuation,
                                                                const hf_verdict_options *options, hf_verdict **out, hf_error *err);

#endif
