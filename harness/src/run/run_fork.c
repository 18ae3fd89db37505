/* SPDX-License-Identifier: MIT
 * The driver of fork points. It sleeps until the caller or a clone ends. Whenever it wakes, it looks through the clone slots for new clones; a new
 * clone can wait, except for its time-out.
 */
#include "run_fork.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "os_atomic.h"
#include "os_file.h"
#include "system_machine.h"
#include "os_thread.h"
#include "run_ending.h"
#include "run_folder.h"
#include "trace_prefix.h"

#include <string.h>

#include "base_poison.h"

#define HF_FORK_LOOK_US 200u   /* interval between checks for new clones, while others run */
#define HF_FORK_TEND_US 2000u  /* a clone that runs longer is supervised: it gets room for its trace, and endless output is stopped */
#define HF_FORK_CLOSE_US 4000u /* the same, once the caller has ended */

typedef struct clone_slot {
    hf_session session;
    char *trace, *stdout_path, *stderr_path;
    hf_process *process; /* NULL: none known */
    uint64_t started_us;
    bool timed_out;
} clone_slot;

struct hf__fork_reading {
    hf__trace_prefix *prefix;
    const hf_session *session;
};

typedef struct driver {
    const hf__run_job *job;
    const hf_session_points *points;
    const hf__run_fork_options *options;
    uint64_t timeout_ms;
    hf__run_fork_heard *heard;
    void (*over)(void *user);
    void *user;
    hf__run_fork_result *result;
    hf__run_execution_files files; /* the caller's */
    hf__trace_prefix *prefix;
    clone_slot *clone_slots;
    char *before; /* the caller's output on stdout, as much as was needed */
    size_t before_bytes;
    hf_error failure;
} driver;

static hf_status open_clone_slot(driver *self, uint32_t index, hf_error *err)
{
    clone_slot *one = &self->clone_slots[index];
    const hf_session *callers = self->files.session;
    one->trace = hf__format("%s-%u", self->files.trace, index);
    one->stdout_path = hf__format("%s.stdout", one->trace);
    one->stderr_path = hf__format("%s.stderr", one->trace);
    const hf_session_request wanted = {.path = one->trace,
                                       .caller = callers->laid_out.caller,
                                       .plan = callers->plan,
                                       .plan_bytes = callers->laid_out.plan_bytes,
                                       .trace_bytes = self->job->scenario.trace_limit};
    return hf__session_create(&wanted, &one->session, err);
}

/* The shim identifies stdout and stderr by these, whatever their descriptors are. */
static hf_status name_outputs(const driver *self, hf_error *err)
{
    hf_session_control *control = self->files.session->control;
    const char *const paths[2] = {self->files.stdout_path, self->files.stderr_path};
    hf_status status = HF_OK;
    for (int i = 0; i < 2 && status == HF_OK; i++) {
        status = hf__system_file_put(paths[i], "", 0, err);
        (void)hf__system_file_identity(paths[i], &control->output_device[i], &control->output_file[i]);
    }
    return status;
}

static hf_status open_driver(void *user, const hf__run_execution_files *files, hf_error *err)
{
    driver *self = user;
    self->files = *files;
    self->prefix = hf__trace_prefix_create(files->session);
    hf_status status = name_outputs(self, err);
    for (uint32_t i = 0; i < self->points->clone_slots && status == HF_OK; i++)
        status = open_clone_slot(self, i, err);
    return status;
}

/* The caller may search for a clone slot again. */
static void wake_caller(const driver *self)
{
    hf_session_control *callers = self->files.session->control;
    hf__os_add_u32_atomic(&callers->clone_slots_freed, 1);
    hf__os_wake(&callers->clone_slots_freed);
}

static void stop(const driver *self)
{
    hf_session_control *control = self->files.session->control;
    hf__os_store_u32(&control->stop_points, 1);
    wake_caller(self);
}

static void fail(driver *self, const hf_error *err)
{
    if (self->failure.status == HF_OK)
        self->failure = *err;
    stop(self);
}

/* New clones; `last`: also one whose caller died before it could report that it runs. */
static bool find_clones(driver *self, bool last)
{
    bool any = false;
    for (uint32_t i = 0; i < self->points->clone_slots; i++) {
        clone_slot *one = &self->clone_slots[i];
        const hf_session_clone *clone = &one->session.control->clone;
        uint32_t state = hf__os_load_u32(&clone->state);
        bool there = state == HF_CLONE_SLOT_RUNNING || (last && state == HF_CLONE_SLOT_CLAIMED && clone->pid > 0);
        if (one->process != NULL || !there)
            continue;
        hf_error err;
        one->started_us = hf__os_now_us();
        one->timed_out = false;
        any = true;
        if (clone->pid <= 0 || hf__system_process_adopt(clone->pid, &one->process, &err) != HF_OK) {
            (void)HF_FAIL(&err, HF_ERROR_STATE, "a clone of the caller cannot be watched");
            fail(self, &err);
            hf__session_clone_slot_clear(&one->session, true);
        }
    }

    return any;
}

/* The first bytes that the caller wrote to stdout; *size_bytes may be reduced. */
static const char *read_before(driver *self, uint64_t *size_bytes)
{
    uint64_t wanted = *size_bytes < self->job->output_limit ? *size_bytes : self->job->output_limit;
    if (wanted > self->before_bytes) {
        hf__free(self->before);
        self->before = hf__allocate(wanted + 1, 1);
        self->before_bytes = hf__os_file_read_at(self->files.stdout_path, 0, self->before, wanted);
    }
    if (*size_bytes > self->before_bytes)
        *size_bytes = self->before_bytes;
    return self->before;
}

/* Writes the facts about a finished clone into its trace. */
static void record(driver *self, clone_slot *one, const hf_process_end *end)
{
    static const hf__symbol_death nothing_seen;
    hf__run_ending ending = {.session = &one->session,
                             .trace = one->trace,
                             .death = &nothing_seen,
                             .end = *end,
                             .timed_out = one->timed_out,
                             .timeout_ms = self->timeout_ms};
    const hf_session_clone *clone = &one->session.control->clone;
    hf_error failure = self->failure;
    if (failure.status == HF_OK && clone->failed != 0)
        (void)HF_FAIL_SYSTEM(&failure, (int)clone->failed, "a clone of the caller could not be given files of its own");
    hf__run_ending_record(&ending, self->job, &failure);
    uint64_t before_bytes = clone->output_bytes[0];
    (void)hf__system_file_cut(one->stdout_path, self->job->output_limit);
    const char *before = before_bytes > 0 ? read_before(self, &before_bytes) : NULL;
    hf__run_ending_record_output(&ending, before, before_bytes, one->stdout_path, &failure);
    hf__run_ending_record_report(&ending, one->stderr_path, &failure);
    if (failure.status != HF_OK)
        fail(self, &failure);
}

static void report_clone_end(driver *self, const clone_slot *one, const hf_process_end *end)
{
    hf_error err;
    hf__run_fork_end told = {.point = one->session.control->clone.point,
                             .end = *end,
                             .timed_out = one->timed_out,
                             .elapsed_us = hf__os_now_us() - one->started_us,
                             .stdout_path = one->stdout_path,
                             .stderr_path = one->stderr_path};
    struct hf__fork_reading reading = {self->prefix, &one->session};
    told.reading = &reading;
    memcpy(told.output_bytes, one->session.control->clone.output_bytes, sizeof told.output_bytes);

    if (hf__trace_prefix_continuation(self->prefix, &one->session, &told.trace, &err) != HF_OK) {
        fail(self, &err);
        return;
    }

    self->result->done++;
    if (!self->heard(&told, self->user))
        stop(self);
}

/* A clone that has ended or timed out. Searching for processes that it left behind is expensive, and nearly all clones leave none. */
static void conclude(driver *self, clone_slot *one)
{
    hf_process_end end;
    memset(&end, 0, sizeof end);
    hf_session_control *control = one->session.control;
    bool in_order = hf__os_load_u32(&control->attached) == 2 && hf__os_load_u32(&control->others) == 0 && !one->timed_out;

    if (in_order)
        hf__system_process_end_group(one->process, &end);
    else
        hf__system_process_end_all(one->process, &end);
    hf__system_process_destroy(one->process);
    one->process = NULL;
    hf__os_store_u32(&control->clone.state, HF_CLONE_SLOT_ENDED);
    wake_caller(self);
    record(self, one, &end);
    if (self->failure.status == HF_OK)
        report_clone_end(self, one, &end);
    (void)hf__system_file_cut(one->stdout_path, 0);
    (void)hf__system_file_cut(one->stderr_path, 0);
    hf__session_clone_slot_clear(&one->session, !end.exited);
    wake_caller(self);
}

/* Makes room for its trace, and stops endless output. */
static void tend(driver *self, const clone_slot *one)
{
    hf_error err;
    if (hf__session_feed((hf_session *)(uintptr_t)&one->session, one->trace, &err) != HF_OK)
        fail(self, &err);
    (void)hf__system_file_cut(one->stdout_path, self->job->output_limit);
    (void)hf__system_file_cut(one->stderr_path, self->job->output_limit);
}

static bool end_clones(driver *self)
{
    bool any = false;
    uint64_t now = hf__os_now_us();
    for (uint32_t i = 0; i < self->points->clone_slots; i++) {
        clone_slot *one = &self->clone_slots[i];
        hf_process_end ignored;
        if (one->process == NULL)
            continue;
        bool ended = hf__system_process_wait(one->process, 0, &ignored);
        uint64_t spent_us = now > one->started_us ? now - one->started_us : 0;
        one->timed_out = !ended && spent_us > self->timeout_ms * 1000;
        if (ended || one->timed_out) {
            conclude(self, one);
            any = true;
        } else if (spent_us > HF_FORK_TEND_US || hf__os_load_u32(&one->session.control->chunks_taken) >= one->session.made_ready) {
            tend(self, one);
        }
    }

    return any;
}

/* The processes to wait for; returns how many of them are clones. */
static size_t list_waited(const driver *self, hf_process *caller, hf_process *list[HF_OS_WAIT_MAX], size_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < self->points->clone_slots; i++) {
        if (self->clone_slots[i].process != NULL)
            list[(*count)++] = self->clone_slots[i].process;
    }
    size_t clones = *count;
    if (caller != NULL)
        list[(*count)++] = caller;
    return clones;
}

static bool may_have_more(const driver *self, uint32_t launched)
{
    const hf_session_control *control = self->files.session->control;
    return launched < self->points->count && hf__os_load_u32(&control->refused) == HF_FORK_FINE && hf__os_load_u32(&control->stop_points) == 0;
}

/* Has the caller made a clone that we have not seen yet? */
static bool is_any_taken(const driver *self)
{
    bool any = false;
    for (uint32_t i = 0; i < self->points->clone_slots; i++)
        any |= hf__os_load_u32(&self->clone_slots[i].session.control->clone.state) != HF_CLONE_SLOT_FREE;
    return any;
}

static void sleep_until_news(const driver *self, hf_process *caller, uint64_t left_us)
{
    hf_process *list[HF_OS_WAIT_MAX];
    size_t count = 0;
    const hf_session_control *control = self->files.session->control;
    uint32_t launched = hf__os_load_u32(&control->launched);
    size_t clones = list_waited(self, caller, list, &count);
    bool all_known = clones == self->options->jobs || !may_have_more(self, launched);
    if (all_known || clones > 0)
        hf__system_process_wait_any(list, count, all_known || left_us < HF_FORK_LOOK_US ? left_us : HF_FORK_LOOK_US);
    else if (!is_any_taken(self))
        hf__os_wait(&control->launched, launched, 1);
}

static void look_at_size(driver *self, const hf_process *caller)
{
    hf__run_fork_result *result = self->result;
    uint64_t bytes = hf__system_process_resident(caller);
    if (bytes > result->resident_bytes)
        result->resident_bytes = bytes;
    if (self->options->resident_max == 0 || bytes <= self->options->resident_max || result->is_large)
        return;
    result->is_large = true;
    stop(self);
}

static bool wait_for_caller(void *user, hf_process *caller, uint64_t timeout_us, hf_process_end *end, bool *progress)
{
    driver *self = user;
    uint64_t until = hf__os_now_us() + timeout_us;
    look_at_size(self, caller);
    for (;;) {
        *progress |= find_clones(self, false);
        *progress |= end_clones(self);
        if (hf__system_process_wait(caller, 0, end))
            return true;
        uint64_t now = hf__os_now_us();
        if (now >= until || hf__run_stopping())
            return false;
        sleep_until_news(self, caller, until - now);
    }
}

static bool is_busy(const driver *self)
{
    hf_process *list[HF_OS_WAIT_MAX];
    size_t count = 0;
    return list_waited(self, NULL, list, &count) > 0;
}

static void abandon_clones(driver *self)
{
    for (uint32_t i = 0; i < self->points->clone_slots; i++) {
        hf__system_process_destroy(self->clone_slots[i].process);
        self->clone_slots[i].process = NULL;
    }
}

static void leave_clone_slots(void *given)
{
    driver *self = given;
    for (uint32_t i = 0; i < self->points->clone_slots; i++)
        hf__session_leave(&self->clone_slots[i].session);
}

static void clear_clone_slots(driver *self)
{
    leave_clone_slots(self);
    for (uint32_t i = 0; i < self->points->clone_slots; i++) {
        clone_slot *one = &self->clone_slots[i];
        const char *const files[] = {one->trace, one->stdout_path, one->stderr_path};
        for (size_t k = 0; k < HF_COUNT_OF(files); k++)
            (void)hf__system_file_remove(files[k]);
        hf__free(one->trace);
        hf__free(one->stdout_path);
        hf__free(one->stderr_path);
    }
    hf__free(self->clone_slots);
}

/* The clones that the caller left behind finish their runs like the others. */
static hf_status close_driver(void *user, bool abandon, hf_error *err)
{
    driver *self = user;
    const hf_session_control *control = self->files.session->control;
    (void)find_clones(self, true);

    while (!abandon && is_busy(self) && !hf__run_stopping()) {
        hf_process *list[HF_OS_WAIT_MAX];
        size_t count = 0;
        (void)list_waited(self, NULL, list, &count);
        hf__system_process_wait_any(list, count, HF_FORK_CLOSE_US);
        (void)end_clones(self);
    }

    abandon_clones(self);
    hf__trace_prefix_destroy(self->prefix); /* as large as the trace that is read next */
    self->prefix = NULL;
    if (self->over != NULL)
        self->over(self->user);
    uint32_t refused = hf__os_load_u32(&control->refused);
    self->result->refused = refused <= HF_FORK_TRAPPED ? (hf_fork_refusal)refused : HF_FORK_CLONE_SLOTS;
    self->result->refused_value = hf__os_load_u64(&control->refused_value);
    if (self->failure.status == HF_OK && hf__run_stopping())
        (void)HF_FAIL(&self->failure, HF_ERROR_STATE, "the run was stopped");
    if (self->failure.status != HF_OK)
        *err = self->failure;
    return self->failure.status;
}

hf_status hf__run_fork_run(const hf__run_job *job, const hf__run_fork_request *request, hf__run_execution *execution, hf__run_fork_result *result,
                           hf_error *err)
{
    const hf__run_fork_options *options = &request->options;
    memset(result, 0, sizeof *result);
    hf_session_points all = {.items = request->points.items, .count = request->points.count, .clone_slots = options->jobs + 1};
    driver self = {.job = job,
                   .points = &all,
                   .options = options,
                   .timeout_ms = options->timeout_ms != 0 ? options->timeout_ms : job->timeout_ms,
                   .heard = request->heard,
                   .over = request->over,
                   .user = request->user,
                   .result = result};
    if (options->jobs == 0 || options->jobs > HF_CLONES_MAX)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "between 1 and %u clones can run at once, not %u", HF_CLONES_MAX, options->jobs);
    self.clone_slots = hf__allocate(all.clone_slots, sizeof *self.clone_slots);
    hf_heap_guard guard;
    hf__heap_guard(&guard, leave_clone_slots, &self);
    const hf__run_execution_partner partner = {.points = &all, .open = open_driver, .wait = wait_for_caller, .close = close_driver, .user = &self};
    hf_status status = hf__run_execute_with(job, execution, request->plan, request->plan_bytes, &partner, err);
    hf__heap_drop_guard(&guard);
    clear_clone_slots(&self);
    hf__trace_prefix_destroy(self.prefix);
    hf__free(self.before);
    return status;
}

hf_status hf__run_fork_save(const hf__run_fork_end *end, const char *path, hf_error *err)
{
    return hf__trace_prefix_save(end->reading->prefix, end->reading->session, path, err);
}
