/* SPDX-License-Identifier: MIT
 * One run of the function under test, with or without a fault.
 *
 * Threads: one run at a time.
 */
#ifndef HF_TEST_POINT_H
#define HF_TEST_POINT_H

#include "model_rule.h"

#include <hostfault/test.h>
#include <stdbool.h>

/* A sweep's facts, and where it is. */
typedef struct hf__test_sweep {
    hf_test_function *function;
    void *user;
    hf_test_options options; /* as given, with defaults */
    const char *only;        /* HF_TEST_ONLY; NULL: not set */
} hf__test_sweep;

typedef struct hf__test_point {
    uint64_t ordinal; /* among the requests; 0: no fault */
    bool onwards;     /* that one and all after it */
    bool has_stacks;  /* a stack at every call */
    bool is_here;     /* in this very process, for a debugger */
} hf__test_point;

/* Makes the run and reads its trace. *result: what the function returned, if it did. Errors: HF_ERROR_MEMORY; HF_ERROR_LIMIT, the trace is full;
 * HF_ERROR_STATE. */
HF_CHECK_RESULT hf_status hf__test_point_run(const hf__test_sweep *sweep, const hf__test_point *point, hf_trace **out, int *result, hf_error *err);

/* The methods whose calls are failed. */
uint32_t hf__test_point_methods(void);

#endif
