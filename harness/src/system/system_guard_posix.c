/* SPDX-License-Identifier: MIT
 * The guard on POSIX systems: a SIGBUS handler that maps a page of zeros in place of a lost page of the file. POSIX does not allow mmap in a handler,
 * but on Linux it is a single system call (signal-safety(7) lists what libc would have to lock for; mmap's wrapper locks nothing).
 */
#include "system_guard.h"
#include "os_atomic.h"
#include "os_memory.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base_poison.h"

static struct sigaction before;
static uint32_t is_guarded;
static uint32_t losses;
static size_t page_bytes;

/* Restores the previous handler: the fault happens again and reaches it. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    if ((before.sa_flags & SA_SIGINFO) != 0) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        struct sigaction action = {.sa_handler = SIG_DFL};
        (void)sigaction(SIGBUS, &action, NULL);
        if (info->si_code <= 0)
            (void)raise(number);
    }
}

static void on_cut(int number, siginfo_t *info, void *context)
{
    int kept = errno;
    void *page = (void *)((uintptr_t)info->si_addr & ~(uintptr_t)(page_bytes - 1));
    bool is_cut = info->si_code == BUS_ADRERR; /* "nonexistent physical address": past the end of a mapped file (sigaction(2)) */
    if (is_cut && mmap(page, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page)
        (void)hf__os_add_u32_atomic(&losses, 1);
    else
        pass_on(number, info, context);
    errno = kept;
}

void hf__system_guard_begin(void)
{
    if (hf__os_exchange_u32(&is_guarded, 1) != 0)
        return;
    struct sigaction ours = {.sa_sigaction = on_cut, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    page_bytes = hf__os_page_size();
    (void)sigemptyset(&ours.sa_mask);
    if (sigaction(SIGBUS, NULL, &before) == 0)
        (void)sigaction(SIGBUS, &ours, NULL);
}

uint32_t hf__system_guard_losses(void)
{
    return hf__os_load_u32(&losses);
}
