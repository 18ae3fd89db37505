/* SPDX-License-Identifier: MIT
 * The order of points under a budget: each site once before any site twice, in whatever order they are listed.
 */
#include "hf_rows.h"
#include "sweep_spread.h"

#define SITES 5u

/* Site 0 has one point, site 1 two, ..., each call once and from then on in turn. */
static hf__sweep_points points_of(hf__sweep_point *items)
{
    size_t count = 0;
    for (size_t site = 0; site < SITES; site++) {
        for (size_t i = 0; i <= site; i++)
            items[count++] = (hf__sweep_point){
                .site = site, .call = i / 2, .onwards = i % 2 != 0, .earlier = HF_SWEEP_ALONE, .result = E_OUTOFMEMORY, .variant = ""};
    }
    return (hf__sweep_points){.items = items, .count = count};
}

static size_t order(const hf__sweep_points *points, const hf__sweep_spread_site *sites, size_t *indices)
{
    for (size_t i = 0; i < points->count; i++)
        indices[i] = points->count - 1 - i;
    return hf__sweep_spread(points, sites, indices, points->count);
}

Test(sweep_spread, each_site_once_before_any_twice)
{
    hf__sweep_point items[SITES * SITES];
    size_t indices[SITES * SITES], seen[SITES] = {0};
    const hf__sweep_spread_site sites[SITES] = {{0}};
    hf__sweep_points points = points_of(items);
    cr_assert(eq(sz, order(&points, sites, indices), SITES));
    size_t before = 0;
    for (size_t i = 0; i < points.count; i++) {
        size_t turn = seen[items[indices[i]].site]++;
        cr_assert(le(sz, before, turn), "point %zu is the %zu-th of its site", i, turn + 1);
        before = turn;
    }
    cr_assert(eq(sz, before, SITES - 1));
}

Test(sweep_spread, sites_that_have_points_already_come_later)
{
    hf__sweep_point items[SITES * SITES];
    size_t indices[SITES * SITES];
    const hf__sweep_spread_site sites[SITES] = {[0] = {.done = 1}, [1] = {.done = 1}, [2] = {.done = 1}};
    hf__sweep_points points = points_of(items);
    cr_assert(eq(sz, order(&points, sites, indices), 2));
    cr_assert(all(eq(sz, items[indices[0]].site, 3), eq(sz, items[indices[1]].site, 4)));
}

Test(sweep_spread, sites_that_are_new_come_first)
{
    hf__sweep_point items[SITES * SITES];
    size_t indices[SITES * SITES];
    const hf__sweep_spread_site sites[SITES] = {[3] = {.is_new = true}};
    hf__sweep_points points = points_of(items);
    cr_assert(eq(sz, order(&points, sites, indices), SITES));
    cr_assert(all(eq(sz, items[indices[0]].site, 3), eq(sz, items[indices[1]].site, 0)));
}

/* Nine calls of one site, listed backwards. */
Test(sweep_spread, calls_of_a_site_are_cut_in_halves)
{
    static const size_t wanted[] = {0, 8, 4, 2, 6, 1, 3, 5, 7};
    hf__sweep_point items[9];
    size_t indices[9];
    const hf__sweep_spread_site site = {.calls = 9};
    for (size_t i = 0; i < 9; i++) {
        items[i] = (hf__sweep_point){.call = i, .earlier = HF_SWEEP_ALONE, .variant = "", .result = E_OUTOFMEMORY};
        indices[i] = 8 - i;
    }
    hf__sweep_points points = {.items = items, .count = 9};
    cr_assert(eq(sz, hf__sweep_spread(&points, &site, indices, 9), 1));
    for (size_t i = 0; i < 9; i++)
        cr_assert(eq(sz, items[indices[i]].call, wanted[i]), "the %zu-th is call %zu", i + 1, items[indices[i]].call);
}

/* One fault before two, no variant, E_OUTOFMEMORY, the first call, once. */
static const struct {
    const char *label;
    hf__sweep_point first, second;
} plainer[] = {
    {"one fault before two",
     {.earlier = HF_SWEEP_ALONE, .variant = "out: poison", .result = E_OUTOFMEMORY},
     {.earlier = 0, .variant = "", .result = E_OUTOFMEMORY}},
    {"no variant",
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_FAIL},
     {.earlier = HF_SWEEP_ALONE, .variant = "lie: dirty", .result = S_OK}},
    {"E_OUTOFMEMORY",
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_OUTOFMEMORY, .call = 9},
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_FAIL}},
    {"an earlier call",
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_FAIL, .onwards = true},
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_FAIL, .call = 1}},
    {"once",
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_FAIL},
     {.earlier = HF_SWEEP_ALONE, .variant = "", .result = E_FAIL, .onwards = true}},
};
HF_ROWS(sweep_spread, the_plainest_fault_of_a_site_comes_first, plainer)
{
    hf__sweep_point items[2] = {plainer[*number].second, plainer[*number].first};
    size_t indices[2] = {0, 1};
    const hf__sweep_spread_site site = {0};
    hf__sweep_points points = {.items = items, .count = 2};
    cr_assert(eq(sz, hf__sweep_spread(&points, &site, indices, 2), 1));
    cr_assert(eq(sz, indices[0], 1), "%s", plainer[*number].label);
}
