/* SPDX-License-Identifier: MIT
 * The modes that end badly. Tests look for the names of these functions in stacks, so nothing here is inlined.
 */
#include "run_misbehaves.h"

#include <hostfault/hostfault.h>

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static volatile uintptr_t nowhere = 8; /* volatile, so that no compiler sees it coming */

__attribute__((noinline)) static void write_nowhere(void)
{
    *(volatile char *)nowhere = 1;
}

int crash(void)
{
    int status = work();
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would make something else of it */
    write_nowhere();
    return status;
}

int die_by_abort(void)
{
    int status = work();
    raise(SIGABRT);
    return status;
}

/* A run starts in a folder of its own. */
int abort_but_not_again(void)
{
    char folder[4096] = "";
    int status = work();
    raise(getcwd(folder, sizeof folder) != NULL && strstr(folder, "/again") != NULL ? SIGKILL : SIGABRT);
    return status;
}

int hang(void)
{
    int status = work();
    while (status == 0)
        pause();
    return status;
}

int stop_itself(void)
{
    (void)work();
    kill(getpid(), SIGSTOP);
    return 0;
}

static void look_and_die(int signal_number)
{
    signal(signal_number, SIG_DFL);
    nowhere = 24;
    write_nowhere();
    nowhere = 8; /* a call that is not the last thing leaves its caller on the stack */
}

/* The first access violation is handled, the second is the end. */
int crash_in_handler(void)
{
    int status = work();
    signal(SIGSEGV, look_and_die);
    write_nowhere();
    return status;
}

static void *crash_there(void *unused)
{
    signal(SIGSEGV, SIG_DFL);
    write_nowhere();
    return unused;
}

int crash_in_thread(void)
{
    pthread_t thread;
    int status = work();
    if (pthread_create(&thread, NULL, crash_there, NULL) != 0)
        return 16;
    pthread_join(thread, NULL);
    return status;
}

__attribute__((noinline)) static void *wait_there(void *unused)
{
    for (;;)
        pause();
    return unused;
}

int hang_in_threads(void)
{
    pthread_t thread;
    int status = work();
    if (pthread_create(&thread, NULL, wait_there, NULL) != 0)
        return 16;
    pthread_join(thread, NULL);
    return status;
}

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static void *keep_lock(void *unused)
{
    hf_thread("holder");
    (void)work();
    pthread_mutex_lock(&table_lock);
    return unused;
}

/* The holder ends with the lock, and nobody can give it back. */
int hang_on_lost_mutex(void)
{
    pthread_t thread;
    int status = work();
    if (pthread_create(&thread, NULL, keep_lock, NULL) != 0)
        return 16;
    pthread_join(thread, NULL);
    pthread_mutex_lock(&table_lock);
    return status;
}
