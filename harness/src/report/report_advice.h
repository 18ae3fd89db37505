/* SPDX-License-Identifier: MIT
 * What to do about an outcome, in one sentence: the same text on the page, in SARIF and for GitLab.
 *
 * Threads: thread-safe.
 */
#ifndef HF_REPORT_ADVICE_H
#define HF_REPORT_ADVICE_H

#include <hostfault/verdict.h>

/* "" for an outcome that asks for nothing. Static. */
const char *hf__report_advice(hf_outcome outcome);

#endif
