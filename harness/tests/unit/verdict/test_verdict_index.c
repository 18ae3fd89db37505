/* SPDX-License-Identifier: MIT
 * The indexes of the ledger against arrays that cannot be wrong.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "scene.h"
#include "verdict_index.h"

#include <stdlib.h>
#include <string.h>

TestSuite(verdict_index, .timeout = 60);

#define SPACE 400u

typedef struct model {
    uint32_t at[SPACE]; /* HF_INDEX_NONE: in no range */
} model;

static void fill(model *self, uint64_t first, uint64_t end, uint32_t value)
{
    for (uint64_t i = first; i < end; i++)
        self->at[i] = value;
}

/* How many addresses the ranges and the array disagree on. */
static size_t count_disagreements(const hf__verdict_ranges *ranges, const model *expect)
{
    size_t wrong = 0;
    for (uint64_t i = 0; i < SPACE; i++) {
        const hf__verdict_range *range = hf__verdict_ranges_find(ranges, i);
        wrong += (range != NULL ? range->value : HF_INDEX_NONE) != expect->at[i];
    }
    return wrong;
}

static bool is_filled(const model *self, uint64_t first, uint64_t end)
{
    bool filled = true;
    for (uint64_t i = first; i < end; i++)
        filled &= self->at[i] != HF_INDEX_NONE;
    return filled;
}

Test(verdict_index, ranges_agree_with_an_array)
{
    hf__verdict_ranges ranges = {0};
    model expect;
    size_t wrong = 0;
    memset(&expect, 0xFF, sizeof expect);
    for (uint64_t step = 0; step < 4000; step++) {
        uint64_t first = hf__random(7, 1, step) % SPACE, size = hf__random(7, 2, step) % 30;
        uint64_t end = first + size < SPACE ? first + size : SPACE;
        uint32_t value = (uint32_t)(hf__random(7, 3, step) % 4);
        fill(&expect, first, end, value == 3 ? HF_INDEX_NONE : value);
        if (value == 3)
            hf__verdict_ranges_cut(&ranges, first, end);
        else
            hf__verdict_ranges_set(&ranges, first, end, value);
        uint64_t asked = hf__random(7, 4, step) % (SPACE - 40);
        wrong += hf__verdict_ranges_cover(&ranges, asked, asked + 20) != is_filled(&expect, asked, asked + 20);
        wrong += count_disagreements(&ranges, &expect);
    }
    hf__verdict_ranges_clear(&ranges);
    cr_assert(zero(sz, wrong));
}

Test(verdict_index, ranges_reach_to_the_last_address)
{
    hf__verdict_ranges ranges = {0};
    hf__verdict_ranges_set(&ranges, UINT64_MAX - 10, UINT64_MAX, 1);
    hf__verdict_ranges_set(&ranges, 0, 5, 2);
    cr_assert(all(eq(u32, hf__verdict_ranges_find(&ranges, UINT64_MAX - 1)->value, 1), eq(u32, hf__verdict_ranges_find(&ranges, 0)->value, 2)));
    cr_assert(all(eq(int, hf__verdict_ranges_overlap(&ranges, 5, UINT64_MAX - 10), 0), eq(int, hf__verdict_ranges_overlap(&ranges, 4, 5), 1)));
    hf__verdict_ranges_clear(&ranges);
}

Test(verdict_index, map_keeps_every_key)
{
    hf__verdict_map map = {0};
    size_t wrong = 0;
    for (uint32_t i = 0; i < 10000; i++)
        hf__verdict_map_set(&map, (uint64_t)i * 4096, i % 3 == 0 ? HF_INDEX_NONE : i);
    for (uint32_t i = 0; i < 10000; i++)
        wrong += hf__verdict_map_get(&map, (uint64_t)i * 4096) != (i % 3 == 0 ? HF_INDEX_NONE : i);
    wrong += hf__verdict_map_get(&map, 7) != HF_INDEX_NONE;
    hf__verdict_map_clear(&map);
    cr_assert(zero(sz, wrong));
}

static hf_status judge_status(const char *script)
{
    hf_verdict *verdict = NULL;
    hf_error err = {0};
    hf_trace *trace = scene_play(script);
    hf_status status = hf_verdict_judge(trace, NULL, NULL, NULL, &verdict, &err);
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
    return status;
}

Test(verdict_judge, a_trace_without_an_end_is_refused)
{
    cr_assert(eq(int, judge_status("map 10000 1000"), HF_ERROR_FORMAT));
    cr_assert(eq(int, judge_status("map 10000 1000; harness; exit"), HF_ERROR_FORMAT));
    cr_assert(eq(int, judge_status("exit"), HF_OK));
}

Test(verdict_judge, rule_that_fired_in_another_process_is_not_unfired)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.fired_elsewhere = 1;
    hf_trace *trace = scene_play("must; exit");
    hf_verdict *verdict = NULL;
    hf_error err;
    cr_assert(eq(int, hf_verdict_judge(trace, NULL, NULL, &options, &verdict, &err), HF_OK));
    cr_assert(eq(int, verdict->outcome, HF_OUTCOME_OK));
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
}

Test(verdict_judge, options_of_another_size_are_refused)
{
    hf_verdict_options options = {.struct_size = 4};
    hf_verdict *verdict = NULL;
    hf_error err = {0};
    hf_trace *trace = scene_play("exit");
    hf_status status = hf_verdict_judge(trace, NULL, NULL, &options, &verdict, &err);
    hf_trace_destroy(trace);
    cr_assert(all(eq(int, status, HF_ERROR_ARGUMENT), eq(ptr, verdict, NULL)));
}

Test(verdict_judge, storm_limit_can_be_set)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.storm_limit = 3;
    hf_verdict *verdict = NULL;
    hf_error err = {0};
    hf_trace *trace = scene_play("times 3 fail map 0 1000; exit 1");
    hf_status status = hf_verdict_judge(trace, NULL, NULL, &options, &verdict, &err);
    cr_assert(all(eq(int, status, HF_OK), eq(int, verdict->outcome, HF_OUTCOME_STORM)));
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
}
