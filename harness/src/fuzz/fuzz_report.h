/* SPDX-License-Identifier: MIT
 * A finding in words, on stderr: what is wrong, which faults were injected into this execution, where, and what the caller did next. If the program
 * has a sanitizer, places have names.
 *
 * Threads: one thread; hf__fuzz_say_faults also from a signal handler.
 */
#ifndef HF_FUZZ_REPORT_H
#define HF_FUZZ_REPORT_H

#include "fuzz_run.h"

#include <hostfault/verdict.h>

/* The faults of the execution that runs or has just run; why: what became of it, one word of the outcomes, for the summary. */
void hf__fuzz_say_faults(const char *outcome, const char *clause);
/* Says a bad verdict and ends the process. */
_Noreturn void hf__fuzz_end_with(const hf_verdict *verdict);
/* From now on a sanitizer's report, or a signal that ends the process, is followed by the faults. */
void hf__fuzz_watch_crashes(void);
/* The same for a storm of retries, from within it: it might never end. */
_Noreturn void hf__fuzz_end_storm(void);

/* Is this finding among those that HF_FUZZ_KNOWN (a file, one key a line) names? Known ones are passed over. */
bool hf__fuzz_is_known(const hf_verdict *verdict);

#endif
