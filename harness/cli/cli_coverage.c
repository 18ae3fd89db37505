/* SPDX-License-Identifier: MIT
 * gcov writes where GCOV_PREFIX says, LLVM where LLVM_PROFILE_FILE says; %m in that makes all processes merge into one file. gcov's data go beside
 * copies of the compiler's notes, so that gcov and gcovr find all they need in one folder.
 */
#include "cli_coverage.h"
#include "cli_coverage_lines.h"
#include "base_text.h"
#include "heap_alloc.h"
#include "report_table.h"
#include "run_folder.h"
#include "system_file.h"
#include "system_machine.h"
#include "system_process.h"
#include "system_tool.h"

#include <hostfault/run.h>
#include <string.h>

#include "base_poison.h"

#define NOTES_BYTES_MAX (64u << 20)
#define CLEAN "clean"
#define SWEPT "sweep"

static char *folder; /* .../coverage, absolute */

static char *folder_of(const char *part)
{
    return hf__format("%s/%s", folder, part);
}

static void direct(const char *part)
{
    char *place = folder_of(part);
    char *profile = hf__format("%s/%%m.profraw", place);
    hf__system_environment_set("HF_COVERAGE", "on");
    hf__system_environment_set("GCOV_PREFIX", place);
    hf__system_environment_set("LLVM_PROFILE_FILE", profile);
    hf__free(profile);
    hf__free(place);
}

static hf_status run_clean(const hf_scenario *scenario, hf_error *err)
{
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    hf_run *run = NULL;
    char *place = folder_of("run");
    options.results = place;
    options.no_clean = 1;
    direct(CLEAN);
    hf_status status = hf_run_scenario(scenario, &options, &run, err);
    hf_run_destroy(run);
    if (status == HF_OK)
        status = hf__system_folder_remove(place, err);
    hf__free(place);
    return status;
}

hf_cli_exit hf__cli_coverage_begin(bool wanted, const hf_scenario *scenario, const char *results)
{
    hf_error err;
    if (!wanted)
        return HF_CLI_MET;
    if (hf__system_has_hooks()) {
        hf__cli_complain("--coverage is for Linux programs");
        return HF_CLI_USAGE;
    }

    char *relative = hf__format("%s/coverage", results != NULL ? results : "results");
    hf_status status = hf__system_folder_create(relative, &err);
    if (status == HF_OK)
        status = hf__system_absolute(relative, &folder, &err); /* of a folder that is there */
    hf__free(relative);
    if (status == HF_OK)
        status = hf__system_folder_remove(folder, &err);
    if (status == HF_OK)
        status = run_clean(scenario, &err);
    if (status == HF_OK)
        direct(SWEPT);
    return status == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
}

/* Calls each for every file below a folder with this ending, by its path. */
static void walk(const char *place, const char *ending, void (*each)(const char *path, void *user), void *user)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    if (hf__system_folder_list(place, &entries, &count, NULL) != HF_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        char *path = hf__format("%s/%s", place, entries[i].name);
        size_t length = strlen(path), tail = strlen(ending);
        if (entries[i].is_folder)
            walk(path, ending, each, user);
        else if (length > tail && strcmp(path + length - tail, ending) == 0)
            each(path, user);
        hf__free(path);
    }
    hf__system_folder_list_free(entries, count);
}

/* PREFIX/build/x.gcda gets /build/x.gcno beside it. */
static void bring_notes(const char *path, void *prefix)
{
    const char *origin = path + strlen(prefix);
    int stem = (int)(strlen(origin) - strlen(".gcda"));
    char *from = hf__format("%.*s.gcno", stem, origin);
    char *to = hf__format("%s%.*s.gcno", (const char *)prefix, stem, origin);
    char *text = NULL;
    size_t size_bytes = 0;
    hf_error err;
    if (hf__system_file_read(from, NOTES_BYTES_MAX, &text, &size_bytes, &err) == HF_OK && hf__system_file_put(to, text, size_bytes, &err) != HF_OK)
        hf__cli_complain("%s", err.message);
    hf__free(text);
    hf__free(to);
    hf__free(from);
}

static hf_status read_part(const char *part, unsigned bit, const char *program, hf__cli_lines *lines, hf_error *err)
{
    hf__cli_paths notes = {0}, profiles = {0};
    char *place = folder_of(part);
    walk(place, ".gcda", bring_notes, place);
    walk(place, ".gcda", hf__cli_paths_add, &notes);
    walk(place, ".profraw", hf__cli_paths_add, &profiles);
    hf_status status = HF_OK;
    for (size_t i = 0; i < notes.count && status == HF_OK; i++)
        status = hf__cli_lines_read_gcov(lines, notes.items[i], bit, err);
    if (status == HF_OK && profiles.count > 0)
        status = hf__cli_lines_read_llvm(lines, &profiles, place, program, bit, err);
    hf__cli_paths_clear(&notes);
    hf__cli_paths_clear(&profiles);
    hf__free(place);
    return status;
}

static void tell(const hf__cli_lines *lines)
{
    static const char *const titles[] = {"covered", "lines", "clean run", "sweep", "only by the sweep", NULL};
    const hf_report_sink *out = hf__cli_out();
    hf_report_table table = hf__report_table_init(titles);
    for (size_t i = 0; i < lines->count; i++) {
        hf__cli_line_counts of = hf__cli_lines_count(&lines->files[i]);
        char numbers[3][24];
        char *more = hf__cli_lines_more(&lines->files[i]);
        const size_t shown[] = {of.lines, of.clean, of.swept};
        for (size_t k = 0; k < 3; k++) {
            hf__builder builder = hf__builder_init(numbers[k], sizeof numbers[k]);
            hf__builder_print(&builder, "%zu", shown[k]);
        }
        hf__report_table_add(&table, (const char *const[]){lines->files[i].name, numbers[0], numbers[1], numbers[2], more});
        hf__free(more);
    }

    hf__report_put(out, "\n");
    hf__report_table_print(&table, out, "");
    hf__report_table_clear(&table);
    hf__report_print(out, "coverage data: %s\n", hf__run_folder_shown(folder));
}

hf_cli_exit hf__cli_coverage_end(bool wanted, const hf_scenario *scenario, bool is_quiet)
{
    hf_error err;
    if (!wanted)
        return HF_CLI_MET;
    const char *program = scenario->caller != NULL ? scenario->caller : scenario->command.items[0];
    char *path = NULL;
    hf__cli_lines lines = {0};
    hf_status status = hf__system_program_find(program, &path, &err);
    if (status == HF_OK)
        status = read_part(CLEAN, HF_CLI_LINE_CLEAN, path, &lines, &err);

    if (status == HF_OK)
        status = read_part(SWEPT, HF_CLI_LINE_SWEPT, path, &lines, &err);
    hf_cli_exit worst = status == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
    if (status == HF_OK && lines.count == 0) {
        hf__cli_complain("%s wrote no coverage data: it must be built with gcc --coverage, or with clang -fprofile-instr-generate -fcoverage-mapping",
                         program);
        worst = HF_CLI_USAGE;
    } else if (status == HF_OK && !is_quiet) {
        tell(&lines);
    }

    hf__cli_lines_clear(&lines);
    hf__free(path);
    hf__free(folder);
    folder = NULL;
    return worst;
}
