/* SPDX-License-Identifier: MIT
 * The steps. Whatever changes rows is booked in the ledger at the same time, from the same rule but not from the database.
 *
 * A step returns at the first result code that is not SQLITE_OK and leaves its transaction as it is: rolling back is what the caller does
 * with every failure, in one place. It must never retry, or it would be our behaviour that is tested and not SQLite's.
 */
#include "sqlite_work.h"
#include <stdio.h>
#include <string.h>
#include "base_poison.h"

enum { BATCH_ENTRIES = 40 };

static int execute(sqlite_work *work, const char *sql)
{
    return sqlite3_exec(work->db, sql, NULL, NULL, NULL);
}

static int commit(sqlite_work *work)
{
    int rc = execute(work, "COMMIT");
    if (rc == SQLITE_OK)
        ledger_commit(work->book);
    return rc;
}

static uint32_t digest(uint32_t sum, const char *text)
{
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * 16777619u;
    return sum;
}

/* Folds a row into the sum; NULL and numbers as SQLite spells them. False: a value did not come, which only a lack of memory explains. */
static int fold_row(sqlite_work *work, sqlite3_stmt *statement, uint32_t *sum)
{
    for (int column = 0; column < sqlite3_column_count(statement); column++) {
        const char *text = (const char *)sqlite3_column_text(statement, column);
        if (text == NULL && sqlite3_column_type(statement, column) != SQLITE_NULL)
            return sqlite3_errcode(work->db) == SQLITE_OK ? SQLITE_NOMEM : sqlite3_errcode(work->db);
        *sum = digest(*sum, text == NULL ? "-" : text);
    }
    return SQLITE_OK;
}

/* Runs a query; its rows, counted and folded, become a line of the report. */
static int ask(sqlite_work *work, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    uint32_t sum = 2166136261u;
    unsigned rows = 0;
    int rc = sqlite3_prepare_v2(work->db, sql, -1, &statement, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        rows++;
        rc = fold_row(work, statement, &sum);
    }
    int final_rc = sqlite3_finalize(statement);
    if (rc != SQLITE_DONE)
        return rc == SQLITE_OK ? final_rc : rc;
    int length =
        snprintf(work->report + work->report_bytes, sizeof work->report - work->report_bytes, "%s rows=%u digest=%08x\n", work->step, rows, sum);
    work->report_bytes += length > 0 ? (size_t)length : 0;
    return SQLITE_OK;
}

static int run_statement(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    int reset_rc = sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : reset_rc;
}

static int insert_accounts(sqlite_work *work)
{
    static const char *const regions[] = {"north", "east", "south", "west", "isles"};
    sqlite3_stmt *statement = NULL;
    ledger_state *now = &work->book->now;
    int rc = sqlite3_prepare_v2(work->db, "INSERT INTO account VALUES(?1, printf('holder %03d', ?1), ?2, 0)", -1, &statement, NULL);
    while (rc == SQLITE_OK && now->accounts < work->book->accounts_max) {
        unsigned account = now->accounts + 1;
        rc = sqlite3_bind_int64(statement, 1, account);
        if (rc == SQLITE_OK)
            rc = sqlite3_bind_text(statement, 2, regions[account % 5], -1, SQLITE_STATIC);
        if (rc == SQLITE_OK)
            rc = run_statement(statement);
        if (rc == SQLITE_OK)
            now->balances[now->accounts = account] = 0;
    }
    sqlite3_finalize(statement);

    return rc;
}

static int bind_entry(const ledger *book, sqlite3_stmt *statement, unsigned entry)
{
    int rc = sqlite3_bind_int64(statement, 1, entry);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(statement, 2, ledger_account_of(book, entry));
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(statement, 3, ledger_first_amount(entry));
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(statement, 4, ledger_note(book, entry), -1, SQLITE_TRANSIENT);
    return rc == SQLITE_OK ? sqlite3_bind_zeroblob(statement, 5, (int)(entry % 400)) : rc;
}

static int insert_entries(sqlite_work *work, unsigned count)
{
    sqlite3_stmt *statement = NULL;
    ledger_state *now = &work->book->now;
    int rc = sqlite3_prepare_v2(work->db, "INSERT INTO entry VALUES(?1, ?2, ?3, ?4, ?5)", -1, &statement, NULL);
    for (unsigned i = 0; rc == SQLITE_OK && i < count; i++) {
        unsigned entry = now->entries + 1;
        rc = bind_entry(work->book, statement, entry);
        if (rc == SQLITE_OK)
            rc = run_statement(statement);
        if (rc == SQLITE_OK) {
            now->entries = entry;
            now->rows[entry] = (ledger_entry){.amount = ledger_first_amount(entry), .there = true};
        }
    }
    sqlite3_finalize(statement);
    return rc;
}

static int step_schema(sqlite_work *work)
{
    int rc = execute(work, "BEGIN;"
                           "CREATE TABLE account(id INTEGER PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, balance INTEGER NOT NULL);"
                           "CREATE TABLE entry(id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, amount INTEGER NOT NULL,"
                           " note TEXT NOT NULL, scan BLOB);"
                           "CREATE VIEW overdrawn AS SELECT id, owner, balance FROM account WHERE balance < 0");
    work->book->now.schema = true;
    if (rc == SQLITE_OK)
        rc = insert_accounts(work);
    return rc == SQLITE_OK ? commit(work) : rc;
}

static int step_insert(sqlite_work *work)
{
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK && work->book->now.entries + 3 * BATCH_ENTRIES <= work->book->entries_max) {
        rc = execute(work, "BEGIN");
        if (rc == SQLITE_OK)
            rc = insert_entries(work, BATCH_ENTRIES);
        if (rc == SQLITE_OK)
            rc = commit(work);
    }
    return rc;
}

static int step_index(sqlite_work *work)
{
    return execute(work,
                   "CREATE INDEX entry_by_account ON entry(account, amount); CREATE UNIQUE INDEX account_by_owner ON account(owner COLLATE NOCASE)");
}

static int step_group(sqlite_work *work)
{
    return ask(
        work,
        "SELECT region, count(*), sum(amount), max(note), group_concat(DISTINCT amount % 7) FROM entry JOIN account ON account.id = entry.account"
        " GROUP BY region HAVING count(*) > 1 ORDER BY 3 DESC");
}

static int step_update(sqlite_work *work)
{
    ledger_state *now = &work->book->now;
    int rc = execute(work, "BEGIN; UPDATE entry SET amount = amount + 7 WHERE id % 5 = 0;"
                           "UPDATE account SET balance = balance + (SELECT coalesce(sum(amount), 0) FROM entry WHERE account = account.id)");
    for (unsigned entry = 1; entry <= now->entries; entry++) {
        if (entry % 5 == 0)
            now->rows[entry].amount += 7;
        now->balances[ledger_account_of(work->book, entry)] += now->rows[entry].amount;
    }
    return rc == SQLITE_OK ? commit(work) : rc;
}

static int step_join(sqlite_work *work)
{
    return ask(work, "SELECT a.owner, b.owner, a.balance - b.balance FROM account a JOIN account b ON a.region = b.region AND a.id < b.id"
                     " WHERE EXISTS (SELECT 1 FROM entry WHERE account = b.id AND amount > 0) ORDER BY 3, 1, 2 LIMIT 200");
}

/* What was done within the savepoint is undone, what came before it stays. */
static int step_savepoint(sqlite_work *work)
{
    int rc = execute(work, "BEGIN");
    if (rc == SQLITE_OK)
        rc = insert_entries(work, BATCH_ENTRIES / 4);
    if (rc == SQLITE_OK)
        rc = execute(work, "SAVEPOINT audit; DELETE FROM entry WHERE account % 3 = 0; UPDATE account SET balance = -1 - balance;"
                           "ROLLBACK TO audit; RELEASE audit");
    return rc == SQLITE_OK ? commit(work) : rc;
}

static int step_delete(sqlite_work *work)
{
    ledger_state *now = &work->book->now;
    int rc = execute(work, "BEGIN; DELETE FROM entry WHERE id % 4 = 1");
    for (unsigned entry = 1; entry <= now->entries; entry += 4)
        now->rows[entry].there = false;
    return rc == SQLITE_OK ? commit(work) : rc;
}

static int step_rollback(sqlite_work *work)
{
    int rc = execute(work, "BEGIN");
    if (rc == SQLITE_OK)
        rc = insert_entries(work, BATCH_ENTRIES);
    if (rc == SQLITE_OK)
        rc = execute(work, "UPDATE account SET owner = owner || '?', balance = balance * 2; DELETE FROM entry WHERE amount < 0; ROLLBACK");
    ledger_rollback(work->book);
    return rc;
}

static int step_vacuum(sqlite_work *work)
{
    return execute(work, "VACUUM");
}

static int step_rank(sqlite_work *work)
{
    return ask(work, "WITH RECURSIVE month(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM month WHERE n < 12)"
                     " SELECT n, id, note, sum(amount) OVER (PARTITION BY account ORDER BY id), length(scan) FROM month JOIN entry ON id % 12 = n - 1"
                     " WHERE note LIKE '%coal%' OR note GLOB 't*' ORDER BY note, id");
}

static int step_overdrawn(sqlite_work *work)
{
    return ask(work, "SELECT * FROM overdrawn UNION ALL SELECT count(*), 'entries', total(amount) FROM entry ORDER BY 1, 2");
}

unsigned sqlite_work_accounts(unsigned percent)
{
    return 20 + 10 * percent / 100;
}

unsigned sqlite_work_entries(unsigned percent)
{
    return 4 * BATCH_ENTRIES + 1000 * percent / 100;
}

int sqlite_work_do(sqlite_work *work)
{
    static const struct {
        const char *name;
        int (*run)(sqlite_work *work);
    } steps[] = {
        {"schema", step_schema},     {"insert", step_insert}, {"index", step_index},         {"group", step_group},
        {"update", step_update},     {"join", step_join},     {"savepoint", step_savepoint}, {"delete", step_delete},
        {"rollback", step_rollback}, {"vacuum", step_vacuum}, {"rank", step_rank},           {"overdrawn", step_overdrawn},
    };
    int rc = SQLITE_OK;
    for (size_t i = 0; rc == SQLITE_OK && i < sizeof steps / sizeof steps[0]; i++) {
        work->step = steps[i].name;
        rc = steps[i].run(work);
    }
    return rc;
}
