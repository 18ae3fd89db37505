/* SPDX-License-Identifier: MIT
 * The rows of a thread. They are few, and are searched linearly, only when a request failed or some failed before.
 */
#include "shim_storm.h"
#include "base_random.h"

#include "base_poison.h"

static uint64_t place_of(uint64_t stack, uintptr_t pc)
{
    return stack != 0 ? stack : hf__random(pc, 0, 0);
}

static uint32_t part_of(uintptr_t pc)
{
    return (uint32_t)(pc ^ (uint64_t)pc >> 32);
}

uint32_t hf__shim_storm_failed(hf_storm_row rows[HF_STORM_ROWS], uint64_t stack, uintptr_t pc)
{
    uint64_t place = place_of(stack, pc);
    uint32_t least = 0;
    for (uint32_t i = 0; i < HF_STORM_ROWS; i++) {
        if (rows[i].count != 0 && rows[i].place == place)
            return ++rows[i].count;
        least = rows[i].count < rows[least].count ? i : least;
    }
    rows[least] = (hf_storm_row){.place = place, .pc = part_of(pc), .count = 1};
    return 1;
}

void hf__shim_storm_granted(hf_storm_row rows[HF_STORM_ROWS], uint64_t stack, uintptr_t pc)
{
    for (uint32_t i = 0; i < HF_STORM_ROWS; i++) {
        bool is_it = stack != 0 ? rows[i].place == stack : rows[i].pc == part_of(pc);
        rows[i].count = is_it ? 0 : rows[i].count;
    }
}
