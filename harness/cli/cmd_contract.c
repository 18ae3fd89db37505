/* SPDX-License-Identifier: MIT
 * `hostfault contract`: runs the contract suite against the host of a program and reports it, clause by clause.
 *
 * The suite runs in the program (hf_contract_run, or hf_wrap if HF_CONTRACT is set) and writes each step into a file, so the file shows the clause in
 * which a program died. This is not a run: there is no session, no trace, no verdict.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "cli.h"
#include "cli_contract.h"
#include "cli_json.h"
#include "cli_verbs.h"
#include "os_file.h"
#include "system_file.h"
#include "report_table.h"
#include "run_folder.h"
#include "system_machine.h"
#include "system_process.h"
#include "system_tool.h"
#include "verdict_judge.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define STEP_US 100000u
#define FILE_BYTES (4u << 20)

typedef struct contract_values {
    const char *results;
    hf_cli_number timeout;
    bool json, all;
} contract_values;

/* The running program. */
typedef struct host_run {
    char *folder, *report, *out, *err;
    hf_process_end end;
    bool in_time;
} host_run;

static void clear(host_run *self)
{
    hf__free(self->report);
    hf__free(self->out);
    hf__free(self->err);
    hf__free(self->folder);
}

static void wait_for_end(host_run *self, hf_process *process, uint64_t timeout_ms)
{
    for (uint64_t waited = 0; !self->in_time && !hf__run_stopping() && waited < timeout_ms * 1000; waited += STEP_US)
        self->in_time = hf__system_process_wait(process, STEP_US, &self->end);
    hf__system_process_end_all(process, self->in_time ? NULL : &self->end);
    hf__system_process_destroy(process);
}

static hf_status run_host(host_run *self, const char *const *command, const contract_values *values, hf_error *err)
{
    hf_status status = hf__run_folder_create(values->results, "contract", &self->folder, err);
    if (status != HF_OK)
        return status;
    self->report = hf__run_folder_file(self->folder, "contract");
    self->out = hf__run_folder_file(self->folder, HF_RUN_STDOUT);
    self->err = hf__run_folder_file(self->folder, HF_RUN_STDERR);
    status = hf__os_file_create(self->report, err);
    if (status != HF_OK)
        return status;

    hf__system_environment_set("HF_CONTRACT", self->report);
    hf_spawn spawn = {.program = command[0],
                      .arguments = command,
                      .environment = hf__system_environment_all(),
                      .stdout_path = self->out,
                      .stderr_path = self->err,
                      .keep_randomisation = true};
    hf_process *process = NULL;
    status = hf__system_process_start(&spawn, &process, err);
    if (status == HF_OK)
        wait_for_end(self, process, values->timeout.given ? values->timeout.value : 60000);
    return status;
}

/* How the program ended, as a phrase. */
static char *ending_of(const host_run *run)
{
    if (!run->in_time)
        return hf__copy_string("hung: did not end in time");
    if (run->end.exception != 0)
        return hf__format("crashed (0x%08X%s%s)", (unsigned)run->end.exception, run->end.exception_name != NULL ? " " : "",
                          run->end.exception_name != NULL ? run->end.exception_name : "");
    if (run->end.exited)
        return hf__format("ended with exit status %d", run->end.status);
    const char *name = hf__verdict_signal_name(run->end.status);
    return name != NULL ? hf__format("crashed (%s)", name) : hf__format("died of signal %d", run->end.status);
}

static void print_clause(const hf_cli_contract *contract, const hf_cli_clause *clause, const char *ending)
{
    const hf_report_sink *out = hf__cli_out();
    static const hf_report_tone tones[] = {HF_TONE_GOOD, HF_TONE_BAD, HF_TONE_WARNING, HF_TONE_BAD};
    hf__report_tone(out, tones[clause->end], "%-8s", hf__cli_clause_word(clause->end));
    if (contract->managers > 1)
        hf__report_print(out, "  manager %u:", clause->manager);
    hf__report_print(out, "  %s\n", clause->name);
    const char *why = clause->end == HF_CLI_CLAUSE_DIED ? ending : clause->got;
    if (why[0] != '\0')
        hf__report_print(out, "          %s\n", why);
}

static void print_text(const host_run *run, const hf_cli_contract *contract, bool all, const char *ending)
{
    const size_t *counts = contract->counts;
    for (size_t i = 0; i < contract->count; i++) {
        if (all || contract->clauses[i].end != HF_CLI_CLAUSE_KEPT)
            print_clause(contract, &contract->clauses[i], ending);
    }
    const hf_report_sink *out = hf__cli_out();
    size_t broken = counts[HF_CLI_CLAUSE_FAILED] + counts[HF_CLI_CLAUSE_DIED];
    hf__report_print(out, "%zu clause%s: %zu kept, %zu not kept", contract->count, contract->count == 1 ? "" : "s", counts[HF_CLI_CLAUSE_KEPT],
                     broken);
    if (counts[HF_CLI_CLAUSE_EXCUSED] > 0)
        hf__report_print(out, ", %zu excused", counts[HF_CLI_CLAUSE_EXCUSED]);
    hf__report_print(out, "\nfolder %s\n", hf__run_folder_shown(run->folder));
}

static void print_json(const hf_cli_contract *contract, const char *ending)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"manager", "clause", "result", "got", NULL});
    for (size_t i = 0; i < contract->count; i++) {
        const hf_cli_clause *clause = &contract->clauses[i];
        char manager[16];
        (void)snprintf(manager, sizeof manager, "%u", clause->manager);
        const char *got = clause->end == HF_CLI_CLAUSE_DIED ? ending : clause->got;
        hf__report_table_add(&table, (const char *const[]){manager, clause->name, hf__cli_clause_word(clause->end), got});
    }
    hf__cli_print_table_json("hostfault-contract/1", "clauses", &table);
    hf__report_table_clear(&table);
}

/* A program that never reached the suite has not passed it. */
static hf_cli_exit complain_unrun(const char *program, const host_run *run, const char *ending)
{
    hf__cli_complain("%s %s without running the contract suite: it must call hf_contract_run(), or pass its host to hf_wrap(); its output is in %s",
                     program, ending, hf__run_folder_shown(run->folder));
    return HF_CLI_HARNESS;
}

static hf_cli_exit report(const host_run *run, const char *program, const contract_values *values)
{
    char *text = NULL;
    size_t bytes = 0;
    hf_error err;
    if (hf__system_file_read(run->report, FILE_BYTES, &text, &bytes, &err) != HF_OK)
        return hf__cli_complain_error(&err);

    hf_cli_contract contract;
    hf__cli_contract_read(text, &contract);
    char *ending = ending_of(run);
    hf_cli_exit worst = contract.counts[HF_CLI_CLAUSE_FAILED] + contract.counts[HF_CLI_CLAUSE_DIED] > 0 ? HF_CLI_UNMET : HF_CLI_MET;
    if (contract.count == 0)
        worst = complain_unrun(program, run, ending);
    else if (values->json)
        print_json(&contract, ending);
    else
        print_text(run, &contract, values->all, ending);
    hf__free(ending);
    hf__cli_contract_clear(&contract);
    hf__free(text);
    return worst;
}

static hf_cli_exit run_contract(const hf_cli_arguments *arguments)
{
    const contract_values *values = arguments->values;
    if (arguments->command == NULL)
        return hf__cli_bad_usage(arguments->verb, "'contract' needs a command after '--'");
    hf__system_on_interrupt(hf_run_stop);
    host_run run = {0};
    hf_error err;
    hf_cli_exit worst;
    if (run_host(&run, arguments->command, values, &err) != HF_OK)
        worst = hf__cli_complain_error(&err);
    else if (hf__run_stopping())
        worst = HF_CLI_INTERRUPTED;
    else
        worst = report(&run, arguments->command[0], values);
    clear(&run);
    return worst;
}

static const hf_cli_option options[] = {
    {"--all", NULL, HF_CLI_FLAG, offsetof(contract_values, all), 0, 0, "also print the clauses that are kept"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(contract_values, timeout), 1, 24u * 60 * 60 * 1000,
     "end the program after this long (default 1m)"},
    {"--results", "FOLDER", HF_CLI_FOLDER, offsetof(contract_values, results), 0, 0,
     "results folder; the program's output goes to a folder in its runs/ (default: results)"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(contract_values, json), 0, 0, "print every clause as JSON"},
};

const hf_cli_verb hf__cmd_contract = {
    .name = "contract",
    .about = "check a program's host against the documented contract",
    .usages = (const char *const[]){"[options] -- PROGRAM ARGS...", NULL},
    .text = "Runs the contract suite over a program's host: every documented clause of\n"
            "IHostMemoryManager and IHostMalloc. The program calls hf_contract_run(), or passes\n"
            "its host to hf_wrap(); the suite runs there, and the program then ends. A clause\n"
            "that crashes is not kept, and the suite continues. Prints the clauses that are not\n"
            "kept.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "every clause is kept",
    .unmet = "one is not",
    .can_interrupt = true,
    .example = "  $ hostfault contract -- ./my-engine\n",
    .values_bytes = sizeof(contract_values),
    .operands_max = 0,
    .operand = "PROGRAM",
    .takes_command = true,
    .run = run_contract,
};
