/* SPDX-License-Identifier: MIT
 * How two runs ended and what they produced: whether they differ, and where.
 *
 * Threads: pure functions of finished facts.
 */
#ifndef HF_VERDICT_RESULT_H
#define HF_VERDICT_RESULT_H

#include "base_text.h"
#include "verdict_facts.h"

/* Another exit status or signal. */
bool hf__verdict_ends_differ(const hf__verdict_facts *a, const hf__verdict_facts *b);
/* Results: what the program gave with hf_result, else its output. */
bool hf__verdict_results_differ(const hf__verdict_facts *a, const hf__verdict_facts *b);
/* Appends both, `between` between them. Long ones are cut to where they begin to differ: "...and 3 rows" instead of "...and 4 rows". */
void hf__verdict_say_results(hf__builder *out, const hf__verdict_facts *a, const hf__verdict_facts *b, const char *between);

#endif
