/* SPDX-License-Identifier: MIT
 * Threads and waiting, without a lock that a dying process could hold.
 *
 * Threads: thread-safe, signal-safe.
 */
#ifndef HF_OS_THREAD_H
#define HF_OS_THREAD_H

#include <hostfault/hosting.h>
#include <stdbool.h>
#include <stdint.h>

/* Thread-local storage that needs no allocation at first use. */
#define HF_THREAD_LOCAL __thread

uint32_t hf__os_thread_id(void);
/* Does this process have a thread of that id? */
bool hf__os_thread_alive(uint32_t id);
int64_t hf__os_process_id(void);
/* Is a process of that id there? */
bool hf__os_process_alive(int64_t pid);
/* Is this thread of another process, by the id that hf__os_thread_id gave it there, still there? An id that was given anew counts as that. */
bool hf__os_foreign_thread_alive(uint32_t thread);

/* Sleeps while *word == expected, until woken or timeout_ms; may wake early. The word may lie in memory shared between processes. */
void hf__os_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_ms);
void hf__os_wake(const uint32_t *word);
void hf__os_sleep_us(uint64_t microseconds);
/* Lets another thread run. */
void hf__os_yield(void);

/* Ends the process at once, running nothing of its own. */
_Noreturn void hf__os_exit_now(int status);
/* Writes to stderr past stdio, all of it or what can be written. */
void hf__os_complain(const char *text);
/* The value of an environment variable, NULL if unset. Not signal-safe. */
const char *hf__os_environment(const char *name);
/* Does the system say that this process has privileges its user has not (AT_SECURE)? */
bool hf__os_is_privileged(void);

/* errno on Linux (the last error is kept beside it), the last error on Windows. */
DWORD hf__os_last_error(void);
void hf__os_set_last_error(DWORD code);
int hf__os_errno(void);
void hf__os_set_errno(int code);

/* Time stamp counter, and its ticks per second (measured once per call of the second; takes about 10 ms if the system does not tell). */
#if defined(__x86_64__) || defined(__i386__)
static inline uint64_t hf__os_counter(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}
#else
uint64_t hf__os_counter(void);
#endif
uint64_t hf__os_counter_hz(void);

/* What is at the address will be written soon. It may be any address. */
static inline void hf__os_prefetch_write(const void *address)
{
#if defined(__x86_64__) /* the compiler's own is the instruction for reading, unless it is told that the processor has the other */
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}
/* Monotonic time in microseconds. */
uint64_t hf__os_now_us(void);

/* Runs `handler` in the child after fork, before the caller's code goes on there; and `parent` in the parent with the child's... Linux:
 * pthread_atfork. */
void hf__os_on_fork_child(void (*handler)(void));
/* Around fork(), so that locks are free and tables whole in both: `prepare` before it in the parent, then `parent` there and `child` in the
 * child. Not run by a raw clone. */
void hf__os_around_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
/* Runs handler(value) on the calling thread when it ends. One handler for the process: the first that is given. False: cannot be had. */
bool hf__os_on_thread_exit(void (*handler)(void *), void *value);
/* Runs handler when the process exits in order. */
void hf__os_on_exit(void (*handler)(void));

#endif
