/* SPDX-License-Identifier: MIT
 * Finds and reads the results that a command line names.
 */
#include "cli_results.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"
#include "report_command.h"
#include "os_thread.h"
#include "run_folder.h"
#include "run_trim.h"
#include "system_tool.h"

#include <string.h>

#include "base_poison.h"

#define LIST_BYTES_MAX (64u << 20)

char *hf__cli_results_database(const char *operand)
{
    return hf__os_is_folder(operand) ? hf__run_folder_file(operand, HF_STORE_FILE) : hf__copy_string(operand);
}

/* A bad file that the user named is the user's error; an error of the system is the harness's. */
static hf_cli_exit complain(const hf_error *err)
{
    return hf__cli_complain_results(err);
}

static hf_cli_exit load_database(const char *path, hf_report_findings *out)
{
    hf_store *store = NULL;
    hf_error err;
    hf_status status = hf__store_open(path, true, &store, &err);
    if (status == HF_OK)
        status = hf__report_findings_load(store, out, &err);
    hf__store_close(store);
    if (status != HF_OK)
        return complain(&err);
    for (size_t i = 0; i < out->sweep_count; i++)
        if (!out->sweeps[i].finished)
            hf__cli_complain("note: the sweep of %s in %s is not finished; findings may be missing", out->sweeps[i].caller, path);
    return HF_CLI_MET;
}

static hf_cli_exit load_list(const char *path, hf_report_findings *out)
{
    char *text = NULL;
    size_t size = 0;
    hf_error err;
    hf_status status = hf__system_file_read(path, LIST_BYTES_MAX, &text, &size, &err);
    if (status == HF_OK)
        status = hf__report_findings_parse(path, (hf_text){text, size}, out, &err);
    hf__free(text);
    return status == HF_OK ? HF_CLI_MET : complain(&err);
}

static hf_cli_exit load_folder(const char *folder, hf_report_findings *out)
{
    char *database = hf__run_folder_file(folder, HF_STORE_FILE);
    char *list = hf__run_folder_file(folder, HF_CLI_FINDINGS_FILE);
    hf_cli_exit worst = HF_CLI_USAGE;
    if (hf__os_file_exists(database))
        worst = load_database(database, out);
    else if (hf__os_file_exists(list))
        worst = load_list(list, out);
    else
        hf__cli_complain("no results in the folder %s: neither " HF_STORE_FILE ", which 'hostfault sweep' makes, nor " HF_CLI_FINDINGS_FILE, folder);
    hf__free(database);
    hf__free(list);
    return worst;
}

/* By its content, not by its name: a list begins with a brace, possibly after a blank. */
static bool is_list(const char *path)
{
    const void *bytes = NULL;
    uint64_t size = 0;
    if (hf__os_map_read(path, &bytes, &size, NULL) != HF_OK)
        return false;
    hf_text text = hf__text_trim((hf_text){bytes, size < 64 ? (size_t)size : 64});
    bool found = text.size_bytes > 0 && text.pointer[0] == '{';
    hf__os_unmap(bytes, size);
    return found;
}

hf_cli_exit hf__cli_results_load(const char *operand, hf_report_findings *out)
{
    *out = (hf_report_findings){0};
    if (hf__os_is_folder(operand))
        return load_folder(operand, out);
    if (!hf__os_file_exists(operand)) {
        hf__cli_complain("no results %s: no such folder or file", operand);
        return HF_CLI_USAGE;
    }
    return is_list(operand) ? load_list(operand, out) : load_database(operand, out);
}

/* "results" of "results/hostfault.db", "." of "hostfault.db". */
char *hf__cli_results_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? hf__copy_text((hf_text){path, slash > path ? (size_t)(slash - path) : 1}) : hf__copy_string(".");
}

hf_cli_exit hf__cli_results_load_points(const char *operand, hf_report_points *out, char **folder)
{
    char *path = hf__cli_results_database(operand);
    hf_store *store = NULL;
    hf_error err;
    *out = (hf_report_points){0};
    *folder = hf__cli_results_folder(path);
    hf_status status = hf__store_open(path, true, &store, &err);
    if (status == HF_OK)
        status = hf__report_points_load(store, out, &err);
    hf__store_close(store);
    hf__free(path);
    return status == HF_OK ? HF_CLI_MET : complain(&err);
}

void hf__cli_results_show(const char *operand, const char *callers)
{
    static char *shown;
    char *path = hf__cli_results_database(operand);
    bool can_replay = hf__os_file_exists(path) && !is_list(path);
    hf__free(shown);
    shown = hf__cli_results_folder(path);
    hf__free(path);
    hf__report_command_set(can_replay && strcmp(shown, "results") != 0 ? shown : NULL, callers);
}

typedef struct ids {
    const char **items;
    size_t count, capacity;
} ids;

static bool take_id(const hf_store_finding *finding, void *user)
{
    ids *self = user;
    if (self->count + 2 > self->capacity) {
        self->capacity = self->capacity * 2 + 64;
        self->items = hf__reallocate(self->items, self->capacity, sizeof *self->items);
    }
    self->items[self->count++] = hf__copy_string(finding->id);
    self->items[self->count] = NULL;
    return true;
}

hf_cli_exit hf__cli_results_needed(const char *results, const char ***out)
{
    ids found = {.items = NULL};
    char *path = hf__format("%s/" HF_STORE_FILE, results != NULL ? results : "results");
    hf_store *store = NULL;
    int64_t *sweeps = NULL;
    size_t count = 0;
    hf_error err;
    hf_status status = HF_OK;
    if (hf__os_file_exists(path)) {
        status = hf__store_open(path, true, &store, &err);
        if (status == HF_OK)
            status = hf__store_current(store, &sweeps, &count, &err);
        for (size_t i = 0; i < count && status == HF_OK; i++)
            status = hf__store_each_finding(store, sweeps[i], take_id, &found, &err);
    }

    hf__free(sweeps);
    hf__store_close(store);
    hf__free(path);
    *out = found.items;
    return status == HF_OK ? HF_CLI_MET : complain(&err);
}

void hf__cli_results_needed_free(const char **needed)
{
    for (size_t i = 0; needed != NULL && needed[i] != NULL; i++)
        hf__free((void *)(uintptr_t)needed[i]);
    hf__free(needed);
}

#define RUNS_BYTES_MAX 2000000000u
#define RUNS_YOUNG_S 3600u

static uint64_t runs_limit(void)
{
    uint64_t bytes = 0;
    const char *text = hf__os_environment("HF_RUNS_LIMIT");
    if (text == NULL || text[0] == '\0')
        return RUNS_BYTES_MAX;
    if (hf__parse_size(hf__text(text), &bytes))
        return bytes;
    hf__cli_complain("note: HF_RUNS_LIMIT is '%s', which is not a size such as 500M or 8G; the limit is 2G", text);
    return RUNS_BYTES_MAX;
}

/* Keeps runs/ below its limit, and says so. A problem there does not prevent the run. */
static void bound_runs(const char *results)
{
    const char **needed = NULL;
    hf__run_trim_result got;
    hf_error err;
    uint64_t limit = runs_limit();
    hf__run_trim trim = {.results = results, .keep_bytes = limit, .young_s = RUNS_YOUNG_S, .only_looks = true};
    if (limit == 0 || hf__run_trim_folders(&trim, &got, &err) != HF_OK || got.taken == 0)
        return;

    if (hf__cli_results_needed(results, &needed) != HF_CLI_MET)
        return;
    trim.needed = needed;
    trim.only_looks = false;
    if (hf__run_trim_folders(&trim, &got, &err) != HF_OK)
        hf__cli_complain("note: %s", err.message);
    else if (got.taken > 0)
        hf__cli_complain("note: removed the oldest %zu run folders, %.1f MB: runs/ exceeded its limit (HF_RUNS_LIMIT, 'hostfault help clean')",
                         got.taken, (double)got.bytes / 1e6);
    hf__cli_results_needed_free(needed);
}

hf_cli_exit hf__cli_results_probe(const char *results)
{
    hf_error err;
    char *folder = hf__format("%s/runs", results != NULL ? results : "results");
    hf_status status = hf__system_folder_probe(folder, &err);
    hf__free(folder);
    if (status == HF_OK) {
        bound_runs(results);
        return HF_CLI_MET;
    }
    hf__cli_complain("%s; name another folder with --results", err.message);
    return hf__cli_exit_of(status);
}
