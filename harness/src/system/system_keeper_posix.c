/* SPDX-License-Identifier: MIT
 * The keeper on Linux: see the header. The tool is in its own process group. If something kills the user's group (GNU timeout -s KILL, a CI that
 * cancels), one of the two survives. The keeper forwards each signal for the group to the tool. Must not allocate from the heap: the keeper must work
 * even if the tool has failed.
 */
#include "system_keeper.h"
#include "base_check.h"
#include "system_family_posix.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define BEFORE_MAX 256u

static pid_t keeper; /* in the tool; 0: there is none */

/* Children that this process has from the program before its exec ("sleep 100 & exec hostfault ..."); they stay. */
typedef struct strangers {
    pid_t items[BEFORE_MAX];
    size_t count;
} strangers;
static strangers there_before;

static void add_stranger(pid_t pid, void *user)
{
    strangers *list = user;
    if (list->count < BEFORE_MAX)
        list->items[list->count++] = pid;
}

static bool is_left(pid_t child, const void *user)
{
    const strangers *list = user;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == child)
            return false;
    }
    return child != keeper && list->count < BEFORE_MAX;
}

/* Ends this process in the same way as the tool ended. */
static _Noreturn void end_as(int status)
{
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const struct rlimit none = {0};
    sigset_t all;
    (void)setrlimit(RLIMIT_CORE, &none); /* the tool has already written its core file */
    (void)signal(WTERMSIG(status), SIG_DFL);
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_UNBLOCK, &all, NULL);
    (void)raise(WTERMSIG(status));
    /* The first process of a PID namespace survives its own signals (pid_namespaces(7)); it reports them as shells do. */
    _exit(128 + WTERMSIG(status));
}

/* The tool's end, if it has ended. */
static bool has_ended(pid_t tool, int *status)
{
    pid_t got = waitpid(tool, status, WNOHANG);
    return got == tool || (got < 0 && errno == ECHILD);
}

/* All signals sent to the keeper are meant for the tool. */
static void pass_on(int number, pid_t tool)
{
    (void)kill(tool, number);
    if (number != SIGTSTP)
        return;
    (void)raise(SIGSTOP); /* a shell's ^Z; fg continues here */
    (void)kill(tool, SIGCONT);
}

static _Noreturn void keep(pid_t tool, const sigset_t *watched)
{
    int status = 0;
    while (!has_ended(tool, &status)) {
        int number = sigwaitinfo(watched, NULL);
        if (number > 0 && number != SIGCHLD)
            pass_on(number, tool);
    }
    (void)hf__system_family_end(is_left, &there_before);
    end_as(status);
}

static void become_tool(pid_t parent, const sigset_t *mask)
{
    keeper = parent;
    (void)setpgid(0, 0);
    (void)signal(SIGTTOU, SIG_IGN); /* writing to the terminal from a background group (stty tostop) */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    if (getppid() != parent)
        (void)raise(SIGTERM);
}

void hf__system_keeper_begin(void)
{
    static const int passed_on[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGCONT, SIGWINCH};
    sigset_t watched, mask;
    pid_t own = getpid();
    (void)signal(SIGCHLD, SIG_DFL); /* a process that ignores it gets no exit status */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    hf__system_family_list(add_stranger, &there_before);
    (void)sigemptyset(&watched);
    for (size_t i = 0; i < HF_COUNT_OF(passed_on); i++)
        (void)sigaddset(&watched, passed_on[i]);

    (void)sigprocmask(SIG_BLOCK, &watched, &mask);
    pid_t tool = fork();
    if (tool > 0)
        keep(tool, &watched);
    if (tool == 0)
        become_tool(own, &mask);
    else
        (void)sigprocmask(SIG_SETMASK, &mask, NULL);
}

void hf__system_keeper_finish(void)
{
    if (keeper != 0 && getppid() != keeper)
        (void)hf__system_family_end(is_left, &there_before);
}
