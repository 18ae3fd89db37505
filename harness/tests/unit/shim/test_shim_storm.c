/* SPDX-License-Identifier: MIT
 * Series of failures by place: what counts towards a storm, and what ends a series.
 */
#include "hf_rows.h"
#include "shim_storm.h"

TestSuite(shim_storm, .timeout = 120);

#define PC 0x400100u

Test(shim_storm, failures_of_one_place_are_counted)
{
    hf_storm_row rows[HF_STORM_ROWS] = {{0}};
    for (uint32_t i = 1; i <= 1000; i++)
        cr_assert(eq(u32, hf__shim_storm_failed(rows, 7, PC), i));
}

/* An adapter has one return address for all. */
Test(shim_storm, places_behind_one_return_address_are_told_apart)
{
    hf_storm_row rows[HF_STORM_ROWS] = {{0}};
    for (uint32_t i = 1; i <= 600; i++) {
        for (uint64_t stack = 1; stack <= 3; stack++)
            cr_assert(eq(u32, hf__shim_storm_failed(rows, stack, PC), i));
    }
}

Test(shim_storm, what_other_places_get_is_no_progress_here)
{
    hf_storm_row rows[HF_STORM_ROWS] = {{0}};
    for (uint32_t i = 1; i <= 1000; i++) {
        cr_assert(eq(u32, hf__shim_storm_failed(rows, 7, PC), i));
        hf__shim_storm_granted(rows, 8, PC);
        hf__shim_storm_granted(rows, 0, PC + 16);
    }
    hf__shim_storm_granted(rows, 7, PC);
    cr_assert(eq(u32, hf__shim_storm_failed(rows, 7, PC), 1));
}

Test(shim_storm, a_request_without_a_stack_may_have_come_from_there)
{
    hf_storm_row rows[HF_STORM_ROWS] = {{0}};
    (void)hf__shim_storm_failed(rows, 7, PC);
    (void)hf__shim_storm_failed(rows, 8, PC + 16);
    hf__shim_storm_granted(rows, 0, PC);
    cr_assert(eq(u32, hf__shim_storm_failed(rows, 7, PC), 1));
    cr_assert(eq(u32, hf__shim_storm_failed(rows, 8, PC + 16), 2));
}

/* Without stacks a return address is a place. */
Test(shim_storm, the_return_address_decides_without_stacks)
{
    hf_storm_row rows[HF_STORM_ROWS] = {{0}};
    cr_assert(eq(u32, hf__shim_storm_failed(rows, 0, PC), 1));
    cr_assert(eq(u32, hf__shim_storm_failed(rows, 0, PC + 16), 1));
    cr_assert(eq(u32, hf__shim_storm_failed(rows, 0, PC), 2));
}

/* Many places that fail once do not push out the one that fails again and again. */
Test(shim_storm, the_place_that_fails_most_is_kept)
{
    hf_storm_row rows[HF_STORM_ROWS] = {{0}};
    (void)hf__shim_storm_failed(rows, 7, PC);
    for (uint32_t i = 2; i <= 500; i++) {
        cr_assert(eq(u32, hf__shim_storm_failed(rows, 7, PC), i));
        for (uint64_t other = 0; other < 40; other++)
            (void)hf__shim_storm_failed(rows, 1000 + i * 40 + other, PC);
    }
}
