/* SPDX-License-Identifier: MIT
 * Threads, waiting, errors and time on Linux. What the shim calls during a hosting call is one system call at most, takes no lock and does not use
 * the heap.
 */
#include "os_thread.h"
#include "os_atomic.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base_poison.h"

/* As in linux/futex.h, which comes with the kernel and not with every C library. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

uint32_t hf__os_thread_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

bool hf__os_thread_alive(uint32_t id)
{
    int kept = errno;
    /* Signal 0 only checks. EPERM says that it is there (kill(2)). */
    bool is_alive = syscall(SYS_tgkill, getpid(), (pid_t)id, 0) == 0 || errno != ESRCH;
    errno = kept;
    return is_alive;
}

int64_t hf__os_process_id(void)
{
    return getpid();
}

bool hf__os_process_alive(int64_t pid)
{
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

bool hf__os_foreign_thread_alive(uint32_t thread)
{
    return hf__os_process_alive(thread);
}

void hf__os_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_ms)
{
    int kept = errno;
    struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    /* Not FUTEX_PRIVATE_FLAG: the word may be in the session, which two processes map (futex(2)). */
    syscall(SYS_futex, word, FUTEX_WAIT, expected, &timeout, NULL, 0);
    errno = kept;
}

void hf__os_wake(const uint32_t *word)
{
    int kept = errno;
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    errno = kept;
}

void hf__os_sleep_us(uint64_t microseconds)
{
    int kept = errno;
    struct timespec left = {.tv_sec = (time_t)(microseconds / 1000000), .tv_nsec = (long)(microseconds % 1000000) * 1000};
    /* A signal interrupts it; `left` then has the remaining time (nanosleep(2)). */
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    errno = kept;
}

void hf__os_yield(void)
{
    sched_yield();
}

_Noreturn void hf__os_exit_now(int status)
{
    _exit(status);
}

void hf__os_complain(const char *text)
{
    int kept = errno;
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t written = write(2, text, length);
        if (written <= 0)
            break;
        text += written;
        length -= (size_t)written;
    }
    errno = kept;
}

const char *hf__os_environment(const char *name)
{
    return getenv(name);
}

bool hf__os_is_privileged(void)
{
    return getauxval(AT_SECURE) != 0;
}

static HF_THREAD_LOCAL DWORD last_error;

DWORD hf__os_last_error(void)
{
    return last_error;
}

void hf__os_set_last_error(DWORD code)
{
    last_error = code;
}

int hf__os_errno(void)
{
    return errno;
}

void hf__os_set_errno(int code)
{
    errno = code;
}

uint64_t hf__os_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#if !defined(__x86_64__) && !defined(__i386__)
uint64_t hf__os_counter(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
#endif

uint64_t hf__os_counter_hz(void)
{
    static uint64_t known;
    uint64_t hz = hf__os_load_u64_relaxed(&known);
    if (hz != 0)
        return hz;
    /* CPUID leaf 15H would tell the frequency, but not on every processor: so it is measured. */
    uint64_t from_us = hf__os_now_us();
    uint64_t from = hf__os_counter();
    hf__os_sleep_us(10000);
    uint64_t ticks = hf__os_counter() - from;
    uint64_t spent = hf__os_now_us() - from_us;
    hz = spent != 0 ? ticks * 1000000 / spent : 0;
    hf__os_store_u64(&known, hz);
    return hz;
}

void hf__os_on_fork_child(void (*handler)(void))
{
    pthread_atfork(NULL, NULL, handler);
}

void hf__os_around_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    pthread_atfork(prepare, parent, child);
}

static pthread_key_t exit_key;
static bool has_exit_key;
static void (*exit_handler)(void *);

static void make_exit_key(void)
{
    /* Another thread may be storing it just now. */
    has_exit_key = pthread_key_create(&exit_key, __atomic_load_n(&exit_handler, __ATOMIC_ACQUIRE)) == 0;
}

bool hf__os_on_thread_exit(void (*handler)(void *), void *value)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    __atomic_store_n(&exit_handler, handler, __ATOMIC_RELEASE);
    pthread_once(&once, make_exit_key);
    return has_exit_key && pthread_setspecific(exit_key, value) == 0;
}

void hf__os_on_exit(void (*handler)(void))
{
    atexit(handler);
}
