/* SPDX-License-Identifier: MIT
 * The manifest of an execution: the facts of a job and its folder.
 */
#include "run_execute.h"
#include "heap_alloc.h"
#include "os_memory.h"
#include "system_machine.h"
#include "heap_buffer.h"
#include "run_folder.h"

#include <hostfault/version.h>

#include "base_poison.h"

static hf_string_list list_of(const char *const *items)
{
    size_t count = 0;
    while (items[count] != NULL)
        count++;
    return (hf_string_list){count, items};
}

hf_status hf__run_execution_note(const hf__run_job *job, const hf__run_execution *execution, const char *failure, hf_error *err)
{
    const hf_scenario *scenario = &job->scenario;
    hf__heap_buffer script = {0};
    hf_scenario_print(scenario, hf__heap_buffer_write, &script);
    char *identity = hf__format("%s#%s", scenario->file != NULL ? scenario->file : "", scenario->name != NULL ? scenario->name : "");
    char kernel[200];
    char *work = hf__run_execution_work(job, execution);
    hf__system_kernel_name(kernel, sizeof kernel);
    const hf__run_manifest manifest = {
        .version = HF_VERSION,
        .scenario = identity,
        .name = scenario->name,
        .caller = scenario->caller,
        .script = script.text,
        .seed = scenario->seed,
        .command = list_of(job->arguments),
        .environment = scenario->env,
        .cwd = work,
        .started = execution->started,
        .kernel = kernel,
        .page_bytes = hf__os_page_size(),
        .timeout_ms = job->timeout_ms,
        .elapsed_us = execution->elapsed_us,
        .clean = execution->clean,
        .clean2 = execution->clean2,
        .attach = job->attach_why,
        .failure = failure,
        .stacks = job->options.stacks,
        .pin = job->options.pin,
        .stdout_cut = execution->stdout_cut,
        .stderr_cut = execution->stderr_cut,
    };
    hf_status status = hf__run_manifest_write(execution->folder, &manifest, err);
    hf__free(script.text);
    hf__free(work);
    hf__free(identity);
    return status;
}
