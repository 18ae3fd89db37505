/* SPDX-License-Identifier: MIT
 * SQLite's errors as messages: which file, what is wrong with it, what to do.
 */
#include "base_check.h"
#include "base_error.h"
#include "store_db.h"

#include <errno.h>

#include "base_poison.h"

typedef struct error_row {
    int code; /* SQLite's, without what extends it */
    hf_status status;
    int os_code; /* -1: what the system said last */
    const char *words;
} error_row;

static const error_row rows[] = {
    {SQLITE_NOTADB, HF_ERROR_FORMAT, 0, "is not a hostfault database; move it away, or name another results folder"},
    {SQLITE_CORRUPT, HF_ERROR_FORMAT, 0, "is damaged; move it away and sweep again, or save what can be with 'sqlite3 FILE .recover'"},
    {SQLITE_FULL, HF_ERROR_SYSTEM, ENOSPC, "cannot be written"},
    {SQLITE_READONLY, HF_ERROR_SYSTEM, EACCES, "cannot be written: it, its folder or its file system is read-only"},
    {SQLITE_PERM, HF_ERROR_SYSTEM, EACCES, "cannot be opened"},
    {SQLITE_CANTOPEN, HF_ERROR_SYSTEM, -1, "cannot be opened"},
    {SQLITE_IOERR, HF_ERROR_SYSTEM, -1, "cannot be read or written"},
    {SQLITE_BUSY, HF_ERROR_STATE, 0, "is locked by another process; try again when that has ended"},
    {SQLITE_LOCKED, HF_ERROR_STATE, 0, "is locked by another process; try again when that has ended"},
    {SQLITE_NOMEM, HF_ERROR_MEMORY, 0, "needs more memory than there is"},
    {SQLITE_TOOBIG, HF_ERROR_LIMIT, 0, "cannot store a text of that length"},
};

hf_status hf__store_fail(const hf_store *store, int code, hf_error *err)
{
    const int system = sqlite3_system_errno(store->db);
    if (code == SQLITE_READONLY_DBMOVED)
        return HF_FAIL(err, HF_ERROR_STATE,
                       "the database %s was deleted, moved or replaced while it was in use, so the findings were not stored; run it again",
                       store->path);
    for (size_t i = 0; i < HF_COUNT_OF(rows); i++) {
        if (rows[i].code != (code & 0xFF))
            continue;
        const int os_code = rows[i].os_code >= 0 ? rows[i].os_code : system;
        return HF_FAIL_WITH(err, rows[i].status, os_code, "the database %s %s", store->path, rows[i].words);
    }
    /* Whatever else it can say (a table that is missing, a type that does not fit) comes of a file that somebody changed. */
    return HF_FAIL(err, HF_ERROR_FORMAT, "the database %s does not have hostfault's format: %s", store->path, sqlite3_errmsg(store->db));
}
