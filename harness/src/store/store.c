/* SPDX-License-Identifier: MIT
 * Statements and transactions of an open database.
 */
#include "store_db.h"
#include "heap_alloc.h"
#include "base_check.h"

#include "base_poison.h"

static const char *const texts[HF_STORE_SQL_COUNT] = {
#define HF_STORE_SQL(id, text) [HF_STORE_##id] = (text),
#include "store_sql.def"
#undef HF_STORE_SQL
};

hf_status hf__store_prepare(hf_store *store, hf_store_sql which, sqlite3_stmt **out, hf_error *err)
{
    sqlite3_stmt **statement = &store->statements[which];
    int code = SQLITE_OK;
    if (*statement == NULL)
        /* Kept as long as the store: PERSISTENT keeps it out of the lookaside memory for short-lived objects (sqlite3_prepare_v3). */
        code = sqlite3_prepare_v3(store->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    *out = *statement;
    return code == SQLITE_OK ? HF_OK : hf__store_fail(store, code, err);
}

hf_status hf__store_step(hf_store *store, sqlite3_stmt *statement, bool *row, hf_error *err)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return HF_OK;
    hf_status status = code == SQLITE_DONE ? HF_OK : hf__store_fail(store, code, err);
    (void)sqlite3_reset(statement);
    return status;
}

hf_status hf__store_run(hf_store *store, sqlite3_stmt *statement, hf_error *err)
{
    bool row = false;
    hf_status status = hf__store_step(store, statement, &row, err);
    HF_ASSERT(!row);
    return status;
}

static hf_status run_plain(hf_store *store, hf_store_sql which, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_prepare(store, which, &statement, err);
    return status == HF_OK ? hf__store_run(store, statement, err) : status;
}

hf_status hf__store_check_place(hf_store *store, hf_error *err)
{
    int moved = 0;
    int code = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return code == SQLITE_OK && moved != 0 ? hf__store_fail(store, SQLITE_READONLY_DBMOVED, err) : HF_OK;
}

hf_status hf__store_write_begin(hf_store *store, hf_error *err)
{
    hf_status status = store->depth > 0 ? HF_OK : hf__store_check_place(store, err);
    if (status == HF_OK && store->depth == 0)
        status = run_plain(store, HF_STORE_BEGIN, err);
    store->depth += status == HF_OK ? 1 : 0;
    return status;
}

hf_status hf__store_write_end(hf_store *store, hf_status status, hf_error *err)
{
    HF_ASSERT(store->depth > 0);
    if (--store->depth > 0)
        return status;
    if (status == HF_OK)
        status = run_plain(store, HF_STORE_COMMIT, err);
    if (status == HF_OK)
        status = hf__store_check_place(store, err);
    /* SQLite itself rolls back after some errors, so there may be nothing to do; and the first error is the one to tell. */
    if (status != HF_OK && sqlite3_get_autocommit(store->db) == 0)
        (void)run_plain(store, HF_STORE_ROLLBACK, NULL);
    return status;
}

hf_status hf__store_read_begin(hf_store *store, hf_error *err)
{
    return run_plain(store, HF_STORE_BEGIN_READ, err);
}

void hf__store_read_end(hf_store *store)
{
    (void)run_plain(store, HF_STORE_COMMIT, NULL);
}

const char *hf__store_keep(hf_store_texts *kept, const char *text)
{
    HF_GROW(kept->items, kept->count, kept->capacity);
    return kept->items[kept->count++] = hf__copy_string(text);
}

void hf__store_forget(hf_store_texts *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        hf__free(kept->items[i]);
    kept->count = 0;
}
