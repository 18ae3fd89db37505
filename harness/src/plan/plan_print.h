/* SPDX-License-Identifier: MIT
 * Parts of printing and explaining a scenario.
 */
#ifndef HF_PLAN_PRINT_H
#define HF_PLAN_PRINT_H

#include "plan_fault.h"
#include "plan_writer.h"

/* One rule as an item of `faults`. */
void hf__plan_print_rule(const hf__plan_writer *to, const hf_scenario *scenario, size_t index);

/* What one rule will do, in English: a sentence, and those that belong to it. */
void hf__plan_explain_rule(const hf__plan_writer *to, const hf_scenario *scenario, size_t index);

#endif
