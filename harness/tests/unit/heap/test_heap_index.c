/* SPDX-License-Identifier: MIT
 * Compares ranges and maps with plain arrays.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "heap_alloc.h"
#include "heap_index.h"

#include <stdlib.h>
#include <string.h>

TestSuite(heap_index, .timeout = 120);

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
static size_t count_disagreements(const hf__heap_ranges *ranges, const model *expect)
{
    size_t wrong = 0;
    for (uint64_t i = 0; i < SPACE; i++) {
        const hf__heap_range *range = hf__heap_ranges_find(ranges, i);
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

Test(heap_index, ranges_agree_with_an_array)
{
    hf__heap_ranges ranges = {0};
    model expect;
    size_t wrong = 0;
    memset(&expect, 0xFF, sizeof expect);
    for (uint64_t step = 0; step < 4000; step++) {
        uint64_t first = hf__random(7, 1, step) % SPACE, size = hf__random(7, 2, step) % 30;
        uint64_t end = first + size < SPACE ? first + size : SPACE;
        uint32_t value = (uint32_t)(hf__random(7, 3, step) % 4);
        fill(&expect, first, end, value == 3 ? HF_INDEX_NONE : value);
        if (value == 3)
            hf__heap_ranges_cut(&ranges, first, end);
        else
            hf__heap_ranges_set(&ranges, first, end, value);
        uint64_t asked = hf__random(7, 4, step) % (SPACE - 40);
        wrong += hf__heap_ranges_cover(&ranges, asked, asked + 20) != is_filled(&expect, asked, asked + 20);
        wrong += count_disagreements(&ranges, &expect);
    }
    hf__heap_ranges_clear(&ranges);
    cr_assert(zero(sz, wrong));
}

Test(heap_index, ranges_reach_to_the_last_address)
{
    hf__heap_ranges ranges = {0};
    hf__heap_ranges_set(&ranges, UINT64_MAX - 10, UINT64_MAX, 1);
    hf__heap_ranges_set(&ranges, 0, 5, 2);
    cr_assert(all(eq(u32, hf__heap_ranges_find(&ranges, UINT64_MAX - 1)->value, 1), eq(u32, hf__heap_ranges_find(&ranges, 0)->value, 2)));
    cr_assert(all(eq(int, hf__heap_ranges_overlap(&ranges, 5, UINT64_MAX - 10), 0), eq(int, hf__heap_ranges_overlap(&ranges, 4, 5), 1)));
    hf__heap_ranges_clear(&ranges);
}

Test(heap_index, map_keeps_every_key)
{
    hf__heap_map map = {0};
    size_t wrong = 0;
    for (uint32_t i = 0; i < 10000; i++)
        hf__heap_map_set(&map, (uint64_t)i * 4096, i % 3 == 0 ? HF_INDEX_NONE : i);
    for (uint32_t i = 0; i < 10000; i++)
        wrong += hf__heap_map_get(&map, (uint64_t)i * 4096) != (i % 3 == 0 ? HF_INDEX_NONE : i);
    wrong += hf__heap_map_get(&map, 7) != HF_INDEX_NONE;
    hf__heap_map_clear(&map);
    cr_assert(zero(sz, wrong));
}
