/* SPDX-License-Identifier: MIT
 * The table of clean runs. The first thread that needs an entry makes it. A failure is reported to all waiting threads, and kept only if another try
 * would give the same (the caller refused or never attached), not if the machine was the cause.
 */
#include "run_clean.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "base_text.h"
#include "os_lock.h"
#include "system_machine.h"
#include "os_thread.h"
#include "run_execute.h"
#include "run_folder.h"
#include "session_format.h"

#include <hostfault/caller.h>
#include <string.h>

#include "base_poison.h"

#define HF_CLEAN_WAIT_MS 1000u
#define KILLED 9u /* SIGKILL, which Windows lacks */

enum { CLEAN_EMPTY, CLEAN_MAKING, CLEAN_READY, CLEAN_FAILED };

typedef struct clean_entry {
    char *key;
    size_t key_bytes;
    bool second;
    uint32_t state; /* waited on */
    hf__run_execution execution;
    hf_error failure;
    struct clean_entry *next;
} clean_entry;

static clean_entry *entries;
static uint32_t entries_lock;

static clean_entry *new_entry(const hf__run_job *job, bool second)
{
    clean_entry *entry = hf__allocate(1, sizeof *entry);
    entry->key = hf__copy_text((hf_text){job->key, job->key_bytes});
    entry->key_bytes = job->key_bytes;
    entry->second = second;
    return entry;
}

/* The new entry is made before the lock is taken, because this may run out of memory. */
static clean_entry *entry_of(const hf__run_job *job, bool second)
{
    clean_entry *unused = new_entry(job, second);
    hf__os_lock(&entries_lock);
    clean_entry *entry = entries;
    while (entry != NULL && (entry->second != second || entry->key_bytes != job->key_bytes || memcmp(entry->key, job->key, job->key_bytes) != 0))
        entry = entry->next;
    if (entry == NULL) {
        entry = unused;
        unused = NULL;
        (void)hf__heap_keep(entry->key);
        (void)hf__heap_keep(entry);
        entry->next = entries;
        entries = entry;
    }
    hf__os_unlock(&entries_lock);

    if (unused != NULL) {
        hf__free(unused->key);
        hf__free(unused);
    }
    return entry;
}

static int exit_status(const hf_trace *trace)
{
    for (size_t i = hf_trace_event_count(trace); i-- > 0;) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind == HF_EVENT_END_EXIT)
            return (int)event->address;
    }
    return -1;
}

hf_status hf__run_check_refusal(const hf__run_job *job, const hf_trace *trace, const char *said, hf_error *err)
{
    const char *caller = job->scenario.caller;
    int status = caller != NULL ? exit_status(trace) : 0;
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    if (status == HF_CALLER_USAGE && summary.calls == 0)
        return HF_FAIL(err, HF_ERROR_INPUT, "caller %s does not take these arguments%s", caller, said);
    if (status == HF_CALLER_MISSING)
        return HF_FAIL(err, HF_ERROR_STATE, "caller %s cannot run on this machine%s", caller, said);
    return HF_OK;
}

hf_status hf__run_check_killed(const hf_trace *trace, hf_error *err)
{
    for (size_t i = hf_trace_event_count(trace); i-- > 0;) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind == HF_EVENT_END_SIGNAL && event->address == KILLED)
            return HF_FAIL(
                err, HF_ERROR_SYSTEM,
                "a run without faults was killed (SIGKILL): by somebody, or because the machine or its group has no more memory; run it again");
    }
    return HF_OK;
}

bool hf__run_timed_out(const hf_trace *trace)
{
    for (size_t i = hf_trace_event_count(trace); i-- > 0;) {
        if (hf_trace_event(trace, i)->kind == HF_EVENT_END_TIMEOUT)
            return true;
    }
    return false;
}

static hf_status execute_clean(const hf__run_job *job, hf__run_execution *execution, hf_error *err)
{
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf_status status = hf__run_job_compile(job, true, &plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__run_execute(job, execution, plan, plan_bytes, err);
    hf__free(plan);
    if (status == HF_OK) {
        char *said = hf__run_execution_said(execution);
        status = hf__run_check_refusal(job, execution->trace, said, err);
        hf__free(said);
    }
    if (status == HF_OK)
        status = hf__run_check_killed(execution->trace, err);
    return status;
}

static hf_status make(clean_entry *entry, const hf__run_job *job, const char *run_folder)
{
    hf__run_job clean_job = *job;
    clean_job.scenario.rule_count = 0;
    clean_job.scenario.rules = NULL;
    clean_job.scenario.commit_limit = 0; /* the comparison must show the refusals of the limit */
    clean_job.scenario.expect = (hf_scenario_expect){0};
    if (!job->has_timeout)
        clean_job.timeout_ms = HF_RUN_CLEAN_TIMEOUT_MS;
    hf_error *err = &entry->failure;
    char *folder = hf__run_folder_file(run_folder, entry->second ? HF_RUN_CLEAN2 : HF_RUN_CLEAN);
    hf_status status = hf__system_folder_create_new(folder, err);
    hf__run_execution_init(&entry->execution, folder);
    if (status == HF_OK)
        status = execute_clean(&clean_job, &entry->execution, err);
    hf_error why;
    hf_status noted = hf__run_execution_note(&clean_job, &entry->execution, status != HF_OK ? err->message : NULL, &why);
    if (status != HF_OK || noted == HF_OK)
        return status;
    *err = why;
    return noted;
}

static void finish_entry(clean_entry *entry, uint32_t state)
{
    hf__os_store_u32(&entry->state, state);
    hf__os_wake(&entry->state);
}

static bool is_final(hf_status status)
{
    return status == HF_ERROR_INPUT || (status == HF_ERROR_STATE && !hf__run_stopping());
}

typedef struct making {
    clean_entry *entry;
    const hf__run_job *job;
    const char *run_folder;
} making;

static hf_status make_now(void *given)
{
    const making *self = given;
    return make(self->entry, self->job, self->run_folder);
}

/* Called by the one thread that moved the entry to CLEAN_MAKING. The result serves all later runs, so it belongs to no attempt of this run. */
static hf_status make_and_finish(clean_entry *entry, const hf__run_job *job, const char *run_folder, hf_error *err)
{
    making self = {entry, job, run_folder};
    hf_status status = hf__heap_attempt_within(NULL, make_now, &self, &entry->failure);
    if (status == HF_ERROR_MEMORY)
        memset(&entry->execution, 0, sizeof entry->execution); /* freed */
    if (status != HF_OK && err != NULL)
        *err = entry->failure;
    if (status != HF_OK && !is_final(status))
        hf__run_execution_clear(&entry->execution);
    uint32_t failed = is_final(status) ? CLEAN_FAILED : CLEAN_EMPTY;
    finish_entry(entry, status == HF_OK ? CLEAN_READY : failed);
    if (status == HF_ERROR_MEMORY)
        hf__out_of_memory();
    return status;
}

hf_status hf__run_clean(const hf__run_job *job, const char *run_folder, bool second, hf__run_clean_result *out, hf_error *err)
{
    clean_entry *entry = entry_of(job, second);
    for (;;) {
        uint32_t state = hf__os_load_u32(&entry->state);
        if (state == CLEAN_READY)
            break;
        if (state == CLEAN_FAILED) {
            if (err != NULL)
                *err = entry->failure;
            return entry->failure.status;
        }
        if (state == CLEAN_MAKING) {
            hf__os_wait(&entry->state, CLEAN_MAKING, HF_CLEAN_WAIT_MS);
            continue;
        }
        if (!hf__os_swap_if_u32(&entry->state, CLEAN_EMPTY, CLEAN_MAKING))
            continue;
        hf_status status = make_and_finish(entry, job, run_folder, err);
        if (status != HF_OK)
            return status;
    }

    *out = (hf__run_clean_result){entry->execution.trace, entry->execution.children, entry->execution.folder, entry->execution.elapsed_us};
    return HF_OK;
}
