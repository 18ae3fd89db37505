/* SPDX-License-Identifier: MIT
 * What the caller did about each fault, and about each failure of the host's own: one of the responses, with the number of calls and the time it
 * took. A fault is examined from the failed call onwards, in its own thread only.
 *
 * Threads: pure.
 */
#ifndef HF_VERDICT_RESPONSE_H
#define HF_VERDICT_RESPONSE_H

#include "verdict_scan.h"

typedef struct hf__verdict_responses {
    hf_verdict_response *items;
    size_t count;
} hf__verdict_responses;

/* The scan is finished. */
void hf__verdict_responses_find(const hf__verdict_scan *scan, hf__verdict_responses *out);
void hf__verdict_responses_clear(hf__verdict_responses *responses);

#endif
