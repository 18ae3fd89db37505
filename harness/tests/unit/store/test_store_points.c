/* SPDX-License-Identifier: MIT
 * Written data reads back the same; existing data stays; a sweep can be resumed or restarted.
 */
#include "heap_alloc.h"
#include "store_examples.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(store_points, .timeout = 120, .init = store_make_folder, .fini = store_remove_folder);

/* How many points of a sweep there are, their ordinals as digits, and the last one with copies of its texts. */
typedef struct seen {
    unsigned count;
    uint64_t ordinals;
    hf_store_point point;
    hf_store_site site;
} seen;

static bool see(const hf_store_point *point, const hf_store_site *site, void *user)
{
    seen *self = user;
    self->count++;
    self->ordinals = self->ordinals * 10 + point->ordinal;
    self->point = *point;
    self->site = *site;
    const char **const texts[] = {&self->point.thread, &self->point.variant, &self->point.earlier, &self->point.stands,
                                  &self->point.fault,  &self->point.reason,  &self->site.place,    &self->site.stack};
    static char kept[8][128];
    for (size_t i = 0; i < 8; i++) {
        (void)snprintf(kept[i], sizeof kept[i], "%s", *texts[i]);
        *texts[i] = kept[i];
    }
    return true;
}

static seen see_all(hf_store *store, int64_t sweep)
{
    seen all = {0};
    cr_assert(eq(int, hf__store_each_point(store, sweep, see, &all, NULL), HF_OK));
    return all;
}

Test(store_points, comes_back_as_it_was_written)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    hf_store_point point = store_point(store_add_site(store, sweep, 3), UINT64_C(1) << 40);
    point.thread = "worker \x1b[31m 'quoted'";
    point.result = (HRESULT)0x8007054F;
    point.onwards = true;
    point.variant = "out: poison";
    point.earlier = "call: VirtualAlloc, when: 2, return: E_FAIL";
    point.stands = "E_FAIL, HOST_E_TIMEOUT";
    point.outcome = HF_OUTCOME_CRASHED;
    point.response = HF_RESPONSE_DIED;
    point.retries = 7;
    point.leaked_bytes = UINT64_MAX;
    point.violations = 2;
    point.exit_status = -1;
    point.signal = 11;
    store_add(store, sweep, &point);
    hf__store_close(store);
    store = store_open(store_path("a.db"));
    seen got = see_all(store, sweep);
    cr_assert(eq(u32, got.count, 1));
    cr_assert(eq(u64, got.site.key, 0xFEDCBA9876543213u));
    cr_assert(eq(str, TEXT(got.site.place), TEXT("f3 at lgc.c:103")));
    cr_assert(eq(str, TEXT(got.site.stack), TEXT("lua!f3+0x10\nlua!main+0x20\n")));
    cr_assert(eq(str, TEXT(got.point.thread), TEXT(point.thread)));
    cr_assert(eq(u64, got.point.ordinal, point.ordinal));
    cr_assert(eq(i32, got.point.result, point.result));
    cr_assert(got.point.onwards);
    cr_assert(eq(str, TEXT(got.point.variant), TEXT(point.variant)));
    cr_assert(eq(str, TEXT(got.point.earlier), TEXT(point.earlier)));
    cr_assert(eq(str, TEXT(got.point.stands), TEXT(point.stands)));
    cr_assert(eq(str, TEXT(got.point.fault), TEXT(point.fault)));
    cr_assert(eq(str, TEXT(got.point.reason), TEXT(point.reason)));
    cr_assert(eq(int, got.point.outcome, HF_OUTCOME_CRASHED));
    cr_assert(eq(int, got.point.response, HF_RESPONSE_DIED));
    cr_assert(eq(u64, got.point.calls, 12));
    cr_assert(eq(u64, got.point.retries, 7));
    cr_assert(eq(u64, got.point.leaked_bytes, UINT64_MAX));
    cr_assert(eq(u64, got.point.violations, 2));
    cr_assert(eq(i32, got.point.exit_status, -1));
    cr_assert(eq(i32, got.point.signal, 11));
    cr_assert(eq(u64, got.point.elapsed_us, 1500));
    hf__store_close(store);
}

Test(store_points, drift_and_no_response_come_back)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    hf_store_point point = store_point(store_add_site(store, sweep, 1), 1);
    point.outcome = HF_OUTCOME_COUNT;
    point.response = HF_RESPONSE_COUNT;
    store_add(store, sweep, &point);
    seen got = see_all(store, sweep);
    hf_store_summary summary;
    cr_assert(eq(int, got.point.outcome, HF_OUTCOME_COUNT));
    cr_assert(eq(int, got.point.response, HF_RESPONSE_COUNT));
    cr_assert(eq(int, hf__store_summarize(store, sweep, &summary, NULL), HF_OK));
    cr_assert(eq(u64, summary.drifted, 1));
    cr_assert(eq(u64, summary.findings, 0));
    hf__store_close(store);
}

Test(store_points, one_that_is_there_stays_as_it_was)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    hf_store_point point = store_point(store_add_site(store, sweep, 1), 1);
    store_add(store, sweep, &point);
    point.outcome = HF_OUTCOME_CRASHED;
    store_add(store, sweep, &point);
    seen got = see_all(store, sweep);
    cr_assert(eq(u32, got.count, 1));
    cr_assert(eq(int, got.point.outcome, HF_OUTCOME_REPORTED));
    hf__store_close(store);
}

Test(store_points, each_part_of_what_makes_a_point_makes_another)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    int64_t site = store_add_site(store, sweep, 1);
    hf_store_point points[8];
    for (size_t i = 0; i < 8; i++)
        points[i] = store_point(site, 1);
    points[1].site = store_add_site(store, sweep, 2);
    points[2].thread = "other";
    points[3].ordinal = 2;
    points[4].result = (HRESULT)0x80004005;
    points[5].onwards = true;
    points[6].variant = "out: poison";
    points[7].earlier = "call: Malloc.Alloc, when: 4, return: E_FAIL";
    cr_assert(eq(int, hf__store_points(store, sweep, points, 8, NULL), HF_OK));
    cr_assert(eq(u32, see_all(store, sweep).count, 8));
    hf__store_close(store);
}

Test(store_points, order_does_not_depend_on_who_wrote_when)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    int64_t second = store_add_site(store, sweep, 2);
    int64_t first = store_add_site(store, sweep, 1);
    const hf_store_point points[] = {store_point(second, 2), store_point(second, 1), store_point(first, 4), store_point(first, 3)};
    cr_assert(eq(int, hf__store_points(store, sweep, points, 4, NULL), HF_OK));
    cr_assert(eq(u64, see_all(store, sweep).ordinals, 3412));
    hf__store_close(store);
}

Test(store_points, a_batch_with_a_bad_point_writes_none)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    const hf_store_point points[] = {store_point(store_add_site(store, sweep, 1), 1), store_point(999, 1)};
    hf_error err;
    cr_assert(eq(int, hf__store_points(store, sweep, points, 2, &err), HF_ERROR_STATE));
    cr_assert(eq(u32, see_all(store, sweep).count, 0));
    hf__store_close(store);
}

Test(store_points, a_site_is_found_again_by_key_and_method)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    int64_t id = store_add_site(store, sweep, 1);
    int64_t other = 0;
    hf_store_site site = store_site(1);
    site.method = "VirtualAlloc";
    cr_assert(eq(int, hf__store_site(store, sweep, &site, &other, NULL), HF_OK));
    cr_assert(ne(i64, other, id));
    cr_assert(eq(i64, store_add_site(store, sweep, 1), id));
    hf__store_close(store);
}

Test(store_points, a_sweep_is_taken_up_by_its_key)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    hf_store_point point = store_point(store_add_site(store, sweep, 1), 1);
    store_add(store, sweep, &point);
    hf__store_close(store);
    store = store_open(store_path("a.db"));
    cr_assert(eq(i64, store_sweep(store, "k", false), sweep));
    cr_assert(ne(i64, store_sweep(store, "other", false), sweep));
    cr_assert(eq(u32, see_all(store, sweep).count, 1));
    hf__store_close(store);
}

Test(store_points, fresh_throws_away_what_this_key_found_and_nothing_else)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    int64_t other = store_sweep(store, "other", false);
    store_add_many(store, sweep, 0, 100, 1, 0);
    store_add_many(store, other, 0, 50, 1, 0);
    cr_assert(eq(int, hf__store_finish(store, sweep, 1, 1, NULL), HF_OK));
    hf_store_summary summary;
    cr_assert(eq(i64, store_sweep(store, "k", true), sweep));
    cr_assert(eq(int, hf__store_summarize(store, sweep, &summary, NULL), HF_OK));
    cr_assert(eq(u64, summary.points + summary.sites, 0));
    cr_assert(not(summary.finished));
    cr_assert(eq(u32, see_all(store, other).count, 50));
    hf__store_close(store);
}

/* Numbers of sites are not used again: a writer that still has the old ones must not write to others. */
Test(store_points, a_sweep_begun_afresh_by_another_is_noticed)
{
    hf_store *store = store_open(store_path("a.db"));
    hf_store *other = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    const hf_store_point point = store_point(store_add_site(store, sweep, 1), 1);
    (void)store_sweep(other, "k", true);
    (void)store_add_site(other, sweep, 2);
    hf_error err;
    cr_assert(eq(int, hf__store_points(store, sweep, &point, 1, &err), HF_ERROR_STATE));
    cr_assert(ne(ptr, strstr(err.message, "restarted"), NULL), "%s", err.message);
    hf__store_close(store);
    hf__store_close(other);
}

Test(store_points, current_is_the_newest_with_points_of_each_script)
{
    hf_store *store = store_open(store_path("a.db"));
    static const char *const rows[][3] = {
        {"1", "lua", "2026-01-01"}, {"2", "lua", "2026-01-03"}, {"3", "clr", "2026-01-02"}, {"4", "clr", "2026-01-01"}, {"5", "lua", "2026-01-04"}};
    int64_t ids[5];
    for (size_t i = 0; i < 5; i++) {
        const hf_store_sweep sweep = {
            .key = rows[i][0], .caller = "x", .script = rows[i][1], .isolation = "fork", .options = "", .started = rows[i][2]};
        cr_assert(eq(int, hf__store_begin(store, &sweep, false, &ids[i], NULL), HF_OK));
        hf_store_point point = store_point(store_add_site(store, ids[i], 1), 1);
        if (i < 4) /* the last one was interrupted before its first point */
            store_add(store, ids[i], &point);
    }
    int64_t *current = NULL;
    size_t count = 0;
    cr_assert(eq(int, hf__store_current(store, &current, &count, NULL), HF_OK));
    cr_assert(eq(sz, count, 2));
    cr_assert(eq(i64, current[0], ids[1]));
    cr_assert(eq(i64, current[1], ids[2]));
    hf__free(current);
    hf__store_close(store);
}

Test(store_points, a_sweep_is_finished_when_all_shards_of_one_division_are)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t sweep = store_sweep(store, "k", false);
    static const uint32_t shards[][2] = {{1, 3}, {1, 2}, {2, 3}, {2, 3}};
    hf_store_summary summary;
    for (size_t i = 0; i < 4; i++)
        cr_assert(eq(int, hf__store_finish(store, sweep, shards[i][0], shards[i][1], NULL), HF_OK));
    cr_assert(eq(int, hf__store_summarize(store, sweep, &summary, NULL), HF_OK));
    cr_assert(not(summary.finished));
    cr_assert(eq(int, hf__store_finish(store, sweep, 3, 3, NULL), HF_OK));
    cr_assert(eq(int, hf__store_summarize(store, sweep, &summary, NULL), HF_OK));
    cr_assert(summary.finished);
    cr_assert(eq(int, hf__store_finish(store, sweep, 3, 2, NULL), HF_ERROR_ARGUMENT));
    hf__store_close(store);
}

static bool see_site(const hf_store_site *site, void *user)
{
    uint64_t *numbers = user;
    *numbers = *numbers * 10 + (site->key & 0xF);
    return true;
}

static uint64_t sites_before(hf_store *store, int64_t sweep)
{
    uint64_t numbers = 0;
    cr_assert(eq(int, hf__store_each_site_before(store, sweep, see_site, &numbers, NULL), HF_OK));
    return numbers;
}

Test(store_points, sites_of_the_sweep_before_are_those_of_the_same_script)
{
    hf_store *store = store_open(store_path("a.db"));
    int64_t first = store_sweep(store, "build 1", false);
    cr_assert(eq(u64, sites_before(store, first), 0));
    (void)store_add_site(store, first, 1);
    (void)store_add_site(store, first, 2);
    int64_t second = store_sweep(store, "build 2", false);
    (void)store_add_site(store, second, 3);
    cr_assert(eq(u64, sites_before(store, second), 12));
    hf__store_close(store);
}
