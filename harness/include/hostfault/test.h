/* SPDX-License-Identifier: MIT
 * A sweep inside a unit test: runs a function repeatedly, each time with one of its memory requests failed, judges each run, and prints what was
 * wrong.
 *
 *     static int parse(void *user) { ...; return 0; }                   // 0: it did its work; anything else: it failed, reported that and cleaned up
 *     ...
 *     hf_test_report report;
 *     assert(hf_test_sweep(parse, NULL, NULL, &report) == HF_OK && report.findings == 0);
 *
 * The requests that fail are those that reach the shim. A library with a hook allocates through adapt.h; code over a host calls hf_wrap() inside the
 * function; code that calls malloc is linked with hostfault::malloc (on Linux; not together with AddressSanitizer, which replaces malloc itself).
 * Each request fails twice: alone, and together with all later ones. So a function with N requests runs 2 N + 2 times.
 *
 * On Linux each run is a child process (fork): the function finds the test as it was, whatever earlier runs did, and a crash, a hang or exit() does
 * not end the test. Do set-up and tear-down before and after the call of hf_test_sweep: memory that is allocated there neither fails nor counts as
 * leaked. The function's output is discarded. It must not leave by longjmp or an exception, as assertions of test frameworks do: report what is wrong
 * by hf_check() or by the result. Other threads of the test do not exist in a run, so the function must not wait for one.
 *
 * On Windows all runs are in this process, so the function must restore everything that it changes. A crash is caught; a run that hangs or ends the
 * process ends the test.
 *
 * A finding is any outcome (verdict.h) except ok and reported: crashed, aborted, hung, leaked, corrupted (hf_check, or a result that is not
 * accepted), swallowed (another hf_result() than without faults), violated, storm, exited, unfired. It is printed in gcc's format, which editors can
 * jump to:
 *
 *     list.c:31: error: crashed: ended by SIGSEGV at 0x8 after fault 1 (...)
 *     list.c:31: note: the request that failed: hf_adapt_malloc of 24 bytes, number 2 of 9, in list_add
 *     list.c:48: note: called from list_read
 *     list.c:33: note: it crashed here, in list_add
 *     note: to repeat only this: HF_TEST_ONLY=sweep:2 ./test
 *
 * Findings with the same outcome at the same lines are printed once. Lines need debugging information (-g) and, on Linux, addr2line (binutils or
 * LLVM), on Windows a PDB; otherwise a place is module+offset.
 *
 * If HF_TEST_ONLY is set, only the point that it names runs: in the test's own process and with its output, for a debugger (break on hf_on_fault).
 * Sweeps with another name are skipped.
 *
 * Threads: one sweep at a time in a process.
 */
#ifndef HF_TEST_H
#define HF_TEST_H

#include <hostfault/hostfault.h>
#include <hostfault/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The function under test. user: as given to hf_test_sweep. Returns 0 if it did its work, anything else if it failed. Without faults it must return 0
 * and make the same requests every time. */
typedef int hf_test_function(void *user);

/* Options of a sweep. Begin with HF_TEST_OPTIONS_INIT, and set the members that differ. Texts and arrays are borrowed for the call. */
typedef struct hf_test_options {
    uint32_t struct_size; /* sizeof(hf_test_options) */
    uint32_t timeout_ms;  /* for one run, in milliseconds; 0: 10 s. Ignored on Windows */
    uint32_t budget_ms;   /* start no point after this many milliseconds; 0: no limit */
    uint32_t points_max;  /* run at most this many points; 0: no limit. Under either limit the points are spread over the whole run */
    const char *name;     /* as HF_TEST_ONLY names the sweep: a word; NULL: "sweep" */
    const int *accept;    /* the results that are proper failures; any other is a finding (corrupted). NULL: every result but 0 */
    size_t accept_count;  /* of accept */
    hf_write *write;      /* receives the text of findings; NULL: stderr */
    void *user;           /* for write */
    uint32_t strict;      /* 1: a request before a failure has surfaced is a finding too (expect.h) */
    uint32_t reserved;    /* 0 */
} hf_test_options;
#define HF_TEST_OPTIONS_INIT                                                                                                                         \
    {                                                                                                                                                \
        sizeof(hf_test_options), 0, 0, 0, NULL, NULL, 0, NULL, NULL, 0, 0                                                                            \
    }

/* The result of a sweep. It owns no memory. */
typedef struct hf_test_report {
    uint32_t requests;                   /* requests of the function without faults */
    uint32_t points;                     /* runs with a fault in a whole sweep */
    uint32_t made;                       /* points that were run: fewer under a limit, or with HF_TEST_ONLY */
    uint32_t failed;                     /* points that ended with a finding */
    uint32_t findings;                   /* distinct findings */
    uint32_t outcomes[HF_OUTCOME_COUNT]; /* points with each outcome */
    char first[512];                     /* the first line of the first finding, for an assertion's message; "" if there is none */
    hf_error error;                      /* if hf_test_sweep does not return HF_OK: the reason */
} hf_test_report;

/* Runs a sweep of the function. HF_OK: the points were run, and report->findings is the number of findings. report is filled in always, and must not
 * be NULL. options NULL: the defaults. Errors, also in report->error: HF_ERROR_ARGUMENT (function or report is NULL, a wrong option), HF_ERROR_STATE
 * (this process is attached already; or without faults the function fails, crashes, makes no request, or makes different requests in two runs),
 * HF_ERROR_INPUT (HF_TEST_ONLY names no point), HF_ERROR_LIMIT (the function makes more than about a million calls), HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_test_sweep(hf_test_function *function, void *user, const hf_test_options *options, hf_test_report *report);

#ifdef __cplusplus
}
#endif
#endif
