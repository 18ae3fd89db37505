/* SPDX-License-Identifier: MIT
 * What the tool asks of the kernel and a sandbox may refuse (seccomp profiles of containers answer EPERM, old kernels ENOSYS), each with another way
 * of doing it. Slower is fine; wrong, or for ever, is not.
 *
 * Threads: thread-safe.
 */
#ifndef HF_SYSTEM_REFUSED_POSIX_H
#define HF_SYSTEM_REFUSED_POSIX_H

#include "system_process.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A descriptor that is readable once the child has ended; -1 where pidfd_open is refused. */
int hf__system_watch_open(pid_t child);
/* Sleeps until one of these is readable, at most so long. With a -1 among them it returns after a moment, to be called again: true, look at all. */
bool hf__system_watch_sleep(const int *watches, size_t count, uint64_t timeout_us);
/* Has the child ended, and how? A zombie stays where waitid is allowed; *reaped: it is gone. */
bool hf__system_watch_look(pid_t child, hf_process_end *end, bool *reaped);
/* Can stops of children be seen without taking them? Who is traced where they cannot would stop for ever. */
bool hf__system_watch_sees_stops(void);

/* Closes all descriptors from 3 on. Only system calls: for a child that shares our memory. 0, or -1. */
int hf__system_close_others(void);

#endif
