/* SPDX-License-Identifier: MIT
 * Detects a storm: a thread that repeats a failing request from one place. Each place has a row that counts its failed requests since the last one
 * that succeeded. Requests from other places do not reset it.
 *
 * A place is the whole stack if one was taken, as for every injected failure and the calls after it; otherwise it is the return address, which is the
 * same for everything that goes through an adapter.
 *
 * Threads: each thread has its own rows. No heap, no lock.
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
