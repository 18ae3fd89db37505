/* SPDX-License-Identifier: MIT
 * What the sources of this layer share: the open database, its prepared statements, transactions, rows.
 */
#ifndef HF_STORE_DB_H
#define HF_STORE_DB_H

#include "store.h"
#include "heap_attempt.h"

#include <sqlite3.h>

/* How long another process may keep the database to itself before we give up. */
#define HF_STORE_PATIENCE_MS 30000
/* What the file's header calls it: "hfdb". */
#define HF_STORE_APPLICATION 0x68666462

typedef enum hf_store_sql {
#define HF_STORE_SQL(id, text) HF_STORE_##id,
#include "store_sql.def"
#undef HF_STORE_SQL
    HF_STORE_SQL_COUNT
} hf_store_sql;

/* Copies of texts that were handed out. */
typedef struct hf_store_texts {
    char **items;
    size_t count, capacity;
} hf_store_texts;

struct hf_store {
    sqlite3 *db;
    char *path;
    int64_t version;                              /* of the schema that it was opened with; one that is only read may be older than ours */
    uint64_t open_until_us;                       /* while it is opened: when waiting for other processes ends */
    unsigned depth;                               /* of nested write transactions; only the outermost is one */
    sqlite3_stmt *statements[HF_STORE_SQL_COUNT]; /* prepared when first used */
    hf_store_texts sweep_texts, finding_texts;    /* valid until the store is used again */
    hf_store_site site;                           /* that a finding handed out points at */
    hf_store_point point;
    hf_store_sweep sweep;
    hf_store_cause cause;
    hf_heap_guard guard; /* closes the connection */
};

/* What SQLite said, as an error with the file's name: err may be NULL. */
hf_status hf__store_fail(const hf_store *store, int code, hf_error *err);

/* The statement, ready to be bound. */
hf_status hf__store_prepare(hf_store *store, hf_store_sql which, sqlite3_stmt **out, hf_error *err);
/* One step. *row: there is a row. At the end and on failure the statement is reset. */
hf_status hf__store_step(hf_store *store, sqlite3_stmt *statement, bool *row, hf_error *err);
/* Runs a statement that gives no row, and resets it. */
hf_status hf__store_run(hf_store *store, sqlite3_stmt *statement, hf_error *err);

/* HF_ERROR_STATE: the file was deleted, moved or replaced since it was opened. SQLite goes on writing to the one that nobody will find. */
hf_status hf__store_check_place(hf_store *store, hf_error *err);

/* A write transaction around what follows: begin, and whatever comes of it, end with its status. Nested ones are part of the outermost. */
hf_status hf__store_write_begin(hf_store *store, hf_error *err);
hf_status hf__store_write_end(hf_store *store, hf_status status, hf_error *err);

/* The word for a point whose outcome is HF_OUTCOME_COUNT. */
#define HF_STORE_DRIFTED "drifted"

/* What is read between these is of one moment. */
hf_status hf__store_read_begin(hf_store *store, hf_error *err);
void hf__store_read_end(hf_store *store);

/* Parameters and columns; NULL is bound as "". */
void hf__store_bind_text(sqlite3_stmt *statement, int at, const char *text);
void hf__store_bind_u64(sqlite3_stmt *statement, int at, uint64_t value);
const char *hf__store_text(sqlite3_stmt *statement, int column);
uint64_t hf__store_u64_of(sqlite3_stmt *statement, int column);

/* Rows as the statements select them, from `column` on; texts are the statement's. HF_ERROR_FORMAT: a word that no hostfault wrote. */
#define HF_STORE_SITE_COLUMNS "s.key, s.method, s.fingerprint, s.place, s.stack, s.calls"
#define HF_STORE_POINT_COLUMNS                                                                                                                       \
    "p.site, p.thread, p.ordinal, p.result, p.onwards, p.variant, p.second, p.stands, p.fault, p.outcome, p.response, p.reason, p.calls, "           \
    "p.retries, "                                                                                                                                    \
    "p.leaked_bytes, p.violations, p.exit_status, p.signal, p.elapsed_us"
#define HF_STORE_SITE_COLUMN_COUNT 6
void hf__store_read_site(sqlite3_stmt *statement, int column, hf_store_site *out);
hf_status hf__store_read_point(const hf_store *store, sqlite3_stmt *statement, int column, hf_store_point *out, hf_error *err);
/* "E_OUTOFMEMORY", "0x8007054F" */
void hf__store_print_result(char *buffer, size_t capacity, HRESULT result);

/* The id made of a fingerprint and an outcome. */
void hf__store_name(const char *fingerprint, hf_outcome outcome, char out[17]);
/* The names in both lists, each once, in order, ", " between. hf__free. */
char *hf__store_join_names(const char *one, const char *other);
/* The shortest way into the group whose id begins so, in the newest sweep that has one. HF_ERROR_NOT_FOUND. */
hf_status hf__store_find_group(hf_store *store, const char *prefix, hf_store_finding *out, hf_error *err);
/* Loads a finding of the sweep that is loaded. */
hf_status hf__store_load_finding(hf_store *store, int64_t sweep, const char *id, uint64_t points, hf_store_finding *out, hf_error *err);
/* Copies into `kept`. */
const char *hf__store_keep(hf_store_texts *kept, const char *text);
void hf__store_forget(hf_store_texts *kept);
/* The sweep, with its texts in `sweep_texts`. HF_ERROR_NOT_FOUND. */
hf_status hf__store_load_sweep(hf_store *store, int64_t id, hf_store_sweep *out, hf_error *err);
/* The number in the first row of a statement whose only parameter, if any, is a sweep; 0 if there is no row. */
hf_status hf__store_count(hf_store *store, hf_store_sql which, int64_t sweep, uint64_t *out, hf_error *err);
/* The numbers that a statement without parameters gives: hf__free. */
hf_status hf__store_ids(hf_store *store, hf_store_sql which, int64_t **out, size_t *count_out, hf_error *err);

/* Brings a database up to HF_STORE_VERSION: what is not there yet is made. In a write transaction. */
hf_status hf__store_migrate(hf_store *store, int from, hf_error *err);

#endif
