/* SPDX-License-Identifier: MIT
 * hf_scenario_compile for the tool, inside an attempt of the caller's: memory that `resolve` allocates may outlive the call.
 */
#ifndef HF_PLAN_COMPILE_H
#define HF_PLAN_COMPILE_H

#include <hostfault/plan.h>

/* The arguments of hf_scenario_compile. */
typedef struct hf__plan_compilation {
    const hf_scenario *scenario;
    hf_plan_resolve *resolve;
    void *user;
    void *buffer;
    size_t capacity;
    size_t *size_bytes;
    hf_error *err;
} hf__plan_compilation;

HF_CHECK_RESULT hf_status hf__plan_compile(const hf__plan_compilation *asked);

#endif
