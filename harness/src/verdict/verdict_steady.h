/* SPDX-License-Identifier: MIT
 * Does a caller repeat itself? Two runs without faults are compared. What they have in common decides how its calls can be told apart, and what of a
 * run can be compared.
 *
 * Threads: a pure function of two traces.
 */
#ifndef HF_VERDICT_STEADY_H
#define HF_VERDICT_STEADY_H

#include <hostfault/verdict.h>
#include <stdbool.h>

#define HF_STEADY_TEXT_BYTES 256u

typedef struct hf__verdict_steady {
    bool ends_differ;                      /* exit status or signal: nothing can be compared */
    bool results_differ;                   /* hf_result's text, else the output */
    bool calls_differ;                     /* other calls, or in another order */
    bool requests_differ;                  /* then calls do too */
    char how[HF_STEADY_TEXT_BYTES];        /* with calls_differ, the worse of the two: "one run has '...' where another has '...'" */
    char how_result[HF_STEADY_TEXT_BYTES]; /* with results_differ: "\"..1\" and \"..2\"" */
} hf__verdict_steady;

/* Errors: as hf_verdict_judge. */
HF_CHECK_RESULT hf_status hf__verdict_steady_look(const hf_trace *a, const hf_trace *b, hf__verdict_steady *out, hf_error *err);

#endif
