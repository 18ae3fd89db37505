/* SPDX-License-Identifier: MIT
 * SIGSEGV on Linux: asks the host first, then does what would have happened without us.
 *
 * The program's own handler is called as the kernel would call it. Our registration has its mask and flags; SA_RESETHAND is done by hand. If the
 * program has no handler, SIGSEGV gets its default action and the access is repeated, so the process dies at the same instruction and address as
 * without us. Must never allocate. It may take the lock of one region: a thread inside the host never holds that lock while it accesses other memory.
 */
#include "os_fault.h"
#include "os_atomic.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "base_poison.h"

static hf_fault_question *question;
static struct sigaction before; /* what the program had set when our handler was last put in front */

static bool has_handler(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 || (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static void restore_default(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGSEGV, &action, NULL);
}

/* The program's turn. A signal that was sent, rather than a touch, will not come again by itself. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    struct sigaction action = before;
    if (!has_handler(&action)) {
        restore_default();
        if (info->si_code <= 0)
            raise(number);
        return;
    }
    if ((action.sa_flags & (int)SA_RESETHAND) != 0)
        restore_default();
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    int kept = errno;
    bool is_touch = info->si_code > 0;
    hf_fault_answer answer = is_touch ? question((uintptr_t)info->si_addr, !has_handler(&before)) : HF_FAULT_NOT_OURS;
    errno = kept;
    if (answer != HF_FAULT_AGAIN)
        pass_on(number, info, context);
}

int hf__os_watch_faults(hf_fault_question *ask)
{
    struct sigaction now, ours = {.sa_sigaction = on_fault};
    if (sigaction(SIGSEGV, NULL, &now) != 0)
        return errno;
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault)
        return 0;
    before = now;
    question = ask;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (now.sa_flags & (int)(SA_NODEFER | SA_RESTART));
    ours.sa_mask = now.sa_mask;
    return sigaction(SIGSEGV, &ours, NULL) == 0 ? 0 : errno;
}
