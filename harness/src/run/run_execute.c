/* SPDX-License-Identifier: MIT
 * One execution: session, process, watching, end record.
 *
 * The tool waits for the process and wakes as soon as it ends. In between, every few milliseconds, it makes room in the trace ahead of
 * the writers (more often while they are fast), keeps the outputs within their limit and checks the time. Whatever happens, the session is closed,
 * and no process of the run is left.
 */
#include "run_execute.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "base_random.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_file.h"
#include "system_file.h"
#include "system_guard.h"
#include "system_machine.h"
#include "system_process.h"
#include "system_tool.h"
#include "os_thread.h"
#include "symbol_death.h"
#include "run_attach.h"
#include "run_children.h"
#include "run_ending.h"
#include "run_folder.h"
#include "run_unseen.h"
#include "session.h"

#include <hostfault/caller.h>

#include <string.h>

#include "base_poison.h"

#define HF_TICK_FIRST_US 500u
#define HF_TICK_FAST_US 100u /* while the writers take several chunks at a time */
#define HF_TICK_SLOW_US 4000u
#define HF_TICK_BUSY_CHUNKS 4u
#define HF_GIVE_UP_US 1000000u /* time for a process to notice that its trace has ended */
/* HF_SESSION is padded with slashes to this length, so that the program's stack begins at the same address in every run's folder. */
#define HF_SESSION_TEXT_BYTES 255

typedef struct watch {
    const hf__run_job *job;
    hf__run_execution *execution;
    const hf__run_execution_partner *partner; /* NULL: none */
    const void *plan;
    size_t plan_bytes;
    char *trace, *stdout_path, *stderr_path;
    char *session_text; /* HF_SESSION=... */
    char *work;         /* its working directory */
    uint64_t trace_device, trace_file;
    hf_session session;
    uint32_t chunks_seen;
    hf_process *process;
    hf_process_end end;
    hf__run_ending ending;
    hf__symbol_death death;
    hf__run_unseen unseen;
    uint32_t execs;   /* programs that the process executed before the intended one */
    hf_error failure; /* of the harness; status HF_OK: none */
} watch;

static char *session_text(const char *folder)
{
    static const char before[] = "HF_SESSION=";
    size_t wanted = HF_SESSION_TEXT_BYTES - strlen(HF_RUN_TRACE);
    size_t length = strlen(before) + strlen(folder) + 1;
    size_t fill = length < wanted ? wanted - length : 0;
    char *slashes = hf__allocate(fill + 2, 1);
    memset(slashes, '/', fill + 1);
    char *text = hf__format("%s%s%s" HF_RUN_TRACE, before, folder, slashes);
    hf__free(slashes);
    return text;
}

char *hf__run_execution_work(const hf__run_job *job, const hf__run_execution *execution)
{
    return job->cwd != NULL ? hf__copy_string(job->cwd) : hf__run_folder_file(execution->folder, HF_RUN_WORK);
}

/* If its child processes are not followed (under gdb), they are left alone. */
static const char **with_session(const watch *self)
{
    const hf__run_job *job = self->job;
    const char **environment = hf__allocate(job->environment_count + 2, sizeof *environment);
    for (size_t i = 0; i < job->environment_count; i++) {
        bool is_alone = self->partner == NULL && strcmp(job->environment[i], HF_HOOK_VARIABLE "=" HF_HOOK_CHILDREN) == 0;
        environment[i] = is_alone ? HF_HOOK_VARIABLE "=" HF_HOOK_MEMORY : job->environment[i];
    }
    environment[job->environment_count] = self->session_text;
    return environment;
}

static hf_status write_input(const watch *self, char **input, hf_error *err)
{
    const char *text = self->job->scenario.stdin_text;
    if (text == NULL)
        return HF_OK;
    *input = hf__run_folder_file(self->execution->folder, HF_RUN_STDIN);
    return hf__system_file_put(*input, text, strlen(text), err);
}

static hf_status start_process(watch *self, hf_error *err)
{
    char *input = NULL;
    const char **environment = with_session(self);
    hf_status status = write_input(self, &input, err);

    if (status == HF_OK) {
        bool is_watched = self->job->is_trapped || (self->execution->counts && self->job->watcher != NULL);
        hf_spawn spawn = {
            .program = is_watched ? self->job->watcher : self->job->program,
            .arguments = is_watched ? self->job->watched_arguments : self->job->arguments,
            .environment = environment,
            .mark = self->session_text,
            .folder = self->work,
            .stdin_path = input,
            .stdout_path = self->stdout_path,
            .stderr_path = self->stderr_path,
            .memory_limit = self->job->scenario.memory_limit,
            .hook = self->job->hook,
            .pin = self->job->options.pin != 0,
            .foreground = self->execution->is_foreground,
            .look = self->execution->looks_at_death ? hf__symbol_death_look : NULL,
            .look_user = &self->death,
        };
        status = hf__system_process_start(&spawn, &self->process, err);
        if (status == HF_OK)
            self->execution->looks_at_death = hf__system_process_is_traced(self->process);
    }

    hf__free(environment);
    hf__free(input);
    return status;
}

static void feed(watch *self)
{
    hf_error err;
    if (self->failure.status != HF_OK)
        return;
    hf_status status = hf__session_feed(&self->session, self->trace, &err);
    if (status == HF_ERROR_NOT_FOUND)
        (void)HF_FAIL(&self->failure, HF_ERROR_SYSTEM, "%s was deleted while the program ran, so no more calls could be recorded", self->trace);
    else if (status != HF_OK)
        self->failure = err;
}

/* Makes room for the trace and stops endless output; returns the time to sleep until the next call. */
static uint64_t tend(watch *self, uint64_t slept_us)
{
    hf__run_execution *execution = self->execution;
    uint32_t taken = hf__os_load_u32(&self->session.control->chunks_taken);
    bool busy = taken - self->chunks_seen >= HF_TICK_BUSY_CHUNKS;
    self->chunks_seen = taken;
    feed(self);
    execution->stdout_cut = hf__system_file_cut(self->stdout_path, self->job->output_limit) || execution->stdout_cut;
    execution->stderr_cut = hf__system_file_cut(self->stderr_path, self->job->output_limit) || execution->stderr_cut;
    if (busy)
        return HF_TICK_FAST_US;
    return slept_us * 2 < HF_TICK_SLOW_US ? slept_us * 2 : HF_TICK_SLOW_US;
}

static bool wait_for_end(watch *self, uint64_t timeout_us, bool *progress)
{
    const hf__run_execution_partner *partner = self->partner;
    *progress = false;
    return partner != NULL ? partner->wait(partner->user, self->process, timeout_us, &self->end, progress)
                           : hf__system_process_wait(self->process, timeout_us, &self->end);
}

static void watch_process(watch *self)
{
    uint64_t start = hf__os_now_us();
    uint64_t limit_us = self->job->timeout_ms * 1000;
    uint64_t tick = HF_TICK_FIRST_US;

    for (;;) {
        uint64_t spent = hf__os_now_us() - start;
        uint64_t left = spent < limit_us ? limit_us - spent : 0;
        bool progress = false;
        if (wait_for_end(self, left < tick ? left : tick, &progress))
            return;
        if (progress) {
            start = hf__os_now_us();
            left = limit_us;
        }
        if (hf__run_stopping()) {
            (void)HF_FAIL(&self->failure, HF_ERROR_STATE, "the run was stopped");
            return;
        }
        if (left == 0) {
            self->ending.timed_out = self->failure.status == HF_OK;
            hf__system_process_halt(self->process);
            return;
        }
        bool sound = self->failure.status == HF_OK;
        tick = tend(self, tick);
        if (sound && self->failure.status != HF_OK && left > HF_GIVE_UP_US)
            limit_us = spent + HF_GIVE_UP_US;
    }
}

static void record_end(watch *self)
{
    const hf_session_control *control = self->session.control;
    uint32_t claimed = hf__os_load_u32(&control->claimed);
    self->ending.end = self->end;
    self->ending.behind_shell = claimed != 0 && claimed != (uint32_t)hf__system_process_pid(self->process);
    hf__run_ending_record(&self->ending, self->job, &self->failure);
}

static void record_output(watch *self)
{
    hf__run_execution *execution = self->execution;
    execution->stdout_cut = hf__system_file_cut(self->stdout_path, self->job->output_limit) || execution->stdout_cut;
    execution->stderr_cut = hf__system_file_cut(self->stderr_path, self->job->output_limit) || execution->stderr_cut;
    hf__run_ending_record_output(&self->ending, NULL, 0, self->stdout_path, &self->failure);
    hf__run_ending_record_report(&self->ending, self->stderr_path, &self->failure);
}

/* The first line of a file, at most 200 bytes; "" if none. */
static char *first_line(const char *path)
{
    char text[200];
    size_t size_bytes = hf__os_file_read_at(path, 0, text, sizeof text);
    size_t length = 0;
    while (length < size_bytes && text[length] != '\r' && text[length] != '\n' && text[length] != '\0')
        length++;
    return hf__copy_text((hf_text){text, length});
}

char *hf__run_execution_said(const hf__run_execution *execution)
{
    char *path = hf__run_folder_file(execution->folder, HF_RUN_STDERR);
    char *line = first_line(path);
    char *said = line[0] != '\0' ? hf__format("; it said: %s", line) : hf__copy_string("");
    hf__free(line);
    hf__free(path);
    return said;
}

static void print_end(const watch *self, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (self->ending.timed_out)
        hf__builder_print(&builder, "ran for %llu ms", (unsigned long long)self->job->timeout_ms);
    else if (self->end.exited)
        hf__builder_print(&builder, "ended with exit status %d", self->end.status);
    else if (self->end.exception != 0)
        hf__builder_print(&builder, "was ended by 0x%08lX%s%s", (unsigned long)self->end.exception, self->end.exception_name != NULL ? ": " : "",
                          self->end.exception_name != NULL ? self->end.exception_name : "");
    else
        hf__builder_print(&builder, "was ended by signal %d", self->end.status);
}

#define HF_TIMEOUT_SHORT_MS 1000u /* this early, a program may just be slow to start */

static void check_attached(watch *self)
{
    if (self->failure.status != HF_OK || hf__os_load_u32(&self->session.control->attached) != 0)
        return;
    char end[128];
    print_end(self, end, sizeof end);
    char *said = hf__run_execution_said(self->execution);

    if (self->ending.timed_out && self->job->timeout_ms < HF_TIMEOUT_SHORT_MS)
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE,
                      "%s was killed after %llu ms, before it attached: give it more time (--timeout, or timeout: in its script)%s",
                      self->job->arguments[0], (unsigned long long)self->job->timeout_ms, said);
    else if (hf__os_load_u32(&self->session.control->claimed) != 0)
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE, "%s %s while it attached%s", self->job->arguments[0], end, said);
    else if (self->job->hook != NULL)
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE, "%s %s before the hook was in place%s", self->job->arguments[0], end, said);
    else if (self->job->is_trapped)
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE, "%s %s before its calls were watched%s", self->job->arguments[0], end, said);
    else if (self->job->preload != NULL)
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE, "%s %s before the library for unmodified programs was in place%s", self->job->arguments[0], end,
                      said);
    else
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE,
                      "%s %s and never attached: a program that runs as linked (--attach) must contain hostfault-shim and call hf_wrap, "
                      "hf_wrap_control or hf_attach%s",
                      self->job->arguments[0], end, said);
    hf__free(said);
}

static uint64_t recorded_bytes(const watch *self)
{
    uint32_t taken = hf__os_load_u32(&self->session.control->chunks_taken);
    uint32_t ready = self->session.made_ready;
    return (uint64_t)(self->session.chunks - (char *)self->session.map) + (uint64_t)(taken < ready ? taken : ready) * HF_CHUNK_BYTES;
}

static bool is_own_trace(const watch *self)
{
    uint64_t device = 0;
    uint64_t file = 0;
    return hf__system_file_identity(self->trace, &device, &file) && device == self->trace_device && file == self->trace_file;
}

/* If a program deletes or replaces its trace, nothing is lost: it is still mapped here, and is written again from the mapping. */
static hf_status keep_trace(watch *self, hf_error *err)
{
    if (is_own_trace(self))
        return HF_OK;
    hf_status status = hf__system_file_write(self->trace, self->session.map, recorded_bytes(self), err);
    uint64_t created_us = self->session.created_us;
    uint64_t created_counter = self->session.created_counter;
    hf__session_leave(&self->session);
    if (status == HF_OK)
        status = hf__session_join(self->trace, NULL, &self->session, err);
    self->session.created_us = created_us;
    self->session.created_counter = created_counter;
    return status;
}

static void close_session(watch *self)
{
    hf_error err = {.status = HF_OK};
    hf_status status = HF_OK;
    if (self->session.map != NULL)
        status = hf__session_close(&self->session, self->trace, &err);
    if (status == HF_OK)
        status = hf_trace_open(self->trace, &self->execution->trace, &err);
    if (status != HF_OK && self->failure.status == HF_OK)
        self->failure = err;
}

/* The facts that are known once the process has ended. */
static void record(watch *self)
{
    hf_error err;
    self->execs = hf__os_load_u32(&self->session.control->execs);
    hf__run_unseen_count(&self->unseen, self->session.control);
    if (keep_trace(self, &err) != HF_OK) {
        self->failure = err;
        return;
    }
    self->execution->sees_null = hf__os_load_u32(&self->session.control->sees) == HF_SEES_NULL;
    record_end(self);
    record_output(self);
    check_attached(self);
}

static void close_partner(watch *self)
{
    hf_error err;
    bool abandon = self->failure.status != HF_OK;
    if (self->partner != NULL && self->partner->close(self->partner->user, abandon, &err) != HF_OK && !abandon)
        self->failure = err;
}

static hf_status open_partner(watch *self)
{
    const hf__run_execution_files files = {&self->session, self->trace, self->stdout_path, self->stderr_path};
    return self->partner != NULL ? self->partner->open(self->partner->user, &files, &self->failure) : HF_OK;
}

static void run_process(watch *self)
{
    uint64_t start = hf__os_now_us();
    if (open_partner(self) == HF_OK && start_process(self, &self->failure) == HF_OK) {
        watch_process(self);
        close_partner(self);
        hf__system_process_end_all(self->process, &self->end);
        self->execution->elapsed_us = hf__os_now_us() - start;
        record(self);
    } else {
        hf__run_ending_append(&self->ending, &(hf_session_end){.kind = HF_EVENT_END_HARNESS, .note = self->failure.message}, &self->failure);
    }
    hf__system_process_destroy(self->process);
}

static void clear_watch(watch *self)
{
    hf__free(self->trace);
    hf__free(self->stdout_path);
    hf__free(self->stderr_path);
    hf__free(self->session_text);
    hf__free(self->work);
}

/* The process executed another program, which is the intended one; this was not known before. */
static bool became_another(const watch *self)
{
    return (self->partner == NULL || self->partner->may_repeat) && self->failure.status == HF_OK &&
           self->execs > hf__run_attach_execs(self->job->program, self->job->arguments);
}

static hf_status create_session(watch *self)
{
    const hf__run_job *job = self->job;
    hf_session_request wanted = {.path = self->trace,
                                 .caller = job->scenario.caller != NULL ? job->scenario.caller : job->arguments[0],
                                 .plan = self->plan,
                                 .plan_bytes = self->plan_bytes,
                                 .trace_bytes = job->options.ring_bytes != 0 ? job->options.ring_bytes : job->scenario.trace_limit,
                                 .is_ring = job->options.ring_bytes != 0};
    if (self->partner != NULL)
        wanted.points = *self->partner->points;
    hf_status status = HF_OK;
    if (job->cwd == NULL)
        status = hf__system_folder_create_new(self->work, &self->failure);
    if (status == HF_OK && self->job->workdir != NULL)
        status = hf__system_folder_copy(self->job->workdir, self->work, &self->failure);
    if (status == HF_OK)
        status = hf__session_create(&wanted, &self->session, &self->failure);
    if (status == HF_OK)
        self->session.header->execs = hf__run_attach_execs(job->program, job->arguments);
    (void)hf__system_file_identity(self->trace, &self->trace_device, &self->trace_file);
    return status;
}

static void unmap_session(void *given)
{
    hf__session_leave(given);
}

static hf_status execute_once(watch *self)
{
    self->ending = (hf__run_ending){.session = &self->session, .trace = self->trace, .death = &self->death, .timeout_ms = self->job->timeout_ms};
    hf_status status = create_session(self);
    if (status == HF_OK) {
        hf_heap_guard guard;
        hf__heap_guard(&guard, unmap_session, &self->session);
        run_process(self);
        hf__heap_drop_guard(&guard);
        close_session(self);
        hf__run_unseen_print(&self->unseen, self->execution->trace, self->execution->unseen, sizeof self->execution->unseen);
    }
    return status;
}

/* Resets the state as if it had not run. */
static hf_status forget(watch *self)
{
    hf_trace_destroy(self->execution->trace);
    self->execution->trace = NULL;
    self->execution->stdout_cut = self->execution->stderr_cut = false;
    self->chunks_seen = 0;
    self->process = NULL;
    memset(&self->death, 0, sizeof self->death);
    hf__system_file_remove(self->trace);
    hf__system_file_remove(self->stdout_path);
    hf__system_file_remove(self->stderr_path);
    return self->job->cwd == NULL ? hf__system_folder_remove(self->work, &self->failure) : HF_OK;
}

hf_status hf__run_execute_with(const hf__run_job *job, hf__run_execution *execution, const void *plan, size_t plan_bytes,
                               const hf__run_execution_partner *partner, hf_error *err)
{
    watch self = {
        .job = job,
        .execution = execution,
        .partner = partner,
        .plan = plan,
        .plan_bytes = plan_bytes,
        .trace = hf__run_folder_file(execution->folder, HF_RUN_TRACE),
        .stdout_path = hf__run_folder_file(execution->folder, HF_RUN_STDOUT),
        .stderr_path = hf__run_folder_file(execution->folder, HF_RUN_STDERR),
        .session_text = session_text(execution->folder),
        .work = hf__run_execution_work(job, execution),
    };
    hf__system_guard_begin();
    if (hf__run_execution_note(job, execution, NULL, &self.failure) == HF_OK && execute_once(&self) == HF_OK && became_another(&self)) {
        hf__run_attach_note_execs(job->program, job->arguments, self.execs);
        if (forget(&self) == HF_OK)
            (void)execute_once(&self);
    }

    clear_watch(&self);
    if (self.failure.status != HF_OK && err != NULL)
        *err = self.failure;
    return self.failure.status;
}

void hf__run_execution_init(hf__run_execution *execution, char *folder_take)
{
    memset(execution, 0, sizeof *execution);
    execution->folder = folder_take;
    hf_os_utc now = hf__system_utc_now();
    hf__builder builder = hf__builder_init(execution->started, sizeof execution->started);
    hf__builder_print(&builder, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", now.year, now.month, now.day, now.hour, now.minute, now.second,
                      now.millisecond);
}

void hf__run_execution_clear(hf__run_execution *execution)
{
    hf_trace_destroy(execution->trace);
    hf__run_children_destroy(execution->children);
    hf__free(execution->folder);
    memset(execution, 0, sizeof *execution);
}
