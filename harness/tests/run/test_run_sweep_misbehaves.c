/* SPDX-License-Identifier: MIT
 * Sweeps of callers that are difficult: each has a clear outcome at every point, the sweep goes on to its end, and nothing is left running.
 */
#include "hf_rows.h"
#include "run_whole.h"
#include "system_file.h"

#include <hostfault/sweep.h>
#include <sys/wait.h>

TestSuite(run_sweep_misbehaves, .timeout = 120);

typedef struct row {
    const char *mode;
    hf_status status;
    const char *message;              /* of the error */
    uint64_t reported, hung, aborted; /* points that ended so */
} row;

static const row rows[] = {
    {"never-allocates", HF_ERROR_INPUT, "makes no call that can be made to fail", 0, 0, 0},
    {"fails-anyhow", HF_OK, "", 6, 0, 0},
    {"forks", HF_OK, "", 6, 0, 0},
    {"daemonises", HF_OK, "", 6, 0, 0},
    {"ignores-term", HF_OK, "", 0, 6, 0},
    {"deletes-session", HF_OK, "", 6, 0, 0},
    {"allocates-in-handler", HF_OK, "", 8, 0, 0},
    {"is-interrupted", HF_ERROR_STATE, "call from a signal handler", 0, 0, 0}, /* which no caller may make, fault or none */
    {"allocates-at-exit", HF_OK, "", 3, 0, 5},
};

static hf_status sweep_in(const char *workdir, const char *results, const char *mode, hf_isolation isolation, hf_sweep_summary *summary,
                          hf_error *err)
{
    static hf_errors errors;
    hf_scenario_file *file = NULL;
    char *text = hf__format("name: swept\ncommand: [" HF_SWEEP_MISBEHAVES ", %s]\n", mode);
    cr_assert(eq(int, hf_scenario_parse("test.yaml", hf__text(text), &file, &errors), HF_OK), "%s", errors.items[0].message);
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.results = results;
    options.failures = "E_OUTOFMEMORY";
    options.timeout_ms = 500;
    options.isolation = (uint8_t)isolation;
    options.workdir = workdir;
    hf_status status = hf_sweep_run(hf_scenario_at(file, 0), &options, NULL, summary, err);
    hf_scenario_destroy(file);
    hf__free(text);
    return status;
}

static hf_status sweep(const char *results, const char *mode, hf_isolation isolation, hf_sweep_summary *summary, hf_error *err)
{
    return sweep_in(NULL, results, mode, isolation, summary, err);
}

static void check(const row *of, hf_isolation isolation)
{
    char *results = make_results();
    hf_sweep_summary got;
    hf_error err = {.message = ""};
    cr_assert(eq(int, sweep(results, of->mode, isolation, &got, &err), of->status), "%s: %s", of->mode, err.message);
    cr_assert(ne(ptr, strstr(err.message, of->message), NULL), "%s: %s", of->mode, err.message);
    cr_assert(eq(u64, got.outcomes[HF_OUTCOME_REPORTED], of->reported), "%s", of->mode);
    cr_assert(eq(u64, got.outcomes[HF_OUTCOME_HUNG], of->hung), "%s", of->mode);
    cr_assert(eq(u64, got.outcomes[HF_OUTCOME_ABORTED], of->aborted), "%s", of->mode);
    cr_assert(all(eq(u64, got.done, got.points), eq(u64, got.done, of->reported + of->hung + of->aborted)), "%s", of->mode);
    cr_assert(eq(u32, got.unproved, 0), "%s", of->mode);
    cr_assert(eq(int, waitpid(-1, NULL, WNOHANG), -1), "%s: something is left running", of->mode);
    remove_results(results);
}

/* The results lie in the folder that is copied: they are left out of it. */
Test(run_sweep_misbehaves, writes_to_a_copy_of_its_own_in_each_run)
{
    char *folder = make_results();
    char *state = hf__format("%s/state", folder);
    char *results = hf__format("%s/results", folder);
    hf_sweep_summary got;
    hf_error err = {.message = ""};
    cr_assert(eq(int, hf__system_file_write(state, "first", 5, &err), HF_OK), "%s", err.message);
    cr_assert(eq(int, sweep_in(folder, results, "writes", HF_ISOLATION_AUTO, &got, &err), HF_OK), "%s", err.message);
    cr_assert(all(eq(u64, got.outcomes[HF_OUTCOME_REPORTED], got.points), lt(u64, 0, got.points), eq(u64, got.forked, 0)));
    char kept[16];
    cr_assert(eq(sz, hf__os_file_read_at(state, 0, kept, sizeof kept), 5), "the original was written to");
    hf__free(results);
    hf__free(state);
    remove_results(folder);
}

/* All that fails from some call on fails the last call too: one bug is one finding, at the last fault before the end. */
Test(run_sweep_misbehaves, is_blamed_for_the_last_fault_before_its_end)
{
    char *results = make_results();
    hf_sweep_summary got;
    hf_error err = {.message = ""};
    cr_assert(eq(int, sweep(results, "needs-the-last", HF_ISOLATION_AUTO, &got, &err), HF_OK), "%s", err.message);
    cr_assert(all(eq(u64, got.sites, 4), eq(u64, got.outcomes[HF_OUTCOME_ABORTED], 5), eq(u64, got.findings, 1), eq(u32, got.unproved, 0)));
    remove_results(results);
}

/* Nothing can be compared with a run whose status is another each time. */
Test(run_sweep_misbehaves, is_not_swept_if_it_ends_by_chance)
{
    char *results = make_results();
    hf_sweep_summary got;
    hf_error err = {.message = ""};
    cr_assert(eq(int, sweep(results, "ends-by-chance", HF_ISOLATION_AUTO, &got, &err), HF_OK), "%s", err.message);
    cr_assert(all(eq(int, got.unstable, 1), eq(u64, got.points, 0)));
    cr_assert(eq(str, got.difference, (char[]){"they end with different exit statuses or signals"}));
    remove_results(results);
}

HF_ROWS(run_sweep_misbehaves, has_a_clear_outcome_as_a_clone, rows)
{
    check(&rows[*number], HF_ISOLATION_FORK);
}

HF_ROWS(run_sweep_misbehaves, has_a_clear_outcome_from_the_beginning, rows)
{
    check(&rows[*number], HF_ISOLATION_RERUN);
}
