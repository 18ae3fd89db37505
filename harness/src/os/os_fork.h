/* SPDX-License-Identifier: MIT
 * Cloning the process from inside, without the program's knowledge: the shim's fork points use it. Linux only.
 *
 * It uses the raw system call. libc's fork changes the thread id that recursive mutexes are owned by, and runs handlers that take locks. The clone
 * becomes a child of this process's parent, so this process never sees a child of its own. Nothing here uses the heap or a lock.
 *
 * Threads: correct only in a process with one thread.
 */
#ifndef HF_OS_FORK_H
#define HF_OS_FORK_H

#include <stdbool.h>
#include <stdint.h>

/* An open file as a clone is to find it: not shared with this process. */
typedef struct hf_os_open {
    int descriptor;
    int flags;
    bool closes; /* by exec */
    int64_t offset;
    int output; /* 0 stdout, 1 stderr: replaced by a file of the clone's own; -1: read, and opened again */
} hf_os_open;

#define HF_OS_OPEN_MAX 32u
typedef struct hf_os_opens {
    uint32_t count;
    uint64_t output_bytes[2]; /* written so far */
    hf_os_open items[HF_OS_OPEN_MAX];
} hf_os_opens;

/* Which files stdout and stderr are. */
typedef struct hf_os_outputs {
    uint64_t device[2], file[2];
} hf_os_outputs;

/* What stands against a clone. */
typedef enum hf_os_opens_end { HF_OS_OPENS_FINE, HF_OS_OPENS_SHARED, HF_OS_OPENS_MANY, HF_OS_OPENS_LOCKED } hf_os_opens_end;

/* Lists what is open. SHARED: descriptor *value cannot be given a clone of its own (open for writing, pipe, socket, ...); MANY: *value are open;
 * LOCKED: the process holds a lock by it, which a clone could not have too. */
hf_os_opens_end hf__os_opens_list(const hf_os_outputs *outputs, hf_os_opens *out, uint64_t *value);
/* In the clone: opens everything again, the outputs into new files of these names. False: *value is the error code. */
bool hf__os_opens_renew(const hf_os_opens *opens, const char *const output_paths[2], int *value);

/* Does an interval timer of this process run? A clone has none. */
bool hf__os_has_timer(void);
/* The same of timers of timer_create, which takes longer to find out. */
bool hf__os_has_posix_timer(void);

/* Threads of this process; 0: not known. */
uint32_t hf__os_thread_count(void);
int64_t hf__os_parent_id(void);
/* Are there clones on this system? */
bool hf__os_can_clone(void);
/* Clones the process: 0 in the clone, its id in this one, or minus an error code. *pid is set before the clone runs; it may lie in shared memory. */
int64_t hf__os_clone(int32_t *pid);
/* In the clone: a session of its own, and its end with the tool's; memory that it must not touch, but whose place stays taken. False: the tool
 * is gone already. */
bool hf__os_clone_settle(int64_t tool_pid, const void *hidden, uint64_t hidden_bytes);

#endif
