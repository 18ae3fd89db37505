/* SPDX-License-Identifier: MIT
 * Opens a database: checks whose it is and how new, and prepares it for the first statement. A file of another program is never written to, nor is
 * one of a newer hostfault.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "os_file.h"
#include "os_thread.h"
#include "store_db.h"

#include <hostfault/version.h>
#include <stdio.h>

#include "base_poison.h"

#define HF_STORE_TABLES 7
/* Longer texts than a sweep could write. */
#define HF_STORE_TEXT_MAX (64 << 20)

/* What the file says of itself. */
typedef struct identity {
    int64_t application, version, tables;
} identity;

static hf_status query_text(hf_store *store, const char *sql, char *text, size_t capacity, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    text[0] = '\0';
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        (void)hf__text_copy(text, capacity, hf__text(hf__store_text(statement, 0)));
    hf_status status = code == SQLITE_ROW || code == SQLITE_DONE ? HF_OK : hf__store_fail(store, code, err);
    (void)sqlite3_finalize(statement);
    return status;
}

static hf_status ask_number(hf_store *store, const char *sql, int64_t *out, hf_error *err)
{
    char text[32];
    uint64_t value = 0;
    hf_status status = query_text(store, sql, text, sizeof text, err);
    bool negative = text[0] == '-';
    (void)hf__parse_u64(hf__text(text + (negative ? 1 : 0)), &value);
    *out = negative ? -(int64_t)value : (int64_t)value;
    return status;
}

static hf_status identify(hf_store *store, identity *out, hf_error *err)
{
    hf_status status = ask_number(store, "SELECT count(*) FROM sqlite_schema", &out->tables, err);
    if (status == HF_OK)
        status = ask_number(store, "PRAGMA application_id", &out->application, err);
    return status == HF_OK ? ask_number(store, "PRAGMA user_version", &out->version, err) : status;
}

static hf_status refuse_newer(hf_store *store, int64_t version, hf_error *err)
{
    char by[64];
    if (query_text(store, "SELECT value FROM meta WHERE name = 'written_by'", by, sizeof by, NULL) != HF_OK || by[0] == '\0')
        (void)snprintf(by, sizeof by, "of a later version");
    return HF_FAIL(err, HF_ERROR_VERSION,
                   "the database %s was written by hostfault %s (schema %lld); this is %s (schema %d): use that one, or name another results folder",
                   store->path, by, (long long)version, HF_VERSION, HF_STORE_VERSION);
}

/* Each table must be one. A view of that name could be a query without end, a virtual table a program of somebody's. A database of the first schema
 * has no table of causes. */
static hf_status check_tables(hf_store *store, hf_error *err)
{
#define NAMES "'meta', 'outcome', 'result', 'sweep', 'shard', 'site', 'point'"
    int64_t count = 0, others = 0;
    hf_status status =
        ask_number(store, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name IN (" NAMES ")", &count, err);
    if (status == HF_OK)
        status = ask_number(store,
                            "SELECT count(*) FROM sqlite_schema WHERE NOT (type = 'table' AND rootpage > 0) AND lower(name) IN (" NAMES ", 'cause')",
                            &others, err);
    if (status == HF_OK && (count != HF_STORE_TABLES || others != 0))
        return HF_FAIL(err, HF_ERROR_FORMAT, "the database %s does not have hostfault's format: some of its tables are missing or not tables",
                       store->path);
    return status;
#undef NAMES
}

static hf_status check_identity(hf_store *store, const identity *is, bool read_only, hf_error *err)
{
    if (is->tables == 0 && is->application == 0 && is->version == 0)
        return read_only ? HF_FAIL(err, HF_ERROR_NOT_FOUND, "the database %s is empty", store->path) : HF_OK;
    if (is->application != HF_STORE_APPLICATION)
        return hf__store_fail(store, SQLITE_NOTADB, err);
    store->version = is->version;
    if (is->version > HF_STORE_VERSION)
        return refuse_newer(store, is->version, err);
    return is->version >= 1 ? check_tables(store, err) : hf__store_fail(store, SQLITE_CORRUPT, err);
}

/* SQLite asks whether to try again. Opening takes many statements, which wait one time together. */
static int wait_while_opening(void *user, int times)
{
    const hf_store *store = user;
    (void)times;
    if (hf__os_now_us() >= store->open_until_us)
        return 0;
    (void)sqlite3_sleep(10);
    return 1;
}

/* Write-ahead logging: readers and a writer at once. Changing to it needs the file alone, and SQLite does not wait for that by itself. A file
 * system without shared memory stays with the old journal, which is only slower. */
static hf_status log_ahead(hf_store *store, hf_error *err)
{
    char mode[32];
    hf_error last = {0};
    hf_status status = HF_OK;
    do
        status = query_text(store, "PRAGMA journal_mode = WAL", mode, sizeof mode, &last);
    while (status == HF_ERROR_STATE && wait_while_opening(store, 0) != 0);
    if (status != HF_OK && err != NULL)
        *err = last;
    return status;
}

/* Creates what is missing. Another process may have created it since the check. */
static hf_status bring_up(hf_store *store, hf_error *err)
{
    hf_status status = log_ahead(store, err);
    if (status == HF_OK)
        status = hf__store_write_begin(store, err);
    if (status != HF_OK)
        return status;
    identity now;
    status = identify(store, &now, err);
    if (status == HF_OK)
        status = check_identity(store, &now, false, err);
    if (status == HF_OK && now.version < HF_STORE_VERSION)
        status = hf__store_migrate(store, (int)now.version, err);
    return hf__store_write_end(store, status, err);
}

/* Nothing that a strange database holds may run: it could come from anybody. */
static void harden(hf_store *store)
{
    sqlite3 *db = store->db;
    (void)sqlite3_extended_result_codes(db, 1);
    (void)sqlite3_busy_handler(db, wait_while_opening, store);
    /* The precautions for files from elsewhere that sqlite.org/security.html recommends. */
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, HF_STORE_TEXT_MAX);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_exec(db, "PRAGMA cell_size_check = ON; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768", NULL, NULL, NULL);
}

static hf_status open_connection(hf_store *store, const char *name, int flags, hf_error *err)
{
    (void)sqlite3_close(store->db);
    int code = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code != SQLITE_OK)
        return hf__store_fail(store, code, err);
    harden(store);
    return HF_OK;
}

static void print_uri(hf__builder *out, const char *path)
{
    hf__builder_print(out, "file:");
    for (const char *c = path; *c != '\0'; c++)
        hf__builder_print(out, *c == '%' || *c == '?' || *c == '#' ? "%%%02X" : "%c", (unsigned char)*c);
    hf__builder_print(out, "?immutable=1");
}

/* A database that was closed in order is one file, but reading it the usual way wants to make two more beside it: where that is not allowed, it is
 * read as one that nobody can change. */
static hf_status connect_immutable(hf_store *store, hf_error *err)
{
    char *log = hf__format("%s-wal", store->path);
    char name[4096];
    hf__builder builder = hf__builder_init(name, sizeof name);
    print_uri(&builder, store->path);
    hf_status status = HF_OK;
    if (builder.cut || hf__os_file_exists(log))
        status = HF_FAIL(err, HF_ERROR_SYSTEM,
                         "the database %s is in use or was not closed, and its folder is read-only; copy it with its -wal file to another folder",
                         store->path);
    hf__free(log);
    return status == HF_OK ? open_connection(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err) : status;
}

static hf_status open_to_read(hf_store *store, hf_error *err)
{
    if (!hf__os_file_exists(store->path))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no database %s", store->path);
    identity is;
    hf_error first = {0};
    hf_status status = open_connection(store, store->path, SQLITE_OPEN_READONLY, &first);
    if (status == HF_OK)
        status = identify(store, &is, &first);
    if (status == HF_ERROR_SYSTEM) {
        status = connect_immutable(store, &first);
        if (status == HF_OK)
            status = identify(store, &is, &first);
    }

    if (status == HF_OK)
        return check_identity(store, &is, true, err);
    if (err != NULL)
        *err = first;
    return status;
}

static hf_status open_to_write(hf_store *store, hf_error *err)
{
    identity is;
    hf_status status = open_connection(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    /* SQLite opens what it may not write for reading, without a word. */
    if (status == HF_OK && sqlite3_db_readonly(store->db, "main") == 1)
        status = hf__store_fail(store, SQLITE_READONLY, err);
    if (status == HF_OK)
        status = identify(store, &is, err);
    if (status == HF_OK)
        status = check_identity(store, &is, false, err);
    return status == HF_OK ? bring_up(store, err) : status;
}

/* The database and what SQLite may keep beside it: it would wait for a FIFO. */
static hf_status check_files(const char *path, hf_error *err)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    hf_status status = HF_OK;
    for (size_t i = 0; i < HF_COUNT_OF(endings) && status == HF_OK; i++) {
        char *file = hf__format("%s%s", path, endings[i]);
        status = hf__os_file_exists(file) ? hf__os_file_check(file, err) : HF_OK;
        hf__free(file);
    }
    return status;
}

/* With every statement, also one that is under way: sqlite3_close refuses while there is one. */
static void close_connection(void *given)
{
    hf_store *store = given;
    if (store->db == NULL)
        return;
    for (sqlite3_stmt *statement; (statement = sqlite3_next_stmt(store->db, NULL)) != NULL;)
        (void)sqlite3_finalize(statement);
    (void)sqlite3_close(store->db);
    store->db = NULL;
}

hf_status hf__store_open(const char *path, bool read_only, hf_store **out, hf_error *err)
{
    *out = NULL;
    hf_store *store = hf__allocate(1, sizeof *store);
    hf__heap_guard(&store->guard, close_connection, store);
    store->path = hf__copy_string(path);
    store->open_until_us = hf__os_now_us() + HF_STORE_PATIENCE_MS * (uint64_t)1000;
    hf_status status = check_files(path, err);
    if (status == HF_OK)
        status = read_only ? open_to_read(store, err) : open_to_write(store, err);
    if (status == HF_OK) {
        (void)sqlite3_busy_timeout(store->db, HF_STORE_PATIENCE_MS);
        *out = store;
    } else {
        hf__store_close(store);
    }
    return status;
}

void hf__store_close(hf_store *store)
{
    if (store == NULL)
        return;
    hf__heap_drop_guard(&store->guard);
    close_connection(store);
    hf__store_forget(&store->sweep_texts);
    hf__store_forget(&store->finding_texts);
    hf__free(store->sweep_texts.items);
    hf__free(store->finding_texts.items);
    hf__free(store->path);
    hf__free(store);
}
