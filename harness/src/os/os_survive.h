/* SPDX-License-Identifier: MIT
 * Running a function that may crash, and living on: what the contract suite needs for hosts that die of a clause.
 *
 * On Linux the function runs in a child (fork), so that nothing it does to the process stays, and what it has to tell it writes into memory of
 * hf__os_survive_memory. On Windows, which has no fork, it runs in this process: an exception of the calling thread that ends in a crash is caught
 * and the function is left where it stands. What it held then stays held, and an end by fail-fast or exit() ends the process.
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

/* Zeroed memory that the function shares with this process; NULL: none to be had. Never given back. */
void *hf__os_survive_memory(size_t size_bytes);
/* Where no child can be made, the function runs in this process, unguarded. */
hf_survival hf__os_survive(void (*run)(void *user), void *user, uint32_t timeout_ms);
/* Does hf__os_survive leave this process as it was? */
bool hf__os_survive_isolates(void);
/* Is this Windows Wine? */
bool hf__os_is_wine(void);

#endif
