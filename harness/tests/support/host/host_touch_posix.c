/* SPDX-License-Identifier: MIT
 * Accesses on Linux: SIGSEGV, SIGILL, and a jump out of the handler. A fault that no access expects goes to the previous handler.
 */
#include "host_touch.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

static sigjmp_buf after_fault;
static volatile sig_atomic_t is_touching;
static volatile uintptr_t fault_address;
static volatile unsigned fault_kind;
static struct sigaction before, before_illegal;

static void on_illegal(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    if (!is_touching) {
        sigaction(SIGILL, &before_illegal, NULL);
        return;
    }
    fault_address = 0;
    fault_kind = HOST_TOUCH_NO_CODE;
    siglongjmp(after_fault, 1);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    if (!is_touching) {
        sigaction(SIGSEGV, &before, NULL);
        return;
    }
    long long error = ((ucontext_t *)context)->uc_mcontext.gregs[REG_ERR];
    fault_address = (uintptr_t)info->si_addr;
    fault_kind = (error & 16) != 0 ? 8u : (error & 2) != 0 ? 1u : 0u;
    siglongjmp(after_fault, 1);
}

void host_touch_prepare(void)
{
    static bool is_prepared;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction illegal = {.sa_sigaction = on_illegal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (!is_prepared) {
        sigaction(SIGSEGV, &action, &before);
        sigaction(SIGILL, &illegal, &before_illegal);
    }
    is_prepared = true;
}

enum touch { READ, WRITE, CALL };

/* Whatever the address: what comes of it is what is asked. */
__attribute__((no_sanitize("address"), no_sanitize("undefined"))) static void do_touch(enum touch what, uintptr_t at, uint8_t *value)
{
    void (*code)(void);
    memcpy(&code, &at, sizeof code);
    if (what == READ)
        *value = *(volatile uint8_t *)at;
    else if (what == WRITE)
        *(volatile uint8_t *)at = *value;
    else
        code();
}

static host_touch touch(enum touch what, uintptr_t at, uint8_t value)
{
    static uint8_t held; /* not among what a jump may clobber */
    held = value;
    if (sigsetjmp(after_fault, 1) == 0) {
        is_touching = 1;
        do_touch(what, at, &held);
        is_touching = 0;
        return (host_touch){.value = held};
    }
    is_touching = 0;
    return (host_touch){.faulted = true, .kind = fault_kind, .address = fault_address};
}

host_touch host_touch_read(uintptr_t at)
{
    return touch(READ, at, 0);
}

host_touch host_touch_write(uintptr_t at, uint8_t value)
{
    return touch(WRITE, at, value);
}

host_touch host_touch_call(uintptr_t at)
{
    return touch(CALL, at, 0);
}
