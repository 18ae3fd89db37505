/* SPDX-License-Identifier: MIT
 * Converts between C and rows: binds parameters, reads columns. Numbers of 64 bits are stored as SQLite's signed ones, bit for bit; site keys as the
 * 16 hex digits that `site:` of a scenario takes; outcomes and responses as their words, so a query needs no table of ours to be understood.
 */
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "model.h"
#include "store_db.h"

#include <inttypes.h>
#include <stdio.h>

#include "base_poison.h"

void hf__store_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    (void)sqlite3_bind_text(statement, at, text != NULL ? text : "", -1, SQLITE_STATIC);
}

void hf__store_bind_u64(sqlite3_stmt *statement, int at, uint64_t value)
{
    (void)sqlite3_bind_int64(statement, at, (sqlite3_int64)value);
}

const char *hf__store_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    if (text == NULL &&
        sqlite3_errcode(sqlite3_db_handle(statement)) == SQLITE_NOMEM) /* else NULL is what the row has (sqlite.org/c3ref/column_blob.html) */
        hf__out_of_memory();
    return text != NULL ? text : "";
}

uint64_t hf__store_u64_of(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

void hf__store_print_failure(char *buffer, size_t capacity, const hf_store_point *point)
{
    if (hf__text_starts_with(hf__text(point->variant), "lie:"))
        (void)hf__text_copy(buffer, capacity, hf__text(point->variant));
    else
        hf__store_print_result(buffer, capacity, point->result);
}

void hf__store_print_result(char *buffer, size_t capacity, HRESULT result)
{
    const hf_hresult_row *row = hf__model_hresult(result);
    if (row != NULL)
        (void)snprintf(buffer, capacity, "%s", row->name);
    else
        (void)snprintf(buffer, capacity, "0x%08X", (unsigned)result);
}

void hf__store_read_site(sqlite3_stmt *statement, int column, hf_store_site *out)
{
    char key[32];
    uint64_t value = 0;
    (void)snprintf(key, sizeof key, "0x%s", hf__store_text(statement, column));
    (void)hf__parse_u64(hf__text(key), &value);
    *out = (hf_store_site){.key = value,
                           .method = hf__store_text(statement, column + 1),
                           .fingerprint = hf__store_text(statement, column + 2),
                           .place = hf__store_text(statement, column + 3),
                           .stack = hf__store_text(statement, column + 4),
                           .calls = hf__store_u64_of(statement, column + 5)};
}

/* The words that stand for an outcome and a response in the database; false if there are none. */
static bool read_words(sqlite3_stmt *statement, int outcome, int response, hf_store_point *out)
{
    hf_text word = hf__text(hf__store_text(statement, outcome));
    out->outcome = hf_outcome_by_name(word);
    out->response = hf_response_by_name(hf__text(hf__store_text(statement, response)));
    bool has_response = sqlite3_column_type(statement, response) != SQLITE_NULL;
    return (out->outcome != HF_OUTCOME_COUNT || hf__text_equal_string(word, HF_STORE_DRIFTED)) &&
           (out->response != HF_RESPONSE_COUNT || !has_response);
}

hf_status hf__store_read_point(const hf_store *store, sqlite3_stmt *statement, int column, hf_store_point *out, hf_error *err)
{
    *out = (hf_store_point){.site = sqlite3_column_int64(statement, column),
                            .thread = hf__store_text(statement, column + 1),
                            .ordinal = hf__store_u64_of(statement, column + 2),
                            .result = (HRESULT)sqlite3_column_int64(statement, column + 3),
                            .onwards = sqlite3_column_int(statement, column + 4) != 0,
                            .variant = hf__store_text(statement, column + 5),
                            .earlier = hf__store_text(statement, column + 6),
                            .stands = hf__store_text(statement, column + 7),
                            .fault = hf__store_text(statement, column + 8),
                            .reason = hf__store_text(statement, column + 11),
                            .calls = hf__store_u64_of(statement, column + 12),
                            .retries = hf__store_u64_of(statement, column + 13),
                            .leaked_bytes = hf__store_u64_of(statement, column + 14),
                            .violations = hf__store_u64_of(statement, column + 15),
                            .exit_status = sqlite3_column_int(statement, column + 16),
                            .signal = sqlite3_column_int(statement, column + 17),
                            .elapsed_us = hf__store_u64_of(statement, column + 18)};
    if (read_words(statement, column + 9, column + 10, out))
        return HF_OK;
    return HF_FAIL(err, HF_ERROR_FORMAT, "the database %s does not have hostfault's format: a point's outcome '%.20s' or response '%.20s' is unknown",
                   store->path, hf__store_text(statement, column + 9), hf__store_text(statement, column + 10));
}
