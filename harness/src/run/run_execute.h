/* SPDX-License-Identifier: MIT
 * One execution of a job: a process from its start to its end record, in a folder. It judges nothing.
 *
 * Threads: distinct executions may be made in parallel.
 */
#ifndef HF_RUN_EXECUTE_H
#define HF_RUN_EXECUTE_H

#include "system_process.h"
#include "run_job.h"
#include "session.h"

/* Processes that the program started, where they are followed (run_children.h). */
typedef struct hf__run_children hf__run_children;

typedef struct hf__run_execution {
    char *folder;               /* absolute */
    const char *clean, *clean2; /* folders of the clean runs it is compared with; NULL: none. Borrowed */
    char started[32];           /* UTC */
    hf_trace *trace;            /* NULL if none could be read */
    hf__run_children *children; /* NULL: not followed */
    uint64_t elapsed_us;        /* start to end of the process */
    bool stdout_cut, stderr_cut;
    bool sees_null;      /* the program said that it sees null and nothing else when a request fails */
    bool is_foreground;  /* asked for: it has this process's terminal and standard descriptors, and no outputs are kept */
    bool counts;         /* asked for: the kernel's count of an unmodified program's mapping calls is compared with the trace */
    char unseen[256];    /* what came of that, in words; "" nothing */
    bool looks_at_death; /* asked for: how the process dies is looked at from outside (symbol_death.h). After it: whether that was permitted */
} hf__run_execution;

/* Takes the folder, which is there and empty but for clean runs. */
void hf__run_execution_init(hf__run_execution *execution, char *folder_take);
void hf__run_execution_clear(hf__run_execution *execution);

/* Runs the job under a plan, with the processes that it starts if it follows them (run_children.c), and leaves the trace and the outputs in the
 * folder, and before all else its manifest. An error means that the harness could not do its part, or that the program never attached; what was
 * recorded stays all the same. */
HF_CHECK_RESULT hf_status hf__run_execute(const hf__run_job *job, hf__run_execution *execution, const void *plan, size_t plan_bytes, hf_error *err);

/* Who else looks after the process while it runs: the driver of its fork points (run_fork.h). */
typedef struct hf__run_execution_files {
    hf_session *session;
    const char *trace, *stdout_path, *stderr_path;
} hf__run_execution_files;
typedef struct hf__run_execution_partner {
    const hf_session_points *points;
    /* The session is made, the process is not started yet. */
    hf_status (*open)(void *user, const hf__run_execution_files *files, hf_error *err);
    /* As hf__system_process_wait. *progress: the process's time begins anew. */
    bool (*wait)(void *user, hf_process *process, uint64_t timeout_us, hf_process_end *end, bool *progress);
    /* The process has ended, or is to be ended (abandon). */
    hf_status (*close)(void *user, bool abandon, hf_error *err);
    void *user;
    bool may_repeat; /* it can be opened again when it has been closed */
} hf__run_execution_partner;
/* hf__run_execute with a partner (NULL: none). */
HF_CHECK_RESULT hf_status hf__run_execute_with(const hf__run_job *job, hf__run_execution *execution, const void *plan, size_t plan_bytes,
                                               const hf__run_execution_partner *partner, hf_error *err);

/* Writes the folder's manifest, over an earlier one. failure: what failed of the harness; NULL: nothing. */
HF_CHECK_RESULT hf_status hf__run_execution_note(const hf__run_job *job, const hf__run_execution *execution, const char *failure, hf_error *err);

/* Where the program starts: hf__free. What it writes there meets nothing of ours. */
char *hf__run_execution_work(const hf__run_job *job, const hf__run_execution *execution);

/* "; it said: FIRST LINE OF STDERR", or "" if it said nothing. hf__free. */
char *hf__run_execution_said(const hf__run_execution *execution);

#endif
