/* SPDX-License-Identifier: MIT
 * hf_test_sweep: finds each kind of bug in a function, reports it with its line, and survives it; rejects invalid sweeps with a message.
 */
#include "hf_rows.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <hostfault/adapt.h>
#include <hostfault/test.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(test_sweep, .timeout = 120);

static char told[16384];

static void keep(const char *text, size_t size_bytes, void *user)
{
    (void)user;
    size_t used = strlen(told);
    if (used + size_bytes < sizeof told)
        memcpy(told + used, text, size_bytes);
}

static hf_test_options quiet(void)
{
    hf_test_options options = HF_TEST_OPTIONS_INIT;
    options.write = keep;
    told[0] = '\0';
    return options;
}

/* Two requests, and all is given back. What they do about a failure is the rows' business. */

static int good(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    char *two = one != NULL ? hf_adapt_malloc(20) : NULL;
    hf_adapt_free(two);
    hf_adapt_free(one);
    return two != NULL ? 0 : 12;
}

/* UBSan would end the process by _exit() before the write crashes. */
__attribute__((no_sanitize("undefined"))) static int crashes(void *user)
{
    char *one = hf_adapt_malloc(10);
    one[0] = user != NULL; /* CRASH */
    hf_adapt_free(one);
    return 0;
}

static int aborts(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    if (one == NULL)
        abort(); /* ABORT */
    hf_adapt_free(one);
    return 0;
}

static int hangs(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    while (one == NULL)
        usleep(1000);
    hf_adapt_free(one);
    return 0;
}

static int exits(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    if (one == NULL)
        exit(3); /* EXIT */
    hf_adapt_free(one);
    return 0;
}

static int exits_at_once(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    if (one == NULL)
        _exit(0);
    hf_adapt_free(one);
    return 0;
}

static int leaks(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10); /* LEAK */
    char *two = hf_adapt_malloc(20);
    if (two == NULL)
        return 1;
    hf_adapt_free(two);
    hf_adapt_free(one);
    return 0;
}

static int gives_back_twice(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    char *two = hf_adapt_malloc(20);
    hf_adapt_free(two);
    hf_adapt_free(one);
    if (one != NULL && two == NULL)
        hf_adapt_free(one);
    return two != NULL ? 0 : 1;
}

static int writes_behind(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    char *two = hf_adapt_malloc(20);
    if (one != NULL && two == NULL)
        one[10] = 1;
    hf_adapt_free(two);
    hf_adapt_free(one);
    return two != NULL ? 0 : 1;
}

static int swallows(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    hf_result(one != NULL ? "ten" : "none", one != NULL ? 3 : 4);
    hf_adapt_free(one);
    return 0;
}

static int checks(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    hf_check(one != NULL, "no block");
    hf_adapt_free(one);
    return 0;
}

static int retries(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    while (one == NULL)
        one = hf_adapt_malloc(10);
    hf_adapt_free(one);
    return 0;
}

static int recurses(void *user)
{
    volatile char room[4096];
    char *one = user == NULL ? hf_adapt_malloc(10) : NULL;
    room[0] = 1;
    if (one == NULL)
        return recurses((void *)(uintptr_t)&room) + room[0];
    hf_adapt_free(one);
    return 0;
}

static const struct {
    const char *label;
    hf_test_function *function;
    hf_outcome outcome;
    const char *says; /* a part of the text */
} wrong[] = {
    {"a null pointer", crashes, HF_OUTCOME_CRASHED, "test_test_sweep.c:51: note: it crashed here, in crashes\n"},
    {"abort", aborts, HF_OUTCOME_ABORTED, "note: it aborted here, in aborts, inside "},
    {"a hang", hangs, HF_OUTCOME_HUNG, "did not end within 400 ms"},
    {"exit", exits, HF_OUTCOME_EXITED, "note: it ended the process here, in exits"},
    {"_exit", exits_at_once, HF_OUTCOME_CRASHED, "ended the process by _exit()"},
    {"a leak", leaks, HF_OUTCOME_LEAKED, "note: lost, allocated here by hf_adapt_malloc of 10 bytes, in leaks\n"},
    {"a block given back twice", gives_back_twice, HF_OUTCOME_VIOLATED, "double free"},
    {"a write past the end", writes_behind, HF_OUTCOME_CORRUPTED, "a block of 10 bytes was written to past"},
    {"another result", swallows, HF_OUTCOME_SWALLOWED, "\"none\" instead of \"ten\""},
    {"a failed check", checks, HF_OUTCOME_CORRUPTED, "no block"},
    {"a retry without end", retries, HF_OUTCOME_STORM, "1000 calls"},
    {"a stack that is used up", recurses, HF_OUTCOME_CRASHED, "note: it crashed here, in recurses"},
};

HF_ROWS(test_sweep, finds, wrong)
{
    hf_test_options options = quiet();
    hf_test_report report;
    options.timeout_ms = 400;
    cr_assert(eq(int, hf_test_sweep(wrong[*number].function, NULL, &options, &report), HF_OK), "%s: %s", wrong[*number].label, report.error.message);
    cr_assert(ge(u32, report.outcomes[wrong[*number].outcome], 1), "%s: %s", wrong[*number].label, told);
    cr_assert(ge(u32, report.findings, 1), "%s", wrong[*number].label);
    cr_assert(strstr(told, wrong[*number].says) != NULL, "%s: %s", wrong[*number].label, told);
    cr_assert(strstr(told, "note: to repeat only this: HF_TEST_ONLY=sweep:") != NULL, "%s: %s", wrong[*number].label, told);
}

Test(test_sweep, passes_what_reports)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_test_sweep(good, NULL, &options, &report), HF_OK));
    cr_assert(eq(u32, report.requests, 2));
    cr_assert(eq(u32, report.made, 4));
    cr_assert(eq(u32, report.outcomes[HF_OUTCOME_REPORTED], 4));
    cr_assert(eq(u32, report.findings, 0));
    cr_assert(eq(int, told[0], 0));
}

Test(test_sweep, tells_a_finding_once)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_test_sweep(crashes, NULL, &options, &report), HF_OK));
    cr_assert(eq(u32, report.failed, 2)); /* once, and from then on */
    cr_assert(eq(u32, report.findings, 1));
    cr_assert(strstr(report.first, "test_test_sweep.c:50: error: crashed: ended by SIGSEGV at 0x0 ") != NULL, "%s", report.first);
}

Test(test_sweep, holds_results_against_the_list)
{
    static const int others[] = {1, 2}, its_own[] = {1, 12};
    hf_test_options options = quiet();
    hf_test_report report;
    options.accept = others;
    options.accept_count = 2;
    cr_assert(eq(int, hf_test_sweep(good, NULL, &options, &report), HF_OK));
    cr_assert(eq(u32, report.outcomes[HF_OUTCOME_CORRUPTED], 4));
    cr_assert(strstr(told, "it returned 12, which is not acceptable") != NULL, "%s", told);

    options.accept = its_own;
    cr_assert(eq(int, hf_test_sweep(good, NULL, &options, &report), HF_OK));
    cr_assert(eq(u32, report.findings, 0));
}

static int many(void *user)
{
    (void)user;
    for (int i = 0; i < 40; i++) {
        void *block = hf_adapt_malloc(10);
        if (block == NULL)
            return 1;
        hf_adapt_free(block);
    }
    return 0;
}

Test(test_sweep, stops_at_a_limit)
{
    hf_test_options options = quiet();
    hf_test_report report;
    options.points_max = 7;
    cr_assert(eq(int, hf_test_sweep(many, NULL, &options, &report), HF_OK));
    cr_assert(eq(u32, report.points, 80));
    cr_assert(eq(u32, report.made, 7));
}

/* Given back or resized in the function, it is neither a violation nor a leak there; and it is as it was afterwards. */
static int uses_what_was_there(void *user)
{
    char *before = *(char **)user;
    char *bigger = hf_adapt_realloc(before, 100);
    if (bigger == NULL)
        return 1;
    hf_adapt_free(bigger);
    return 0;
}

Test(test_sweep, leaves_the_tests_own_memory_alone)
{
    hf_test_options options = quiet();
    hf_test_report report;
    char *before = hf_adapt_strdup("before");
    cr_assert(eq(int, hf_test_sweep(uses_what_was_there, &before, &options, &report), HF_OK), "%s", report.error.message);
    cr_assert(eq(u32, report.requests, 1));
    cr_assert(eq(u32, report.findings, 0), "%s", told);
    cr_assert(eq(int, strcmp(before, "before"), 0));
    hf_adapt_free(before);
}

static int pauses(void *user)
{
    (void)user;
    hf_pause();
    void *kept = hf_adapt_malloc(10);
    hf_resume();
    void *block = hf_adapt_malloc(20);
    hf_adapt_free(block);
    hf_adapt_free(kept);
    return kept == NULL || block == NULL;
}

/* A program that fails may end without hf_adapt_end: its heap is ours, and not lost. */
static int ends_only_when_well(void *user)
{
    (void)user;
    char *one = hf_adapt_malloc(10);
    if (one == NULL)
        return 1;
    hf_adapt_free(one);
    hf_adapt_end();
    return 0;
}

Test(test_sweep, does_not_count_the_heap_of_adapt)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_test_sweep(ends_only_when_well, NULL, &options, &report), HF_OK), "%s", report.error.message);
    cr_assert(eq(u32, report.outcomes[HF_OUTCOME_REPORTED], 2), "%s", told);
}

static int does_with_less(void *user)
{
    (void)user;
    void *block = hf_adapt_malloc(100);
    if (block == NULL)
        block = hf_adapt_malloc(10);
    hf_adapt_free(block);
    return block == NULL;
}

Test(test_sweep, is_strict_on_request)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_test_sweep(does_with_less, NULL, &options, &report), HF_OK), "%s", report.error.message);
    cr_assert(eq(u32, report.findings, 0), "%s", told);
    options.strict = 1;
    cr_assert(eq(int, hf_test_sweep(does_with_less, NULL, &options, &report), HF_OK), "%s", report.error.message);
    cr_assert(ge(u32, report.outcomes[HF_OUTCOME_VIOLATED], 1), "%s", told);
    cr_assert(strstr(told, "note: request after a failure, in does_with_less") != NULL, "%s", told);
}

Test(test_sweep, leaves_out_what_is_paused)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_test_sweep(pauses, NULL, &options, &report), HF_OK), "%s", report.error.message);
    cr_assert(eq(u32, report.requests, 1));
    cr_assert(eq(u32, report.findings, 0), "%s", told);
}

static int asks_for_nothing(void *user)
{
    (void)user;
    return 0;
}

static int fails(void *user)
{
    (void)user;
    hf_adapt_free(hf_adapt_malloc(10));
    return 5;
}

static int always_crashes(void *user)
{
    (void)user;
    hf_adapt_free(hf_adapt_malloc(10));
    raise(SIGSEGV);
    return 0;
}

static int varies(void *user)
{
    (void)user;
    hf_adapt_free(hf_adapt_malloc((size_t)getpid()));
    return 0;
}

static const struct {
    const char *label;
    hf_test_function *function;
    hf_status status;
    const char *says;
} refused[] = {
    {"no request", asks_for_nothing, HF_ERROR_STATE, "sees no memory request of the function"},
    {"fails by itself", fails, HF_ERROR_STATE, "returns 5 without any fault"},
    {"crashes by itself", always_crashes, HF_ERROR_STATE, "without any fault the function is crashed: ended by SIGSEGV"},
    {"other requests each time", varies, HF_ERROR_STATE, "make different requests"},
    {"no function", NULL, HF_ERROR_ARGUMENT, "needs a function, not NULL"},
};

HF_ROWS(test_sweep, refuses, refused)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_test_sweep(refused[*number].function, NULL, &options, &report), refused[*number].status), "%s", refused[*number].label);
    cr_assert(strstr(report.error.message, refused[*number].says) != NULL, "%s: %s", refused[*number].label, report.error.message);
}

Test(test_sweep, refuses_an_attached_process)
{
    hf_test_options options = quiet();
    hf_test_report report;
    cr_assert(eq(int, hf_attach_plan(NULL, 0, 1 << 20, NULL), HF_OK));
    cr_assert(eq(int, hf_test_sweep(good, NULL, &options, &report), HF_ERROR_STATE));
    hf_detach(NULL, NULL);
    cr_assert(eq(int, hf_test_sweep(good, NULL, &options, &report), HF_OK));
}

static const struct {
    const char *label, *only;
    hf_status status;
    uint32_t made, findings;
    const char *says;
} alone[] = {
    {"one point", "sweep:2", HF_OK, 1, 1, "note: lost, allocated here by hf_adapt_malloc of 10 bytes, in leaks"},
    {"and all after it", "sweep:2+", HF_OK, 1, 1, "note: lost, allocated here by hf_adapt_malloc of 10 bytes, in leaks"},
    {"one that is fine", "sweep:1+", HF_OK, 1, 0, "with this fault alone nothing was wrong"},
    {"of another sweep", "other:2", HF_OK, 0, 0, ""},
    {"one that is not there", "sweep:9", HF_ERROR_INPUT, 0, 0, ""},
    {"none", "sweep:", HF_ERROR_INPUT, 0, 0, ""},
};

HF_ROWS(test_sweep, makes_one_point_alone, alone)
{
    hf_test_options options = quiet();
    hf_test_report report;
    setenv("HF_TEST_ONLY", alone[*number].only, 1);
    cr_assert(eq(int, hf_test_sweep(leaks, NULL, &options, &report), alone[*number].status), "%s", alone[*number].label);
    cr_assert(eq(u32, report.made, alone[*number].made), "%s", alone[*number].label);
    cr_assert(eq(u32, report.findings, alone[*number].findings), "%s: %s", alone[*number].label, told);
    cr_assert(strstr(told, alone[*number].says) != NULL, "%s: %s", alone[*number].label, told);
}
