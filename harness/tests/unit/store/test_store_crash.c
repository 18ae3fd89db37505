/* SPDX-License-Identifier: MIT
 * Several processes that use one database: simultaneous writers, and writers that are killed while they write.
 */
#include "heap_alloc.h"
#include "base_random.h"
#include "store_examples.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(store_crash, .timeout = 120, .init = store_make_folder, .fini = store_remove_folder);

#define BATCH 20u

static int wait_for(pid_t child)
{
    int status = 0;
    cr_assert(eq(i32, waitpid(child, &status, 0), child));
    return status;
}

/* Writes batches of points of its own sweep, each batch at one ordinal. */
static void write_batches(const char *path, const char *key, unsigned batches)
{
    hf_store *store = store_open(path);
    int64_t sweep = store_sweep(store, key, false);
    int64_t sites[BATCH];
    for (unsigned i = 0; i < BATCH; i++)
        sites[i] = store_add_site(store, sweep, i);
    for (unsigned batch = 1; batch <= batches; batch++) {
        hf_store_point points[BATCH];
        hf_error err;
        for (unsigned i = 0; i < BATCH; i++)
            points[i] = store_point(sites[i], batch);
        if (hf__store_points(store, sweep, points, BATCH, &err) != HF_OK) {
            fprintf(stderr, "%s\n", err.message);
            _exit(1);
        }
    }
    hf__store_close(store);
}

static pid_t start_writer(const char *path, const char *key, unsigned batches)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    write_batches(path, key, batches);
    _exit(0);
}

/* They make the database too: which of them does is a race, and nothing is there before. */
Test(store_crash, four_writers_at_once_all_write_all)
{
    pid_t children[4];
    for (unsigned i = 0; i < 4; i++) {
        const char key[2] = {(char)('a' + i % 3), '\0'};
        children[i] = start_writer(store_path("a.db"), key, 50);
    }
    for (unsigned i = 0; i < 4; i++)
        cr_assert(eq(int, wait_for(children[i]), 0));
    hf_store *store = store_open(store_path("a.db"));
    for (unsigned i = 0; i < 3; i++) {
        const char key[2] = {(char)('a' + i), '\0'};
        hf_store_summary summary;
        cr_assert(eq(int, hf__store_summarize(store, store_sweep(store, key, false), &summary, NULL), HF_OK));
        cr_assert(eq(u64, summary.points, BATCH * 50), "%s", key);
        cr_assert(eq(u64, summary.sites, BATCH));
    }
    hf__store_close(store);
}

typedef struct tally {
    uint64_t points, last;
    unsigned counts[10000];
} tally;

static bool tally_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    (void)site;
    tally *self = user;
    self->points++;
    self->last = point->ordinal > self->last ? point->ordinal : self->last;
    self->counts[point->ordinal]++;
    return true;
}

static void expect_whole_batches(hf_store *store, unsigned turn, tally *all)
{
    memset(all, 0, sizeof *all);
    cr_assert(eq(int, hf__store_each_point(store, store_sweep(store, "k", false), tally_point, all, NULL), HF_OK), "turn %u", turn);
    for (uint64_t batch = 1; batch <= all->last; batch++)
        cr_assert(eq(u32, all->counts[batch], BATCH), "turn %u, batch %u", turn, (unsigned)batch);
}

/* Killed after a random time of up to 20 ms, 50 times into the same file: it opens, has whole batches only, and never fewer than before. */
Test(store_crash, a_writer_that_is_killed_leaves_whole_batches)
{
    static tally all;
    uint64_t before = 0;
    unsigned killed = 0;
    for (unsigned turn = 0; turn < 50; turn++) {
        pid_t child = start_writer(store_path("a.db"), "k", 9999);
        (void)usleep((useconds_t)(hf__random(3, 3, turn) % 20000));
        cr_assert(eq(int, kill(child, SIGKILL), 0));
        killed += WIFSIGNALED(wait_for(child)) != 0;
        hf_store *store = store_open(store_path("a.db"));
        expect_whole_batches(store, turn, &all);
        cr_assert(all.points >= before, "turn %u", turn);
        before = all.points;
        hf__store_close(store);
    }
    cr_assert(eq(u32, killed, 50));
    cr_assert(lt(u64, BATCH, before));
}

/* The making of the file too, which every other turn above finds done. */
Test(store_crash, a_maker_that_is_killed_leaves_a_file_that_opens)
{
    for (unsigned turn = 0; turn < 50; turn++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%u.db", turn);
        pid_t child = start_writer(store_path(name), "k", 9999);
        (void)usleep((useconds_t)(hf__random(4, 4, turn) % 4000));
        cr_assert(eq(int, kill(child, SIGKILL), 0));
        (void)wait_for(child);
        static tally all;
        hf_store *store = store_open(store_path(name));
        expect_whole_batches(store, turn, &all);
        hf__store_close(store);
    }
}
