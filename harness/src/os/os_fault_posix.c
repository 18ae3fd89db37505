/* SPDX-License-Identifier: MIT
 * Faults of the processor's on Linux: asks the host first, tells the shim, then does what the program would have got without us.
 *
 * The program's own handler is called as the kernel would call it. Our registration has its mask and flags; SA_RESETHAND is done by hand. If the
 * program has no handler, SIGSEGV gets its default action and the access is repeated, so the process dies at the same instruction and address as
 * without us. Must never allocate. It may take the lock of one region: a thread inside the host never holds that lock while it accesses other memory.
 */
#include "os_fault.h"
#include "os_last_posix.h"
#include "os_atomic.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "base_poison.h"

static hf_fault_question *question;
static hf_fault_witness *witness;

/* The program's action at the time when our handler was last installed. */
static struct watched {
    int number;
    struct sigaction before;
} all_watched[] = {{.number = SIGSEGV}, {.number = SIGBUS}, {.number = SIGILL}, {.number = SIGFPE}};
#define WATCHED (sizeof all_watched / sizeof all_watched[0])

static struct watched *watched_of(int number)
{
    size_t at = 0;
    while (at + 1 < WATCHED && all_watched[at].number != number)
        at++;
    return &all_watched[at];
}

static bool has_handler(const struct sigaction *action)
{
    if ((action->sa_flags & SA_SIGINFO) != 0)
        return action->sa_sigaction != hf__os_last_handler;
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static void restore_default(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
}

/* Does what the program's own action would do. A signal that was sent by kill(2) does not come again by itself, unlike a fault. */
static void pass_on(const struct sigaction *before, int number, siginfo_t *info, void *context)
{
    struct sigaction action = *before;
    if (!has_handler(&action)) {
        restore_default(number);
        if (info->si_code <= 0)
            raise(number);
        return;
    }
    if ((action.sa_flags & (int)SA_RESETHAND) != 0)
        restore_default(number);
    if ((action.sa_flags & SA_SIGINFO) != 0)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
}

/* Only these two signals have the address of an access, and SIGSEGV not for a general protection fault (arch/x86/kernel/traps.c: SI_KERNEL, address
 * 0). */
static hf_fault_seen seen_of(int number, const siginfo_t *info)
{
    bool is_access = number == SIGBUS || (number == SIGSEGV && info->si_code != SI_KERNEL);
    return (hf_fault_seen){.signal = number, .has_address = is_access, .address = is_access ? (uintptr_t)info->si_addr : 0};
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    int kept = errno;
    const struct sigaction before = watched_of(number)->before;
    hf_fault_seen seen = seen_of(number, info);
    bool is_fault = info->si_code > 0, is_handled = has_handler(&before);
    bool is_asked = is_fault && number == SIGSEGV && question != NULL;
    hf_fault_answer answer = is_asked ? question((uintptr_t)info->si_addr, !is_handled) : HF_FAULT_NOT_OURS;
    hf_fault_witness *tell = __atomic_load_n(&witness, __ATOMIC_ACQUIRE);
    bool is_told = is_fault && is_handled && tell != NULL && answer == HF_FAULT_NOT_OURS;
    if (is_told)
        tell(&seen);

    errno = kept;
    if (answer != HF_FAULT_AGAIN)
        pass_on(&before, number, info, context);
    kept = errno;
    seen.returned = true;
    if (is_told)
        tell(&seen);
    errno = kept;
}

static int put_in_front(struct watched *one, bool even_without_handler)
{
    struct sigaction now, ours = {.sa_sigaction = on_fault};
    if (sigaction(one->number, NULL, &now) != 0)
        return errno;
    bool is_ours = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault;
    if (is_ours || (!even_without_handler && !has_handler(&now)))
        return 0;
    one->before = now;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (now.sa_flags & (int)(SA_NODEFER | SA_RESTART));
    ours.sa_mask = now.sa_mask;
    return sigaction(one->number, &ours, NULL) == 0 ? 0 : errno;
}

int hf__os_watch_faults(hf_fault_question *ask)
{
    question = ask;
    return put_in_front(watched_of(SIGSEGV), true);
}

void hf__os_witness_faults(hf_fault_witness *tell)
{
    int kept = errno;
    __atomic_store_n(&witness, tell, __ATOMIC_RELEASE);
    for (size_t i = 0; i < WATCHED; i++)
        (void)put_in_front(&all_watched[i], false);
    errno = kept;
}
