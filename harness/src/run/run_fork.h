/* SPDX-License-Identifier: MIT
 * Fork points from the tool's side: one run of the caller, and at each point a clone of it that takes the point's fault and lives out its run. The
 * caller makes the clones (shim_fork.c). This side watches, times, ends and reads them, and frees their clone slots.
 *
 * A clone shows what a rerun with `call: METHOD, when: N` (or `N+`) would show, without the beginning: the same calls after the fault, the same end,
 * the same output. A caller for which that would not hold is refused with a reason; points that it had not reached by then are not reported.
 *
 * Threads: one run per thread; the thread that begins it must stay until its end.
 */
#ifndef HF_RUN_FORK_H
#define HF_RUN_FORK_H

#include "run_execute.h"

typedef struct hf__run_fork_options {
    uint32_t jobs;         /* clones at once, 1 .. HF_CLONES_MAX */
    uint64_t timeout_ms;   /* of each clone; 0: the job's */
    uint64_t resident_max; /* bytes in memory beyond which no more clones are made; 0: no limit */
} hf__run_fork_options;

/* A clone that has ended. All is borrowed until the callback returns. */
typedef struct hf__run_fork_end {
    uint32_t point;        /* index into the points */
    const hf_trace *trace; /* the caller's up to the point and the clone's own, with end records, under a plan of that one rule: to be judged */
    hf_process_end end;
    bool timed_out;
    uint64_t elapsed_us;                   /* from when the tool saw it */
    const char *stdout_path, *stderr_path; /* what it wrote itself */
    uint64_t output_bytes[2];              /* of the caller's own outputs that go before */
    struct hf__fork_reading *reading;      /* for hf__run_fork_save */
} hf__run_fork_end;

/* False: no more clones. */
typedef bool hf__run_fork_heard(const hf__run_fork_end *end, void *user);

typedef struct hf__run_fork_result {
    uint32_t done;           /* points heard of */
    hf_fork_refusal refused; /* why the caller made no more clones; HF_FORK_FINE: it did not refuse */
    uint64_t refused_value;
    uint64_t resident_bytes; /* of the caller, the most that was seen */
    bool is_large;           /* resident_max was passed */
} hf__run_fork_result;

/* Runs the job once with its points, as hf__run_execute does: execution->trace is the caller's own, in which no fault fired, to be compared with the
 * clean run's. plan: a rule for each (method, failure), whose `when` does not matter; points: sorted by rule and ordinal. */
typedef struct hf__run_fork_request {
    const void *plan;
    size_t plan_bytes;
    hf_session_points points; /* their clone_slots are not read */
    hf__run_fork_options options;
    hf__run_fork_heard *heard;
    void *user;               /* of both */
    void (*over)(void *user); /* no more clones will be heard of, and the caller's trace is read next; NULL: nobody wants to know */
} hf__run_fork_request;
HF_CHECK_RESULT hf_status hf__run_fork_run(const hf__run_job *job, const hf__run_fork_request *request, hf__run_execution *execution,
                                           hf__run_fork_result *result, hf_error *err);

/* Inside the callback: writes the clone's trace as a session file of its own. */
HF_CHECK_RESULT hf_status hf__run_fork_save(const hf__run_fork_end *end, const char *path, hf_error *err);

/* "it has 3 threads": the refusal in words. */
void hf__run_fork_print_refusal(const hf__run_fork_result *result, char *buffer, size_t capacity);

#endif
