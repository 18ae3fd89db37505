/* SPDX-License-Identifier: MIT
 * `hostfault doctor` on Windows: starts a process in a job of its own, and lists what is not available there.
 */
#include "heap_alloc.h"
#include "cli_doctor.h"
#include "system_process.h"
#include "system_machine.h"

#include <string.h>

#include "base_poison.h"

static void check_system(hf__doctor *self)
{
    char name[96];
    hf__system_kernel_name(name, sizeof name);
    hf__cli_doctor_say(self, HF_FACT_OK, "system", "%s", name);
}

/* Tests by doing it: this shows a job that forbids nested jobs. */
static void check_processes(hf__doctor *self)
{
    char *program = NULL;
    hf_capture got = {.timeout_ms = 10000, .max_bytes = 4096};
    hf_error err = {0};
    hf_status status = hf__system_program_path(&program, &err);
    const char *arguments[] = {program, "--version", NULL};
    const hf_spawn spawn = {.program = program, .arguments = arguments, .environment = hf__system_environment_all(), .pin = true};
    if (status == HF_OK)
        status = hf__system_process_capture(&spawn, &got, &err);
    if (status == HF_OK && got.end.exited && got.end.status == 0)
        hf__cli_doctor_say(self, HF_FACT_OK, "processes", "each runs in its own job object on one processor, and is killed with it");
    else
        hf__cli_doctor_say(self, HF_FACT_FAIL, "processes", "cannot start and watch one: %s",
                           status != HF_OK ? err.message : "it did not end normally");
    hf__free(got.text);
    hf__free(program);
}

void hf__cli_doctor_check_system(hf__doctor *self)
{
    check_system(self);
    check_processes(self);
    hf__cli_doctor_say(self, HF_FACT_NOTE, "randomisation",
                       "cannot be disabled on Windows: callers that depend on addresses may make different calls each time");
    hf__cli_doctor_say(self, HF_FACT_NOTE, "crash stacks",
                       "are taken by debugging the second run of a finding; filters for unhandled exceptions do not run in it");
    hf__cli_doctor_say(self, HF_FACT_NOTE, "symbols",
                       "places are named by the symbol table that gcc leaves in a program and by what a DLL exports, without source lines");
    hf__cli_doctor_say(self, HF_FACT_NOTE, "isolation", "there are no fork points on Windows: sweeps run each point from the beginning");
}
