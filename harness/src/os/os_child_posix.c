/* SPDX-License-Identifier: MIT
 * os_child.h on Linux. The handler unwinds on a stack of its own, because the stack of the crash may be used up.
 */
#include "os_child.h"
#include "os_fork.h"
#include "os_stack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "base_check.h"

#include "base_poison.h"

#define STACK_BYTES 131072u

static hf_os_death *written;
static void (*told)(uintptr_t first);
static _Alignas(16) char own_stack[STACK_BYTES];

static uintptr_t processor_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

/* SA_RESETHAND has restored the default action (sigaction(2)): returning repeats the access, and abort() raises its signal again. */
static void on_death(int number, siginfo_t *info, void *context)
{
    if (written->signal != 0)
        return;
    written->frame_count = hf__os_stack_take(processor_of(context), written->frames, HF_OS_DEATH_FRAMES);
    if (written->frame_count > 0)
        written->frames[0]++;
    written->has_address = (number == SIGSEGV || number == SIGBUS) && info->si_code > 0;
    written->address = written->has_address ? (uintptr_t)info->si_addr : 0;
    written->signal = (uint32_t)number;
    if (info->si_code <= 0 && number != SIGABRT) /* sent by kill(2), not caused by an instruction: returning would not repeat it */
        (void)raise(number);
}

static void on_leaving(int status, void *unused)
{
    (void)unused;
    told((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)));
    /* Not exit(): to call it again from a handler is undefined (exit(3p)), and the handlers of the parent must not run here. */
    _exit(status);
}

#if !defined(__GLIBC__) /* without on_exit(3), which only glibc has, handlers do not get the status */
static void leave_unknown(void)
{
    on_leaving(EXIT_FAILURE, NULL);
}
#endif

static void silence(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0)
        return;
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
    (void)close(nowhere);
}

void hf__os_child_begin(hf_os_death *death, void (*leaving)(uintptr_t first))
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    const stack_t aside = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
    struct sigaction action;
    written = death;
    told = leaving;
    silence();

    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_death;
    /* SA_ONSTACK: after a stack overflow there is no room for the handler on the stack itself (sigaltstack(2)). */
    action.sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
    (void)sigaltstack(&aside, NULL);
    for (size_t i = 0; i < HF_COUNT_OF(deadly); i++)
        (void)sigaction(deadly[i], &action, NULL);

        /* The handler that was registered last runs first (atexit(3)). */
#if defined(__GLIBC__)
    (void)on_exit(on_leaving, NULL);
#else
    (void)atexit(leave_unknown);
#endif
}

bool hf__os_child_has_threads(void)
{
    return hf__os_thread_count() > 1;
}
