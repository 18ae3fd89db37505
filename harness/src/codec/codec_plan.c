/* SPDX-License-Identifier: MIT
 * From a schedule to the plan that the shim obeys, and from the tail's number to the caller.
 */
#include "codec.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

#define STORM_MOST 1000u

static const char *const callers[] = {"clr", "lua", "sqlite", "planted"}; /* part of the format: a new one goes at the end */

unsigned hf__codec_caller_count(void)
{
    return HF_COUNT_OF(callers);
}

const char *hf__codec_caller_name(unsigned number)
{
    return callers[number % HF_COUNT_OF(callers)];
}

int hf__codec_caller_by_name(const char *name)
{
    for (unsigned i = 0; i < HF_COUNT_OF(callers); i++) {
        if (strcmp(callers[i], name) == 0)
            return (int)i;
    }
    return -1;
}

hf_status hf__codec_compile(const hf_schedule *schedule, void *buffer, size_t capacity, size_t *size_bytes, hf_error *err)
{
    hf_rule rules[HF_RULES_MAX];
    char defaults[HF_RULES_MAX][16];
    const char *names[HF_RULES_MAX];
    const char *threads[HF_LABELS_MAX], *phases[HF_LABELS_MAX];

    for (uint32_t i = 0; i < schedule->rule_count; i++) {
        rules[i] = schedule->rules[i];
        rules[i].delay_us = 0;
        names[i] = hf__codec_rule_name(schedule, i, defaults[i], sizeof defaults[i]);
    }

    for (uint32_t i = 0; i < schedule->thread_count; i++)
        threads[i] = schedule->threads[i];
    for (uint32_t i = 0; i < schedule->phase_count; i++)
        phases[i] = schedule->phases[i];
    const hf__model_plan_parts parts = {.seed = schedule->seed,
                                        .commit_limit = schedule->commit_limit,
                                        .stack_depth = schedule->stack_depth,
                                        .storm_limit =
                                            schedule->storm_limit > 0 && schedule->storm_limit < STORM_MOST ? schedule->storm_limit : STORM_MOST,
                                        .rule_count = schedule->rule_count,
                                        .rules = rules,
                                        .rule_names = names,
                                        .thread_count = schedule->thread_count,
                                        .threads = threads,
                                        .phase_count = schedule->phase_count,
                                        .phases = phases};
    return hf__model_plan_build(&parts, buffer, capacity, size_bytes, err);
}
