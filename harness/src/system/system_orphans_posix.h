/* SPDX-License-Identifier: MIT
 * What a process under test started and left behind: finding it among this process's children, and ending it. Only for system_process_posix.c.
 *
 * Threads: thread-safe.
 */
#ifndef HF_SYSTEM_ORPHANS_POSIX_H
#define HF_SYSTEM_ORPHANS_POSIX_H

#include <stdbool.h>
#include <sys/types.h>

/* One process that is started and may leave orphans. */
typedef struct hf_orphan_owner {
    pid_t pid;  /* 0 before the start */
    char *mark; /* an entry of the environment that only its descendants have; NULL: none */
    bool left;
} hf_orphan_owner;

/* Before the start of a process: makes this process the one that orphans fall to, and counts the owner. */
void hf__system_orphans_enter(hf_orphan_owner *owner);
/* Ends and reaps all that the owner's process, which must have ended and been reaped (or never started), left behind. Fine twice. */
void hf__system_orphans_end(hf_orphan_owner *owner);

/* The same for a process that is known to have left nothing behind; looks at nothing. */
void hf__system_orphans_leave(hf_orphan_owner *owner);

#endif
