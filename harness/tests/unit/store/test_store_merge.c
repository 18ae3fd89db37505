/* SPDX-License-Identifier: MIT
 * Merging shards, and what a merge does not change.
 */
#include "heap_alloc.h"
#include "store_examples.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(store_merge, .timeout = 120, .init = store_make_folder, .fini = store_remove_folder);

#define SHARDS 16u
#define POINTS 3000u

static void sweep_shard(const char *path, unsigned shard, unsigned shards)
{
    hf_store *store = store_open(path);
    int64_t sweep = store_sweep(store, "k", false);
    store_add_many(store, sweep, 0, POINTS, shards, shard - 1);
    cr_assert(eq(int, hf__store_finish(store, sweep, shard, shards, NULL), HF_OK));
    hf__store_close(store);
}

/* From the last to the first, so that no order of rows is the same by chance. */
Test(store_merge, sixteen_shards_are_the_whole_row_by_row)
{
    sweep_shard(store_path("whole.db"), 1, 1);
    hf_store *whole = store_open(store_path("whole.db"));
    hf_store *merged = store_open(store_path("merged.db"));
    hf_store_merge_result sum = {0};
    hf_error err = {0};
    for (unsigned shard = SHARDS; shard >= 1; shard--) {
        char name[32];
        (void)snprintf(name, sizeof name, "shard%u.db", shard);
        sweep_shard(store_path(name), shard, SHARDS);
        hf_store_merge_result one;
        cr_assert(eq(int, hf__store_merge(merged, store_path(name), &one, &err), HF_OK), "%s", err.message);
        sum.points += one.points;
        sum.sites += one.sites;
        sum.sweeps += one.sweeps;
        sum.known += one.known;
    }
    char *expected = store_dump(whole, 1);
    char *got = store_dump(merged, 1);
    cr_assert(lt(sz, POINTS * 100, strlen(expected)));
    cr_assert(ne(ptr, strstr(expected, "finished=1"), NULL));
    cr_assert(eq(str, got, expected));
    cr_assert(eq(u64, sum.points, POINTS));
    cr_assert(eq(u64, sum.known, 0));
    cr_assert(eq(u64, sum.sites, 16));
    cr_assert(eq(u64, sum.sweeps, 1));
    hf__free(expected);
    hf__free(got);
    hf__store_close(whole);
    hf__store_close(merged);
}

Test(store_merge, a_missing_shard_leaves_it_unfinished)
{
    sweep_shard(store_path("1.db"), 1, 2);
    hf_store *into = store_open(store_path("into.db"));
    hf_store_merge_result merged;
    hf_store_summary summary;
    cr_assert(eq(int, hf__store_merge(into, store_path("1.db"), &merged, NULL), HF_OK));
    cr_assert(eq(int, hf__store_summarize(into, 1, &summary, NULL), HF_OK));
    cr_assert(not(summary.finished));
    cr_assert(eq(u64, summary.points, POINTS / 2));
    hf__store_close(into);
}

Test(store_merge, twice_adds_nothing)
{
    sweep_shard(store_path("1.db"), 1, 1);
    hf_store *into = store_open(store_path("into.db"));
    hf_store_merge_result merged;
    cr_assert(eq(int, hf__store_merge(into, store_path("1.db"), &merged, NULL), HF_OK));
    cr_assert(eq(int, hf__store_merge(into, store_path("1.db"), &merged, NULL), HF_OK));
    cr_assert(eq(u64, merged.sweeps + merged.sites + merged.points, 0));
    cr_assert(eq(u64, merged.known, POINTS));
    hf__store_close(into);
}

Test(store_merge, sweeps_of_other_keys_stand_beside_each_other)
{
    hf_store *into = store_open(store_path("into.db"));
    hf_store *from = store_open(store_path("from.db"));
    store_add_many(into, store_sweep(into, "mine", false), 0, 40, 1, 0);
    store_add_many(from, store_sweep(from, "empty", false), 0, 0, 1, 0);
    store_add_many(from, store_sweep(from, "theirs", false), 0, 70, 1, 0);
    char *mine = store_dump(into, 1);
    char *theirs = store_dump(from, 2);
    hf__store_close(from);
    hf_store_merge_result merged;
    cr_assert(eq(int, hf__store_merge(into, store_path("from.db"), &merged, NULL), HF_OK));
    cr_assert(eq(u64, merged.sweeps, 2));
    char *mine_after = store_dump(into, 1);
    char *theirs_after = store_dump(into, store_sweep(into, "theirs", false));
    cr_assert(eq(str, mine_after, mine));
    cr_assert(eq(str, theirs_after, theirs));
    hf__free(mine);
    hf__free(theirs);
    hf__free(mine_after);
    hf__free(theirs_after);
    hf__store_close(into);
}

/* A site of the other database whose row has the number of one of ours. */
Test(store_merge, sites_are_known_by_key_not_by_number)
{
    hf_store *into = store_open(store_path("into.db"));
    hf_store *from = store_open(store_path("from.db"));
    int64_t sweep = store_sweep(into, "k", false);
    (void)store_add_site(into, sweep, 1);
    (void)store_add_site(into, sweep, 2);
    const hf_store_point point = store_point(store_add_site(from, store_sweep(from, "k", false), 2), 1);
    store_add(from, 1, &point);
    char *expected = store_dump(from, 1);
    hf__store_close(from);
    hf_store_merge_result merged;
    cr_assert(eq(int, hf__store_merge(into, store_path("from.db"), &merged, NULL), HF_OK));
    cr_assert(eq(u64, merged.sites, 0));
    char *got = store_dump(into, sweep);
    *strstr(got, "\nsweep ") = '\0';
    *strstr(expected, "\nsweep ") = '\0';
    cr_assert(eq(str, got, expected));
    hf__free(got);
    hf__free(expected);
    hf__store_close(into);
}

Test(store_merge, what_is_no_database_adds_nothing)
{
    hf_store *into = store_open(store_path("into.db"));
    hf_store_merge_result merged;
    hf_error err;
    cr_assert(eq(int, hf__store_merge(into, store_path("none.db"), &merged, &err), HF_ERROR_NOT_FOUND));
    cr_assert(ne(ptr, strstr(err.message, "none.db"), NULL));
    hf__store_close(into);
}
