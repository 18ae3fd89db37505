/* SPDX-License-Identifier: MIT
 * The sessions of child processes. A process that attaches there waits until it is watched, so that no end is missed.
 */
#include "run_children.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_thread.h"
#include "system_machine.h"
#include "heap_buffer.h"
#include "run_again.h"
#include "run_cause.h"
#include "run_ending.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

#define PATH_BYTES 4096u

typedef struct child {
    char path[PATH_BYTES];
    hf_session session;  /* map NULL: missing, or closed */
    uint32_t pid;        /* 0: nobody has taken the session yet */
    hf_process *process; /* NULL: not watched, or handed on */
    hf_process_end end;
    hf__symbol_death death;
    bool ended, outlived;
    uint32_t became;  /* number of the child that this process is since it executed another program; 0: none */
    hf_error failure; /* why there is no verdict; status HF_OK: there is one once it is judged */
    hf_trace *trace;
    hf_verdict *verdict;
    char *place; /* where it ended, if that is known; else NULL */
} child;

struct hf__run_children {
    const hf__run_job *job; /* with the plan: until the execution is over */
    const void *plan;
    size_t plan_bytes;
    child items[HF_FOLLOWED_MAX];
    hf_verdict told; /* of the one that ended worst, which it names; its lists are borrowed from that one's */
};

static void forget(child *one)
{
    hf_verdict_destroy(one->verdict);
    hf_trace_destroy(one->trace);
    hf__system_process_destroy(one->process);
    hf__free(one->place);
    if (one->path[0] != '\0')
        hf__system_file_remove(one->path);
    memset(one, 0, sizeof *one);
}

static hf_status open_sessions(void *user, const hf__run_execution_files *files, hf_error *err)
{
    hf__run_children *self = user;
    hf_status status = HF_OK;
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX && status == HF_OK; i++) {
        child *one = &self->items[i];
        forget(one);
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

/* Of the program that the process is by now. */
static void look_at_death(const hf_stall *at, void *user)
{
    hf__run_children *self = user;
    for (uint32_t i = HF_FOLLOWED_MAX; i > 0; i--) {
        if (self->items[i - 1].process != NULL && self->items[i - 1].pid == (uint32_t)at->process) {
            hf__symbol_death_look(at, &self->items[i - 1].death);
            return;
        }
    }
}

/* The process that took a session before, and is another program now. */
static child *earlier(hf__run_children *self, const child *one)
{
    for (child *other = self->items; other < self->items + HF_FOLLOWED_MAX; other++) {
        if (other != one && other->process != NULL && !other->ended && other->pid == one->pid)
            return other;
    }
    return NULL;
}

static void take_over(hf__run_children *self, child *one, child *from)
{
    one->process = from->process;
    from->process = NULL;
    from->ended = true;
    from->end = (hf_process_end){.exited = true};
    from->became = (uint32_t)(one - self->items) + 1;
}

static void meet(hf__run_children *self, child *one)
{
    child *from = earlier(self, one);
    if (from != NULL)
        take_over(self, one, from);
    else
        one->failure.status = hf__system_process_adopt_foreign(one->pid, look_at_death, self, &one->process, &one->failure);
    hf__os_store_u32(&one->session.control->watched, 1); /* if it is not, it need not wait either */
}

static void tend(hf__run_children *self, child *one)
{
    uint32_t pid = hf__os_load_u32(&one->session.control->claimed);
    if (pid == 0 || one->ended || one->failure.status != HF_OK)
        return;
    if (one->pid == 0) {
        one->pid = pid;
        meet(self, one);
    }
    if (one->process == NULL)
        return;
    one->ended = hf__system_process_wait(one->process, 0, &one->end);
    if (!one->ended && hf__session_feed(&one->session, one->path, &one->failure) != HF_OK)
        hf__system_process_end_all(one->process, &one->end);
}

/* Does any of them still run? */
static bool tend_children(hf__run_children *self)
{
    bool runs = false;
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++) {
        tend(self, &self->items[i]);
        runs |= self->items[i].process != NULL && !self->items[i].ended;
    }
    return runs;
}

#define SLICE_US 200u /* what a traced process stops for waits so long at most */

static bool tend_all(void *user, hf_process *process, uint64_t timeout_us, hf_process_end *end, bool *progress)
{
    uint64_t start = hf__os_now_us();
    *progress = false;
    for (;;) {
        bool runs = tend_children(user);
        uint64_t spent = hf__os_now_us() - start;
        uint64_t left = spent < timeout_us ? timeout_us - spent : 0;
        if (hf__system_process_wait(process, runs && left > SLICE_US ? SLICE_US : left, end))
            return true;
        if (left == 0)
            return false;
    }
}

/* What is forked leaves by _exit, so that what is its parent's is not done twice (fork(2), exit(3)); and what becomes another program does not leave.
 */
static void note_order(const child *one)
{
    hf_session_control *control = one->session.control;
    bool leaves = one->became != 0 || (one->end.exited && hf__os_load_u32(&control->is_forked) != 0);
    if (leaves && hf__os_load_u32(&control->attached) == 1)
        hf__os_store_u32(&control->attached, 2);
}

static void finish_child(hf__run_children *self, child *one)
{
    tend(self, one);
    if (one->process != NULL && !one->ended) {
        one->outlived = true;
        hf__system_process_end_all(one->process, &one->end);
    }
    note_order(one);
    const hf__run_ending ending = {.session = &one->session, .trace = one->path, .death = &one->death, .end = one->end};
    hf__run_ending_record(&ending, self->job, &one->failure);
    hf_error err;
    hf_status status = hf__session_close(&one->session, one->path, &err);
    if (status == HF_OK && one->failure.status == HF_OK)
        status = hf_trace_open(one->path, &one->trace, &err);
    if (status != HF_OK && one->failure.status == HF_OK)
        one->failure = err;
}

/* Those that are left when the program has ended, and end by themselves right then, as a child does whose parent waits for it no more. */
#define GRACE_US 20000u

static void wait_for_last(hf__run_children *self)
{
    uint64_t until = hf__os_now_us() + GRACE_US;
    while (tend_children(self) && hf__os_now_us() < until)
        hf__os_sleep_us(SLICE_US);
}

static hf_status close_sessions(void *user, bool abandon, hf_error *err)
{
    hf__run_children *self = user;
    (void)err;
    if (!abandon)
        wait_for_last(self);

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

static hf_status execute_followed(const hf__run_job *job, hf__run_execution *execution, const void *plan, size_t plan_bytes, hf_error *err)
{
    static const hf_session_points none = {.count = 0};
    hf__run_children *self = hf__allocate(1, sizeof *self);
    *self = (hf__run_children){.job = job, .plan = plan, .plan_bytes = plan_bytes};
    const hf__run_execution_partner partner = {
        .points = &none, .open = open_sessions, .wait = tend_all, .close = close_sessions, .user = self, .may_repeat = true};
    execution->children = self;
    return hf__run_execute_with(job, execution, plan, plan_bytes, &partner, err);
}

hf_status hf__run_execute(const hf__run_job *job, hf__run_execution *execution, const void *plan, size_t plan_bytes, hf_error *err)
{
    return job->follows ? execute_followed(job, execution, plan, plan_bytes, err) : hf__run_execute_with(job, execution, plan, plan_bytes, NULL, err);
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
        hf__free(children->items[i].place);
    }
    hf__free(children);
}

static bool was_there(const child *one)
{
    return one->pid != 0 || one->failure.status != HF_OK;
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

/* The program of a trace: its only module that is not a library; on Linux that is the first. */
static hf_text program_of(const hf_trace *trace)
{
    hf_text first = hf__text("?");
    for (size_t i = 0; trace != NULL && i < hf_trace_module_count(trace); i++) {
        hf_text path = hf_trace_module_at(trace, i)->path;
        size_t slash = path.size_bytes;
        while (slash > 0 && path.pointer[slash - 1] != '/' && path.pointer[slash - 1] != '\\')
            slash--;
        hf_text name = {path.pointer + slash, path.size_bytes - slash};
        if (is_program(name))
            return name;
        if (i == 0)
            first = name;
    }
    return first;
}

const hf_trace *hf__run_children_trace(const hf__run_children *children, uint32_t number)
{
    return children != NULL ? children->items[number].trace : NULL;
}

/* Processes may be started side by side, and take their sessions in another order in each run; those of one program are told apart by it alone. */
const hf_trace *hf__run_children_like(const hf__run_children *children, uint32_t number, const hf__run_children *other)
{
    hf_text name = program_of(children->items[number].trace);
    unsigned before = 0;
    for (uint32_t i = 0; i < number; i++)
        before += children->items[i].trace != NULL && hf__text_equal(program_of(children->items[i].trace), name);
    for (uint32_t i = 0; other != NULL && i < HF_FOLLOWED_MAX; i++) {
        const hf_trace *trace = other->items[i].trace;
        if (trace != NULL && hf__text_equal(program_of(trace), name) && before-- == 0)
            return trace;
    }
    return NULL;
}

static void find_place(child *one)
{
    static const hf_string_list none;
    hf__verdict_cause cause = {.text = NULL};
    hf__free(one->place);
    one->place = NULL;
    if (!hf__run_died(one->verdict))
        return;
    hf__run_cause_find(&(hf_run_result){.trace = one->trace, .verdict = one->verdict}, &none, &cause);
    one->place = cause.place;
    cause.place = NULL;
    hf__run_cause_clear(&cause);
}

void hf__run_children_judge(hf__run_children *children, const hf__run_children_before *before, const hf_verdict_options *options)
{
    hf_verdict_options own = *options;
    own.fired_elsewhere = 1;
    for (uint32_t i = 0; children != NULL && i < HF_FOLLOWED_MAX; i++) {
        child *one = &children->items[i];
        if (one->trace == NULL)
            continue;
        const hf_trace *clean = hf__run_children_like(children, i, before->clean);
        const hf_trace *clean2 = clean != NULL ? hf__run_children_like(children, i, before->clean2) : NULL;
        hf_verdict_destroy(one->verdict);
        one->verdict = NULL;
        one->failure.status = hf_verdict_judge(one->trace, clean, clean2, &own, &one->verdict, &one->failure);
        if (one->failure.status == HF_OK)
            find_place(one);
    }
}

uint64_t hf__run_children_fired(const hf__run_children *children)
{
    uint64_t fired = 0;
    for (uint32_t i = 0; children != NULL && i < HF_FOLLOWED_MAX; i++)
        fired += children->items[i].verdict != NULL ? children->items[i].verdict->fired : 0;
    return fired;
}

/* Where nothing was refused, a status is its own business, and so is a signal from another, such as that of a pipe that nobody reads any more. */
static bool ends_by_itself(const hf_verdict *verdict)
{
    static const int32_t errors[] = {4, 5, 6, 7, 8, 11, 31}; /* SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS */
    bool is_error = false;
    for (size_t i = 0; i < HF_COUNT_OF(errors); i++)
        is_error |= verdict->signal == errors[i];
    bool is_signalled = !is_error && (verdict->outcome == HF_OUTCOME_CRASHED || verdict->outcome == HF_OUTCOME_ABORTED);
    return verdict->fired == 0 && (is_signalled || verdict->outcome == HF_OUTCOME_REPORTED);
}

bool hf__run_children_worst(hf__run_children *children, hf_outcome program, hf__run_children_end *out)
{
    const child *worst = NULL;
    for (uint32_t i = 0; children != NULL && i < HF_FOLLOWED_MAX; i++) {
        const child *one = &children->items[i];
        if (one->verdict == NULL || one->outlived || ends_by_itself(one->verdict) ||
            hf_outcome_compare(one->verdict->outcome, worst != NULL ? worst->verdict->outcome : program) >= 0)
            continue;
        worst = one;
        *out = (hf__run_children_end){.number = i + 1, .verdict = &children->told, .trace = one->trace};
    }
    if (worst == NULL)
        return false;
    hf_text name = program_of(worst->trace);
    children->told = *worst->verdict;
    hf__builder reason = hf__builder_init(children->told.reason, sizeof children->told.reason);
    hf__builder_print(&reason, "process %u, %.*s: %s", out->number, (int)name.size_bytes, name.pointer, worst->verdict->reason);
    return true;
}

static char *describe(const child *one, uint32_t number)
{
    hf_text name = program_of(one->trace);
    if (one->verdict == NULL)
        return hf__format("process %u: %s", number, one->failure.message);
    if (one->outlived)
        return hf__format("process %u, %.*s, was still running when the program ended, and was killed", number, (int)name.size_bytes, name.pointer);
    if (one->became != 0 && one->verdict->outcome == HF_OUTCOME_OK)
        return hf__format("process %u, %.*s, became another program: process %u", number, (int)name.size_bytes, name.pointer, one->became);
    return hf__format("process %u, %.*s, %s: %s%s%s", number, (int)name.size_bytes, name.pointer, hf_outcome_name(one->verdict->outcome),
                      one->verdict->reason, one->place != NULL ? ", in " : "", one->place != NULL ? one->place : "");
}

char *hf__run_children_problem(const hf__run_children *children)
{
    for (uint32_t i = 0; children != NULL && i < HF_FOLLOWED_MAX; i++) {
        if (was_there(&children->items[i]) && children->items[i].verdict == NULL)
            return describe(&children->items[i], i + 1);
    }
    return NULL;
}

char *hf__run_children_describe(const hf__run_children *children)
{
    hf__heap_buffer text = {0};
    for (uint32_t i = 0; children != NULL && i < HF_FOLLOWED_MAX; i++) {
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
