/* SPDX-License-Identifier: MIT
 * Is a thread asking again and again from one place, in vain? Each place has a row: how many requests from it failed since one from it was granted.
 * What other places get meanwhile does not count, nor how often they fail.
 *
 * A place is the whole stack where one was taken, which is so of every injected failure and of the calls after one; else the return address, which is
 * the same for all that goes through an adapter.
 *
 * Threads: each thread has rows of its own. No heap, no lock.
 */
#ifndef HF_SHIM_STORM_H
#define HF_SHIM_STORM_H

#include <stdbool.h>
#include <stdint.h>

/* Those that fail most are kept; a storm comes from a few places. */
#define HF_STORM_ROWS 16u

typedef struct hf_storm_row {
    uint64_t place;
    uint32_t pc;    /* a part of the return address */
    uint32_t count; /* 0: free */
} hf_storm_row;

/* A request failed; returns how many from that place did so in a row. stack: of the call, 0 if none was taken. */
uint32_t hf__shim_storm_failed(hf_storm_row rows[HF_STORM_ROWS], uint64_t stack, uintptr_t pc);
/* A request was granted. Without a stack it may have come from any place with this return address, and ends their rows. */
void hf__shim_storm_granted(hf_storm_row rows[HF_STORM_ROWS], uint64_t stack, uintptr_t pc);

#endif
