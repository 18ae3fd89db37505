/* SPDX-License-Identifier: MIT */
/* SQLite: a table in memory, filled and asked. Its methods want to know a block's size, which hf_adapt_size has. */
#include "cookbook.h"

#include <sqlite3.h>

static void *take(int size)
{
    return hf_adapt_malloc((size_t)size);
}
static void *resize(void *block, int size)
{
    return hf_adapt_realloc(block, (size_t)size);
}
static int size_of(void *block)
{
    return (int)hf_adapt_size(block);
}
static int round_up(int size)
{
    return (size + 7) & ~7;
}
static int begin(void *user)
{
    (void)user;
    return SQLITE_OK;
}
static void end(void *user)
{
    (void)user;
}

static int ask(sqlite3 *database, int *sum)
{
    sqlite3_stmt *statement = NULL;
    int status =
        sqlite3_exec(database, "CREATE TABLE t(n INTEGER PRIMARY KEY, s TEXT); INSERT INTO t(s) VALUES('a'), ('bb'), ('ccc');", NULL, NULL, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_prepare_v2(database, "SELECT sum(length(s) * n) FROM t", -1, &statement, NULL);
    if (status == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        *sum = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

int main(void)
{
    static const sqlite3_mem_methods methods = {take, hf_adapt_free, resize, size_of, round_up, begin, end, NULL};
    sqlite3 *database = NULL;
    int sum = 0;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int status = sqlite3_open(":memory:", &database);
    if (status == SQLITE_OK)
        status = ask(database, &sum);
    sqlite3_close(database);
    sqlite3_shutdown();
    return cookbook_end(sum == 14, sum == 14 ? "14" : sqlite3_errstr(status));
}
