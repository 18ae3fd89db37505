/* SPDX-License-Identifier: MIT
 * Foreign, newer, damaged and read-only files: rejected with a message, and left unchanged.
 */
#include "heap_alloc.h"
#include "base_random.h"
#include "os_file.h"
#include "system_file.h"
#include "store_examples.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(store_open, .timeout = 120, .init = store_make_folder, .fini = store_remove_folder);

static void write_file(const char *path, const char *bytes, size_t size)
{
    cr_assert(eq(int, hf__system_file_write(path, bytes, size, NULL), HF_OK));
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert(eq(int, sqlite3_open(path, &db), SQLITE_OK));
    cr_assert(eq(int, sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK), "%s", sqlite3_errmsg(db));
    cr_assert(eq(int, sqlite3_close(db), SQLITE_OK));
}

static void make_filled(const char *path)
{
    hf_store *store = store_open(path);
    store_add_many(store, store_sweep(store, "k", false), 0, 2000, 1, 0);
    hf__store_close(store);
}

/* Opening fails this way, to read and to write, the message has this text, and the file is the same afterwards. */
static void expect_refused(const char *path, hf_status status, const char *text)
{
    char *before = NULL;
    char *after = NULL;
    size_t size_before = 0;
    size_t size_after = 0;
    cr_assert(eq(int, hf__system_file_read(path, 1 << 24, &before, &size_before, NULL), HF_OK));
    for (int read_only = 0; read_only < 2; read_only++) {
        hf_store *store = NULL;
        hf_error err = {0};
        cr_assert(eq(int, hf__store_open(path, read_only != 0, &store, &err), status), "%s", err.message);
        cr_assert(eq(ptr, store, NULL));
        cr_assert(ne(ptr, strstr(err.message, text), NULL), "%s", err.message);
        cr_assert(ne(ptr, strstr(err.message, path), NULL), "%s", err.message);
    }
    cr_assert(eq(int, hf__system_file_read(path, 1 << 24, &after, &size_after, NULL), HF_OK));
    cr_assert(eq(sz, size_after, size_before));
    cr_assert(eq(int, memcmp(before, after, size_before), 0));
    hf__free(before);
    hf__free(after);
}

Test(store_open, a_database_of_a_newer_hostfault_is_refused_by_name)
{
    make_filled(store_path("a.db"));
    run_sql(store_path("a.db"), "PRAGMA user_version = 7; UPDATE meta SET value = '9.8.7' WHERE name = 'written_by'");
    expect_refused(store_path("a.db"), HF_ERROR_VERSION, "written by hostfault 9.8.7 (schema 7)");
}

Test(store_open, a_newer_one_without_our_tables_too)
{
    run_sql(store_path("a.db"), "CREATE TABLE other(x); PRAGMA user_version = 3; PRAGMA application_id = 1751540834");
    expect_refused(store_path("a.db"), HF_ERROR_VERSION, "(schema 3)");
}

Test(store_open, somebody_elses_database_is_refused)
{
    run_sql(store_path("a.db"), "CREATE TABLE mine(x)");
    expect_refused(store_path("a.db"), HF_ERROR_FORMAT, "is not a hostfault database");
}

Test(store_open, a_file_that_is_no_database_is_refused)
{
    static char text[5000];
    memset(text, 'x', sizeof text);
    write_file(store_path("a.db"), text, sizeof text);
    expect_refused(store_path("a.db"), HF_ERROR_FORMAT, "is not a hostfault database");
}

Test(store_open, a_folder_is_refused)
{
    hf_store *store = NULL;
    hf_error err;
    cr_assert(eq(int, hf__store_open(store_path("."), false, &store, &err), HF_ERROR_INPUT));
    cr_assert(eq(int, hf__store_open(store_path("."), true, &store, &err), HF_ERROR_INPUT));
}

Test(store_open, an_empty_file_is_made_a_database_but_has_nothing_to_read)
{
    write_file(store_path("a.db"), "", 0);
    hf_store *store = NULL;
    cr_assert(eq(int, hf__store_open(store_path("a.db"), true, &store, NULL), HF_ERROR_NOT_FOUND));
    hf__store_close(store_open(store_path("a.db")));
    cr_assert(eq(int, hf__store_open(store_path("a.db"), true, &store, NULL), HF_OK));
    hf__store_close(store);
}

Test(store_open, to_read_makes_no_file)
{
    hf_store *store = NULL;
    hf_error err;
    cr_assert(eq(int, hf__store_open(store_path("a.db"), true, &store, &err), HF_ERROR_NOT_FOUND));
    cr_assert(not(hf__os_file_exists(store_path("a.db"))));
}

Test(store_open, a_missing_folder_is_said)
{
    hf_store *store = NULL;
    hf_error err;
    cr_assert(eq(int, hf__store_open(store_path("no/a.db"), false, &store, &err), HF_ERROR_SYSTEM));
    cr_assert(ne(ptr, strstr(err.message, "No such file"), NULL), "%s", err.message);
}

Test(store_open, a_name_with_what_an_address_escapes_can_be_read)
{
    make_filled(store_path("a b?c#d%20.db"));
    hf_store *store = NULL;
    int64_t *sweeps = NULL;
    size_t count = 0;
    cr_assert(eq(int, hf__store_open(store_path("a b?c#d%20.db"), true, &store, NULL), HF_OK));
    cr_assert(eq(int, hf__store_current(store, &sweeps, &count, NULL), HF_OK));
    cr_assert(all(eq(sz, count, 1), eq(i64, sweeps[0], 1)));
    hf__free(sweeps);
    hf__store_close(store);
}

/* What reads everything there is: HF_OK, or what stopped it. */
static bool take_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    (void)site;
    *(uint64_t *)user += point->ordinal;
    return true;
}
static bool take_finding(const hf_store_finding *finding, void *user)
{
    *(uint64_t *)user += strlen(finding->results);
    return true;
}
static hf_status read_everything(const char *path, hf_error *err)
{
    hf_store *store = NULL;
    uint64_t sum = 0;
    hf_store_summary summary;
    hf_status status = hf__store_open(path, true, &store, err);
    if (status == HF_OK)
        status = hf__store_each_point(store, 1, take_point, &sum, err);
    if (status == HF_OK)
        status = hf__store_each_finding(store, 1, take_finding, &sum, err);
    if (status == HF_OK)
        status = hf__store_summarize(store, 1, &summary, err);
    hf__store_close(store);
    return status;
}

Test(store_open, a_database_cut_short_is_said_to_be_damaged)
{
    make_filled(store_path("a.db"));
    struct stat is;
    cr_assert(eq(int, stat(store_path("a.db"), &is), 0));
    for (int tenths = 1; tenths < 10; tenths++) {
        hf_error err = {0};
        make_filled(store_path("cut.db"));
        cr_assert(eq(int, truncate(store_path("cut.db"), is.st_size * tenths / 10), 0));
        cr_assert(eq(int, read_everything(store_path("cut.db"), &err), HF_ERROR_FORMAT), "%d tenths: %s", tenths, err.message);
        cr_assert(ne(ptr, strstr(err.message, "cut.db is damaged"), NULL), "%s", err.message);
        cr_assert(eq(int, unlink(store_path("cut.db")), 0));
    }
}

/* Pages of rubbish at places drawn from a seed: it is read as if nothing were wrong (rubbish where nothing was) or refused, and never worse. */
Test(store_open, a_database_with_rubbish_in_it_ends_no_reader)
{
    make_filled(store_path("a.db"));
    char *good = NULL;
    size_t size = 0;
    cr_assert(eq(int, hf__system_file_read(store_path("a.db"), 1 << 24, &good, &size, NULL), HF_OK));
    unsigned refused = 0;
    char *bad = hf__allocate(size, 1);
    for (unsigned turn = 0; turn < 60; turn++) {
        memcpy(bad, good, size);
        size_t at = hf__random(1, 1, turn) % (size - 200);
        for (size_t i = 0; i < 200; i++)
            bad[at + i] = (char)hf__random(2, turn, i);
        write_file(store_path("bad.db"), bad, size);
        hf_error err = {0};
        hf_status status = read_everything(store_path("bad.db"), &err);
        cr_assert(status == HF_OK || (err.message[0] != '\0' && err.status == status), "turn %u", turn);
        refused += status != HF_OK;
    }
    cr_assert(lt(u32, 10, refused));
    hf__free(bad);
    hf__free(good);
}

Test(store_open, a_word_that_no_hostfault_writes_is_damage)
{
    make_filled(store_path("a.db"));
    run_sql(store_path("a.db"), "UPDATE point SET outcome = 'splendid' WHERE ordinal = 5");
    hf_error err = {0};
    cr_assert(eq(int, read_everything(store_path("a.db"), &err), HF_ERROR_FORMAT));
    cr_assert(ne(ptr, strstr(err.message, "splendid"), NULL), "%s", err.message);
}

Test(store_open, a_missing_table_is_damage)
{
    make_filled(store_path("a.db"));
    run_sql(store_path("a.db"), "DROP TABLE shard");
    hf_error err = {0};
    cr_assert(eq(int, read_everything(store_path("a.db"), &err), HF_ERROR_FORMAT));
    cr_assert(ne(ptr, strstr(err.message, "some of its tables are missing"), NULL), "%s", err.message);
}

Test(store_open, nothing_in_a_strange_database_runs)
{
    make_filled(store_path("a.db"));
    run_sql(store_path("a.db"), "CREATE TRIGGER bad AFTER INSERT ON point BEGIN DELETE FROM point; END");
    hf_store *store = store_open(store_path("a.db"));
    hf_store_point point = store_point(1, 99999);
    hf_store_summary summary;
    store_add(store, 1, &point);
    cr_assert(eq(int, hf__store_summarize(store, 1, &summary, NULL), HF_OK));
    cr_assert(eq(u64, summary.points, 2001));
    hf__store_close(store);
}

/* The views are for people; nothing of ours reads them, so this does. */
Test(store_open, the_views_of_the_schema_work_in_any_sqlite)
{
    make_filled(store_path("a.db"));
    run_sql(store_path("a.db"), "CREATE TABLE copy AS SELECT * FROM findings; CREATE TABLE copy2 AS SELECT * FROM points;"
                                "CREATE TABLE check1(x CHECK(x > 50)); INSERT INTO check1 SELECT count(*) FROM copy;"
                                "CREATE TABLE check2(x CHECK(x = 2000)); INSERT INTO check2 SELECT count(*) FROM copy2;");
}
