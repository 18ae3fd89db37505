/* SPDX-License-Identifier: MIT
 * Ending children of this process together with everything below them, also while they go on to start others.
 *
 * Async-signal-safe and without the heap: the keeper of a killed tool calls it, and so does a tool that is out of memory.
 * Threads: thread-safe.
 */
#ifndef HF_SYSTEM_FAMILY_POSIX_H
#define HF_SYSTEM_FAMILY_POSIX_H

#include <stdbool.h>
#include <sys/types.h>

/* Calls `found` for each child of this process, whichever thread has it. */
void hf__system_family_list(void (*found)(pid_t child, void *user), void *user);

/* Whether a child of this process, with all that is below it, is to be ended. */
typedef bool hf__system_family_pick(pid_t child, const void *user);
/* Stops the children that `pick` picks and everything below them until no new process appears, then kills and reaps all. This process must be a
 * child subreaper. False: some could not be ended, or new ones came faster than they could be stopped for ten seconds. */
bool hf__system_family_end(hf__system_family_pick *pick, const void *user);

#endif
