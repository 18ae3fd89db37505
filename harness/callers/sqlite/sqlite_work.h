/* SPDX-License-Identifier: MIT
 * What the caller does with SQLite: a day of a bank, in steps, each a transaction or a question.
 *
 * Threads: one.
 */
#ifndef SQLITE_WORK_H
#define SQLITE_WORK_H

#include "sqlite_ledger.h"
#include <stddef.h>

typedef struct sqlite_work {
    sqlite3 *db;
    ledger *book;
    const char *step;  /* the one that is being done; for messages */
    char report[2048]; /* one line per question */
    size_t report_bytes;
} sqlite_work;

/* Accounts and entries that the ledger must have room for at `percent` of the default work. */
unsigned sqlite_work_accounts(unsigned percent);
unsigned sqlite_work_entries(unsigned percent);

/* All steps in order, up to the first that fails. Returns SQLite's result code; the open transaction of a failed step is still open. */
int sqlite_work_do(sqlite_work *work);

#endif
