/* SPDX-License-Identifier: MIT
 * One run, driven from your own tests: starts a caller over the shim under a scenario, watches it, judges it, and leaves its folder.
 *
 * Processes of the program are children of this process. On Linux this process becomes a child subreaper at the first run, so that no process of a
 * program is left; its other children are not touched.
 *
 * Ownership: an hf_run owns everything that is reached through it; pointers into it are borrowed until hf_run_destroy.
 * Threads: distinct runs may be made in parallel; each uses a folder of its own. A thread that makes a run must not end before the call returns.
 */
#ifndef HF_RUN_H
#define HF_RUN_H

#include <hostfault/plan.h>
#include <hostfault/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where callers are found, where results go, how the run is made. Texts are borrowed for the time of the call. */
typedef struct hf_run_options {
    uint32_t struct_size;
    uint32_t timeout_ms;     /* 0: 10 s, or three times the clean run and a second, if that is more; of a clean run a minute. A scenario's own takes
                              * precedence */
    const char *caller_path; /* folders of caller executables (hf-caller-NAME), ':'-separated; NULL: beside the tool */
    const char *results;     /* folder for run folders; NULL: results */
    uint64_t seed;           /* with has_seed: instead of the scenario's */
    uint8_t has_seed;        /* 1: seed counts */
    uint8_t stacks;          /* 1: record a stack at every call */
    uint8_t pin;             /* 1: run on one processor */
    uint8_t no_clean;        /* 1: judge without a clean run: no leak is subtracted, ok and swallowed depend on the exit status alone */
    uint8_t once;            /* 1: do not repeat a finding */
    uint8_t counts;          /* 1: of an unmodified Linux program, compare the kernel's count of its mapping calls with the trace (`unseen`) */
    uint8_t reserved[2];
    const char *workdir; /* folder of which each run gets a copy to run in, for scenarios that have neither `workdir` nor `cwd`; NULL: none */
    uint64_t ring_bytes; /* the trace keeps its last so many bytes, for a program that runs for long; 0: all of it. Nothing is judged then but how it
                          * ended, since what came before is not known; there must be no fault, and no clean run is made */
} hf_run_options;
#define HF_RUN_OPTIONS_INIT                                                                                                                          \
    {                                                                                                                                                \
        sizeof(hf_run_options), 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, {0}, NULL, 0                                                                     \
    }

typedef struct hf_run hf_run;

/* Was it run again, with a stack at every call, and did it show the same? */
typedef enum hf_run_repeat {
    HF_RUN_ONCE,     /* it was not run again, or that run gave no verdict: repeat_note says why if it was tried */
    HF_RUN_REPEATED, /* the same outcome by the same calls, as far as calls repeat at all: not of several threads, not up to a time-out.
                        repeat_note says if where it ended could not be seen */
    HF_RUN_DIFFERED  /* repeat_note says how */
} hf_run_repeat;

/* The result of a run. Borrowed from the run. */
typedef struct hf_run_result {
    const hf_scenario *scenario; /* as given; borrowed from its file */
    const hf_verdict *verdict;
    const hf_trace *trace; /* that the verdict is about: the second run's if that repeated, with its stacks and how the process died */
    uint32_t process;      /* whose both are: 0 the program's, else the number of the process in `followed` that ended worse than the program */
    const char *folder;    /* the run's folder */
    uint8_t met;           /* 1: as expected */
    char unmet[256];       /* which expectation was not met, in words; empty if met */
    uint64_t elapsed_us;   /* spawn to verdict, its clean run and the second run not counted */
    hf_run_repeat repeat;
    char repeat_note[256];
    const char *followed; /* processes that the program started and that were followed, a line each; NULL: following was not asked for */
    const char *unseen;   /* with `counts`: which mapping calls are not in the trace, in words; "" or NULL: not counted */
} hf_run_result;

/* Runs one scenario. Its clean run is made once in this process for each distinct caller, arguments, environment, input and limits; a second one is
 * made if the first has several threads, or if the verdict is neither ok nor reported, or not as expected. A finding (a verdict other than expected)
 * and a crash under a fault are run once more with full stacks.
 *
 * HF_OK: there is a verdict, good or bad. *out belongs to the caller (hf_run_destroy) and is NULL after every error. The scenario must outlive it.
 * options NULL: the defaults. err may be NULL. The run's folder stays and is readable whenever there is one, also after an error. Blocks until the
 * run is over.
 *
 * Errors: HF_ERROR_NOT_FOUND (no such caller or program; a `from` that matches nothing), HF_ERROR_INPUT (the caller does not take these arguments),
 * HF_ERROR_SYSTEM (the program could not be started; the results folder is not writable; disk full), HF_ERROR_LIMIT (the trace reached its limit),
 * HF_ERROR_STATE (the caller never attached, or cannot run on this machine; hf_run_stop), HF_ERROR_ARGUMENT (options with a member that this version
 * does not know), HF_ERROR_FORMAT (the program overwrote its session), HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_run_scenario(const hf_scenario *scenario, const hf_run_options *options, hf_run **out, hf_error *err);
/* Never NULL. */
HF_API const hf_run_result *hf_run_get(const hf_run *run);
/* NULL is fine. */
HF_API void hf_run_destroy(hf_run *run);

/* Ends every run and sweep of this process, those in progress and those to come. A run ends its program, leaves its folder readable and returns
 * HF_ERROR_STATE; a sweep ends with `stopped` in its summary. It cannot be undone. Signal-safe: for a handler of SIGINT or SIGTERM. Thread-safe. */
HF_API void hf_run_stop(void);

#ifdef __cplusplus
}
#endif
#endif
