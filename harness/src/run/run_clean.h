/* SPDX-License-Identifier: MIT
 * Clean runs: a job with an empty plan, made at most once for each distinct job of this process and kept until the process ends.
 *
 * Two jobs share a clean run if they have the same program, arguments, environment, input, working directory and limits. The contents of that
 * directory are not compared: a program that finds its own earlier output there has clean runs that differ, and `unstable` reports that.
 *
 * Threads: thread-safe. A thread that asks for a clean run which another thread is making waits for it.
 */
#ifndef HF_RUN_CLEAN_H
#define HF_RUN_CLEAN_H

#include "run_execute.h"

/* A clean run. Borrowed, for the life of the process. */
typedef struct hf__run_clean_result {
    const hf_trace *trace;
    const hf__run_children *children; /* NULL: not followed */
    const char *folder;
    uint64_t elapsed_us;
} hf__run_clean_result;

/* The job's clean run (second false), or another one to compare it with. Made in run_folder/clean or clean2 if there is none yet. Errors as
 * hf__run_execute, and HF_ERROR_INPUT or HF_ERROR_STATE if a caller of ours says that it does not take the arguments or cannot run here. */
HF_CHECK_RESULT hf_status hf__run_clean(const hf__run_job *job, const char *run_folder, bool second, hf__run_clean_result *out, hf_error *err);

/* Does the caller say that it cannot do what the job asks (exit status 2 or 77 of a caller of ours, before any call)? HF_OK if it does not. */
HF_CHECK_RESULT hf_status hf__run_check_refusal(const hf__run_job *job, const hf_trace *trace, const char *said, hf_error *err);
/* HF_ERROR_SYSTEM: a run without faults was killed, which says nothing of the caller. */
HF_CHECK_RESULT hf_status hf__run_check_killed(const hf_trace *trace, hf_error *err);
/* Was it ended because its time was over? */
bool hf__run_timed_out(const hf_trace *trace);

#endif
