/* SPDX-License-Identifier: MIT
 * One run under gdb, stopped at the first fault with the stack on the screen; from then on the user has control.
 *
 * Threads: one thread; the terminal is shared.
 */
#ifndef HF_RUN_DEBUG_H
#define HF_RUN_DEBUG_H

#include <hostfault/run.h>

/* Runs the scenario once under gdb and leaves a run's folder, *folder (hf__free; NULL if none was made). No time-out and no memory limit holds.
 * Errors: HF_ERROR_NOT_FOUND (no gdb, no caller), else as hf_run_scenario; HF_ERROR_STATE too if the program was never started. */
HF_CHECK_RESULT hf_status hf__run_debug(const hf_scenario *scenario, const hf_run_options *options, char **folder, hf_error *err);

#endif
