/* SPDX-License-Identifier: MIT
 * What the database must hold, kept beside it in plain C: two tables, as they are within the open transaction and as they were committed.
 *
 * The contents of a row follow from its number, so the ledger needs no SQL to know them; only the figures that updates change are stored.
 * Its memory is the caller's own, never the host's.
 *
 * Threads: one.
 */
#ifndef SQLITE_LEDGER_H
#define SQLITE_LEDGER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ledger_entry {
    int64_t amount;
    bool there;
} ledger_entry;

typedef struct ledger_state {
    bool schema;
    unsigned accounts; /* numbered from 1 */
    unsigned entries;  /* the highest number ever used; deleted ones are not `there` */
    int64_t *balances;
    ledger_entry *rows;
} ledger_state;

typedef struct ledger {
    unsigned accounts_max, entries_max;
    ledger_state now, committed;
    char (*notes)[64]; /* by number: made once, compared with every time */
} ledger;

/* False: no memory for the ledger itself. */
bool ledger_create(ledger *book, unsigned accounts_max, unsigned entries_max);
void ledger_destroy(ledger *book);

void ledger_commit(ledger *book);
void ledger_rollback(ledger *book);

/* What a row holds by its number. */
unsigned ledger_account_of(const ledger *book, unsigned entry);
int64_t ledger_first_amount(unsigned entry);
const char *ledger_note(const ledger *book, unsigned entry);

/* Does the database hold the committed rows and no other, and does it hang together (PRAGMA integrity_check)? No
 * transaction may be open. NULL: yes; else why not (static text). */
const char *ledger_compare(const ledger *book, sqlite3 *db);

#endif
