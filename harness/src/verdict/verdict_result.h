/*
 * How two runs ended and what they gave: do they differ, and where.
 *
 * Threads: pure functions of finished facts.
 */
#ifndef HF_VERDICT_RESULT_H
#define HF_VERDICT_RESULT_H

#include "base_text.h"
#include "verdict_facts.h"

/* Another exit status or signal. */
bool hf__ends_differ(const hf__facts *a, const hf__facts *b);
/* Results: what the program gave with hf_result, else its output. */
bool hf__results_differ(const hf__facts *a, const hf__facts *b);
/* Appends both, `between` between them. Long ones are cut to where they begin to differ: "...and 3 rows" instead of "...and 4 rows". */
void hf__say_results(hf__builder *out, const hf__facts *a, const hf__facts *b, const char *between);

#endif
