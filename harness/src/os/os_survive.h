/* SPDX-License-Identifier: MIT
 * Runs a function that may crash, and survives: the contract suite needs this for hosts that crash at a clause.
 *
 * On Linux the function runs in a child (fork), so it cannot damage this process; it writes its findings into memory of hf__os_survive_memory.
 * Windows has no fork: there it runs in this process, and an exception of the calling thread that would end the process is caught and the function
 * abandoned. What the function held stays held then, and an end by fail-fast or exit() ends the process.
 *
 * Threads: one at a time in a process.
 */
#ifndef HF_OS_SURVIVE_H
#define HF_OS_SURVIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum hf_survival_end {
    HF_SURVIVAL_RETURNED, /* the function came to its end */
    HF_SURVIVAL_CRASHED,  /* code: the signal, on Windows the exception */
    HF_SURVIVAL_EXITED,   /* it ended the process; code: the status */
    HF_SURVIVAL_HUNG      /* not at its end after timeout_ms, and ended there. On Linux alone */
} hf_survival_end;

typedef struct hf_survival {
    hf_survival_end end;
    uint32_t code;
    const char *name; /* of the signal; NULL: it has none here. Static text */
} hf_survival;

/* Zeroed memory that the function shares with this process; NULL: there is none. Never freed. */
void *hf__os_survive_memory(size_t size_bytes);
/* Where no child can be made, the function runs in this process, unguarded. */
hf_survival hf__os_survive(void (*run)(void *user), void *user, uint32_t timeout_ms);
/* Does hf__os_survive leave this process as it was? */
bool hf__os_survive_isolates(void);
/* Is this Windows Wine? */
bool hf__os_is_wine(void);

#endif
