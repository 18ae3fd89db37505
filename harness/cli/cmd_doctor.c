/*
 * `hostfault doctor`: what this machine allows, tried rather than looked up where it can be tried: a process is started without address
 * randomisation and another on one processor, a stack is taken, a file is written. Each line says what it means for runs.
 *
 * A row is `ok`, `note` (works, with less comfort) or `FAIL` (runs will not work); any FAIL makes the exit status 1.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "base_version.h"
#include "cli.h"
#include "cli_callers.h"
#include "cli_json.h"
#include "cli_verbs.h"
#include "os_file.h"
#include "os_process.h"
#include "os_stack.h"
#include "os_system.h"
#include "os_thread.h"
#include "os_tool.h"
#include "report_case.h"
#include "report_table.h"

#include <elfutils/version.h>
#include <hostfault/plan.h>
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

typedef enum fact_state { STATE_OK, STATE_NOTE, STATE_FAIL } fact_state;

typedef struct doctor {
    const doctor_values *values;
    hf_report_table table;
    bool has_failed;
    char *work; /* a folder of its own for trials */
} doctor;

static void say(doctor *self, fact_state state, const char *what, const char *format, ...) HF_PRINTF(4, 5);
static void say(doctor *self, fact_state state, const char *what, const char *format, ...)
{
    static const char *const words[] = {[STATE_OK] = "ok", [STATE_NOTE] = "note", [STATE_FAIL] = "FAIL"};
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&builder, format, arguments);
    va_end(arguments);
    hf__report_table_add(&self->table, (const char *const[]){words[state], what, text});
    self->has_failed = self->has_failed || state == STATE_FAIL;
}

/* The first line of a small file of the system's; NULL if it cannot be read. hf__free. */
static char *first_line(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    hf_error err;
    if (hf__os_file_read(path, 65536, &text, &size, &err) != HF_OK)
        return NULL;
    char *line = hf__report_clean((hf_text){text, strcspn(text, "\n")});
    hf__free(text);
    return line;
}

/* Runs a program under the spawner that runs use, and gives what it printed; NULL if it could not be run. hf__free. */
static char *output_of(const doctor *self, const char *const *arguments, bool pin, hf_error *err)
{
    static const char *const environment[] = {NULL};
    char *path = hf__format("%s/output", self->work);
    const hf_spawn spawn = {.program = arguments[0],
                            .arguments = arguments,
                            .environment = environment,
                            .folder = self->work,
                            .stdout_path = path,
                            .stderr_path = "/dev/null",
                            .pin = pin};
    hf_process *process = NULL;
    hf_process_end end = {0};
    char *text = NULL;
    size_t size = 0;
    if (hf__os_process_start(&spawn, &process, err) == HF_OK && hf__os_process_wait(process, 5000000, &end) && end.exited && end.status == 0)
        if (hf__os_file_read(path, 1u << 20, &text, &size, err) != HF_OK)
            text = NULL;
    if (process != NULL)
        hf__os_process_end_all(process, NULL);
    hf__os_process_destroy(process);
    (void)remove(path);
    hf__free(path);
    return text;
}

static void check_randomisation(doctor *self)
{
    static const char *const arguments[] = {"cat", "/proc/self/maps", NULL};
    hf_error err = {0};
    char *first = output_of(self, arguments, false, &err);
    char *second = output_of(self, arguments, false, &err);
    if (first == NULL || second == NULL)
        say(self, STATE_FAIL, "processes", "cannot start and watch one: %s", err.message[0] != '\0' ? err.message : "it did not end in order");
    else if (strcmp(first, second) == 0)
        say(self, STATE_OK, "randomisation", "can be switched off for callers: two runs have the same addresses");
    else
        say(self, STATE_NOTE, "randomisation", "cannot be switched off here: callers that depend on addresses may make other calls each time");
    hf__free(first);
    hf__free(second);
}

static void check_pinning(doctor *self)
{
    static const char *const arguments[] = {"grep", "Cpus_allowed_list", "/proc/self/status", NULL};
    hf_error err = {0};
    char *text = output_of(self, arguments, true, &err);
    bool is_one = text != NULL && strpbrk(text, ",-") == NULL;
    if (is_one)
        say(self, STATE_OK, "pinning", "a caller can be kept on one processor of %u", hf__os_cpu_count());
    else
        say(self, STATE_NOTE, "pinning", "a caller cannot be kept on one processor; threads will not repeat their order");
    hf__free(text);
}

static void check_mappings(doctor *self)
{
    char *line = first_line("/proc/sys/vm/max_map_count");
    uint64_t limit = 0;
    if (line == NULL || !hf__parse_u64(hf__text(line), &limit))
        say(self, STATE_NOTE, "mappings", "their limit cannot be read (/proc/sys/vm/max_map_count)");
    else
        say(self, limit >= 65530 ? STATE_OK : STATE_NOTE, "mappings", "%llu for each process; at the limit the host answers E_OUTOFMEMORY%s",
            (unsigned long long)limit, limit >= 65530 ? "" : "; raise vm.max_map_count for callers with many regions");
    hf__free(line);
}

static void look_away(const hf_standstill *at, void *user)
{
    (void)at;
    (void)user;
}

/* By doing it: container profiles forbid it without a word anywhere. */
static bool can_trace(void)
{
    char *program = NULL;
    hf_process *process = NULL;
    if (hf__os_program_path(&program, NULL) != HF_OK)
        return false;
    const char *arguments[] = {program, "--version", NULL};
    const hf_spawn spawn = {.program = program, .arguments = arguments, .environment = hf__os_environment_all(), .look = look_away};
    bool traced = hf__os_process_start(&spawn, &process, NULL) == HF_OK && hf__os_process_is_traced(process);
    hf__os_process_destroy(process);
    hf__free(program);
    return traced;
}

static void check_tracing(doctor *self)
{
    char *line = first_line("/proc/sys/kernel/yama/ptrace_scope");
    const char *scope = line != NULL ? line : "none";
    if (can_trace())
        say(self, STATE_OK, "ptrace", "scope %s: a crash or a hang is told with its stack; a debugger may stop a caller at a fault (hf_on_fault)",
            scope);
    else
        say(self, STATE_NOTE, "ptrace", "scope %s: not permitted here, so a crash is told without its address and stack", scope);
    hf__free(line);
}

static void check_core_pattern(doctor *self)
{
    char *line = first_line("/proc/sys/kernel/core_pattern");
    say(self, STATE_OK, "core pattern", "%s; runs switch core files off", line != NULL ? line : "unknown");
    hf__free(line);
}

static void check_unwinder(doctor *self)
{
    uint64_t frames[16];
    hf__os_stack_prepare();
    uint32_t count = hf__os_stack_take(0, frames, (uint32_t)HF_COUNT_OF(frames));
    if (count >= 3)
        say(self, STATE_OK, "unwinder", "exact stacks; %u frames from here", count);
    else
        say(self, STATE_FAIL, "unwinder", "only %u frames from here: stacks and sites will not work", count);
}

static void check_counter(doctor *self)
{
    uint64_t hz = hf__os_counter_hz();
    if (hz > 0)
        say(self, STATE_OK, "clock", "time stamp counter at %.3f GHz", (double)hz / 1e9);
    else
        say(self, STATE_NOTE, "clock", "the time stamp counter's rate is not known; traces have no times");
}

static void check_results(doctor *self)
{
    hf_error err;
    const char *results = self->values->results != NULL ? self->values->results : "results";
    char *runs = hf__format("%s/runs", results);
    if (hf__os_folder_probe(runs, &err) == HF_OK)
        say(self, STATE_OK, "results", "%s can be written", runs);
    else
        say(self, STATE_FAIL, "results", "%s; use --results FOLDER", err.message);
    hf__free(runs);
}

static void check_libraries(doctor *self)
{
    say(self, STATE_OK, "version", "hostfault " HF_VERSION "; libyaml %s, SQLite %s, jansson %s, elfutils 0.%d", yaml_get_version_string(),
        sqlite3_libversion(), jansson_version_str(), _ELFUTILS_VERSION);
}

static void check_callers(doctor *self)
{
    hf_report_table callers;
    size_t missing = 0;
    if (hf__cli_callers_table(self->values->callers, false, &callers, &missing) != HF_CLI_MET)
        say(self, STATE_FAIL, "callers", "cannot be listed");
    for (size_t row = 1; row < callers.rows; row++) {
        char *const *cells = callers.cells[row];
        bool is_missing = strcmp(cells[1], "-") == 0;
        say(self, is_missing ? STATE_NOTE : STATE_OK, "caller", "%s%s%s%s: %s", cells[0], !is_missing && cells[1][0] != '\0' ? " (" : "",
            is_missing ? "" : cells[1], !is_missing && cells[1][0] != '\0' ? ")" : "", cells[3]);
    }
    hf__report_table_clear(&callers);
}

static hf_cli_exit make_work_folder(doctor *self)
{
    hf_error err;
    self->work = hf__format("%s/hostfault-doctor-%lld", hf__os_temporary_folder(), (long long)hf__os_process_id());
    return hf__os_folder_create(self->work, &err) == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
}

static hf_cli_exit run_doctor(const hf_cli_arguments *arguments)
{
    static void (*const checks[])(doctor *) = {check_libraries,    check_randomisation, check_pinning, check_mappings, check_tracing,
                                               check_core_pattern, check_unwinder,      check_counter, check_results,  check_callers};
    const doctor_values *values = arguments->values;
    doctor self = {.values = values, .table = hf__report_table_init((const char *const[]){"state", "what", "fact", NULL})};
    hf_error err;
    hf_cli_exit worst = make_work_folder(&self);
    for (size_t i = 0; worst == HF_CLI_MET && i < HF_COUNT_OF(checks); i++)
        checks[i](&self);
    if (worst == HF_CLI_MET && values->json)
        hf__cli_print_table_json("checks", &self.table);
    else if (worst == HF_CLI_MET)
        hf__report_table_print(&self.table, hf__cli_out(), "");
    if (self.has_failed)
        worst = hf__cli_worse(worst, HF_CLI_UNMET);
    if (hf__os_folder_remove(self.work, &err) != HF_OK)
        worst = hf__cli_worse(worst, hf__cli_complain_error(&err));
    hf__report_table_clear(&self.table);
    hf__free(self.work);
    return worst;
}

static const hf_cli_option options[] = {
    {"--results", "FOLDER", HF_CLI_TEXT, offsetof(doctor_values, results), 0, 0, "the results folder to try (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_TEXT, offsetof(doctor_values, callers), 0, 0, "where callers are looked for first (also HF_CALLER_PATH)"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(doctor_values, json), 0, 0, "print JSON instead of a table"},
};

const hf_cli_verb hf__cmd_doctor = {
    .name = "doctor",
    .about = "say what this machine allows, and which callers were found",
    .usages = (const char *const[]){"[options]", NULL},
    .text = "Tries what runs need: starting a process without address randomisation and on\n"
            "one processor, taking a stack, writing results; reads the limits that matter;\n"
            "lists the callers. Exit status 1 if something is missing that runs cannot do\n"
            "without.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .example = "  $ hostfault doctor\n",
    .values_bytes = sizeof(doctor_values),
    .operands_max = 0,
    .operand = "",
    .run = run_doctor,
};
