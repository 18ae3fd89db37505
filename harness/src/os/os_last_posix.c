/* SPDX-License-Identifier: MIT
 * The copy is made by the raw system call and sends no signal at its end, so a program that waits for its children neither waits for this one nor
 * hears of it (clone(2), "__WCLONE").
 */
#include "os_last.h"
#include "os_last_posix.h"

#include "base_check.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_poison.h"

#define STACK_BYTES 131072u
#define STEP_NS 500000
#define STEPS_MAX 10000u

static void (*last_act)(void);
static _Alignas(16) char own_stack[STACK_BYTES];

void hf__os_in_copy(void (*act)(void))
{
    const struct timespec step = {.tv_nsec = STEP_NS};
    int kept = errno;
    long copy = syscall(SYS_clone, 0L, NULL, NULL, NULL, NULL);
    if (copy == 0) {
        act();
        (void)syscall(SYS_exit_group, 0); /* _exit may be what called this */
    }

    unsigned steps = 0;
    while (copy > 0 && steps < STEPS_MAX && waitpid((pid_t)copy, NULL, (int)__WCLONE | WNOHANG) == 0) {
        (void)nanosleep(&step, NULL);
        steps++;
    }
    if (steps == STEPS_MAX) {
        (void)kill((pid_t)copy, SIGKILL);
        (void)waitpid((pid_t)copy, NULL, (int)__WCLONE);
    }
    errno = kept;
}

/* The action is the system's own again by now (SA_RESETHAND): going back makes the same access, and abort() raises its signal once more. */
void hf__os_last_handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    hf__os_in_copy(last_act);
    if (info->si_code <= 0 && number != SIGABRT) /* sent, not made by an instruction: it would not come again */
        (void)raise(number);
}

void hf__os_before_death(void (*act)(void))
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    const stack_t aside = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
    stack_t now;
    last_act = act;
    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) != 0)
        (void)sigaltstack(&aside, NULL);

    for (size_t i = 0; i < HF_COUNT_OF(deadly); i++) {
        struct sigaction before, action;
        memset(&action, 0, sizeof action);
        action.sa_sigaction = hf__os_last_handler;
        action.sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
        bool is_free = sigaction(deadly[i], NULL, &before) == 0 && (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;
        if (is_free)
            (void)sigaction(deadly[i], &action, NULL);
    }
}
