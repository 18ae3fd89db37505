/* SPDX-License-Identifier: MIT
 * `hostfault clean`: removes the run folders that no finding needs, and says what it keeps and why.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_json.h"
#include "cli_results.h"
#include "cli_verbs.h"
#include "run_folder.h"
#include "run_trim.h"

#include "base_poison.h"

typedef struct clean_values {
    const char *results;
    bool dry_run, json, verbose;
} clean_values;

#define UNFINISHED_S 600u /* a run or a sweep that started this recently may still be running */

static void print_removed(const char *folder, uint64_t bytes, void *user)
{
    const clean_values *values = user;
    if (values->json || (!values->verbose && !values->dry_run))
        return;
    hf__report_print(hf__cli_out(), "%s %s, %.1f MB\n", values->dry_run ? "would remove" : "removed", hf__run_folder_shown(folder),
                     (double)bytes / 1e6);
}

static void print_json(const clean_values *values, const hf__run_trim_result *got)
{
    hf__cli_print_json(json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I}", "schema", "hostfault-clean/1", "dry_run", values->dry_run, "removed",
                                 (json_int_t)got->taken, "bytes", (json_int_t)got->bytes, "needed", (json_int_t)got->needed, "young",
                                 (json_int_t)got->young, "foreign", (json_int_t)got->foreign));
}

static void print_left(const char *before, size_t count, const char *why)
{
    if (count > 0)
        hf__report_print(hf__cli_out(), "%s%zu folder%s %s\n", before, count, count == 1 ? "" : "s", why);
}

static void print_text(const clean_values *values, const hf__run_trim_result *got)
{
    hf__report_print(hf__cli_out(), "%s %zu run folder%s, %.1f MB\n", values->dry_run ? "would remove" : "removed", got->taken,
                     got->taken == 1 ? "" : "s", (double)got->bytes / 1e6);
    print_left("left ", got->needed, "that findings need");
    print_left("left ", got->young, "begun in the last ten minutes");
    print_left("left ", got->foreign, "with something in it that hostfault did not make");
}

static hf_cli_exit run_clean(const hf_cli_arguments *arguments)
{
    const clean_values *values = arguments->values;
    const char **needed = NULL;
    hf_cli_exit worst = hf__cli_results_needed(values->results, &needed);
    hf__run_trim_result got;
    hf_error err;
    const hf__run_trim trim = {.results = values->results,
                               .needed = needed,
                               .young_s = UNFINISHED_S,
                               .only_looks = values->dry_run,
                               .taken = print_removed,
                               .user = (void *)(uintptr_t)values};
    if (worst == HF_CLI_MET) {
        if (hf__run_trim_folders(&trim, &got, &err) != HF_OK)
            worst = hf__cli_complain_error(&err);
        if (values->json)
            print_json(values, &got);
        else
            print_text(values, &got);
    }
    hf__cli_results_needed_free(needed);

    return worst;
}

static const hf_cli_option options[] = {
    {"-n, --dry-run", NULL, HF_CLI_FLAG, offsetof(clean_values, dry_run), 0, 0, "remove nothing, and say what would be removed"},
    {"--results", "FOLDER", HF_CLI_FOLDER, offsetof(clean_values, results), 0, 0, "the results folder to clean (default: results)"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(clean_values, json), 0, 0, "print JSON (hostfault-clean/1) instead of text"},
    {"-v, --verbose", NULL, HF_CLI_FLAG, offsetof(clean_values, verbose), 0, 0, "name each folder"},
};

const hf_cli_verb hf__cmd_clean = {
    .name = "clean",
    .about = "remove run folders that no finding needs",
    .usages = (const char *const[]){"[options]", NULL},
    .text = "Removes run folders from RESULTS/runs, also those of sweeps that were killed. It\n"
            "keeps the newest run folder of each finding of the newest sweeps, the clean runs\n"
            "that it was compared with, folders younger than ten minutes, and every folder that\n"
            "has another name or holds anything that hostfault did not create. The database and\n"
            "the recorded findings stay.\n"
            "\n"
            "The other verbs bound runs/ too: when 'run', 'record' or 'sweep' starts and runs/\n"
            "holds more than 2 GB, it removes the oldest folders that this verb would remove,\n"
            "except those of the last hour. HF_RUNS_LIMIT sets another limit: 500M, 8G, or 0 for\n"
            "none.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "cleaned",
    .example = "  $ hostfault clean --dry-run\n",
    .values_bytes = sizeof(clean_values),
    .operands_max = 0,
    .operand = "",
    .run = run_clean,
};
