/* SPDX-License-Identifier: MIT
 * os_survive.h on Linux: the function runs in a child of fork(). A pipe that closes with the child shows its end, so it does not matter whether the
 * program handles or ignores SIGCHLD.
 */
#include "os_survive.h"
#include "base_check.h"
#include "os_thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

void *hf__os_survive_memory(size_t size_bytes)
{
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

bool hf__os_survive_isolates(void)
{
    return true;
}

bool hf__os_is_wine(void)
{
    return false;
}

static _Noreturn void be_child(void (*run)(void *), void *user, uint32_t *returned)
{
    /* Some clauses are expected to crash; they must leave no core files. */
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    run(user);
    *returned = 1;
    (void)fflush(NULL); /* what the host printed */
    _exit(0);           /* not exit(): handlers of the program's are for its own end */
}

/* Waits until the child has closed its end of the pipe. A process that the child left behind may hold it open: the child's own end counts too. */
static bool wait_for_end(pid_t child, int pipe_end, uint32_t timeout_ms, int *status)
{
    struct pollfd ends = {.fd = pipe_end, .events = POLLIN};
    uint64_t until = hf__os_now_us() + (uint64_t)timeout_ms * 1000;
    for (;;) {
        bool closed = poll(&ends, 1, 20) > 0;
        pid_t got = waitpid(child, status, closed ? 0 : WNOHANG);
        /* ECHILD: the program ignores SIGCHLD, so the kernel has reaped the child (waitpid(2), "Notes"); `returned` tells how it ended. */
        if (got == child || (got < 0 && errno != EINTR))
            return true;
        if (hf__os_now_us() >= until)
            return false;
    }
}

/* sigabbrev_np is glibc's, since 2.32. */
static const char *signal_name(int signal)
{
    static const struct {
        int signal;
        const char *name;
    } names[] = {{SIGABRT, "ABRT"}, {SIGALRM, "ALRM"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGHUP, "HUP"},   {SIGILL, "ILL"},
                 {SIGINT, "INT"},   {SIGKILL, "KILL"}, {SIGPIPE, "PIPE"}, {SIGQUIT, "QUIT"}, {SIGSEGV, "SEGV"}, {SIGSYS, "SYS"},
                 {SIGTERM, "TERM"}, {SIGTRAP, "TRAP"}, {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}};
    for (size_t i = 0; i < HF_COUNT_OF(names); i++)
        if (names[i].signal == signal)
            return names[i].name;
    return NULL;
}

static hf_survival survival_of(int status, bool returned)
{
    if (returned)
        return (hf_survival){.end = HF_SURVIVAL_RETURNED};
    if (WIFEXITED(status))
        return (hf_survival){.end = HF_SURVIVAL_EXITED, .code = (uint32_t)WEXITSTATUS(status)};
    return (hf_survival){.end = HF_SURVIVAL_CRASHED, .code = (uint32_t)WTERMSIG(status), .name = signal_name(WTERMSIG(status))};
}

hf_survival hf__os_survive(void (*run)(void *user), void *user, uint32_t timeout_ms)
{
    static uint32_t *returned;
    int ends[2], status = 0;
    if (returned == NULL)
        returned = hf__os_survive_memory(sizeof *returned);
    (void)fflush(NULL); /* otherwise the child would print buffered output again (fork(2)) */
    pid_t child = -1;
    if (returned != NULL && pipe(ends) == 0) {
        *returned = 0;
        child = fork();
        if (child == 0)
            be_child(run, user, returned);
        (void)close(ends[1]);
        bool ended = child > 0 && wait_for_end(child, ends[0], timeout_ms, &status);
        (void)close(ends[0]);
        if (ended)
            return survival_of(status, *returned != 0);
    }
    if (child > 0) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
        return (hf_survival){.end = HF_SURVIVAL_HUNG};
    }

    /* No child could be made (RLIMIT_NPROC, a sandbox): trying the clause without protection is better than not trying it. */
    run(user);
    return (hf_survival){.end = HF_SURVIVAL_RETURNED};
}
