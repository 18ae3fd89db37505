/* SPDX-License-Identifier: MIT
 * Merging: another database is read sweep by sweep and written as if it had been swept here. So the rules of writing hold: a point that is there
 * stays, a finding has the same name. One transaction: all of the other database, or nothing.
 */
#include "heap_alloc.h"
#include "store_db.h"

#include "base_poison.h"

typedef struct merger {
    hf_store *into, *from;
    hf_store_merge_result *merged;
    int64_t sweep_from, sweep_into;
    struct {
        int64_t from, into;
    } * sites; /* whose is which, in order of `from` */
    size_t site_count, site_capacity;
    hf_status status;
    hf_error *err;
} merger;

static int64_t site_into(const merger *self, int64_t from)
{
    size_t low = 0;
    size_t high = self->site_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->sites[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->site_count && self->sites[low].from == from ? self->sites[low].into : 0;
}

/* How many rows the last insert made: 0 if it was there. */
static uint64_t rows_made(const merger *self, int64_t before)
{
    return (uint64_t)(sqlite3_total_changes64(self->into->db) - before);
}

static hf_status merge_sites(merger *self)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf_status status = hf__store_prepare(self->from, HF_STORE_SITES, &statement, self->err);
    if (status == HF_OK)
        (void)sqlite3_bind_int64(statement, 1, self->sweep_from);
    self->site_count = 0;
    while (status == HF_OK && (status = hf__store_step(self->from, statement, &row, self->err)) == HF_OK && row) {
        hf_store_site site;
        hf__store_read_site(statement, 1, &site);
        HF_GROW(self->sites, self->site_count, self->site_capacity);
        int64_t before = sqlite3_total_changes64(self->into->db);
        self->sites[self->site_count].from = sqlite3_column_int64(statement, 0);
        status = hf__store_site(self->into, self->sweep_into, &site, &self->sites[self->site_count++].into, self->err);
        self->merged->sites += rows_made(self, before);
    }

    return status;
}

static bool merge_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    (void)site;
    merger *self = user;
    hf_store_point moved = *point;
    moved.site = site_into(self, point->site);
    int64_t before = sqlite3_total_changes64(self->into->db);
    self->status = hf__store_points(self->into, self->sweep_into, &moved, 1, self->err);
    uint64_t made = rows_made(self, before);
    self->merged->points += made;
    self->merged->known += 1 - made;
    return self->status == HF_OK;
}

static hf_status merge_shards(merger *self)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf_status status = hf__store_prepare(self->from, HF_STORE_SHARDS, &statement, self->err);
    if (status == HF_OK)
        (void)sqlite3_bind_int64(statement, 1, self->sweep_from);
    while (status == HF_OK && (status = hf__store_step(self->from, statement, &row, self->err)) == HF_OK && row)
        status = hf__store_finish(self->into, self->sweep_into, (uint32_t)sqlite3_column_int64(statement, 0),
                                  (uint32_t)sqlite3_column_int64(statement, 1), self->err);
    return status;
}

static hf_status merge_causes(merger *self)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    if (self->from->version == 1)
        return HF_OK;
    hf_status status = hf__store_prepare(self->from, HF_STORE_CAUSES, &statement, self->err);
    if (status == HF_OK)
        (void)sqlite3_bind_int64(statement, 1, self->sweep_from);
    while (status == HF_OK && (status = hf__store_step(self->from, statement, &row, self->err)) == HF_OK && row) {
        const hf_store_cause cause = {hf__store_text(statement, 1), hf__store_u64_of(statement, 2), hf__store_text(statement, 3),
                                      hf__store_text(statement, 4), hf__store_text(statement, 5)};
        status = hf__store_cause(self->into, self->sweep_into, hf__store_text(statement, 0), &cause, self->err);
    }
    return status;
}

static hf_status merge_sweep(merger *self)
{
    hf_store_sweep sweep;
    uint64_t before = 0;
    uint64_t after = 0;
    hf_status status = hf__store_load_sweep(self->from, self->sweep_from, &sweep, self->err);
    if (status == HF_OK)
        status = hf__store_count(self->into, HF_STORE_COUNT_SWEEPS, 0, &before, self->err);
    if (status == HF_OK)
        status = hf__store_begin(self->into, &sweep, false, &self->sweep_into, self->err);
    if (status == HF_OK)
        status = hf__store_count(self->into, HF_STORE_COUNT_SWEEPS, 0, &after, self->err);

    self->merged->sweeps += after - before;
    if (status == HF_OK)
        status = merge_sites(self);
    if (status == HF_OK)
        status = hf__store_each_point(self->from, self->sweep_from, merge_point, self, self->err);
    if (status == HF_OK)
        status = self->status;
    if (status == HF_OK)
        status = merge_causes(self);
    return status == HF_OK ? merge_shards(self) : status;
}

static hf_status merge_all(merger *self)
{
    int64_t *ids = NULL;
    size_t count = 0;
    hf_status status = hf__store_ids(self->from, HF_STORE_SWEEPS, &ids, &count, self->err);
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        self->sweep_from = ids[i];
        status = merge_sweep(self);
    }
    hf__free(ids);
    hf__free(self->sites);
    return status;
}

/* The other database is read in one transaction too: what is swept into it meanwhile comes whole or not at all. */
static hf_status merge_snapshot(merger *self)
{
    hf_status status = hf__store_read_begin(self->from, self->err);
    if (status != HF_OK)
        return status;
    status = hf__store_write_begin(self->into, self->err);
    if (status == HF_OK)
        status = hf__store_write_end(self->into, merge_all(self), self->err);
    hf__store_read_end(self->from);
    return status;
}

hf_status hf__store_merge(hf_store *into, const char *from, hf_store_merge_result *out, hf_error *err)
{
    *out = (hf_store_merge_result){0};
    merger self = {.into = into, .merged = out, .err = err};
    hf_status status = hf__store_open(from, true, &self.from, err);
    if (status == HF_OK)
        status = merge_snapshot(&self);
    hf__store_close(self.from);
    return status;
}
