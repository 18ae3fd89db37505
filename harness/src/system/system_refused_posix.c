/* SPDX-License-Identifier: MIT
 * See the header. Must not remember refusals: filters differ from child to child, and a refusal costs one system call.
 */
#include "system_refused_posix.h"
#include "base_check.h"
#include "os_entries_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_poison.h"

#define LOOK_AGAIN_US 1000u /* if nothing reports an end */

int hf__system_watch_open(pid_t child)
{
    return (int)syscall(SYS_pidfd_open, child, 0u);
}

bool hf__system_watch_sleep(const int *watches, size_t count, uint64_t timeout_us)
{
    struct pollfd watched[HF_OS_WAIT_MAX];
    bool is_blind = false;
    HF_ASSERT(count <= HF_OS_WAIT_MAX);
    for (size_t i = 0; i < count; i++) {
        watched[i] = (struct pollfd){.fd = watches[i], .events = POLLIN};
        is_blind = is_blind || watches[i] < 0;
    }
    if (is_blind && timeout_us > LOOK_AGAIN_US)
        timeout_us = LOOK_AGAIN_US;
    struct timespec limit = {.tv_sec = (time_t)(timeout_us / 1000000), .tv_nsec = (long)(timeout_us % 1000000) * 1000};
    return ppoll(watched, count, &limit, NULL) > 0 || is_blind;
}

/* Also reaps the zombie: without waitid there is no other way. */
static bool take_end(pid_t child, hf_process_end *end, bool *reaped)
{
    int status = 0;
    pid_t got = waitpid(child, &status, WNOHANG);
    if (got == 0)
        return false;
    *end = (hf_process_end){.exited = true, .status = -1}; /* somebody else reaped it: only the fact that it ended is known */
    if (got == child)
        *end = (hf_process_end){.exited = WIFEXITED(status),
                                .status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
                                .dumped = WIFSIGNALED(status) && WCOREDUMP(status)};
    *reaped = got == child || errno == ECHILD;
    return *reaped;
}

bool hf__system_watch_look(pid_t child, hf_process_end *end, bool *reaped)
{
    siginfo_t facts;
    memset(&facts, 0, sizeof facts);
    if (waitid(P_PID, (id_t)child, &facts, WEXITED | WNOHANG | WNOWAIT) != 0)
        return take_end(child, end, reaped);
    /* For a traced child, stops are reported too, whatever was requested (kernel/exit.c, wait_task_stopped). */
    bool has_ended = facts.si_code == CLD_EXITED || facts.si_code == CLD_KILLED || facts.si_code == CLD_DUMPED;
    if (facts.si_pid == 0 || !has_ended)
        return false;
    *end = (hf_process_end){.exited = facts.si_code == CLD_EXITED, .status = facts.si_status, .dumped = facts.si_code == CLD_DUMPED};
    return true;
}

bool hf__system_watch_sees_stops(void)
{
    siginfo_t ignored;
    return waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0 || errno == ECHILD;
}

typedef struct closing {
    int folder; /* being read */
    long closed;
} closing;

static bool close_entry(const char *name, void *user)
{
    closing *self = user;
    int number = hf__os_entry_number(name);
    if (number > 2 && number != self->folder)
        self->closed += close(number) == 0 ? 1 : 0;
    return true;
}

/* Closes the descriptors that one pass over the folder shows; returns how many. */
static long close_listed(int folder)
{
    closing self = {.folder = folder};
    hf__os_each_entry(folder, close_entry, &self);
    return self.closed;
}

#define WITHOUT_PROC_MAX 65536

int hf__system_close_others(void)
{
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
        return 0;
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int number = 3; folder < 0 && number < WITHOUT_PROC_MAX; number++)
        (void)close(number);
    while (folder >= 0 && close_listed(folder) > 0) /* closing changes the rest of the listing */
        if (lseek(folder, 0, SEEK_SET) != 0)
            return -1;
    return 0;
}
