/*
 * What the caller did about each fault, and about each failure of the host's own: one of the responses, with how many calls and how long it
 * took. A fault is looked at from the call that failed onwards, in its own thread only.
 *
 * Threads: pure.
 */
#ifndef HF_VERDICT_RESPONSE_H
#define HF_VERDICT_RESPONSE_H

#include "verdict_survey.h"

typedef struct hf__responses {
    hf_verdict_response *items;
    size_t count;
} hf__responses;

/* The survey is finished. */
void hf__responses_find(const hf__survey *survey, hf__responses *out);
void hf__responses_clear(hf__responses *responses);

#endif
