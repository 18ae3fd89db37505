/* SPDX-License-Identifier: MIT
 * The schema and its versions: one script per version, which upgrades the one before. A released script is never changed; README.md describes the
 * last.
 */
#include "base_check.h"
#include "base_error.h"
#include "model.h"
#include "store_db.h"

#include <hostfault/version.h>
#include <stdio.h>

#include "base_poison.h"

static const char *const scripts[HF_STORE_VERSION] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE outcome(name TEXT PRIMARY KEY, severity INTEGER NOT NULL, meaning TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE result(value INTEGER PRIMARY KEY, name TEXT NOT NULL, meaning TEXT NOT NULL);"
    "CREATE TABLE sweep(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, caller TEXT NOT NULL, script TEXT NOT NULL,"
    " isolation TEXT NOT NULL, options TEXT NOT NULL, started TEXT NOT NULL, stack_depth INTEGER NOT NULL);"
    "CREATE TABLE shard(sweep INTEGER NOT NULL REFERENCES sweep(id), shard INTEGER NOT NULL, shards INTEGER NOT NULL,"
    " PRIMARY KEY(sweep, shards, shard)) WITHOUT ROWID;"
    "CREATE TABLE site(id INTEGER PRIMARY KEY AUTOINCREMENT, sweep INTEGER NOT NULL REFERENCES sweep(id), key TEXT NOT NULL, method TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, place TEXT NOT NULL, stack TEXT NOT NULL, calls INTEGER NOT NULL, UNIQUE(sweep, key, method));"
    "CREATE TABLE point(sweep INTEGER NOT NULL REFERENCES sweep(id), site INTEGER NOT NULL REFERENCES site(id), thread TEXT NOT NULL,"
    " ordinal INTEGER NOT NULL, result INTEGER NOT NULL, onwards INTEGER NOT NULL, variant TEXT NOT NULL, second TEXT NOT NULL,"
    " stands TEXT NOT NULL, fault TEXT NOT NULL, outcome TEXT NOT NULL, response TEXT, reason TEXT NOT NULL, calls INTEGER NOT NULL,"
    " retries INTEGER NOT NULL, leaked_bytes INTEGER NOT NULL, violations INTEGER NOT NULL, exit_status INTEGER NOT NULL, signal INTEGER NOT NULL,"
    " elapsed_us INTEGER NOT NULL, finding TEXT,"
    " PRIMARY KEY(sweep, site, thread, ordinal, result, onwards, variant, second)) WITHOUT ROWID;"
    "CREATE INDEX point_finding ON point(sweep, finding) WHERE finding IS NOT NULL;"
    "CREATE VIEW points AS SELECT p.sweep, w.caller, s.method, s.place, s.fingerprint, s.key AS site, p.thread, p.ordinal,"
    " coalesce(r.name, printf('0x%08X', p.result)) AS result, CASE p.onwards WHEN 0 THEN 'once' ELSE 'onwards' END AS mode, p.variant, p.second,"
    " p.stands, p.outcome, o.severity, p.response, p.reason, p.calls, p.retries, p.leaked_bytes, p.violations, p.exit_status, p.signal,"
    " p.elapsed_us, p.finding, p.fault FROM point AS p JOIN site AS s ON s.id = p.site JOIN sweep AS w ON w.id = p.sweep"
    " LEFT JOIN result AS r ON r.value = p.result LEFT JOIN outcome AS o ON o.name = p.outcome;"
    "CREATE VIEW findings AS SELECT sweep, caller, finding AS id, severity, outcome, method, place, fingerprint, count(*) AS points,"
    " group_concat(DISTINCT result) AS results FROM points WHERE finding IS NOT NULL GROUP BY sweep, finding;",
    "CREATE TABLE cause(sweep INTEGER NOT NULL REFERENCES sweep(id), finding TEXT NOT NULL, text TEXT NOT NULL, spot INTEGER NOT NULL,"
    " place TEXT NOT NULL, detail TEXT NOT NULL, stack TEXT NOT NULL, PRIMARY KEY(sweep, finding)) WITHOUT ROWID;"
    "CREATE VIEW causes AS SELECT f.sweep, f.caller, f.outcome, f.severity, coalesce(c.text, f.place) AS cause, coalesce(c.spot, 0) AS spot,"
    " c.place AS ended, c.detail, count(*) AS findings, sum(f.points) AS points, min(f.id) AS example FROM findings AS f"
    " LEFT JOIN cause AS c ON c.sweep = f.sweep AND c.finding = f.id GROUP BY f.sweep, f.outcome, 5, 6;",
};

static hf_status fill_words(hf_store *store, sqlite3_stmt *outcome, sqlite3_stmt *result, hf_error *err)
{
    hf_status status = HF_OK;
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT && status == HF_OK; i++) {
        hf__store_bind_text(outcome, 1, hf_outcome_name(i));
        hf__store_bind_u64(outcome, 2, hf_outcome_severity(i));
        hf__store_bind_text(outcome, 3, hf_outcome_meaning(i));
        status = hf__store_run(store, outcome, err);
    }

    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        hf__store_bind_u64(result, 1, (uint32_t)rows[i].value);
        hf__store_bind_text(result, 2, rows[i].name);
        hf__store_bind_text(result, 3, rows[i].meaning);
        status = hf__store_run(store, result, err);
    }

    return status;
}

/* The vocabulary of this hostfault, so that a query can name and sort what the points say. */
static hf_status write_words(hf_store *store, hf_error *err)
{
    sqlite3_stmt *outcome = NULL;
    sqlite3_stmt *result = NULL;
    int code = sqlite3_prepare_v2(store->db, "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?)", -1, &outcome, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(store->db, "INSERT OR REPLACE INTO result VALUES (?, ?, ?)", -1, &result, NULL);
    hf_status status = code == SQLITE_OK ? fill_words(store, outcome, result, err) : hf__store_fail(store, code, err);
    (void)sqlite3_finalize(outcome);
    (void)sqlite3_finalize(result);
    return status;
}

static hf_status run_script(hf_store *store, const char *script, hf_error *err)
{
    int code = sqlite3_exec(store->db, script, NULL, NULL, NULL);
    return code == SQLITE_OK ? HF_OK : hf__store_fail(store, code, err);
}

hf_status hf__store_migrate(hf_store *store, int from, hf_error *err)
{
    hf_status status = HF_OK;
    for (int version = from; version < HF_STORE_VERSION && status == HF_OK; version++)
        status = run_script(store, scripts[version], err);
    if (status == HF_OK)
        status = write_words(store, err);
    char last[256];
    (void)snprintf(last, sizeof last,
                   "INSERT OR REPLACE INTO meta VALUES ('schema', '%d'), ('written_by', '" HF_VERSION "');"
                   "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                   HF_STORE_VERSION, HF_STORE_APPLICATION, HF_STORE_VERSION);
    return status == HF_OK ? run_script(store, last, err) : status;
}
