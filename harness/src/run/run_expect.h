/* SPDX-License-Identifier: MIT
 * Does a verdict meet the scenario's expectation? A pure function of the two.
 */
#ifndef HF_RUN_EXPECT_H
#define HF_RUN_EXPECT_H

#include <hostfault/plan.h>
#include <hostfault/verdict.h>
#include <stdbool.h>

/* The outcomes of a scenario without `expect`. */
#define HF_EXPECT_DEFAULT (1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED)

/* True if met. If not, `unmet` (capacity at least 1) says in words what was expected and what came: the first that is not met of outcome, response,
 * responses by rule, leaks, violations. */
bool hf__run_expect(const hf_scenario *scenario, const hf_verdict *verdict, char *unmet, size_t capacity);

#endif
