/* SPDX-License-Identifier: MIT
 * The caller "sqlite": real SQLite, its heap over IHostMalloc and its page cache over VirtualAlloc.
 *
 * Usage: hf-caller-sqlite [--scale PERCENT] [--file]. The database is in memory, or with --file a file in the current folder.
 *
 * SQLite sees only that memory did not come (HF_SEES_NULL). Its check (the committed rows and no other, PRAGMA integrity_check) needs the database
 * open, and closing the database is to be tested as well; so run makes the check itself, under hf_pause, before it closes, and the caller's
 * check tells what came of it.
 *
 * Lookaside memory is off: it would serve small requests out of one block that was got before, and no fault could reach them.
 */
#include "caller_options.h"
#include "caller_sqlite.h"
#include "sqlite_host.h"
#include "sqlite_ledger.h"
#include "sqlite_work.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include "base_poison.h"

static const char database_file[] = "hf-caller-sqlite.db";
static const char journal_file[] = "hf-caller-sqlite.db-journal";

/* What is wrong after the last run; NULL: nothing. */
static const char *wrong;

typedef struct session {
    sqlite3 *db;
    ledger book;
    unsigned percent;
    bool file;
} session;

static hf_caller_end report(session *self, const char *step, int rc)
{
    fprintf(stderr, "hf-caller-sqlite: %s: %s\n", step, self->db != NULL ? sqlite3_errmsg(self->db) : sqlite3_errstr(rc));
    return HF_CALLER_REPORTED;
}

/* The system's files, by the names that they are given: SQLite keeps a file's whole path in its heap blocks, and their sizes would depend on the
 * folder that the run happens in. */
static sqlite3_vfs here;

static int keep_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int register_files(void)
{
    const sqlite3_vfs *own = sqlite3_vfs_find(NULL);
    if (own == NULL)
        return SQLITE_NOTFOUND;
    here = *own;
    here.pNext = NULL;
    here.zName = "here";
    here.xFullPathname = keep_name;
    return sqlite3_vfs_register(&here, 0);
}

/* The generator is fixed, because SQLite seeds it from the system. For a file, the page cache is made so small that pages are evicted and
 * spilled, and the disk is not waited for: the power does not fail here. */
static int open_database(session *self)
{
    int rc = sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 42, NULL);
    if (rc == SQLITE_OK)
        rc = register_files();
    if (rc == SQLITE_OK)
        rc = sqlite3_open_v2(self->file ? database_file : ":memory:", &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, here.zName);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, "PRAGMA auto_vacuum = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = 12; PRAGMA synchronous = OFF", NULL,
                          NULL, NULL);
    return rc;
}

/* An open transaction is ended first: where memory stayed away, the ROLLBACK of the work itself had none either. A file is looked at through a
 * connection of its own, so that it is the file and not a cache that is compared. */
static const char *compare(const session *self)
{
    sqlite3 *db = self->db;
    if (!sqlite3_get_autocommit(db) && sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        return "the open transaction cannot be rolled back";
    if (self->file && sqlite3_open_v2(database_file, &db, SQLITE_OPEN_READWRITE, here.zName) != SQLITE_OK) {
        sqlite3_close(db);
        return "the database file cannot be opened again";
    }
    const char *why = ledger_compare(&self->book, db);
    if (self->file)
        sqlite3_close(db);
    return why;
}

/* Its calls are not faulted, so those that an E_FAIL has forbidden are allowed meanwhile. */
static void check_database(const session *self)
{
    hf_pause();
    bool gone = sqlite_host_set_gone(false);
    wrong = compare(self);
    sqlite_host_set_gone(gone);
    hf_resume();
}

static hf_caller_end work(session *self)
{
    sqlite_work job = {.db = self->db, .book = &self->book};
    hf_phase("running");
    int rc = sqlite_work_do(&job);
    if (rc == SQLITE_OK) {
        hf_result(job.report, job.report_bytes);
        return HF_CALLER_OK;
    }
    hf_caller_end end = report(self, job.step, rc);
    if (!sqlite3_get_autocommit(self->db))
        (void)sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    return end;
}

static hf_caller_end use_database(session *self)
{
    hf_caller_end end;
    int rc = open_database(self);
    if (rc == SQLITE_OK) {
        end = work(self);
        check_database(self);
    } else {
        end = report(self, "open", rc);
    }
    hf_phase("shutdown");
    if (sqlite3_close(self->db) != SQLITE_OK && wrong == NULL)
        wrong = "sqlite3_close refused: a statement is still there";
    sqlite3_vfs_unregister(&here);
    return end;
}

static void remove_files(const session *self)
{
    if (self->file) {
        remove(journal_file);
        remove(database_file);
    }
}

static const char *leftovers(void)
{
    sqlite_host_state left = sqlite_host_look();
    if (left.foreign != 0)
        return "SQLite gave back a block that is none";
    return left.blocks != 0 || left.slabs != 0 ? "sqlite3_shutdown left memory out" : NULL;
}

static hf_caller_end use_library(session *self)
{
    hf_caller_end end;
    hf_phase("startup");
    int rc = sqlite3_initialize();
    if (rc == SQLITE_OK)
        end = use_database(self);
    else
        end = report(self, "initialize", rc);
    sqlite3_shutdown();
    return end;
}

static hf_caller_end run(hf_caller_run *run)
{
    session self = {.percent = 100};
    const caller_option options[] = {{.name = "--scale", .minimum = 1, .maximum = 10000, .number = &self.percent},
                                     {.name = "--file", .given = &self.file}};
    wrong = NULL;
    if (!caller_options_read("sqlite", options, 2, run->argc, run->argv, NULL))
        return HF_CALLER_USAGE;
    if (!ledger_create(&self.book, sqlite_work_accounts(self.percent), sqlite_work_entries(self.percent)) || !sqlite_host_bind(run->manager) ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK) {
        fprintf(stderr, "hf-caller-sqlite: this SQLite cannot be given an allocator\n");
        ledger_destroy(&self.book);
        return HF_CALLER_MISSING;
    }

    remove_files(&self);
    hf_caller_end end = use_library(&self);
    sqlite_host_unbind();
    remove_files(&self);
    ledger_destroy(&self.book);
    if (wrong == NULL)
        wrong = leftovers();
    return end;
}

static int check(hf_caller_run *run, const char **why)
{
    (void)run;
    *why = wrong;
    return wrong == NULL;
}

static const char *library(void)
{
    static char name[64];
    snprintf(name, sizeof name, "sqlite %s", sqlite3_libversion());
    return name;
}

const hf_caller hf_caller_sqlite = {
    .struct_size = sizeof(hf_caller),
    .sees = HF_SEES_NULL,
    .name = "sqlite",
    .about = "SQLite with its heap over IHostMalloc and its page cache over VirtualAlloc",
    .run = run,
    .check = check,
    .library = library,
};
