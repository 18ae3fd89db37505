/* SPDX-License-Identifier: MIT
 * Writes sweeps, sites and points. What belongs together goes in one transaction, so a tool that is killed leaves all of it or nothing.
 */
#include "base_error.h"
#include "store_db.h"

#include <inttypes.h>
#include <stdio.h>

#include "base_poison.h"

/* The number that a statement with bound parameters finds, 0 for none. */
static hf_status find_id(hf_store *store, sqlite3_stmt *statement, int64_t *id, hf_error *err)
{
    bool row = false;
    *id = 0;
    hf_status status = hf__store_step(store, statement, &row, err);
    if (row)
        *id = sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return status;
}

static hf_status clear_sweep(hf_store *store, int64_t sweep, hf_error *err)
{
    static const hf_store_sql clears[] = {HF_STORE_CLEAR_CAUSES, HF_STORE_CLEAR_POINTS, HF_STORE_CLEAR_SITES, HF_STORE_CLEAR_SHARDS};
    for (size_t i = 0; i < sizeof clears / sizeof clears[0]; i++) {
        sqlite3_stmt *statement = NULL;
        hf_status status = hf__store_prepare(store, clears[i], &statement, err);
        if (status != HF_OK)
            return status;
        (void)sqlite3_bind_int64(statement, 1, sweep);
        status = hf__store_run(store, statement, err);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

static hf_status add_sweep(hf_store *store, const hf_store_sweep *sweep, int64_t *id, hf_error *err)
{
    sqlite3_stmt *add = NULL;
    sqlite3_stmt *find = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_ADD_SWEEP, &add, err);
    if (status == HF_OK)
        status = hf__store_prepare(store, HF_STORE_FIND_SWEEP, &find, err);
    if (status != HF_OK)
        return status;
    const char *const texts[] = {sweep->key, sweep->caller, sweep->script, sweep->isolation, sweep->options, sweep->started};
    for (int i = 0; i < 6; i++)
        hf__store_bind_text(add, i + 1, texts[i]);
    hf__store_bind_u64(add, 7, sweep->stack_depth);
    status = hf__store_run(store, add, err);
    hf__store_bind_text(find, 1, sweep->key);
    return status == HF_OK ? find_id(store, find, id, err) : status;
}

hf_status hf__store_begin(hf_store *store, const hf_store_sweep *sweep, bool fresh, int64_t *id, hf_error *err)
{
    *id = 0;
    hf_status status = hf__store_write_begin(store, err);
    if (status != HF_OK)
        return status;
    status = add_sweep(store, sweep, id, err);
    if (status == HF_OK && fresh)
        status = clear_sweep(store, *id, err);
    return hf__store_write_end(store, status, err);
}

hf_status hf__store_finish(hf_store *store, int64_t sweep, uint32_t shard, uint32_t shards, hf_error *err)
{
    if (shard < 1 || shard > shards)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "there is no shard %u of %u", shard, shards);
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_ADD_SHARD, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    (void)sqlite3_bind_int64(statement, 2, shard);
    (void)sqlite3_bind_int64(statement, 3, shards);
    status = hf__store_run(store, statement, err);
    return status == HF_OK ? hf__store_check_place(store, err) : status;
}

static hf_status add_site(hf_store *store, int64_t sweep, const hf_store_site *site, int64_t *id, hf_error *err)
{
    sqlite3_stmt *add = NULL;
    sqlite3_stmt *find = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_ADD_SITE, &add, err);
    if (status == HF_OK)
        status = hf__store_prepare(store, HF_STORE_FIND_SITE, &find, err);
    if (status != HF_OK)
        return status;

    char key[20];
    (void)snprintf(key, sizeof key, "%016" PRIx64, site->key);
    const char *const texts[] = {key, site->method, site->fingerprint, site->place, site->stack};
    (void)sqlite3_bind_int64(add, 1, sweep);
    for (int i = 0; i < 5; i++)
        hf__store_bind_text(add, i + 2, texts[i]);
    hf__store_bind_u64(add, 7, site->calls);
    status = hf__store_run(store, add, err);
    (void)sqlite3_bind_int64(find, 1, sweep);
    hf__store_bind_text(find, 2, key);
    hf__store_bind_text(find, 3, site->method);
    return status == HF_OK ? find_id(store, find, id, err) : status;
}

hf_status hf__store_site(hf_store *store, int64_t sweep, const hf_store_site *site, int64_t *id, hf_error *err)
{
    *id = 0;
    hf_status status = hf__store_write_begin(store, err);
    return status == HF_OK ? hf__store_write_end(store, add_site(store, sweep, site, id, err), err) : status;
}

static void bind_point(sqlite3_stmt *statement, int64_t sweep, const hf_store_point *point)
{
    const char *outcome = point->outcome < HF_OUTCOME_COUNT ? hf_outcome_name(point->outcome) : HF_STORE_DRIFTED;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    (void)sqlite3_bind_int64(statement, 2, point->site);
    hf__store_bind_text(statement, 3, point->thread);
    hf__store_bind_u64(statement, 4, point->ordinal);
    hf__store_bind_u64(statement, 5, (uint32_t)point->result);
    (void)sqlite3_bind_int64(statement, 6, point->onwards ? 1 : 0);
    hf__store_bind_text(statement, 7, point->variant);
    hf__store_bind_text(statement, 8, point->earlier);
    hf__store_bind_text(statement, 9, point->stands);
    hf__store_bind_text(statement, 10, point->fault);
    hf__store_bind_text(statement, 11, outcome);

    if (point->response < HF_RESPONSE_COUNT)
        hf__store_bind_text(statement, 12, hf_response_name(point->response));
    else
        (void)sqlite3_bind_null(statement, 12);
    hf__store_bind_text(statement, 13, point->reason);
    hf__store_bind_u64(statement, 14, point->calls);
    hf__store_bind_u64(statement, 15, point->retries);
    hf__store_bind_u64(statement, 16, point->leaked_bytes);
    hf__store_bind_u64(statement, 17, point->violations);
    (void)sqlite3_bind_int64(statement, 18, point->exit_status);
    (void)sqlite3_bind_int64(statement, 19, point->signal);
    hf__store_bind_u64(statement, 20, point->elapsed_us);
}

/* The finding that a point is of: *id is "" if it is of none. Also where a site that is gone is noticed. */
static hf_status find_finding(hf_store *store, int64_t sweep, const hf_store_point *point, char id[17], hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_SITE_FINGERPRINT, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, point->site);
    (void)sqlite3_bind_int64(statement, 2, sweep);
    bool row = false;
    id[0] = '\0';
    status = hf__store_step(store, statement, &row, err);
    if (status == HF_OK && !row)
        return HF_FAIL(err, HF_ERROR_STATE, "another hostfault restarted the same sweep in %s", store->path);
    if (row && hf_outcome_severity(point->outcome) > 0)
        hf__store_finding_id(hf__store_text(statement, 0), point->outcome, id);
    (void)sqlite3_reset(statement);
    return status;
}

static hf_status add_point(hf_store *store, int64_t sweep, const hf_store_point *point, hf_error *err)
{
    char finding[17];
    sqlite3_stmt *statement = NULL;
    hf_status status = find_finding(store, sweep, point, finding, err);
    if (status == HF_OK)
        status = hf__store_prepare(store, HF_STORE_ADD_POINT, &statement, err);
    if (status != HF_OK)
        return status;
    bind_point(statement, sweep, point);
    if (finding[0] != '\0')
        hf__store_bind_text(statement, 21, finding);
    else
        (void)sqlite3_bind_null(statement, 21);
    return hf__store_run(store, statement, err);
}

hf_status hf__store_points(hf_store *store, int64_t sweep, const hf_store_point *points, size_t count, hf_error *err)
{
    hf_status status = hf__store_write_begin(store, err);
    if (status != HF_OK)
        return status;
    for (size_t i = 0; i < count && status == HF_OK; i++)
        status = add_point(store, sweep, &points[i], err);
    return hf__store_write_end(store, status, err);
}

hf_status hf__store_cause(hf_store *store, int64_t sweep, const char *finding, const hf_store_cause *cause, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_ADD_CAUSE, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    hf__store_bind_text(statement, 2, finding);
    hf__store_bind_text(statement, 3, cause->text);
    hf__store_bind_u64(statement, 4, cause->spot);
    hf__store_bind_text(statement, 5, cause->place);
    hf__store_bind_text(statement, 6, cause->detail);
    hf__store_bind_text(statement, 7, cause->stack);
    return hf__store_run(store, statement, err);
}
