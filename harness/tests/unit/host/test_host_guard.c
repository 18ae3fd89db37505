/* SPDX-License-Identifier: MIT
 * Guard pages: reported once, to the program's own handler, and usable afterwards; also in foreign memory.
 */
#include "hf_rows.h"
#include "host.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 0x1000u

TestSuite(host_guard, .timeout = 120);

static volatile sig_atomic_t faults;
static void *volatile fault_at;

static void count_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    faults++;
    fault_at = info->si_addr;
}

static void count_plainly(int number)
{
    (void)number;
    faults++;
}

static void handle(void (*with_info)(int, siginfo_t *, void *), void (*plain)(int), int flags)
{
    struct sigaction action = {.sa_flags = flags};
    if (with_info != NULL)
        action.sa_sigaction = with_info;
    else
        action.sa_handler = plain;
    sigaction(SIGSEGV, &action, NULL);
}

/* Touches that no compiler may move or leave out. */
static void put(char *at, char value)
{
    *(volatile char *)at = value;
}

static char get(const char *at)
{
    return *(const volatile char *)at;
}

static char *guarded(size_t pages)
{
    void *base = NULL;
    cr_assert(eq(u32, hf__host_alloc(NULL, pages * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD, &base), 0));
    return base;
}

static DWORD protection_of(const void *at)
{
    MEMORY_BASIC_INFORMATION told = {0};
    DWORD error;
    (void)hf__host_query(at, &told, sizeof told, &error);
    return told.State == MEM_COMMIT ? told.Protect : 0;
}

Test(host_guard, first_touch_is_told_and_then_succeeds)
{
    handle(count_fault, NULL, SA_SIGINFO);
    char *base = guarded(3);
    put(base + PAGE + 5, 7);
    cr_assert(eq(int, (int)faults, 1));
    cr_assert(eq(ptr, (void *)fault_at, base + PAGE + 5));
    cr_assert(eq(int, get(base + PAGE + 5), 7), "the touch went on");
    cr_assert(eq(u32, protection_of(base + PAGE), PAGE_READWRITE));
    cr_assert(eq(u32, protection_of(base), PAGE_READWRITE | PAGE_GUARD), "only the touched page");
    cr_assert(eq(u32, protection_of(base + 2 * PAGE), PAGE_READWRITE | PAGE_GUARD));
    cr_assert(eq(int, (int)faults, 1), "no second fault");
}

Test(host_guard, plain_handlers_are_called_too)
{
    handle(NULL, count_plainly, 0);
    char *base = guarded(1);
    put(base, 1);
    cr_assert(eq(int, (int)faults, 1));
}

Test(host_guard, a_handler_that_was_set_later_is_found_with_the_next_guard)
{
    char *first = guarded(1);
    handle(count_fault, NULL, SA_SIGINFO);
    char *second = guarded(1);
    put(second, 1);
    put(first, 1);
    cr_assert(eq(int, (int)faults, 2));
}

Test(host_guard, can_be_set_again)
{
    DWORD old;
    handle(count_fault, NULL, SA_SIGINFO);
    char *base = guarded(1);
    put(base, 1);
    cr_assert(eq(u32, hf__host_protect(base, PAGE, PAGE_READONLY | PAGE_GUARD, &old), 0));
    (void)get(base);
    cr_assert(eq(int, (int)faults, 2));
    cr_assert(eq(u32, protection_of(base), PAGE_READONLY));
}

/* What SIGSEGV does to a process without a handler of its own. */
static int death_of(void (*touch)(char *), char *at)
{
    int status = 0;
    handle(NULL, SIG_DFL, 0);
    pid_t child = fork();
    if (child == 0) {
        char *base = guarded(1);
        touch(at != NULL ? at : base);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void write_there(char *at)
{
    put(at, 1);
}

static void send_there(char *at)
{
    (void)at;
    raise(SIGSEGV);
}

Test(host_guard, ends_a_process_without_handler)
{
    cr_assert(eq(int, death_of(write_there, NULL), SIGSEGV));
}

Test(host_guard, other_faults_still_end_a_process)
{
    char *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(eq(int, death_of(write_there, nowhere), SIGSEGV));
    cr_assert(eq(int, death_of(send_there, NULL), SIGSEGV), "a signal that was sent");
}

static volatile int refused_writes;

static void make_writable(int number, siginfo_t *info, void *context)
{
    DWORD old;
    (void)number;
    (void)context;
    refused_writes++;
    (void)hf__host_protect(info->si_addr, 1, PAGE_READWRITE, &old);
}

Test(host_guard, a_handler_may_call_the_host)
{
    void *base;
    handle(make_writable, NULL, SA_SIGINFO);
    (void)guarded(1);
    cr_assert(eq(u32, hf__host_alloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY, &base), 0));
    put(base, 3);
    cr_assert(eq(int, refused_writes, 1));
    cr_assert(eq(int, get(base), 3));
}

Test(host_guard, works_on_memory_of_others)
{
    DWORD old = 0;
    char *others = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(count_fault, NULL, SA_SIGINFO);
    cr_assert(eq(u32, hf__host_protect(others + PAGE, 1, PAGE_READWRITE | PAGE_GUARD, &old), 0));
    cr_assert(eq(u32, old, PAGE_READWRITE));
    cr_assert(eq(u32, protection_of(others + PAGE), PAGE_READWRITE | PAGE_GUARD));
    put(others + PAGE + 9, 5);
    cr_assert(eq(int, (int)faults, 1));
    cr_assert(eq(int, get(others + PAGE + 9), 5));
    cr_assert(eq(u32, protection_of(others + PAGE), PAGE_READWRITE));
}
