/* SPDX-License-Identifier: MIT
 * How a process ended, as end records that the tool adds to its trace: for a whole run and for a clone at a fork point alike.
 *
 * Threads: one per session.
 */
#ifndef HF_RUN_ENDING_H
#define HF_RUN_ENDING_H

#include "system_process.h"
#include "symbol_death.h"
#include "run_job.h"
#include "session.h"

typedef struct hf__run_ending {
    hf_session *session;
    const char *trace; /* its file */
    const hf__symbol_death *death;
    hf_process_end end;
    bool timed_out;
    uint64_t timeout_ms;
    bool behind_shell; /* the process that attached is not the one that was started */
} hf__run_ending;

void hf__run_ending_append(const hf__run_ending *ending, const hf_session_end *record, hf_error *failure);
/* The end itself. *failure: what failed of the harness; it goes before all else, and is set if it shows only now. */
void hf__run_ending_record(const hf__run_ending *ending, const hf__run_job *job, hf_error *failure);
/* What was written to stdout: `before`, and then the file. */
void hf__run_ending_record_output(const hf__run_ending *ending, const void *before, size_t before_bytes, const char *path, hf_error *failure);
/* What a sanitizer or valgrind wrote to stderr, if any did. */
void hf__run_ending_record_report(const hf__run_ending *ending, const char *stderr_path, hf_error *failure);

#endif
