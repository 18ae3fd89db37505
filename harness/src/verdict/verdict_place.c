/* SPDX-License-Identifier: MIT
 * Comparing places. Frames are return addresses of one process, so equal numbers are equal places; no symbol is needed.
 */
#include "verdict_place.h"

#include "base_poison.h"

#define NEAR_BYTES 4096u
#define WRAPPERS 2u

bool hf__verdict_place_have_stacks(const hf_event *a, const hf_event *b)
{
    return a->frame_count > 1 && b->frame_count > 1;
}

static bool is_close(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) < NEAR_BYTES;
}

static uint32_t count_differences(const hf_event *a, const hf_event *b)
{
    uint32_t differ = 0;
    for (uint32_t i = 0; i < a->frame_count; i++)
        differ += a->frames[i] != b->frames[i];
    return differ;
}

bool hf__verdict_place_is_same(const hf_event *a, const hf_event *b)
{
    if (!hf__verdict_place_have_stacks(a, b))
        return a->pc == b->pc;
    return a->frame_count == b->frame_count && count_differences(a, b) == 0;
}

bool hf__verdict_place_is_beside(const hf_event *a, const hf_event *b)
{
    return hf__verdict_place_have_stacks(a, b) && hf__verdict_place_is_near(a, b);
}

bool hf__verdict_place_is_near(const hf_event *a, const hf_event *b)
{
    if (!hf__verdict_place_have_stacks(a, b))
        return is_close(a->pc, b->pc);
    return a->frame_count == b->frame_count && count_differences(a, b) <= 1;
}

/* Do the frames of a from i on equal those of b from j on? A stack that is as deep as the plan keeps was cut, so only what both have counts. */
static bool rest_agrees(const hf_event *a, uint32_t i, const hf_event *b, uint32_t j)
{
    uint32_t agreed = 0;
    while (i + agreed < a->frame_count && j + agreed < b->frame_count && a->frames[i + agreed] == b->frames[j + agreed])
        agreed++;
    return agreed > 0 && (i + agreed == a->frame_count || j + agreed == b->frame_count);
}

bool hf__verdict_place_is_deeper(const hf_event *a, const hf_event *b)
{
    bool same_start = hf__verdict_place_have_stacks(a, b) && a->frames[0] == b->frames[0];
    for (uint32_t i = 1; same_start && i <= WRAPPERS; i++) {
        if (rest_agrees(a, i, b, i + 1) || rest_agrees(a, i + 1, b, i))
            return true;
    }
    return false;
}

bool hf__verdict_place_is_around(const hf_event *a, const hf_event *b)
{
    if (!hf__verdict_place_have_stacks(a, b))
        return is_close(a->pc, b->pc);
    for (uint32_t i = 0; i <= WRAPPERS; i++) {
        for (uint32_t j = 0; j <= WRAPPERS; j++) {
            if (rest_agrees(a, i, b, j))
                return true;
        }
    }
    return false;
}
