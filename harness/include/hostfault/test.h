/* SPDX-License-Identifier: MIT
 * In a unit test: runs a function with every request for memory that it makes failed, one at a time, judges each run, and says in text what was
 * wrong.
 *
 *     static int parse(void *user) { ...; return 0; }                   // 0: did its work; anything else: could not, said so and cleaned up
 *     ...
 *     hf_test_report report;
 *     assert(hf_test_sweep(parse, NULL, NULL, &report) == HF_OK && report.findings == 0);
 *
 * Which requests: those that reach the shim. A library with a hook gets its memory from adapt.h; code over a host from hf_wrap(), called inside the
 * function; code that calls malloc needs nothing but to be linked with hostfault::malloc (on
 * Linux; not together with AddressSanitizer, which brings a malloc of its own). Each request fails twice: alone, and with all that come
 * after it. So a function of N requests is run 2 N + 2 times.
 *
 * Each run is a process of its own on Linux (fork): the function finds the test as it was, whatever the runs before it did, and a crash, a hang and
 * exit() are seen and survived. Set-up and tear-down are what the test does before and after the call; memory that it took there is not failed and
 * not counted as lost. What the function prints is thrown away. It must not leave by longjmp or by an exception, which is how the assertions of test
 * frameworks leave: say what is wrong by hf_check() or by the result. Other threads of the test are not there in a run, so the function must not wait
 * for one.
 *
 * On Windows the function runs again and again in this process, so it must leave everything as it found it. A crash is caught; a run that hangs, or
 * ends the process, ends the test.
 *
 * A finding is any outcome (verdict.h) but ok and reported: crashed, aborted, hung, leaked, corrupted (hf_check, or a result that is not acceptable),
 * swallowed (another hf_result() than without faults), violated, storm, exited, unfired. Each is told in the form of gcc, so that editors jump there:
 *
 *     list.c:31: error: crashed: ended by SIGSEGV at 0x8 after fault 1 (...)
 *     list.c:31: note: the request that failed: hf_adapt_malloc of 24 bytes, number 2 of 9, in list_add
 *     list.c:48: note: called from list_read
 *     list.c:33: note: it crashed here, in list_add
 *     note: to repeat only this: HF_TEST_ONLY=sweep:2 ./test
 *
 * Points with the same outcome at the same lines are told once. Lines need debugging information (-g) and, on Linux, addr2line (binutils, or llvm),
 * on Windows a PDB; without them a place is module+offset.
 *
 * With HF_TEST_ONLY in the environment only that point is made, in the test's own process and with its output, so that a debugger is there: break on
 * hf_on_fault. Sweeps of another name are passed over then.
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

/* The function under test. 0: it did its work. Anything else says that it could not. Without faults it must give 0, and make the same requests each
 * time. */
typedef int hf_test_function(void *user);

typedef struct hf_test_options {
    uint32_t struct_size;
    uint32_t timeout_ms; /* of one run; 0: 10 s. Not on Windows */
    uint32_t budget_ms;  /* no further point is begun after so long; 0: no limit */
    uint32_t points_max; /* points that are made at most; 0: no limit. Under either limit the points are spread over the whole run */
    const char *name;    /* what HF_TEST_ONLY calls this sweep: a word; NULL: sweep */
    const int *accept;   /* the results that say failure properly; another one is a finding (corrupted). NULL: every result but 0 */
    size_t accept_count;
    hf_write *write; /* NULL: stderr */
    void *user;      /* of write */
    uint32_t strict; /* 1: a request between a failure and the moment it has surfaced is a finding too (expect.h has the excuses) */
    uint32_t reserved;
} hf_test_options;
#define HF_TEST_OPTIONS_INIT                                                                                                                         \
    {                                                                                                                                                \
        sizeof(hf_test_options), 0, 0, 0, NULL, NULL, 0, NULL, NULL, 0, 0                                                                            \
    }

/* What came of it. Storage of the caller's; nothing is to be given back. */
typedef struct hf_test_report {
    uint32_t requests;                   /* that the function makes without faults */
    uint32_t points;                     /* runs with a fault that there are to make */
    uint32_t made;                       /* of these, made: fewer under a limit, or under HF_TEST_ONLY */
    uint32_t failed;                     /* of these, with a finding */
    uint32_t findings;                   /* distinct ones */
    uint32_t outcomes[HF_OUTCOME_COUNT]; /* points by outcome */
    char first[512];                     /* the first line of the first finding, for an assertion's message; "" none */
    hf_error error;                      /* why there was no sweep */
} hf_test_report;

/* Sweeps. HF_OK: the points were made; report->findings says how well it went. options may be NULL. Errors, also in report->error: HF_ERROR_ARGUMENT;
 * HF_ERROR_STATE (this process is attached already; without faults the function fails, crashes, makes no request, or does
 * not do the same twice); HF_ERROR_INPUT (HF_TEST_ONLY names no point); HF_ERROR_LIMIT (it makes more than about a million calls); HF_ERROR_MEMORY.
 */
HF_API HF_CHECK_RESULT hf_status hf_test_sweep(hf_test_function *function, void *user, const hf_test_options *options, hf_test_report *report);

#ifdef __cplusplus
}
#endif
#endif
