/* SPDX-License-Identifier: MIT
 * Processes under test on Linux: started by vfork and exec, watched through a pidfd, and ended with everything that they started.
 *
 * The child shares this process's memory until its exec, which is how the exact step that failed comes back without a pipe: run_child writes
 * it into the parent's own frame. It must therefore call nothing but system calls between vfork and exec. A dead child stays a
 * zombie until hf__system_process_end_all, so that neither its number nor its group's can be given to somebody else in between.
 */
#include "system_process.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "os_atomic.h"
#include "system_orphans_posix.h"
#include "system_process_posix.h"
#include "system_refused_posix.h"
#include "os_thread.h"
#include "system_tracer_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_poison.h"

struct hf_process {
    pid_t pid;
    int watch;  /* hf__system_watch_open */
    bool ended; /* `end` is known; the zombie may still be there */
    bool reaped;
    bool foreign; /* another process's child: what tracing keeps back is for that one */
    hf_process_end end;
    hf_orphan_owner owner;
    hf_tracer *tracer; /* NULL: not traced */
    hf_heap_guard guard;
};

/* Everything the child needs, prepared by the parent. */
typedef struct launch {
    const hf_spawn *spawn;
    char *program;
    int descriptors[3];
    pid_t parent;
    rlim_t core_limit;
    bool has_cpu;
    bool can_trace;
    cpu_set_t cpu;
    struct sigaction default_action;
    sigset_t no_signals;
    /* written by the child */
    volatile const char *failed_step;
    volatile int os_code;
    volatile bool invited; /* it stops at its exec, to be traced */
} launch;

static int limit_resource(unsigned resource, rlim_t value)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return -1;
    /* Also the hard limit, or the program could raise it again. The limit is only lowered: raising it needs root (setrlimit(2)). */
    limit.rlim_cur = value;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
        limit.rlim_max = value;
    return setrlimit(resource, &limit);
}

/* The child must not inherit the tool's treatment of these: exec resets handlers, but keeps ignored signals. */
static void reset_signals(const launch *with)
{
    static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2, SIGXFSZ, SIGTTOU};
    for (size_t i = 0; i < HF_COUNT_OF(passed_on); i++)
        (void)sigaction(passed_on[i], &with->default_action, NULL);
    (void)sigprocmask(SIG_SETMASK, &with->no_signals, NULL);
}

static const char *limit_child(const hf_spawn *spawn, const launch *with)
{
    (void)limit_resource(RLIMIT_CORE, with->core_limit); /* if this is refused, core files are written */
    /* Since Linux 4.7 RLIMIT_DATA counts private writable mappings too (setrlimit(2)). RLIMIT_AS would count reservations, which cost nothing. */
    if (spawn->memory_limit != 0 && limit_resource(RLIMIT_DATA, spawn->memory_limit) != 0)
        return "cannot limit its memory";
    if (spawn->file_limit != 0 && limit_resource(RLIMIT_FSIZE, spawn->file_limit) != 0)
        return "cannot limit its files";
    if (with->has_cpu && sched_setaffinity(0, sizeof with->cpu, &with->cpu) != 0)
        return "cannot pin it to a processor";
    return NULL;
}

/* Sets up this process for the program; returns the name of the step that failed, or NULL. */
static const char *prepare_child(const launch *with)
{
    const hf_spawn *spawn = with->spawn;
    if (!spawn->foreground && setsid() < 0)
        return "cannot give it a session";
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* if this is refused, it outlives a killed tool */
    if (getppid() != with->parent)          /* it died before it was tied */
        _exit(127);
    /* If the system forbids this (some container profiles do), the program still runs. */
    if (!spawn->keep_randomisation)
        (void)personality(ADDR_NO_RANDOMIZE);
    for (int i = 0; i < 3; i++) {
        if (dup2(with->descriptors[i], i) < 0)
            return "cannot connect its standard descriptors";
    }

    if (spawn->folder != NULL && chdir(spawn->folder) != 0)
        return "cannot enter its working directory";
    return hf__system_close_others() != 0 ? "cannot close descriptors" : limit_child(spawn, with);
}

/* In the child, on the parent's memory. */
__attribute__((noinline)) static _Noreturn void run_child(launch *with)
{
    with->failed_step = prepare_child(with);
    if (with->failed_step == NULL) {
        reset_signals(with);
        with->invited = with->can_trace && hf__system_tracer_invite();
        execve(with->program, (char *const *)(uintptr_t)with->spawn->arguments, (char *const *)(uintptr_t)with->spawn->environment);
        with->failed_step = "";
    }
    with->os_code = errno;
    _exit(127);
}

/* Between the two calls of sigprocmask, none of our handlers can run in the child, where it would change the parent's memory. */
__attribute__((noinline)) static pid_t fork_child(launch *with)
{
    sigset_t all, kept;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &kept);
    pid_t child = vfork();
    if (child == 0)
        run_child(with);
    int kept_code = errno;
    (void)pthread_sigmask(SIG_SETMASK, &kept, NULL);
    errno = kept_code;
    return child;
}

/* The descriptor is never 0, 1 or 2, so that connecting one cannot close another. */
static int open_stream(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC | O_NOCTTY, 0644);
    if (file < 0 || file > 2)
        return file;
    int higher = fcntl(file, F_DUPFD_CLOEXEC, 3);
    close(file);
    return higher;
}

static hf_status open_output(const char *path, int *out, hf_error *err)
{
    *out = path != NULL ? open_stream(path, O_WRONLY | O_CREAT | O_APPEND) : open_stream("/dev/null", O_WRONLY);
    return *out >= 0 ? HF_OK : HF_FAIL_SYSTEM(err, errno, "%s cannot be opened for writing", path != NULL ? path : "/dev/null");
}

static hf_status keep_streams(int descriptors[3], hf_error *err)
{
    for (int i = 0; i < 3; i++) {
        descriptors[i] = fcntl(i, F_DUPFD_CLOEXEC, 3);
        if (descriptors[i] < 0)
            return HF_FAIL_SYSTEM(err, errno, "standard descriptor %d is closed", i);
    }
    return HF_OK;
}

static hf_status open_streams(const hf_spawn *spawn, int stdout_descriptor, int descriptors[3], hf_error *err)
{
    if (spawn->foreground)
        return keep_streams(descriptors, err);
    const char *input = spawn->stdin_path != NULL ? spawn->stdin_path : "/dev/null";
    descriptors[0] = open_stream(input, O_RDONLY);
    if (descriptors[0] < 0)
        return HF_FAIL_SYSTEM(err, errno, "%s cannot be read", input);
    hf_status status = HF_OK;
    if (stdout_descriptor >= 0)
        descriptors[1] = fcntl(stdout_descriptor, F_DUPFD_CLOEXEC, 3);
    else
        status = open_output(spawn->stdout_path, &descriptors[1], err);
    return status == HF_OK ? open_output(spawn->stderr_path, &descriptors[2], err) : status;
}

static void close_streams(void *given)
{
    const int *descriptors = given;
    for (int i = 0; i < 3; i++) {
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    }
}

/* The message for a failed exec: what failed, and what to do. */
static hf_status fail_exec(const char *program, int os_code, hf_error *err)
{
    switch (os_code) {
    case ENOENT: return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s cannot start: the interpreter or loader that it names does not exist", program);
    case EACCES: return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not executable (chmod +x?)", program);
    case ENOEXEC:
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not a program for this machine; a script must begin with #! and its interpreter", program);
    case E2BIG: return HF_FAIL_SYSTEM(err, os_code, "%s cannot start: its arguments and environment are too long", program);
    default: return HF_FAIL_SYSTEM(err, os_code, "%s cannot start", program);
    }
}

static hf_status fail_start(const launch *with, hf_error *err)
{
    const char *step = (const char *)(uintptr_t)with->failed_step;
    int os_code = with->os_code;
    if (step[0] == '\0')
        return fail_exec(with->program, os_code, err);
    if (with->spawn->folder != NULL && (os_code == ENOENT || os_code == ENOTDIR))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s cannot start: its working directory %s is not a directory", with->program, with->spawn->folder);
    return HF_FAIL_SYSTEM(err, os_code, "%s: %s", with->program, step);
}

static void abandon(void *given);

static hf_process *new_process(const char *mark)
{
    hf_process *process = hf__allocate(1, sizeof *process);
    process->watch = -1;
    process->owner.mark = mark != NULL ? hf__copy_string(mark) : NULL;
    hf__system_orphans_enter(&process->owner);
    hf__heap_guard(&process->guard, abandon, process);
    return process;
}

static void adopt_child(hf_process *process, pid_t child)
{
    process->pid = child;
    process->owner.pid = child;
    process->watch = hf__system_watch_open(child);
}

static hf_status fork_into(hf_process *process, launch *with, hf_error *err)
{
    pid_t child = fork_child(with);
    if (child < 0)
        return HF_FAIL_SYSTEM(err, errno, "cannot start a process");
    if (with->failed_step == NULL) {
        adopt_child(process, child);
        return HF_OK;
    }
    /* vfork(2) returns once the child has called exec or ended. So it has ended here, and nobody else waits for it. */
    (void)waitpid(child, NULL, 0);
    return fail_start(with, err);
}

static hf_status start_with(launch *with, hf_process **out, hf_error *err)
{
    with->parent = getpid();
    with->core_limit = hf__system_core_limit();
    with->has_cpu = with->spawn->pin && hf__system_choose_cpu(&with->cpu);
    with->can_trace = with->spawn->look != NULL && hf__system_watch_sees_stops();
    with->default_action.sa_handler = SIG_DFL;
    (void)sigemptyset(&with->no_signals);
    hf_process *process = new_process(with->spawn->mark);
    hf_status status = fork_into(process, with, err);
    if (status == HF_OK && with->invited)
        process->tracer = hf__system_tracer_attach(process->pid, with->spawn->look, with->spawn->look_user);
    if (status == HF_OK)
        *out = process;
    else
        hf__system_process_destroy(process);
    return status;
}

hf_status hf__system_process_start_into(const hf_spawn *spawn, int stdout_descriptor, hf_process **out, hf_error *err)
{
    *out = NULL;
    launch with;
    memset(&with, 0, sizeof with);
    with.spawn = spawn;
    for (int i = 0; i < 3; i++)
        with.descriptors[i] = -1;

    hf_status status = hf__system_program_find(spawn->program, &with.program, err);
    hf_heap_guard guard;
    hf__heap_guard(&guard, close_streams, with.descriptors);
    if (status == HF_OK)
        status = open_streams(spawn, stdout_descriptor, with.descriptors, err);
    if (status == HF_OK)
        status = start_with(&with, out, err);
    hf__heap_drop_guard(&guard);
    close_streams(with.descriptors);
    hf__free(with.program);
    return status;
}

hf_status hf__system_process_start(const hf_spawn *spawn, hf_process **out, hf_error *err)
{
    return hf__system_process_start_into(spawn, -1, out, err);
}

int64_t hf__system_process_pid(const hf_process *process)
{
    return process->pid;
}

/* Reads how it ended, and leaves the zombie if possible. */
static bool look_for_end(hf_process *process)
{
    process->ended = hf__system_watch_look(process->pid, &process->end, &process->reaped);
    /* Its parent gets it when the tracer has taken it (ptrace(2)); if it has none any more, this process is its parent, and takes it too. */
    if (process->ended && process->foreign && !process->reaped)
        process->reaped = waitpid(process->pid, NULL, 0) == process->pid;
    return process->ended;
}

#define HF_LOOK_AGAIN_US 50u

/* Sleeps until its end, at most this long. A signal to the tool only wakes it; otherwise the end of a process killed just then would be lost. */
static bool sleep_until_end(hf_process *process, uint64_t timeout_us)
{
    uint64_t start = hf__os_now_us();
    for (;;) {
        uint64_t spent = hf__os_now_us() - start;
        uint64_t left = spent < timeout_us ? timeout_us - spent : 0;
        bool ready = hf__system_watch_sleep(&process->watch, 1, left);
        if (ready && look_for_end(process))
            return true;
        if (left == 0)
            return false;
        if (ready)
            hf__os_sleep_us(HF_LOOK_AGAIN_US);
    }
}

#define HF_TRACER_STEP_US 200u

/* The descriptor does not report stops, so stops are polled. */
static bool wait_traced(hf_process *process, uint64_t timeout_us)
{
    uint64_t start = hf__os_now_us();
    for (;;) {
        hf__system_tracer_pump(process->tracer);
        uint64_t spent = hf__os_now_us() - start;
        uint64_t left = spent < timeout_us ? timeout_us - spent : 0;
        if (sleep_until_end(process, left < HF_TRACER_STEP_US ? left : HF_TRACER_STEP_US))
            return true;
        if (left == 0)
            return false;
    }
}

bool hf__system_process_wait(hf_process *process, uint64_t timeout_us, hf_process_end *end)
{
    if (!process->ended && !(process->tracer != NULL ? wait_traced(process, timeout_us) : sleep_until_end(process, timeout_us)))
        return false;
    *end = process->end;
    return true;
}

bool hf__system_process_is_traced(const hf_process *process)
{
    return process->tracer != NULL;
}

void hf__system_process_halt(hf_process *process)
{
    if (process->tracer != NULL && !process->ended)
        hf__system_tracer_halt(process->tracer);
}

#define HF_KILL_WAIT_US 5000000u

static void end_group(hf_process *process)
{
    hf_process_end ignored;
    if (process->pid != 0 && !process->reaped) {
        (void)kill(-process->pid, SIGKILL);
        if (!process->ended) {
            (void)kill(process->pid, SIGKILL);
            (void)hf__system_process_wait(process, HF_KILL_WAIT_US, &ignored);
        }
        if (!process->reaped)
            (void)waitpid(process->pid, NULL, process->ended ? 0 : WNOHANG);
        process->reaped = true;
    }
}

void hf__system_process_end_group(hf_process *process, hf_process_end *end)
{
    end_group(process);
    if (process->pid != 0 && kill(-process->pid, 0) == 0) /* its group still has others, dead or alive */
        hf__system_orphans_end(&process->owner);
    else
        hf__system_orphans_leave(&process->owner);
    if (end != NULL)
        *end = process->end;
}

void hf__system_process_end_all(hf_process *process, hf_process_end *end)
{
    end_group(process);
    hf__system_orphans_end(&process->owner);
    if (end != NULL)
        *end = process->end;
}

/* Does not look for processes that it left behind, because that would allocate memory. */
static void abandon(void *given)
{
    hf_process *process = given;
    hf__system_orphans_leave(&process->owner);
    end_group(process);
    if (process->watch >= 0)
        close(process->watch);
}

void hf__system_process_destroy(hf_process *process)
{
    if (process == NULL)
        return;
    hf__heap_drop_guard(&process->guard);
    hf__system_process_end_all(process, NULL);
    if (process->watch >= 0)
        close(process->watch);
    hf__system_tracer_destroy(process->tracer);
    hf__free(process->owner.mark);
    hf__free(process);
}

hf_status hf__system_process_adopt(int64_t pid, hf_process **out, hf_error *err)
{
    *out = NULL;
    hf_process *process = new_process(NULL);
    (void)err;
    adopt_child(process, (pid_t)pid);
    *out = process;
    return HF_OK;
}

hf_status hf__system_process_adopt_foreign(int64_t pid, hf_look *look, void *look_user, hf_process **out, hf_error *err)
{
    *out = NULL;
    hf_tracer *tracer = hf__system_tracer_seize((pid_t)pid, look, look_user);
    if (tracer == NULL)
        return HF_FAIL(err, HF_ERROR_STATE, "how it ends cannot be seen: this system does not permit tracing (hostfault doctor)");
    hf_status status = hf__system_process_adopt(pid, out, err);
    if (status == HF_OK) {
        (*out)->tracer = tracer;
        (*out)->foreign = true;
    } else {
        hf__system_tracer_destroy(tracer);
    }
    return status;
}

void hf__system_process_wait_any(hf_process *const *processes, size_t count, uint64_t timeout_us)
{
    int watches[HF_OS_WAIT_MAX];
    HF_ASSERT(count <= HF_OS_WAIT_MAX);
    for (size_t i = 0; i < count; i++)
        watches[i] = processes[i]->watch;
    (void)hf__system_watch_sleep(watches, count, timeout_us);
}

uint64_t hf__system_process_resident(const hf_process *process)
{
    char path[64], text[128];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "/proc/%ld/statm", (long)process->pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = '\0';
    char *second = strchr(text, ' ');
    return second != NULL ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
