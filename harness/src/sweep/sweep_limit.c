/* SPDX-License-Identifier: MIT
 * A sweep with a budget of time or points. Points are made in batches, spread over the sites. A batch of clones is one run of the caller, so the
 * first batch has one point of each site, and later ones have as many as fit into the time left. The remaining points are left for --resume.
 */
#include "heap_alloc.h"
#include "base_random.h"
#include "os_thread.h"
#include "run_folder.h"
#include "sweep_spread.h"
#include "sweep_state.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define BATCH_LEAST 64u
#define SHARE_OF_REST 0.7 /* share of the remaining time: a batch that takes longer than estimated still ends in time */

static bool is_limited(const hf__sweep *self)
{
    return self->options->budget_ms != 0 || self->options->points_max != 0;
}

static uint64_t left_us(const hf__sweep *self)
{
    uint64_t until = self->begun_us + (uint64_t)self->options->budget_ms * 1000;
    uint64_t now = hf__os_now_us();
    return now < until ? until - now : 0;
}

bool hf__sweep_out_of_time(const hf__sweep *self)
{
    return self->options->budget_ms != 0 && left_us(self) == 0;
}

/* Sites of the previous sweep, as hashes of their fingerprints. */

typedef struct sites_before {
    size_t count, capacity;
    uint64_t *hashes;
} sites_before;

static uint64_t hash_of(const char *fingerprint)
{
    return hf__hash(HF_HASH_START, fingerprint, strlen(fingerprint));
}

static bool note_site(const hf_store_site *site, void *user)
{
    sites_before *self = user;
    HF_GROW(self->hashes, self->count, self->capacity);
    self->hashes[self->count++] = hash_of(site->fingerprint);
    return true;
}

static int compare_hashes(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Without a previous sweep, no site is newer than another. */
static hf_status mark_new(hf__sweep *self, hf_error *err)
{
    sites_before before = {0};
    hf_status status = hf__store_each_site_before(self->store, self->id, note_site, &before, err);
    if (status == HF_OK && before.count > 0) {
        qsort(before.hashes, before.count, sizeof *before.hashes, compare_hashes);
        for (size_t i = 0; i < self->baseline.sites.count; i++) {
            uint64_t hash = hash_of(self->baseline.sites.items[i].fingerprint);
            self->spread[i].is_new = bsearch(&hash, before.hashes, before.count, sizeof hash, compare_hashes) == NULL;
        }
    }
    hf__free(before.hashes);
    return status;
}

/* Batches */

static size_t next_batch(const hf__sweep *self, size_t firsts, size_t at, size_t limit, uint64_t since_us)
{
    size_t left = limit - at;
    if (self->options->budget_ms == 0)
        return left;
    if (at == 0 && firsts > 0)
        return firsts < left ? firsts : left;
    double rate = at > 0 ? (double)at / (double)(hf__os_now_us() - since_us + 1) : 0;
    double good_for = rate * SHARE_OF_REST * (double)left_us(self);
    size_t batch = good_for > BATCH_LEAST ? (size_t)good_for : BATCH_LEAST;
    return batch < left ? batch : left;
}

static hf_status make_batches(hf__sweep *self, const size_t *all, size_t count, size_t firsts, hf_error *err)
{
    uint64_t left = self->options->points_max != 0 ? self->options->points_max - self->summary->made : count;
    size_t limit = left < count ? (size_t)left : count;
    uint64_t since_us = hf__os_now_us();
    hf_status status = HF_OK;
    for (size_t at = 0; at < limit && status == HF_OK && !self->has_mismatch && !hf__run_stopping() && !hf__sweep_out_of_time(self);) {
        hf__sweep_forget_made(self);
        size_t batch = next_batch(self, firsts, at, limit, since_us);
        self->pending = hf__allocate(batch + 1, sizeof *self->pending);
        memcpy(self->pending, all + at, batch * sizeof *all);
        self->pending_count = batch;
        at += batch;
        self->later_count = limit - at;
        status = hf__sweep_make(self, err);
    }
    return status;
}

hf_status hf__sweep_make_within(hf__sweep *self, hf_error *err)
{
    if (!is_limited(self))
        return hf__sweep_make(self, err);
    hf_status status = mark_new(self, err);
    if (status != HF_OK)
        return status;
    size_t count = self->pending_count;
    size_t *all = self->pending;
    size_t firsts = hf__sweep_spread(&self->points, self->spread, all, count);
    self->pending = NULL;
    self->pending_count = 0;
    status = make_batches(self, all, count, firsts, err);
    hf__free(all);
    return status;
}
