/* SPDX-License-Identifier: MIT
 * The other book: rows as they must be, and their comparison with the rows that are.
 *
 * A COMMIT that returned an error must have left nothing behind once it was rolled back; so `committed` changes only when COMMIT said SQLITE_OK,
 * and there is no "in doubt". It must never read a figure from the database that it then compares with the database.
 */
#include "sqlite_ledger.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base_poison.h"

static bool state_create(const ledger *book, ledger_state *state)
{
    *state = (ledger_state){0};
    state->balances = calloc(book->accounts_max + 1u, sizeof *state->balances);
    state->rows = calloc(book->entries_max + 1u, sizeof *state->rows);
    return state->balances != NULL && state->rows != NULL;
}

static void state_copy(const ledger *book, ledger_state *to, const ledger_state *from)
{
    to->schema = from->schema;
    to->accounts = from->accounts;
    to->entries = from->entries;
    memcpy(to->balances, from->balances, (book->accounts_max + 1u) * sizeof *to->balances);
    memcpy(to->rows, from->rows, (book->entries_max + 1u) * sizeof *to->rows);
}

/* Spreads a number over 32 bits. */
static uint32_t mix(uint32_t number)
{
    number = (number ^ (number >> 16)) * 0x45D9F3Bu;
    number = (number ^ (number >> 16)) * 0x45D9F3Bu;
    return number ^ (number >> 16);
}

static void write_notes(ledger *book)
{
    static const char *const words[] = {"rent", "wages", "paper", "coal", "freight", "interest", "repairs", "tea"};
    for (unsigned entry = 0; entry <= book->entries_max; entry++)
        snprintf(book->notes[entry], sizeof book->notes[entry], "%s no. %u, folio %08x", words[mix(entry + 3) % 8], entry, mix(entry + 9));
}

bool ledger_create(ledger *book, unsigned accounts_max, unsigned entries_max)
{
    *book = (ledger){.accounts_max = accounts_max, .entries_max = entries_max};
    book->notes = calloc(entries_max + 1u, sizeof *book->notes);
    if (!state_create(book, &book->now) || !state_create(book, &book->committed) || book->notes == NULL) {
        ledger_destroy(book);
        return false;
    }
    write_notes(book);
    return true;
}

void ledger_destroy(ledger *book)
{
    free(book->now.balances);
    free(book->now.rows);
    free(book->committed.balances);
    free(book->committed.rows);
    free(book->notes);
    *book = (ledger){0};
}

void ledger_commit(ledger *book)
{
    state_copy(book, &book->committed, &book->now);
}

void ledger_rollback(ledger *book)
{
    state_copy(book, &book->now, &book->committed);
}

unsigned ledger_account_of(const ledger *book, unsigned entry)
{
    return 1 + mix(entry) % book->accounts_max;
}

int64_t ledger_first_amount(unsigned entry)
{
    return (int64_t)(mix(entry + 77) % 20001) - 10000;
}

const char *ledger_note(const ledger *book, unsigned entry)
{
    return book->notes[entry];
}

/* One value of one statement as text, "" if it gave none. */
static bool one_value(sqlite3 *db, const char *sql, char *value, size_t size)
{
    sqlite3_stmt *statement = NULL;
    value[0] = '\0';
    bool got = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
    const unsigned char *text = got ? sqlite3_column_text(statement, 0) : NULL;
    if (text != NULL)
        snprintf(value, size, "%s", (const char *)text);
    return sqlite3_finalize(statement) == SQLITE_OK && text != NULL;
}

static bool entry_equals(const ledger *book, sqlite3_stmt *statement, unsigned entry)
{
    const char *text = (const char *)sqlite3_column_text(statement, 3);
    return sqlite3_column_int64(statement, 0) == (sqlite3_int64)entry &&
           sqlite3_column_int64(statement, 1) == (sqlite3_int64)ledger_account_of(book, entry) &&
           sqlite3_column_int64(statement, 2) == (sqlite3_int64)book->committed.rows[entry].amount && text != NULL &&
           strcmp(text, ledger_note(book, entry)) == 0;
}

static unsigned next_entry(const ledger *book, unsigned entry)
{
    do
        entry++;
    while (entry <= book->committed.entries && !book->committed.rows[entry].there);
    return entry;
}

static const char *compare_entries(const ledger *book, sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    unsigned expected = next_entry(book, 0);
    bool equal = sqlite3_prepare_v2(db, "SELECT id, account, amount, note FROM entry ORDER BY id", -1, &statement, NULL) == SQLITE_OK;
    while (equal && sqlite3_step(statement) == SQLITE_ROW) {
        equal = expected <= book->committed.entries && entry_equals(book, statement, expected);
        expected = next_entry(book, expected);
    }
    equal = sqlite3_finalize(statement) == SQLITE_OK && equal && expected > book->committed.entries;
    return equal ? NULL : "the entries are not the committed ones";
}

static const char *compare_accounts(const ledger *book, sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    unsigned expected = 1;
    bool equal = sqlite3_prepare_v2(db, "SELECT id, balance FROM account ORDER BY id", -1, &statement, NULL) == SQLITE_OK;
    while (equal && sqlite3_step(statement) == SQLITE_ROW) {
        equal = expected <= book->committed.accounts && sqlite3_column_int64(statement, 0) == (sqlite3_int64)expected &&
                sqlite3_column_int64(statement, 1) == (sqlite3_int64)book->committed.balances[expected];
        expected++;
    }
    equal = sqlite3_finalize(statement) == SQLITE_OK && equal && expected == book->committed.accounts + 1;
    return equal ? NULL : "the accounts are not the committed ones";
}

const char *ledger_compare(const ledger *book, sqlite3 *db)
{
    char value[128];
    if (!one_value(db, "PRAGMA integrity_check", value, sizeof value) || strcmp(value, "ok") != 0)
        return "PRAGMA integrity_check does not say ok";
    if (!one_value(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", value, sizeof value))
        return "the schema cannot be read";
    if (!book->committed.schema)
        return strcmp(value, "0") == 0 ? NULL : "tables are there whose creation was not committed";
    const char *why = compare_entries(book, db);
    return why != NULL ? why : compare_accounts(book, db);
}
