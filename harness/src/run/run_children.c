/* SPDX-License-Identifier: MIT
 * The sessions of child processes. A process that attaches there waits until it is watched, so that no end is missed.
 */
#include "run_children.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_atomic.h"
#include "system_machine.h"
#include "heap_buffer.h"
#include "run_ending.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

#define PATH_BYTES 4096u

typedef struct child {
    char path[PATH_BYTES];
    hf_session session;  /* map NULL: missing, or closed */
    hf_process *process; /* NULL: nobody has taken the session yet */
    hf_process_end end;
    bool ended, outlived;
    hf_error failure; /* why there is no verdict; status HF_OK: there is one */
    hf_trace *trace;
    hf_verdict *verdict;
} child;

struct hf__run_children {
    const hf__run_job *job;
    const void *plan;
    size_t plan_bytes;
    hf__run_execution_partner partner;
    child items[HF_FOLLOWED_MAX];
};

static hf_status open_sessions(void *user, const hf__run_execution_files *files, hf_error *err)
{
    hf__run_children *self = user;
    hf_status status = HF_OK;
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX && status == HF_OK; i++) {
        child *one = &self->items[i];
        status = hf__session_clone_slot_path(files->trace, i + 1, "", one->path, sizeof one->path)
                     ? HF_OK
                     : HF_FAIL(err, HF_ERROR_LIMIT, "the path of the run's folder is too long");
        if (status == HF_OK)
            status = hf__session_create(&(hf_session_request){.path = one->path,
                                                              .caller = self->job->arguments[0],
                                                              .plan = self->plan,
                                                              .plan_bytes = self->plan_bytes,
                                                              .trace_bytes = self->job->scenario.trace_limit},
                                        &one->session, err);
    }

    return status;
}

static void tend(child *one)
{
    uint32_t pid = hf__os_load_u32(&one->session.control->claimed);
    if (pid == 0 || one->ended || one->failure.status != HF_OK)
        return;
    if (one->process == NULL && hf__system_process_adopt(pid, &one->process, &one->failure) == HF_OK)
        hf__os_store_u32(&one->session.control->watched, 1);
    if (one->process == NULL)
        return;
    one->ended = hf__system_process_wait(one->process, 0, &one->end);
    if (!one->ended && hf__session_feed(&one->session, one->path, &one->failure) != HF_OK)
        hf__system_process_end_all(one->process, &one->end);
}

static bool tend_all(void *user, hf_process *process, uint64_t timeout_us, hf_process_end *end, bool *progress)
{
    hf__run_children *self = user;
    *progress = false;
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++)
        tend(&self->items[i]);
    return hf__system_process_wait(process, timeout_us, end);
}

static void judge_child(child *one)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.fired_elsewhere = 1;
    if (one->failure.status == HF_OK && hf_trace_open(one->path, &one->trace, &one->failure) == HF_OK)
        one->failure.status = hf_verdict_judge(one->trace, NULL, NULL, &options, &one->verdict, &one->failure);
}

static void finish_child(const hf__run_children *self, child *one)
{
    static const hf__symbol_death nothing;
    tend(one);
    if (one->process != NULL && !one->ended) {
        one->outlived = true;
        hf__system_process_end_all(one->process, &one->end);
    }
    const hf__run_ending ending = {.session = &one->session, .trace = one->path, .death = &nothing, .end = one->end};
    hf__run_ending_record(&ending, self->job, &one->failure);
    hf_error err;
    hf_status status = hf__session_close(&one->session, one->path, &err);
    if (status != HF_OK && one->failure.status == HF_OK)
        one->failure = err;
    judge_child(one);
}

static hf_status close_sessions(void *user, bool abandon, hf_error *err)
{
    hf__run_children *self = user;
    (void)abandon;
    (void)err;

    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++) {
        child *one = &self->items[i];
        if (one->session.map == NULL)
            continue;
        if (hf__os_load_u32(&one->session.control->claimed) != 0) {
            finish_child(self, one);
        } else {
            hf__session_leave(&one->session);
            hf__system_file_remove(one->path);
        }
        one->session.map = NULL;
    }

    return HF_OK;
}

hf__run_children *hf__run_children_create(const hf__run_job *job, const void *plan, size_t plan_bytes)
{
    static const hf_session_points none = {.count = 0};
    hf__run_children *self = hf__allocate(1, sizeof *self);
    self->job = job;
    self->plan = plan;
    self->plan_bytes = plan_bytes;
    self->partner = (hf__run_execution_partner){.points = &none, .open = open_sessions, .wait = tend_all, .close = close_sessions, .user = self};
    return self;
}

void hf__run_children_destroy(hf__run_children *children)
{
    hf_error err;
    if (children == NULL)
        return;
    (void)close_sessions(children, true, &err);
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++) {
        hf_verdict_destroy(children->items[i].verdict);
        hf_trace_destroy(children->items[i].trace);
        hf__system_process_destroy(children->items[i].process);
    }
    hf__free(children);
}

const hf__run_execution_partner *hf__run_children_partner(const hf__run_children *children)
{
    return &children->partner;
}

static bool was_there(const child *one)
{
    return one->process != NULL || one->failure.status != HF_OK;
}

uint64_t hf__run_children_fired(const hf__run_children *children)
{
    uint64_t fired = 0;
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++)
        fired += children->items[i].verdict != NULL ? children->items[i].verdict->fired : 0;
    return fired;
}

static bool is_program(hf_text name)
{
    static const char ending[] = ".exe";
    size_t length = sizeof ending - 1;
    bool is = name.size_bytes > length;
    for (size_t i = 0; is && i < length; i++)
        is = (name.pointer[name.size_bytes - length + i] | ('a' - 'A')) == (ending[i] | ('a' - 'A'));
    return is;
}

/* The program of a trace: its only module that is not a library. */
static hf_text program_of(const hf_trace *trace)
{
    for (size_t i = 0; trace != NULL && i < hf_trace_module_count(trace); i++) {
        hf_text path = hf_trace_module_at(trace, i)->path;
        size_t slash = path.size_bytes;
        while (slash > 0 && path.pointer[slash - 1] != '/' && path.pointer[slash - 1] != '\\')
            slash--;
        hf_text name = {path.pointer + slash, path.size_bytes - slash};
        if (is_program(name))
            return name;
    }
    return hf__text("?");
}

static char *describe(const child *one, uint32_t number)
{
    hf_text name = program_of(one->trace);
    if (one->verdict == NULL)
        return hf__format("process %u: %s", number, one->failure.message);
    if (one->outlived)
        return hf__format("process %u, %.*s, was still running when the program ended, and was killed", number, (int)name.size_bytes, name.pointer);
    return hf__format("process %u, %.*s, %s: %s", number, (int)name.size_bytes, name.pointer, hf_outcome_name(one->verdict->outcome),
                      one->verdict->reason);
}

char *hf__run_children_unmet(const hf__run_children *children, const hf_scenario *scenario)
{
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++) {
        const child *one = &children->items[i];
        bool expected = one->verdict != NULL && (one->outlived || (scenario->expect.outcomes >> one->verdict->outcome & 1) != 0);
        if (was_there(one) && !expected)
            return describe(one, i + 1);
    }
    return NULL;
}

char *hf__run_children_describe(const hf__run_children *children)
{
    hf__heap_buffer text = {0};
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++) {
        const child *one = &children->items[i];
        if (!was_there(one))
            continue;
        char *line = describe(one, i + 1);
        char *with_calls = hf__format("%s; %llu calls, %llu fired; " HF_RUN_TRACE "-%u\n", line,
                                      (unsigned long long)(one->verdict != NULL ? one->verdict->calls : 0),
                                      (unsigned long long)(one->verdict != NULL ? one->verdict->fired : 0), i + 1);
        hf__heap_buffer_append(&text, with_calls, strlen(with_calls));
        hf__free(with_calls);
        hf__free(line);
    }
    return text.text != NULL ? text.text : hf__copy_string("");
}
