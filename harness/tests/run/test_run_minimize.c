/* SPDX-License-Identifier: MIT
 * Complete minimizations over specimens: of five rules, the two that matter remain; each key that does not matter is removed; the printed scenario is
 * met when it runs; and only the scenario's own run folder remains.
 */
#include "hf_rows.h"
#include "minimize.h"
#include "run_whole.h"

TestSuite(run_minimize, .timeout = 120);

#define FIVE                                                                                                                                         \
    "faults:\n"                                                                                                                                      \
    "  - { name: slow, call: Malloc.Free, delay: 1ms, optional: true }\n"                                                                            \
    "  - { call: VirtualAlloc, where: { type: commit }, return: E_OUTOFMEMORY, delay: 1ms, last-error: 14 }\n"                                       \
    "  - { call: 'Malloc.*', phase: never, when: 1, return: HOST_E_TIMEOUT, optional: true }\n"                                                      \
    "  - { call: CreateMalloc, when: 2..9, return: E_OUTOFMEMORY, optional: true }\n"                                                                \
    "  - { call: [Malloc.Alloc, Malloc.DebugAlloc], when: 1..5, after: fault-2, return: E_OUTOFMEMORY }\n"
#define RULE(method, when, result) "  - call: " method "\n    when: " when "\n    return: " result "\n"

/* faults: what is given; left: what is printed of it. */
static const struct {
    const char *specimen, *faults, *left;
} smaller[] = {
    {"trusts-fallback", FIVE,
     "faults:\n" RULE("VirtualAlloc", "1", "E_OUTOFMEMORY") RULE("Malloc.Alloc", "1", "E_OUTOFMEMORY") "expect:\n  outcome: [crashed]\n"},
    /* one rule that has to fire twice keeps the methods that fail and loses its gate, and with that the rule that only marks */
    {"trusts-fallback", "faults:\n  - { name: begun, call: CreateMalloc }\n  - { call: acquire, after: begun, return: E_OUTOFMEMORY }\n",
     "faults:\n  - call: [VirtualAlloc, Malloc.Alloc]\n    return: E_OUTOFMEMORY\nexpect:\n  outcome: [crashed]\n"},
    /* what chance chose is written out */
    {"trusts-fallback", "seed: 7\nfaults:\n  - { name: luck, call: [VirtualAlloc, Malloc.Alloc], chance: 99.9%, return: E_OUTOFMEMORY }\n",
     "faults:\n" RULE("VirtualAlloc", "1", "E_OUTOFMEMORY") RULE("Malloc.Alloc", "1", "E_OUTOFMEMORY") "expect:\n  outcome: [crashed]\n"},
    {"leaks-heap", "faults:\n  - { call: 'Malloc.Alloc', when: 2+, return: HOST_E_TIMEOUT, out: untouched }\n",
     "faults:\n" RULE("Malloc.Alloc", "2", "HOST_E_TIMEOUT") "expect:\n  outcome: [leaked]\n  leaks: 1\n"},
    {"double-frees-heap",
     "faults:\n  - { call: Malloc.Alloc, where: { size: \">0\" }, when: 2, return: E_OUTOFMEMORY }\n  - { call: Malloc.Free, delay: 1ms }\n",
     "faults:\n" RULE("Malloc.Alloc", "2", "E_OUTOFMEMORY") "expect:\n  outcome: [violated]\n  violations: [\"double free\"]\n"},
    {"retries-forever",
     "faults:\n  - { call: VirtualAlloc, when: 1+, return: HOST_E_TIMEOUT }\n  - { call: Malloc.Alloc, optional: true, delay: 1ms }\n",
     "faults:\n  - call: VirtualAlloc\n    return: HOST_E_TIMEOUT\nexpect:\n  outcome: [storm]\n"},
    /* it does without the first three */
    {HF_SWEEP_MISBEHAVES ", needs-the-last", "faults:\n  - { call: VirtualAlloc, return: E_OUTOFMEMORY }\n",
     "faults:\n" RULE("VirtualAlloc", "4", "E_OUTOFMEMORY") "expect:\n  outcome: [aborted]\n"},
    /* a call of one of several threads: naming the thread is not undone, which would go on without end */
    {HF_SWEEP_MISBEHAVES ", needs-both-in-threads", "faults:\n  - { call: acquire, when: 2, per: thread, return: E_OUTOFMEMORY }\n",
     "faults:\n  - call: VirtualAlloc\n    when: 2\n    thread: w1\n    return: E_OUTOFMEMORY\nexpect:\n  outcome: [aborted]\n"},
    /* an outcome that is in order can be kept, too */
    {"reports", "faults:\n  - { call: VirtualAlloc, when: 1, return: E_OUTOFMEMORY }\n  - { call: VirtualFree, optional: true, delay: 1ms }\n",
     "faults:\n" RULE("VirtualAlloc", "1", "E_OUTOFMEMORY") "expect:\n  outcome: [reported]\n"},
};

static hf_status minimize(const char *results, const char *specimen, const char *faults, uint32_t runs, hf__minimize_result *out, hf_error *err)
{
    bool is_program = specimen[0] == '/';
    char *text = is_program ? hf__format("name: given\ncommand: [%s]\n%s", specimen, faults)
                            : hf__format("name: given\ncaller: specimen-%s\n%s", specimen, faults);
    hf_scenario_file *file = NULL;
    static hf_errors errors;
    cr_assert(eq(int, hf_scenario_parse("given.yaml", hf__text(text), &file, &errors), HF_OK), "%s", errors.items[0].message);
    const hf__minimize_options options = {.caller_path = HF_CALLERS, .results = results, .jobs = 2, .runs = runs};
    hf_status status = hf__minimize_scenario(hf_scenario_at(file, 0), &options, out, err);
    hf_scenario_destroy(file);
    hf__free(text);
    return status;
}

static void check_is_met(const char *results, const char *script)
{
    hf_scenario_file *file = NULL;
    static hf_errors errors;
    hf_run *run = NULL;
    hf_error err;
    cr_assert(eq(int, hf_scenario_parse("least.yaml", hf__text(script), &file, &errors), HF_OK), "%s", errors.items[0].message);
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.caller_path = HF_CALLERS;
    options.results = results;
    cr_assert(eq(int, hf_run_scenario(hf_scenario_at(file, 0), &options, &run, &err), HF_OK), "%s", err.message);
    cr_assert(eq(int, hf_run_get(run)->met, 1), "%s", hf_run_get(run)->unmet);
    hf_run_destroy(run);
    hf_scenario_destroy(file);
}

HF_ROWS(run_minimize, leaves_what_matters_and_nothing_else, smaller)
{
    char *results = make_results();
    hf__minimize_result got;
    hf_error err = {.status = HF_OK};
    hf_status status = minimize(results, smaller[*number].specimen, smaller[*number].faults, 0, &got, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    const char *left = strstr(got.script, "faults:\n");
    cr_assert(ne(ptr, (void *)(uintptr_t)left, NULL), "%s", got.script);
    cr_assert(eq(str, (char *)(uintptr_t)left, (char *)(uintptr_t)smaller[*number].left));
    cr_assert(eq(int, got.is_minimal, 1));
    cr_assert(eq(u32, got.unsteady, 0));
    char *only = only_run(results);
    cr_assert(ne(ptr, only, NULL), "run folders of candidates are left");
    hf__free(only);
    check_is_met(results, got.script);
    hf__free(got.script);
    remove_results(results);
}

/* No more runs than were allowed, and what is there by then ends the same. */
Test(run_minimize, runs_are_bounded)
{
    char *results = make_results();
    for (uint32_t runs = 1; runs <= 5; runs++) {
        hf__minimize_result got;
        hf_error err = {.status = HF_OK};
        cr_assert(eq(int, minimize(results, "trusts-fallback", FIVE, runs, &got, &err), HF_OK), "%s", err.message);
        cr_assert(eq(int, got.is_minimal, 0));
        cr_assert(eq(u32, got.runs, runs));
        check_is_met(results, got.script);
        hf__free(got.script);
    }
    remove_results(results);
}

static const struct {
    const char *specimen, *faults, *message;
} refused[] = {
    {"absorbs", "faults:\n  - { call: Malloc.Alloc, when: 1, return: E_OUTOFMEMORY }\n", "the scenario ends ok"},
    {"asks-once", "faults:\n  - { call: VirtualAlloc, when: 1000, return: E_OUTOFMEMORY }\n", "the scenario ends unfired"},
    {"unstable-calls", "faults:\n  - { call: Malloc.Alloc, when: 1, return: E_OUTOFMEMORY }\n", "the scenario ends unstable"},
};
HF_ROWS(run_minimize, says_why_there_is_nothing_to_make_smaller, refused)
{
    char *results = make_results();
    hf__minimize_result got;
    hf_error err = {.status = HF_OK};
    cr_assert(eq(int, minimize(results, refused[*number].specimen, refused[*number].faults, 0, &got, &err), HF_ERROR_INPUT));
    cr_assert(ne(ptr, strstr(err.message, refused[*number].message), NULL), "%s", err.message);
    remove_results(results);
}
