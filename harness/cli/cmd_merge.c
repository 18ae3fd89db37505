/* SPDX-License-Identifier: MIT
 * `hostfault merge`: combines the results of several sweeps, mostly of shards, in one database.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_json.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "os_file.h"
#include "system_file.h"
#include "run_recorded.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

typedef struct merge_values {
    bool json;
} merge_values;

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* The database to merge into: a new path is a folder, unless its name is that of a database. */
static hf_cli_exit open_into(const char *operand, hf_store **out)
{
    hf_error err;
    hf_status status = HF_OK;
    if (!hf__os_file_exists(operand) && !ends_with(operand, ".db"))
        status = hf__system_folder_create(operand, &err);
    char *path = hf__cli_results_database(operand);
    if (status == HF_OK)
        status = hf__store_open(path, false, out, &err);
    hf__free(path);
    return status == HF_OK ? HF_CLI_MET : hf__cli_complain_results(&err);
}

/* Checks that each can be read, so that nothing happens if one cannot. */
static hf_cli_exit check_sources(const hf_cli_arguments *arguments)
{
    hf_cli_exit worst = HF_CLI_MET;
    for (size_t i = 1; i < arguments->operand_count; i++) {
        hf_store *store = NULL;
        hf_error err;
        char *path = hf__cli_results_database(arguments->operands[i]);
        if (hf__store_open(path, true, &store, &err) != HF_OK) {
            worst = hf__cli_worse(worst, hf__cli_complain_results(&err));
        }
        hf__store_close(store);
        hf__free(path);
    }
    return worst;
}

/* Replays need the recorded traces of findings. */
static hf_status merge_recorded(const char *into_operand, const char *from_operand, hf_error *err)
{
    char *paths[2] = {hf__cli_results_database(into_operand), hf__cli_results_database(from_operand)};
    char *folders[2] = {hf__cli_results_folder(paths[0]), hf__cli_results_folder(paths[1])};
    hf_status status = hf__run_recorded_merge(folders[0], folders[1], err);
    for (int i = 0; i < 2; i++) {
        hf__free(folders[i]);
        hf__free(paths[i]);
    }
    return status;
}

static hf_cli_exit merge_one(hf_store *into, const char *into_operand, const char *operand, hf_report_table *table)
{
    hf_store_merge_result merged;
    hf_error err;
    char *path = hf__cli_results_database(operand);
    hf_status status = hf__store_merge(into, path, &merged, &err);
    if (status == HF_OK)
        status = merge_recorded(into_operand, operand, &err);
    hf__free(path);
    if (status != HF_OK)
        return hf__cli_complain_results(&err);
    char cells[4][32];
    const uint64_t numbers[4] = {merged.sweeps, merged.sites, merged.points, merged.known};
    for (size_t i = 0; i < 4; i++)
        (void)snprintf(cells[i], sizeof cells[i], "%llu", (unsigned long long)numbers[i]);
    hf__report_table_add(table, (const char *const[]){operand, cells[0], cells[1], cells[2], cells[3]});
    return HF_CLI_MET;
}

static hf_cli_exit run_merge(const hf_cli_arguments *arguments)
{
    const merge_values *values = arguments->values;
    hf_store *into = NULL;
    hf_cli_exit worst = check_sources(arguments);
    if (worst == HF_CLI_MET)
        worst = open_into(arguments->operands[0], &into);
    if (worst != HF_CLI_MET)
        return worst;

    hf_report_table table = hf__report_table_init((const char *const[]){"from", "sweeps", "sites", "points", "known", NULL});
    for (size_t i = 1; i < arguments->operand_count && worst == HF_CLI_MET; i++)
        worst = merge_one(into, arguments->operands[0], arguments->operands[i], &table);
    hf__store_close(into);
    if (values->json)
        hf__cli_print_table_json("hostfault-merge/1", "merged", &table);
    else
        hf__report_table_print(&table, hf__cli_out(), "");
    hf__report_table_clear(&table);
    return worst;
}

static const hf_cli_option options[] = {
    {"--json", NULL, HF_CLI_FLAG, offsetof(merge_values, json), 0, 0, "print JSON (hostfault-merge/1) instead of a table"},
};

const hf_cli_verb hf__cmd_merge = {
    .name = "merge",
    .about = "merge the results of several sweeps or shards",
    .usages = (const char *const[]){"INTO FROM... [--json]", NULL},
    .text = "Copies what each FROM has and INTO lacks: sweeps, sites, points, and the recorded\n"
            "traces of findings. Shards of one sweep become that sweep; a point that INTO\n"
            "already has stays as it is. INTO and FROM are results folders or databases; INTO is\n"
            "created if it does not exist. Each FROM is merged whole or, after an error, not at\n"
            "all.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "merged",
    .example = "  $ hostfault merge results shard-1 shard-2 shard-3 shard-4\n",
    .values_bytes = sizeof(merge_values),
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .operand = "results folder or database INTO, and a FROM",
    .run = run_merge,
};
