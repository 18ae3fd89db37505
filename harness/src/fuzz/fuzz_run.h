/* SPDX-License-Identifier: MIT
 * One execution of a caller under a schedule, in this process, and what it showed.
 *
 * It leaves the process as it was: each execution restarts the session, and the host memory that the caller left is released.
 *
 * Threads: one thread.
 */
#ifndef HF_FUZZ_RUN_H
#define HF_FUZZ_RUN_H

#include "codec.h"
#include "shim_rearm.h"

#include <hostfault/caller.h>
#include <hostfault/trace.h>

/* What is run. */
typedef struct hf_fuzz_work {
    const hf_caller *caller;
    const uint8_t *operations;
    size_t operation_bytes;
} hf_fuzz_work;

/* Runs it under a compiled plan. The trace is complete but for its end record; *end is what the caller returned. on_storm: see shim_state.h; NULL: it
 * goes on. */
HF_CHECK_RESULT hf_status hf__fuzz_run(const hf_fuzz_work *work, const void *plan, size_t plan_bytes, void (*on_storm)(void), hf_caller_end *end,
                                       hf_error *err);
/* Runs it in the session that the environment names, and ends the process with the caller's status. Does nothing if there is none. */
void hf__fuzz_run_in_session(const hf_fuzz_work *work);
/* After a run: ends its trace and reads it. hf_trace_destroy. */
HF_CHECK_RESULT hf_status hf__fuzz_read_trace(hf_caller_end end, hf_trace **out, hf_error *err);
/* Gives back what the last run got from our host and still has; false: there was nothing. */
bool hf__fuzz_give_back(void);
/* Calls `see` for each slot that the last run, or the one that runs now, wrote. Signal-safe. */
void hf__fuzz_each_slot(void (*see)(const hf_slot_main *slot, void *user), void *user);
/* Everything that the last run recorded, but times, in one number. */
uint64_t hf__fuzz_digest(void);
/* Is the caller running now? What the last plan was. */
bool hf__fuzz_is_running(void);
/* Return address into the code that called the runner: where the caller's own frames end. */
uintptr_t hf__fuzz_boundary(void);

#endif
