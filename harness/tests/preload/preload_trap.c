/* SPDX-License-Identifier: MIT
 * A program whose mapping calls are watched from outside; the test links it statically. It requests memory by direct system calls, in its only
 * thread, in a second one, in a child, and between signals, and prints the results: "mmap = memory", "mremap = ENOMEM". With an argument such as
 * "mmap", it makes only that call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u
#define ROUNDS 300

static char *area; /* 8 pages */
static volatile sig_atomic_t ticks;

static void say(const char *name, int failed, const char *good)
{
    printf("%s = %s\n", name, failed ? strerrorname_np(errno) : good);
}

static void *fresh(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_mmap(void)
{
    say("mmap", fresh(77 * PAGE) == MAP_FAILED, "memory");
}

/* Says nothing where there is no memory. */
__attribute__((noinline)) static void do_quiet(void)
{
    if (fresh(33 * PAGE) != MAP_FAILED)
        puts("quiet = memory");
}

static void do_mremap(void)
{
    say("mremap", mremap(area, 2 * PAGE, PAGE, 0) == MAP_FAILED, "memory");
}

static void do_munmap(void)
{
    say("munmap", munmap(area + 3 * PAGE, PAGE) != 0, "0");
}

static void do_mprotect(void)
{
    say("mprotect", mprotect(area + 4 * PAGE, PAGE, PROT_READ) != 0, "0");
}

static void do_madvise(void)
{
    say("madvise", madvise(area + 5 * PAGE, PAGE, MADV_DONTNEED) != 0, "0");
}

/* By the kernel's own call: the break as it is, where there is no memory. */
static void do_brk(void)
{
    uintptr_t before = (uintptr_t)syscall(SYS_brk, 0);
    uintptr_t got = (uintptr_t)syscall(SYS_brk, before + 16 * PAGE);
    printf("brk = %s\n", got == before + 16 * PAGE ? "more" : got == before ? "as before" : "something else");
}

static void *in_thread(void *unused)
{
    say("thread", fresh(99 * PAGE) == MAP_FAILED, "memory");
    return unused;
}

static void do_thread(void)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, in_thread, NULL);
    if (code == 0)
        (void)pthread_join(thread, NULL);
    else
        puts("no thread");
}

static void do_child(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(fresh(55 * PAGE) == MAP_FAILED);
    (void)waitpid(child, &status, 0);
    printf("child = %s\n", status == 0 ? "memory" : "ENOMEM");
    (void)printf("other children = %s\n", waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD ? "none" : "some");
}

static void tick(int signal)
{
    (void)signal;
    ticks++;
}

/* A signal does not take back a call that is being looked at: each is seen once. */
static void do_signals(void)
{
    const struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    int failed = 0;
    (void)signal(SIGALRM, tick);
    (void)setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < ROUNDS; i++)
        failed += madvise(area + 6 * PAGE, PAGE, MADV_NORMAL) != 0;
    (void)setitimer(ITIMER_REAL, &never, NULL);
    printf("signals = %d failed\n", failed);
}

static const struct {
    const char *name;
    void (*run)(void);
} parts[] = {{"mmap", do_mmap},       {"quiet", do_quiet}, {"mremap", do_mremap}, {"munmap", do_munmap}, {"mprotect", do_mprotect},
             {"madvise", do_madvise}, {"brk", do_brk},     {"thread", do_thread}, {"child", do_child},   {"signals", do_signals}};

int main(int argc, char **argv)
{
    area = fresh(8 * PAGE);
    if (area == MAP_FAILED) {
        puts("no area");
        return 3;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (argc < 2 || strcmp(argv[1], parts[i].name) == 0)
            parts[i].run();
    }
    return 0;
}
