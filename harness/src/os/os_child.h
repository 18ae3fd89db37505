/* SPDX-License-Identifier: MIT
 * A child process that runs one function of a user's and then ends (os_survive.h): its crash is recorded as it happens, and its output is discarded.
 * On Windows the function runs in the user's own process, and nothing here does anything.
 *
 * Threads: hf__os_child_begin once, by the only thread. What it installs is signal-safe.
 */
#ifndef HF_OS_CHILD_H
#define HF_OS_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#define HF_OS_DEATH_FRAMES 48u

/* Lies in memory that the parent sees. */
typedef struct hf_os_death {
    uint32_t signal; /* 0: it did not die of one that was seen */
    uint32_t frame_count;
    uint64_t address; /* of the access */
    uint64_t has_address;
    uint64_t frames[HF_OS_DEATH_FRAMES]; /* where the processor was, one byte on, then return addresses */
} hf_os_death;

/* From now on: stdout and stderr go nowhere. A crash or an abort fills in *death, and then has its way; handlers that the parent had set do not run,
 * since they could jump out of the child into the parent's code. exit() calls `leaving` with the return address into what ends the process, and the
 * process is gone with the status, without running other handlers. */
void hf__os_child_begin(hf_os_death *death, void (*leaving)(uintptr_t first));

/* Threads of this process beside the calling one? */
bool hf__os_child_has_threads(void);

#endif
