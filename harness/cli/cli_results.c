/*
 * Results given on a command line, found and read.
 */
#include "cli_results.h"
#include "base_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "report_command.h"
#include "run_folder.h"
#include "system_tool.h"

#include <string.h>

#include "base_poison.h"

#define LIST_BYTES_MAX (64u << 20)

char *hf__cli_results_database(const char *operand)
{
    return hf__os_is_folder(operand) ? hf__run_folder_file(operand, HF_STORE_FILE) : hf__copy_string(operand);
}

/* A file that somebody named is theirs, whatever is wrong with what is in it; ours is what the system does. */
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
    hf_status status = hf__os_file_read(path, LIST_BYTES_MAX, &text, &size, &err);
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

/* By what is in it, not by its name: a list begins with a brace, maybe after a blank. */
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

void hf__cli_results_show(const char *operand)
{
    static char *shown;
    char *path = hf__cli_results_database(operand);
    bool can_replay = hf__os_file_exists(path) && !is_list(path);
    hf__free(shown);
    shown = hf__cli_results_folder(path);
    hf__free(path);
    hf__report_command_set(can_replay && strcmp(shown, "results") != 0 ? shown : NULL, NULL);
}

hf_cli_exit hf__cli_results_probe(const char *results)
{
    hf_error err;
    char *folder = hf__format("%s/runs", results != NULL ? results : "results");
    hf_status status = hf__os_folder_probe(folder, &err);
    hf__free(folder);
    if (status == HF_OK)
        return HF_CLI_MET;
    hf__cli_complain("%s; name another folder with --results", err.message);
    return hf__cli_exit_of(status);
}
