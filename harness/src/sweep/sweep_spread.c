/* SPDX-License-Identifier: MIT
 * Sorts twice: within each site by information value, which gives each point its turn; then all points by turn.
 */
#include "sweep_spread.h"
#include "heap_alloc.h"

#include <stdlib.h>

#include "base_poison.h"

typedef struct spread_row {
    size_t index, site, turn;
    bool is_old; /* its site is not new */
    uint64_t rank;
} spread_row;

#define HALVINGS_MAX 31u

/* The first call, the last, the one in the middle, those at a quarter and three quarters, at odd eighths, ...: any number of them is evenly
 * spread. */
static uint64_t rank_of_call(size_t call, size_t calls)
{
    if (call == 0 || call + 1 == calls || call >= calls)
        return call != 0;
    for (unsigned level = 1; level <= HALVINGS_MAX; level++) {
        uint64_t part = (((uint64_t)call << level) + calls - 1) / calls;
        bool is_there = part % 2 == 1 && (part * calls) >> level == call;
        if (is_there)
            return (1ull << (level - 1)) + part / 2 + 1;
    }
    return 1ull << HALVINGS_MAX;
}

/* The most informative point has the lowest value. */
static uint64_t rank_of(const hf__sweep_point *point, size_t calls)
{
    uint64_t rank = point->earlier != HF_SWEEP_ALONE;
    rank = rank << 1 | (point->variant[0] != '\0');
    rank = rank << 1 | (point->result != E_OUTOFMEMORY);
    rank = rank << (HALVINGS_MAX + 1) | rank_of_call(point->call, calls);
    return rank << 1 | point->onwards;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_in_site(const void *left, const void *right)
{
    const spread_row *a = left, *b = right;
    int order = compare_numbers(a->site, b->site);
    if (order == 0)
        order = compare_numbers(a->rank, b->rank);
    return order != 0 ? order : compare_numbers(a->index, b->index);
}

static int compare_turns(const void *left, const void *right)
{
    const spread_row *a = left, *b = right;
    int order = compare_numbers(a->turn, b->turn);
    if (order == 0)
        order = compare_numbers(a->is_old, b->is_old);
    return order != 0 ? order : compare_numbers(a->index, b->index);
}

size_t hf__sweep_spread(const hf__sweep_points *points, const hf__sweep_spread_site *sites, size_t *indices, size_t count)
{
    spread_row *rows = hf__allocate(count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const hf__sweep_point *point = &points->items[indices[i]];
        rows[i] = (spread_row){
            .index = indices[i], .site = point->site, .is_old = !sites[point->site].is_new, .rank = rank_of(point, sites[point->site].calls)};
    }

    qsort(rows, count, sizeof *rows, compare_in_site);
    size_t turn = 0, firsts = 0;
    for (size_t i = 0; i < count; i++) {
        turn = i > 0 && rows[i - 1].site == rows[i].site ? turn + 1 : sites[rows[i].site].done;
        rows[i].turn = turn;
        firsts += turn == 0;
    }

    qsort(rows, count, sizeof *rows, compare_turns);
    for (size_t i = 0; i < count; i++)
        indices[i] = rows[i].index;
    hf__free(rows);
    return firsts;
}
