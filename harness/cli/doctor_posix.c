/* SPDX-License-Identifier: MIT
 * `hostfault doctor` on Linux: randomisation, processors, mappings, ptrace, core files, and the tools that name places in code.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "cli_doctor.h"
#include "system_file.h"
#include "system_process.h"
#include "system_machine.h"
#include "system_tool.h"
#include "report_case.h"

#include <elfutils/version.h>
#include <string.h>

#include "base_poison.h"

/* The first line of a small system file; NULL if it cannot be read. hf__free. */
static char *first_line(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    hf_error err;
    if (hf__system_file_read(path, 65536, &text, &size, &err) != HF_OK)
        return NULL;
    char *line = hf__report_clean((hf_text){text, strcspn(text, "\n")});
    hf__free(text);
    return line;
}

/* Runs a program under the spawner that runs use, and returns its output; NULL if it could not be run. hf__free. */
static char *output_of(const hf__doctor *self, const char *const *arguments, bool pin, hf_error *err)
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
    if (hf__system_process_start(&spawn, &process, err) == HF_OK && hf__system_process_wait(process, 5000000, &end) && end.exited && end.status == 0)
        if (hf__system_file_read(path, 1u << 20, &text, &size, err) != HF_OK)
            text = NULL;

    if (process != NULL)
        hf__system_process_end_all(process, NULL);
    hf__system_process_destroy(process);
    hf__system_file_remove(path);
    hf__free(path);
    return text;
}

static void check_randomisation(hf__doctor *self)
{
    static const char *const arguments[] = {"cat", "/proc/self/maps", NULL};
    hf_error err = {0};
    char *first = output_of(self, arguments, false, &err);
    char *second = output_of(self, arguments, false, &err);
    if (first == NULL || second == NULL)
        hf__cli_doctor_say(self, HF_FACT_FAIL, "processes", "cannot start and watch one: %s",
                           err.message[0] != '\0' ? err.message : "it did not end normally");
    else if (strcmp(first, second) == 0)
        hf__cli_doctor_say(self, HF_FACT_OK, "randomisation", "can be disabled for callers: two runs have the same addresses");
    else
        hf__cli_doctor_say(self, HF_FACT_NOTE, "randomisation",
                           "cannot be disabled here: callers that depend on addresses may make different calls each time");
    hf__free(first);
    hf__free(second);
}

static void check_pinning(hf__doctor *self)
{
    static const char *const arguments[] = {"grep", "Cpus_allowed_list", "/proc/self/status", NULL};
    hf_error err = {0};
    char *text = output_of(self, arguments, true, &err);
    bool is_one = text != NULL && strpbrk(text, ",-") == NULL;
    if (is_one)
        hf__cli_doctor_say(self, HF_FACT_OK, "pinning", "a caller can be kept on one processor of %u", hf__system_cpu_count());
    else
        hf__cli_doctor_say(self, HF_FACT_NOTE, "pinning", "a caller cannot be kept on one processor, so thread order varies between runs");
    hf__free(text);
}

static void check_mappings(hf__doctor *self)
{
    char *line = first_line("/proc/sys/vm/max_map_count");
    uint64_t limit = 0;
    if (line == NULL || !hf__parse_u64(hf__text(line), &limit))
        hf__cli_doctor_say(self, HF_FACT_NOTE, "mappings", "their limit cannot be read (/proc/sys/vm/max_map_count)");
    else
        hf__cli_doctor_say(self, limit >= 65530 ? HF_FACT_OK : HF_FACT_NOTE, "mappings",
                           "%llu for each process; at the limit the host answers E_OUTOFMEMORY%s", (unsigned long long)limit,
                           limit >= 65530 ? "" : "; raise vm.max_map_count for callers with many regions");
    hf__free(line);
}

static void look_away(const hf_stall *at, void *user)
{
    (void)at;
    (void)user;
}

/* Tests by doing it: container profiles forbid it, and no setting shows that. */
static bool can_trace(void)
{
    char *program = NULL;
    hf_process *process = NULL;
    if (hf__system_program_path(&program, NULL) != HF_OK)
        return false;
    const char *arguments[] = {program, "--version", NULL};
    const hf_spawn spawn = {.program = program, .arguments = arguments, .environment = hf__system_environment_all(), .look = look_away};
    bool traced = hf__system_process_start(&spawn, &process, NULL) == HF_OK && hf__system_process_is_traced(process);
    hf__system_process_destroy(process);
    hf__free(program);
    return traced;
}

static void check_tracing(hf__doctor *self)
{
    char *line = first_line("/proc/sys/kernel/yama/ptrace_scope");
    const char *scope = line != NULL ? line : "none";
    if (can_trace())
        hf__cli_doctor_say(self, HF_FACT_OK, "ptrace",
                           "scope %s: crashes and hangs are reported with their stacks; a debugger can stop a caller at a fault (hf_on_fault)",
                           scope);
    else
        hf__cli_doctor_say(self, HF_FACT_NOTE, "ptrace", "scope %s: not permitted here, so a crash is reported without its address and stack", scope);
    hf__free(line);
}

static void check_core_pattern(hf__doctor *self)
{
    char *line = first_line("/proc/sys/kernel/core_pattern");
    hf__cli_doctor_say(self, HF_FACT_OK, "core pattern", "%s; runs disable core files", line != NULL ? line : "unknown");
    hf__free(line);
}

static void check_symbols(hf__doctor *self)
{
    hf__cli_doctor_say(self, HF_FACT_OK, "symbols", "elfutils 0.%d: places in code have names and source lines", _ELFUTILS_VERSION);
}

void hf__cli_doctor_check_system(hf__doctor *self)
{
    check_randomisation(self);
    check_pinning(self);
    check_mappings(self);
    check_tracing(self);
    check_core_pattern(self);
    check_symbols(self);
}
