/* SPDX-License-Identifier: MIT
 * Reading: points, sweeps, counts.
 */
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "store_db.h"

#include "base_poison.h"

/* A statement whose only parameter is a sweep. */
static hf_status prepare_for(hf_store *store, hf_store_sql which, int64_t sweep, sqlite3_stmt **out, hf_error *err)
{
    hf_status status = hf__store_prepare(store, which, out, err);
    if (status == HF_OK)
        (void)sqlite3_bind_int64(*out, 1, sweep);
    return status;
}

hf_status hf__store_each_point(hf_store *store, int64_t sweep, hf__store_visit_point *visit, void *user, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = prepare_for(store, HF_STORE_POINTS, sweep, &statement, err);
    bool more = status == HF_OK;
    while (more) {
        status = hf__store_step(store, statement, &more, err);
        if (!more)
            break;
        hf_store_site site;
        hf_store_point point;
        hf__store_read_site(statement, 0, &site);
        status = hf__store_read_point(store, statement, HF_STORE_SITE_COLUMN_COUNT, &point, err);
        more = status == HF_OK && visit(&point, &site, user);
    }
    (void)sqlite3_reset(statement);
    return status;
}

/* A site's columns are the last ones of the row. */
static hf_status visit_sites(hf_store *store, hf_store_sql which, int64_t sweep, hf__store_visit_site *visit, void *user, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = prepare_for(store, which, sweep, &statement, err);
    bool more = status == HF_OK;
    while (more) {
        status = hf__store_step(store, statement, &more, err);
        if (!more)
            break;
        hf_store_site site;
        hf__store_read_site(statement, sqlite3_column_count(statement) - HF_STORE_SITE_COLUMN_COUNT, &site);
        more = visit(&site, user);
    }
    (void)sqlite3_reset(statement);
    return status;
}

hf_status hf__store_each_site_before(hf_store *store, int64_t sweep, hf__store_visit_site *visit, void *user, hf_error *err)
{
    return visit_sites(store, HF_STORE_SITES_BEFORE, sweep, visit, user, err);
}

hf_status hf__store_each_site(hf_store *store, int64_t sweep, hf__store_visit_site *visit, void *user, hf_error *err)
{
    return visit_sites(store, HF_STORE_SITES, sweep, visit, user, err);
}

hf_status hf__store_load_sweep(hf_store *store, int64_t id, hf_store_sweep *out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf__store_forget(&store->sweep_texts);
    hf_status status = prepare_for(store, HF_STORE_SWEEP, id, &statement, err);
    if (status == HF_OK)
        status = hf__store_step(store, statement, &row, err);
    if (status == HF_OK && !row)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no sweep %lld in the database %s", (long long)id, store->path);
    if (status != HF_OK)
        return status;

    const char *texts[6];
    for (int i = 0; i < 6; i++)
        texts[i] = hf__store_keep(&store->sweep_texts, hf__store_text(statement, i));
    *out = (hf_store_sweep){.key = texts[0],
                            .caller = texts[1],
                            .script = texts[2],
                            .isolation = texts[3],
                            .options = texts[4],
                            .started = texts[5],
                            .stack_depth = hf__store_u64_of(statement, 6)};
    (void)sqlite3_reset(statement);
    return HF_OK;
}

hf_status hf__store_count(hf_store *store, hf_store_sql which, int64_t sweep, uint64_t *out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *out = 0;
    hf_status status = prepare_for(store, which, sweep, &statement, err);
    if (status == HF_OK)
        status = hf__store_step(store, statement, &row, err);
    if (row)
        *out = hf__store_u64_of(statement, 0);
    (void)sqlite3_reset(statement);
    return status;
}

static hf_status count_outcomes(hf_store *store, int64_t sweep, hf_store_summary *out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf_status status = prepare_for(store, HF_STORE_COUNT_OUTCOMES, sweep, &statement, err);
    while (status == HF_OK && (status = hf__store_step(store, statement, &row, err)) == HF_OK && row) {
        hf_outcome outcome = hf_outcome_by_name(hf__text(hf__store_text(statement, 0)));
        uint64_t points = hf__store_u64_of(statement, 1);
        out->points += points;
        if (outcome < HF_OUTCOME_COUNT)
            out->outcomes[outcome] = points;
        else
            out->drifted += points;
    }
    return status;
}

static hf_status load_shard(hf_store *store, int64_t sweep, hf_store_summary *out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf_status status = prepare_for(store, HF_STORE_SHARDS, sweep, &statement, err);
    if (status == HF_OK)
        status = hf__store_step(store, statement, &row, err);
    if (row) {
        out->shard = (uint32_t)hf__store_u64_of(statement, 0);
        out->shards = (uint32_t)hf__store_u64_of(statement, 1);
    }
    (void)sqlite3_reset(statement);
    return status;
}

hf_status hf__store_summarize(hf_store *store, int64_t sweep, hf_store_summary *out, hf_error *err)
{
    uint64_t finished = 0;
    *out = (hf_store_summary){.id = sweep};
    hf_status status = hf__store_load_sweep(store, sweep, &out->sweep, err);
    if (status == HF_OK)
        status = hf__store_count(store, HF_STORE_COUNT_SITES, sweep, &out->sites, err);
    if (status == HF_OK)
        status = hf__store_count(store, HF_STORE_COUNT_FINDINGS, sweep, &out->findings, err);
    if (status == HF_OK)
        status = hf__store_count(store, HF_STORE_FINISHED, sweep, &finished, err);
    out->finished = finished != 0;
    if (status == HF_OK && !out->finished)
        status = load_shard(store, sweep, out, err);
    return status == HF_OK ? count_outcomes(store, sweep, out, err) : status;
}

/* The ids that a prepared statement gives. prepared: what preparing it came to. */
static hf_status take_ids(hf_store *store, sqlite3_stmt *statement, hf_status prepared, int64_t **out, size_t *count_out, hf_error *err)
{
    bool row = false;
    int64_t *ids = NULL;
    size_t used = 0;
    size_t capacity = 0;
    hf_status status = prepared;

    while (status == HF_OK && (status = hf__store_step(store, statement, &row, err)) == HF_OK && row) {
        HF_GROW(ids, used, capacity);
        ids[used++] = sqlite3_column_int64(statement, 0);
    }

    if (status != HF_OK) {
        hf__free(ids);
        ids = NULL;
        used = 0;
    }

    *out = ids;
    *count_out = used;
    return status;
}

hf_status hf__store_ids(hf_store *store, hf_store_sql which, int64_t **out, size_t *count_out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status prepared = hf__store_prepare(store, which, &statement, err);
    return take_ids(store, statement, prepared, out, count_out, err);
}

hf_status hf__store_history(hf_store *store, int64_t sweep, int64_t **out, size_t *count_out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status prepared = prepare_for(store, HF_STORE_HISTORY, sweep, &statement, err);
    return take_ids(store, statement, prepared, out, count_out, err);
}

hf_status hf__store_current(hf_store *store, int64_t **out, size_t *count_out, hf_error *err)
{
    return hf__store_ids(store, HF_STORE_CURRENT, out, count_out, err);
}
