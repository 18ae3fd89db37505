/*
 * Verdicts of the branches of one stem (trace_stem.h), in about the order in which they parted from it: what hf_judge_run says of each, in the time
 * that a branch's own events take. What it has in common with the branches before it is gathered once.
 *
 * Threads: one.
 */
#ifndef HF_VERDICT_STEM_H
#define HF_VERDICT_STEM_H

#include <hostfault/verdict.h>

typedef struct hf__stem_judge hf__stem_judge;

/* The judge must outlive it. */
hf__stem_judge *hf__stem_judge_create(const hf_judge *judge);
void hf__stem_judge_destroy(hf__stem_judge *self); /* NULL is fine */
/* All branches are of the same stem. Errors: as hf_judge_run. */
HF_CHECK_RESULT hf_status hf__stem_judge_branch(hf__stem_judge *self, const hf_trace *branch, const hf_verdict_options *options, hf_verdict **out,
                                                hf_error *err);

#endif
