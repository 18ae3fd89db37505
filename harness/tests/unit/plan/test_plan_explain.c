/* SPDX-License-Identifier: MIT
 * What `hostfault explain` says. The sentences of the table are the golden ones; whole scenarios are compared with valid/NAME.explained.
 * To rewrite those: HF_REWRITE=1 test_plan.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "hf_rows.h"
#include "plan_support.h"

#include <string.h>

#define FILES_MAX 1000

TestSuite(plan_explain, .timeout = 120);

static const struct {
    const char *fault, *says;
} rules[] = {
    {"call: VirtualAlloc, where: { type: commit }, when: 2, return: E_OUTOFMEMORY",
     "The 2nd VirtualAlloc that commits memory fails with E_OUTOFMEMORY (not enough memory for the request); the out-pointer is null.\n"},
    {"call: VirtualFree, return: HOST_E_TIMEOUT", "Every VirtualFree fails with HOST_E_TIMEOUT (the call timed out).\n"},
    {"call: VirtualFree, when: 11, return: HOST_E_TIMEOUT, done: true",
     "The 11th VirtualFree fails with HOST_E_TIMEOUT (the call timed out) although the host did it.\n"},
    {"call: VirtualAlloc, when: 3+, return: HOST_E_NOT_OWNER, out: poison",
     "Every VirtualAlloc, from the 3rd on, fails with HOST_E_NOT_OWNER (the caller does not own the lock); the out-pointer is an address without "
     "access.\n"},
    {"call: VirtualAlloc, when: 3..9+2, per: thread, lie: dirty",
     "Every 2nd VirtualAlloc, from the 3rd to the 9th, counted for each thread by itself, succeeds, but the memory is not zero.\n"},
    {"call: Malloc.Alloc, when: 1..22, lie: s_false", "Every Malloc.Alloc, from the 1st to the 22nd, is done, but returns S_FALSE.\n"},
    {"call: VirtualAlloc, when: 4..5+2, lie: short", "The 4th VirtualAlloc claims success, but only half of the size is there.\n"},
    {"call: VirtualQuery, return: E_FAIL, sticks: false, foreign: true",
     "Every VirtualQuery fails with E_FAIL (catastrophic failure: the CLR is no longer usable in this process); the out-value is 0.\n"
     "  Later calls work as before.\n"
     "  Memory that the host never gave out counts too.\n"},
    {"call: VirtualQuery, when: 1, return: E_FAIL",
     "The 1st VirtualQuery fails with E_FAIL (catastrophic failure: the CLR is no longer usable in this process); the out-value is 0.\n"
     "  From then on the CLR is unusable: every later call returns HOST_E_CLRNOTAVAILABLE.\n"},
    {"call: VirtualAlloc, return: 0x8007054F, undocumented: true, last-error: 1359",
     "Every VirtualAlloc fails with 0x8007054F; the out-pointer is null.\n"
     "  The last error is set to 1359.\n"
     "  This result is not documented.\n"},
    {"call: [VirtualAlloc, VirtualQuery], return: HOST_E_ABANDONED, out: untouched",
     "Every VirtualAlloc or VirtualQuery fails with HOST_E_ABANDONED (an event was cancelled while a thread or fiber waited on it); the "
     "out-parameter "
     "is left as it was.\n"},
    {"call: acquire, chance: 0.5%, times: 1, optional: true, lie: null",
     "Every CreateMalloc, VirtualAlloc, Malloc.Alloc or Malloc.DebugAlloc claims success, but gives nothing and does nothing.\n"
     "  The chance is 0.5% for each call, drawn from seed 0.\n"
     "  It happens 1 time at most.\n"
     "  It may never happen.\n"},
    {"call: \"*\", delay: 50ms", "Every hosting call waits 50ms, then is passed to the host.\n"},
    {"call: VirtualAlloc, notify: low, delay: 2s, return: HOST_E_TIMEOUT",
     "Every VirtualAlloc notifies the caller that little memory is left, then waits 2s, then fails with HOST_E_TIMEOUT (the call timed out); the "
     "out-pointer is null.\n"},
    {"call: VirtualAlloc, where: { type: [\"=commit\", \"!=reset\"], size: \">=64K\", address: null, protect: \"!guard\", level: \"!=task\" }, lie: "
     "null",
     "Every VirtualAlloc with the type commit and nothing else and with another type than reset and of at least 64K and with a null address and "
     "without "
     "guard in its protection that is not task-critical claims success, but gives nothing and does nothing.\n"},
    {"call: VirtualFree, where: { free: release, size: 0, address: not-null }, lie: not-done",
     "Every VirtualFree of exactly 0 bytes and with an address that releases memory claims success, but nothing is done.\n"},
    {"call: Malloc.Alloc, where: { size: [\"<1M\", \"!=24\"], level: process }, lie: untouched",
     "Every Malloc.Alloc of less than 1M and of any size but 24 bytes that is process-critical claims success, but does not write its "
     "out-parameter.\n"},
    {"call: CreateMalloc, where: { malloc: threadsafe }, lie: null",
     "Every CreateMalloc with threadsafe in its heap type claims success, but gives nothing and does nothing.\n"},
    {"call: VirtualAlloc, from: [f, \"m!*\"], not-from: g, site: 0000000000000001, thread: w, phase: p, live: \">8M\", lie: uncommitted",
     "Every VirtualAlloc, called from f or m!*, not called from g, at site 0000000000000001, on thread 'w', in phase 'p', if it would take the live "
     "memory above 8M, claims success, but gives an address that is only reserved.\n"},
    {"call: VirtualProtect, when: 1, lie: old-protect", "The 1st VirtualProtect succeeds, but gives 0 as the old protection.\n"},
};
HF_ROWS(plan_explain, rule_in_english, rules)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    const char *faults[] = {rules[*number].fault};
    cr_assert(eq(int, hf_scenario_from_faults("clr", NULL, faults, 1, &file, &errors), HF_OK), "%s: %s", rules[*number].fault,
              errors.items[0].message);
    hf_scenario_explain(hf_scenario_at(file, 0), output_write, &said);
    char *start = strstr(said.text, "Runs the caller 'clr'.\n") + strlen("Runs the caller 'clr'.\n");
    *strstr(start, "The run must end:") = '\0';
    cr_assert(eq(str, S(start), S(rules[*number].says)));
    output_clear(&said);
    hf_scenario_destroy(file);
}

Test(plan_explain, golden_files_of_the_examples)
{
    static char *paths[FILES_MAX];
    size_t wrong = 0;
    size_t count = find_files("harness/tests/unit/plan/valid", ".yaml", NULL, paths, FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        hf_scenario_file *file = NULL;
        output said = {0};
        char *full = hf__format("%s/%s", HF_SOURCE_DIR, paths[i]);
        char *golden = hf__format("%.*s.explained", (int)(strlen(paths[i]) - strlen(".yaml")), paths[i]);
        cr_assert(eq(int, hf_scenario_load(full, &file, NULL), HF_OK), "%s", paths[i]);
        for (size_t k = 0; k < hf_scenario_count(file); k++) {
            output_write("\n", k > 0 ? 1 : 0, &said);
            hf_scenario_explain(hf_scenario_at(file, k), output_write, &said);
        }
        wrong += golden_differs(golden, output_text(&said));
        hf_scenario_destroy(file);
        output_clear(&said);
        hf__free(golden);
        hf__free(full);
    }
    cr_assert(eq(sz, wrong, 0));
    cr_assert(ge(sz, count, 3));
}

Test(plan_explain, script_cannot_write_to_the_terminal)
{
    output said = {0};
    hf_scenario_file *file = parse_good("name: x\nabout: \"\\e[31mred\"\ncaller: clr\nargs: [\"\\e]0;title\\a\"]\n");
    hf_scenario_explain(hf_scenario_at(file, 0), output_write, &said);
    cr_assert(eq(ptr, P(strchr(said.text, 0x1B)), NULL));
    cr_assert(ne(ptr, P(strstr(said.text, "?[31mred")), NULL));
    output_clear(&said);
    hf_scenario_destroy(file);
}
