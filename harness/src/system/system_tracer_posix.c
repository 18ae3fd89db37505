/* SPDX-License-Identifier: MIT
 * The tracer keeps the last signal that reached a thread. If the thread then stops at its exit with that signal as its status, it dies of it, and its
 * registers and memory are still those of that moment. So the tracer need not know any signal's disposition, and a handler that crashes again is seen
 * at its second crash.
 *
 * It waits for the stop of a thread by its number, never for any child, because this process has other children. system_process_posix.c waits for the
 * exit of the first thread; this file reaps all others, because otherwise the kernel never reports the first one's exit.
 */
#include "system_tracer_posix.h"
#include "heap_alloc.h"
#include "os_thread.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_poison.h"

#define HALT_US 1000000u
#define HALT_STEP_NS 100000

typedef struct traced_thread {
    pid_t id;
    bool gone, halted;
    siginfo_t last; /* signal that reached it; si_signo 0: none */
} traced_thread;

struct hf_tracer {
    pid_t process;
    hf_look *look;
    void *user;
    bool shown; /* a process dies once */
    traced_thread *threads;
    size_t count, capacity;
};

/* A macro, because the type of a request differs: an enum in glibc, an int in musl. ptrace takes a signal's number as a pointer. */
#define TRACE(request, thread, data) ptrace(request, thread, NULL, (void *)(unsigned long)(data)) /* NOLINT(performance-no-int-to-ptr) */

static void add_thread(hf_tracer *self, pid_t id)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->threads[i].id == id && !self->threads[i].gone)
            return;
    }
    HF_GROW(self->threads, self->count, self->capacity);
    self->threads[self->count++] = (traced_thread){.id = id};
}

bool hf__system_tracer_invite(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

#define OPTIONS (PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT)

/* A process that asked to be traced stops at its exec, but in the old mode, which cannot halt it and loses other stops. So it is detached
 * while stopped, and seized again: by then it has not run an instruction of its program. */
static bool seize(pid_t process)
{
    int status = 0;
    if (waitpid(process, &status, __WALL) != process || !WIFSTOPPED(status))
        return false;
    /* A detach delivers the given signal (ptrace(2)), so the process does not run in between. */
    (void)TRACE(PTRACE_DETACH, process, SIGSTOP);
    bool seized = TRACE(PTRACE_SEIZE, process, OPTIONS) == 0;
    (void)kill(process, SIGCONT);
    return seized;
}

static hf_tracer *new_tracer(pid_t process, hf_look *look, void *user)
{
    hf_tracer *self = hf__allocate(1, sizeof *self);
    *self = (hf_tracer){.process = process, .look = look, .user = user};
    add_thread(self, process);
    return self;
}

hf_tracer *hf__system_tracer_attach(pid_t process, hf_look *look, void *user)
{
    return seize(process) ? new_tracer(process, look, user) : NULL;
}

hf_tracer *hf__system_tracer_seize(pid_t process, hf_look *look, void *user)
{
    return TRACE(PTRACE_SEIZE, process, OPTIONS) == 0 ? new_tracer(process, look, user) : NULL;
}

/* Has the thread stopped? The signal is in the low byte, the event above it; 0: no. */
static int next_stop(hf_tracer *self, traced_thread *thread)
{
    siginfo_t stop = {0};
    int ends = thread->id != self->process ? WEXITED : 0;
    /* __WALL: also threads, which send no signal at their end (wait(2), "clone children"). */
    if (waitid(P_PID, (id_t)thread->id, &stop, WSTOPPED | ends | WNOHANG | __WALL) != 0)
        thread->gone = true;
    if (thread->gone || stop.si_pid == 0)
        return 0;
    thread->gone = stop.si_code != CLD_TRAPPED && stop.si_code != CLD_STOPPED;
    return thread->gone ? 0 : stop.si_status;
}

/* Only an access has an address, and only if the processor reported it: not for an address that no pointer can have (SI_KERNEL). */
static bool has_address(const siginfo_t *signal)
{
    return (signal->si_signo == SIGSEGV || signal->si_signo == SIGBUS) && signal->si_code > 0 && signal->si_code != SI_KERNEL;
}

static void show(hf_tracer *self, const traced_thread *thread, int signal)
{
    hf_stall at = {.process = self->process, .thread = thread->id, .signal = signal};
    at.has_address = signal != 0 && has_address(&thread->last);
    if (at.has_address)
        at.address = (uint64_t)(uintptr_t)thread->last.si_addr;
    self->look(&at, self->user);
}

static void look_at_exit(hf_tracer *self, const traced_thread *thread)
{
    unsigned long status = 0;
    /* At PTRACE_EVENT_EXIT the message is the exit status (ptrace(2)). */
    if (self->shown || ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &status) != 0 || !WIFSIGNALED((int)status))
        return;
    /* Another thread's signal ends the process, so this thread's position is irrelevant. */
    if (thread->last.si_signo != WTERMSIG((int)status))
        return;
    self->shown = true;
    show(self, thread, WTERMSIG((int)status));
}

static void learn_thread(hf_tracer *self, pid_t maker)
{
    unsigned long id = 0;
    /* At PTRACE_EVENT_CLONE the message is the new thread's number (ptrace(2)). */
    if (ptrace(PTRACE_GETEVENTMSG, maker, NULL, &id) == 0)
        add_thread(self, (pid_t)id);
}

static bool is_group_stop(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* A clone that is not a thread of the process is detached at its first stop. */
static void go_on_after_event(hf_tracer *self, traced_thread *thread, int signal)
{
    /* Signal 0 only checks that the process has this thread (kill(2), tgkill(2)). */
    if (syscall(SYS_tgkill, self->process, thread->id, 0) != 0) {
        (void)TRACE(PTRACE_DETACH, thread->id, 0);
        thread->gone = true;
    } else {
        /* The program has stopped itself (job control) and stays stopped until a SIGCONT (ptrace(2), "Group-stop"); all others continue. */
        (void)TRACE(is_group_stop(signal) ? PTRACE_LISTEN : PTRACE_CONT, thread->id, 0);
    }
}

static void go_on(hf_tracer *self, size_t index, int stop)
{
    traced_thread *thread = &self->threads[index];
    pid_t id = thread->id;
    int event = stop >> 8;
    int signal = stop & 0xFF;
    if (event == PTRACE_EVENT_STOP) {
        go_on_after_event(self, thread, signal);
        return;
    }

    if (event == 0 && ptrace(PTRACE_GETSIGINFO, id, NULL, &thread->last) != 0)
        thread->last.si_signo = 0;
    if (event == PTRACE_EVENT_EXIT)
        look_at_exit(self, thread);
    if (event == PTRACE_EVENT_CLONE)
        learn_thread(self, id); /* may move the list */
    /* The SIGTRAP of an event is ptrace's; any other signal is the program's. */
    (void)TRACE(PTRACE_CONT, id, event == 0 ? (unsigned long)signal : 0);
}

void hf__system_tracer_pump(hf_tracer *self)
{
    for (size_t i = 0; i < self->count; i++) {
        int stop = self->threads[i].gone ? 0 : next_stop(self, &self->threads[i]);
        while (stop != 0) {
            go_on(self, i, stop);
            stop = self->threads[i].gone ? 0 : next_stop(self, &self->threads[i]);
        }
    }
}

/* The number that still run. */
static size_t gather_halted(hf_tracer *self)
{
    size_t running = 0;
    for (size_t i = 0; i < self->count; i++) {
        traced_thread *thread = &self->threads[i];
        if (!thread->gone && !thread->halted)
            thread->halted = next_stop(self, thread) != 0;
        running += !thread->gone && !thread->halted;
    }
    return running;
}

void hf__system_tracer_halt(hf_tracer *self)
{
    const struct timespec step = {.tv_nsec = HALT_STEP_NS};
    uint64_t until = hf__os_now_us() + HALT_US;
    /* Stops a seized thread without a signal that the program could see or have blocked (ptrace(2)). */
    for (size_t i = 0; i < self->count; i++) {
        if (!self->threads[i].gone)
            (void)TRACE(PTRACE_INTERRUPT, self->threads[i].id, 0);
    }
    while (gather_halted(self) > 0 && hf__os_now_us() < until)
        (void)nanosleep(&step, NULL);
    for (size_t i = 0; i < self->count && !self->shown; i++) {
        if (self->threads[i].halted && !self->threads[i].gone)
            show(self, &self->threads[i], 0);
    }
    self->shown = true;
}

void hf__system_tracer_destroy(hf_tracer *tracer)
{
    if (tracer == NULL)
        return;
    hf__free(tracer->threads);
    hf__free(tracer);
}
