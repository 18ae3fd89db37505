/* SPDX-License-Identifier: MIT
 * One run, driven from your own tests: spawn a caller over the shim with a scenario, watch it, judge it, leave its folder.
 *
 * Threads: distinct runs may be made in parallel; each uses a folder of its own.
 */
#ifndef HF_RUN_H
#define HF_RUN_H

#include <hostfault/plan.h>
#include <hostfault/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where callers are found and results go. */
typedef struct hf_run_options {
    uint32_t struct_size;
    uint32_t timeout_ms;     /* 0: 10 s, or what three clean runs take, and a second; of a clean run a minute. A scenario's own goes first */
    const char *caller_path; /* folders of caller executables (hf-caller-NAME), ':'-separated; NULL: beside the tool */
    const char *results;     /* folder for run folders; NULL: results */
    uint64_t seed;           /* with has_seed: instead of the scenario's */
    uint8_t has_seed;
    uint8_t stacks;   /* a stack at every call */
    uint8_t pin;      /* run on one CPU */
    uint8_t no_clean; /* judge without a clean run: no leak is subtracted, ok and swallowed go by exit status alone */
    uint8_t once;     /* a finding is not run again */
    uint8_t reserved[3];
    const char *workdir; /* folder of which each run gets a copy to run in, for scenarios that have neither `workdir` nor `cwd`; NULL: none */
} hf_run_options;
#define HF_RUN_OPTIONS_INIT                                                                                                                          \
    {                                                                                                                                                \
        sizeof(hf_run_options), 0, NULL, NULL, 0, 0, 0, 0, 0, 0, {0}, NULL                                                                           \
    }

typedef struct hf_run hf_run;

/* Was it run again, with a stack at every call, and did it show the same? */
typedef enum hf_run_repeat {
    HF_RUN_ONCE,     /* it was not run again, or that run gave no verdict: repeat_note says why if it was tried */
    HF_RUN_REPEATED, /* the same outcome by the same calls, as far as calls repeat at all: not of several threads, not up to a time-out.
                        repeat_note says if where it ended could not be seen */
    HF_RUN_DIFFERED  /* repeat_note says how */
} hf_run_repeat;

/* What a run gave. Borrowed from the run. */
typedef struct hf_run_result {
    const hf_scenario *scenario;
    const hf_verdict *verdict;
    const hf_trace *trace; /* that the verdict is of: the second run's if that repeated, with its stacks and how the process died */
    const char *folder;    /* the run's folder */
    uint8_t met;           /* 1: as expected */
    char unmet[256];       /* which expectation was not met, in words; empty if met */
    uint64_t elapsed_us;   /* spawn to verdict, its clean run and the second run not counted */
    hf_run_repeat repeat;
    char repeat_note[256];
    const char *followed; /* processes that the program started and that were followed, a line each; NULL: following was not asked for */
} hf_run_result;

/* Runs one scenario (and, once for each distinct caller, arguments, environment, input and limits of this process, its clean run; a second
 * clean run when the first has several threads or the verdict is neither ok nor reported, nor as expected). A finding, that is a verdict
 * other than expected, is run once more with full stacks, and so is a crash under a fault, whose address says what it was. HF_OK means that a verdict
 * was reached, be it good or bad. Errors: HF_ERROR_NOT_FOUND (caller or program not found, `from` that names nothing), HF_ERROR_INPUT (the caller
 * does not take these arguments), HF_ERROR_SYSTEM (could not start, results folder not writable, disk full), HF_ERROR_LIMIT (the trace has
 * outgrown its limit), HF_ERROR_STATE (the caller never attached, cannot run on this machine, or the run was stopped), HF_ERROR_ARGUMENT
 * (options of no version of ours), HF_ERROR_FORMAT (the program has written over its session). The run's folder is left, and readable, whenever there
 * is one. */
HF_API HF_CHECK_RESULT hf_status hf_run_scenario(const hf_scenario *scenario, const hf_run_options *options, hf_run **out, hf_error *err);
HF_API const hf_run_result *hf_run_get(const hf_run *run);
/* NULL is fine. */
HF_API void hf_run_destroy(hf_run *run);

/* Asks every run and sweep of this process, those under way and those to come, to end: a run ends its program, leaves its folder readable and gives
 * HF_ERROR_STATE; a sweep ends with `stopped` in its summary. There is no way back. Signal-safe: made for a handler of SIGINT or SIGTERM. */
HF_API void hf_run_stop(void);

#ifdef __cplusplus
}
#endif
#endif
