/* SPDX-License-Identifier: MIT
 * `hostfault doctor`: what this machine allows, tried rather than looked up where possible: it takes a stack, writes a file, and does once what is
 * particular to the system (cli_doctor.h). Each line says what it means for runs.
 *
 * A row is `ok`, `note` (works, with less comfort) or `FAIL` (runs will not work); any FAIL makes the exit status 1.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_callers.h"
#include "cli_doctor.h"
#include "cli_json.h"
#include "cli_verbs.h"
#include "system_file.h"
#include "system_process.h"
#include "os_stack.h"
#include "system_machine.h"
#include "os_thread.h"
#include "system_tool.h"
#include "report_case.h"
#include "report_table.h"

#include <hostfault/plan.h>
#include <hostfault/version.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base_poison.h"

typedef struct doctor_values {
    const char *results, *callers;
    bool json;
} doctor_values;

void hf__cli_doctor_say(hf__doctor *self, hf__fact_state state, const char *what, const char *format, ...)
{
    static const char *const words[] = {[HF_FACT_OK] = "ok", [HF_FACT_NOTE] = "note", [HF_FACT_FAIL] = "FAIL"};
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&builder, format, arguments);
    va_end(arguments);
    hf__report_table_add(&self->table, (const char *const[]){words[state], what, text});
    self->has_failed = self->has_failed || state == HF_FACT_FAIL;
}

static void check_unwinder(hf__doctor *self)
{
    uint64_t frames[16];
    hf__os_stack_prepare();
    uint32_t count = hf__os_stack_take(0, frames, (uint32_t)HF_COUNT_OF(frames));
    if (count >= 3)
        hf__cli_doctor_say(self, HF_FACT_OK, "unwinder", "exact stacks; %u frames from here", count);
    else
        hf__cli_doctor_say(self, HF_FACT_FAIL, "unwinder", "only %u frames from here; stacks and sites do not work", count);
}

static void check_counter(hf__doctor *self)
{
    uint64_t hz = hf__os_counter_hz();
    if (hz > 0)
        hf__cli_doctor_say(self, HF_FACT_OK, "clock", "time stamp counter at %.3f GHz", (double)hz / 1e9);
    else
        hf__cli_doctor_say(self, HF_FACT_NOTE, "clock", "the time stamp counter's rate is not known; traces have no times");
}

static void check_results(hf__doctor *self)
{
    hf_error err;
    const char *results = self->results != NULL ? self->results : "results";
    char *runs = hf__format("%s/runs", results);
    if (hf__system_folder_probe(runs, &err) == HF_OK)
        hf__cli_doctor_say(self, HF_FACT_OK, "results", "%s can be written", runs);
    else
        hf__cli_doctor_say(self, HF_FACT_FAIL, "results", "%s; use --results FOLDER", err.message);
    hf__free(runs);
}

static void check_libraries(hf__doctor *self)
{
    hf__cli_doctor_say(self, HF_FACT_OK, "version", "hostfault " HF_VERSION "; libyaml %s, SQLite %s, jansson %s", yaml_get_version_string(),
                       sqlite3_libversion(), jansson_version_str());
}

static void check_callers(hf__doctor *self)
{
    hf_report_table callers;
    size_t missing = 0;
    if (hf__cli_callers_table(self->callers, false, &callers, &missing) != HF_CLI_MET)
        hf__cli_doctor_say(self, HF_FACT_FAIL, "callers", "cannot be listed");
    for (size_t row = 1; row < callers.rows; row++) {
        char *const *cells = callers.cells[row];
        bool is_missing = strcmp(cells[1], "-") == 0;
        hf__cli_doctor_say(self, is_missing ? HF_FACT_NOTE : HF_FACT_OK, "caller", "%s%s%s%s: %s", cells[0],
                           !is_missing && cells[1][0] != '\0' ? " (" : "", is_missing ? "" : cells[1], !is_missing && cells[1][0] != '\0' ? ")" : "",
                           cells[3]);
    }
    hf__report_table_clear(&callers);
}

static hf_cli_exit make_work_folder(hf__doctor *self)
{
    hf_error err;
    self->work = hf__format("%s/hostfault-doctor-%lld", hf__system_temporary_folder(), (long long)hf__os_process_id());
    return hf__system_folder_create(self->work, &err) == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
}

static void print_table(const hf__doctor *self)
{
    hf__report_table_print(&self->table, hf__cli_out(), "");
    if (!self->has_failed)
        hf__report_put(hf__cli_out(),
                       "\nnext: 'hostfault record -- COMMAND' counts a program's memory requests, 'hostfault sweep -- COMMAND' makes it fail\n");
}

static hf_cli_exit run_doctor(const hf_cli_arguments *arguments)
{
    static void (*const checks[])(hf__doctor *) = {check_libraries, hf__cli_doctor_check_system, check_unwinder, check_counter, check_results,
                                                   check_callers};
    const doctor_values *values = arguments->values;
    hf__doctor self = {
        .results = values->results, .callers = values->callers, .table = hf__report_table_init((const char *const[]){"state", "what", "fact", NULL})};
    hf_error err;
    hf_cli_exit worst = make_work_folder(&self);
    for (size_t i = 0; worst == HF_CLI_MET && i < HF_COUNT_OF(checks); i++)
        checks[i](&self);

    if (worst == HF_CLI_MET && values->json)
        hf__cli_print_table_json("hostfault-doctor/1", "checks", &self.table);
    else if (worst == HF_CLI_MET)
        print_table(&self);
    if (self.has_failed)
        worst = hf__cli_worse(worst, HF_CLI_UNMET);
    if (hf__system_folder_remove(self.work, &err) != HF_OK)
        worst = hf__cli_worse(worst, hf__cli_complain_error(&err));
    hf__report_table_clear(&self.table);
    hf__free(self.work);
    return worst;
}

static const hf_cli_option options[] = {
    {"--results", "FOLDER", HF_CLI_FOLDER, offsetof(doctor_values, results), 0, 0, "the results folder to try (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, offsetof(doctor_values, callers), 0, 0, "folders to search for callers first (also HF_CALLER_PATH)"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(doctor_values, json), 0, 0, "print JSON (hostfault-doctor/1) instead of a table"},
};

const hf_cli_verb hf__cmd_doctor = {
    .name = "doctor",
    .about = "check this machine, and list the callers",
    .usages = (const char *const[]){"[options]", NULL},
    .text = "Checks what runs need: starting a process without address randomisation and on\n"
            "one processor, taking a stack, writing results. Reads the limits that matter and\n"
            "lists the callers. Exit status 1 if something that runs need is missing.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "runs work on this machine",
    .unmet = "something that runs need is missing",
    .example = "  $ hostfault doctor\n",
    .values_bytes = sizeof(doctor_values),
    .operands_max = 0,
    .operand = "",
    .run = run_doctor,
};
