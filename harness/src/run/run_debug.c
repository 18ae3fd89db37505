/* SPDX-License-Identifier: MIT
 * Starts gdb in the same way as a run's program, with the same session in its environment; gdb passes the environment on and does not attach itself.
 * gdb starts programs through a shell, so their input and arguments are quoted.
 */
#include "run_debug.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "system_machine.h"
#include "system_tool.h"
#include "heap_buffer.h"
#include "run_execute.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

#define DEBUGGER "gdb"
#define NO_TIMEOUT_MS (366ull * 24 * 60 * 60 * 1000)

/* For a shell: in quotes, after a space. */
static void put_quoted(hf__heap_buffer *out, const char *text)
{
    hf__heap_buffer_append(out, " '", 2);
    for (const char *c = text; *c != '\0'; c++)
        hf__heap_buffer_append(out, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
    hf__heap_buffer_append(out, "'", 1);
}

/* gdb's command that sets the program's arguments and input. */
static char *print_arguments(const hf__run_job *job, const char *input)
{
    hf__heap_buffer out = {0};
    hf__heap_buffer_append(&out, "set args", strlen("set args"));
    for (size_t i = 1; job->arguments[i] != NULL; i++)
        put_quoted(&out, job->arguments[i]);
    hf__heap_buffer_append(&out, " <", 2);
    put_quoted(&out, input);
    return out.text;
}

static hf_status execute(const hf__run_job *job, hf__run_execution *execution, const char *debugger, hf_error *err)
{
    char *input = job->scenario.stdin_text != NULL ? hf__run_folder_file(execution->folder, HF_RUN_STDIN) : hf__copy_string("/dev/null");
    char *with_arguments = print_arguments(job, input);
    char *work = hf__run_execution_work(job, execution);
    char *in_folder = hf__format("set cwd %s", work);
    const char *arguments[] = {DEBUGGER,     "-q",
                               "-ex",        "set breakpoint pending on",
                               "-ex",        "unset environment LINES",
                               "-ex",        "unset environment COLUMNS",
                               "-ex",        with_arguments,
                               "-ex",        in_folder,
                               "-ex",        "break hf_on_first_fault",
                               "-ex",        "run",
                               "-ex",        "backtrace",
                               job->program, NULL};
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf_status status = hf__run_job_compile(job, false, &plan, &plan_bytes, err);
    hf__run_job under = *job;
    under.program = (char *)(uintptr_t)debugger;
    under.arguments = arguments;
    under.timeout_ms = NO_TIMEOUT_MS;
    under.follows = false; /* gdb and the tool cannot both trace them */
    under.scenario.memory_limit = 0;
    under.cwd = (char *)(uintptr_t) "."; /* gdb itself starts in our working directory */
    execution->is_foreground = true;
    if (status == HF_OK && job->cwd == NULL)
        status = hf__system_folder_create_new(work, err);
    if (status == HF_OK && job->workdir != NULL)
        status = hf__system_folder_copy(job->workdir, work, err);
    if (status == HF_OK)
        status = hf__run_execute(&under, execution, plan, plan_bytes, err);
    hf__free(plan);
    hf__free(in_folder);
    hf__free(work);
    hf__free(with_arguments);
    hf__free(input);
    return status;
}

hf_status hf__run_debug(const hf_scenario *scenario, const hf_run_options *options, char **folder, hf_error *err)
{
    *folder = NULL;
    char *debugger = NULL;
    hf__run_job job;
    hf__run_execution execution = {.folder = NULL};
    if (hf__system_program_find(DEBUGGER, &debugger, err) != HF_OK)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no gdb in PATH: install it (Debian: apt-get install gdb)");
    hf_status status = hf__run_job_create(scenario, options, &job, err);
    if (status == HF_OK) {
        status = hf__run_folder_create(job.options.results, scenario->name, folder, err);
        if (status == HF_OK) {
            hf__run_execution_init(&execution, hf__copy_string(*folder));
            status = execute(&job, &execution, debugger, err);
        }
        hf__run_job_clear(&job);
    }

    hf__run_execution_clear(&execution);
    hf__free(debugger);
    return status;
}
