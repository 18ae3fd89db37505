/* SPDX-License-Identifier: MIT
 * A plan's rules reduced to one test each, by method or function of C's library. For nearly every call it finds, in about a nanosecond a rule, that
 * no rule can match.
 *
 * The full match reads a rule of 248 bytes and branches by kind of comparison. Here every comparison is the same three instructions over 32 bytes;
 * calls that pass go on to hf__engine_match. It must never reject a call that hf__engine_match would match.
 *
 * Threads: pure; a filter is written once, by hf__engine_filter_build.
 */
#ifndef HF_ENGINE_FILTER_H
#define HF_ENGINE_FILTER_H

#include "engine.h"

/* Passes if ((argument & mask) - low) <= span, in arithmetic that wraps. */
typedef struct hf_filter_test {
    uint64_t mask;
    uint64_t low;
    uint64_t span;
    uint64_t argument; /* index into the call's arguments as hf__engine_filter_passes lays them out */
} hf_filter_test;

typedef struct hf_filter {
    uint32_t first[HF_CALL_NAMES + 1]; /* tests of the calls named n (hf__model_call_name_index): first[n] up to first[n + 1] */
    hf_filter_test tests[HF_RULES_MAX * HF_CALL_NAMES];
} hf_filter;

/* Fills in the filter of a plan that is valid. */
void hf__engine_filter_build(const hf_plan_image *plan, hf_filter *out);

/* False: no rule of the plan can match this call, whatever its stack and whatever has fired. */
static inline bool hf__engine_filter_passes(const hf_filter *filter, const hf_call *call)
{
    unsigned name = hf__model_call_name_index(call->method, call->function);
    uint32_t test = filter->first[name];
    uint32_t end = filter->first[name + 1];
    if (test == end)
        return false;
    const uint64_t arguments[] = {call->address, call->size, call->type, call->protect, call->level};
    bool passes = false;
    for (; test < end; test++) {
        const hf_filter_test *one = &filter->tests[test];
        passes |= (arguments[one->argument] & one->mask) - one->low <= one->span;
    }
    return passes;
}

#endif
