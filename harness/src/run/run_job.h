/* SPDX-License-Identifier: MIT
 * A job: everything that is decided about a run before any folder is made: which program, with which arguments, environment and limits. The clean run
 * of a scenario is the same job with an empty plan.
 *
 * Threads: distinct jobs may be used in parallel.
 */
#ifndef HF_RUN_JOB_H
#define HF_RUN_JOB_H

#include <hostfault/run.h>
#include <stdbool.h>

#define HF_RUN_TIMEOUT_DEFAULT_MS 10000u
#define HF_RUN_CLEAN_TIMEOUT_MS 60000u      /* of a clean run where none is given: who needs longer says so, who hangs is told in good time */
#define HF_RUN_CLEAN_RUNS_LEAST 3u          /* a run may take as long as so many clean runs, and a second */
#define HF_RUN_OUTPUT_DEFAULT (16ull << 20) /* bytes of stdout and of stderr that are kept */

/* In the environment: the program is an unmodified one, which the hook is put into. Its value says what it does: memory, or memory,children, and then
 * the processes that the program starts are followed. */
#define HF_HOOK_VARIABLE "HF_HOOK"
#define HF_HOOK_MEMORY "memory"
#define HF_HOOK_CHILDREN "memory,children"

typedef struct hf__run_job {
    hf_scenario scenario; /* a copy, with the seed that is used; its texts are borrowed */
    hf_run_options options;
    char *program;            /* absolute */
    const char **arguments;   /* with the program's name first, ended by NULL; texts borrowed from scenario and program */
    const char **environment; /* this process's own and the scenario's, without HF_SESSION, ended by NULL; borrowed */
    size_t environment_count;
    char *workdir;                  /* absolute: the run's folder work/ is a copy of it; NULL: it is empty */
    char *cwd;                      /* absolute; NULL: work/ in the run's folder */
    char *preload;                  /* LD_PRELOAD=... with the library for unmodified programs; NULL: it attaches by itself, or by the hook */
    char *watcher;                  /* hostfault-trap, which becomes the program; NULL: it cannot be used here, or need not */
    bool is_trapped;                /* by --attach trap: the shim is in no process of the program; else the watcher only counts */
    const char **watched_arguments; /* what that is started with */
    char *steady;                   /* LD_PRELOAD=... with libhostfault-steady.so as well; NULL: the program is not kept steady */
    char *seed;                     /* HF_STEADY=SEED; NULL */
    bool may_be_steady;             /* a sweep may try whether it helps */
    char *valgrind;                 /* VALGRIND_OPTS=..., where valgrind is the program; NULL */
    char *asan;                     /* ASAN_OPTIONS=..., where AddressSanitizer must let another library be first; NULL */
    char attach_why[160];           /* why it is run as it is */
    bool follows;                   /* with the hook: processes that it starts are followed */
    char *hook;                     /* the DLL that is put into the program; NULL: it attaches by itself */
    char *kept[3];         /* HF_HOOK=..., HF_ATTACH=... and HF_STEADY=..., as far as the scenario has them from the tool's own environment */
    const char **settings; /* scenario.env with those at its end */
    uint64_t timeout_ms;
    bool has_timeout; /* it was given */
    uint64_t output_limit;
    char *key; /* distinct for distinct clean runs */
    size_t key_bytes;
} hf__run_job;

HF_CHECK_RESULT hf_status hf__run_job_create(const hf_scenario *scenario, const hf_run_options *options, hf__run_job *out, hf_error *err);
void hf__run_job_clear(hf__run_job *job);

/* Random numbers and clocks of the job's program are answered from the scenario's seed from now on, as by --steady; or no longer, after that. For a
 * job that may be steady. */
HF_CHECK_RESULT hf_status hf__run_job_steady(hf__run_job *job, bool steady, hf_error *err);

/* Compiles the job's rules, or none (`clean`). *out: hf__free. */
HF_CHECK_RESULT hf_status hf__run_job_compile(const hf__run_job *job, bool clean, void **out, size_t *size_bytes, hf_error *err);

#endif
