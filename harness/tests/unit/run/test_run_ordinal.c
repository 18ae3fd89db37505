/* SPDX-License-Identifier: MIT
 * Ordinals are the numbers that a rule's `when` counts: calls that bypass the rules have none, and do not shift the others.
 */
#include "hf_rows.h"
#include "base_check.h"
#include "run_ordinal.h"
#include "session_format.h"

TestSuite(run_ordinal, .timeout = 120);

typedef struct row {
    const char *label;
    hf_event event;
    uint64_t ordinal, by_thread; /* counted over the run, and over each thread */
} row;

#define ALLOC .kind = HF_METHOD_VIRTUAL_ALLOC

/* One trace, event by event. */
static const row rows[] = {
    {"the first call", {ALLOC}, 1, 1},
    {"no call", {.kind = HF_EVENT_PHASE}, 0, 0},
    {"another method", {.kind = HF_METHOD_MALLOC_ALLOC}, 1, 1},
    {"a paused call", {ALLOC, .paused = 1}, 0, 0},
    {"from a signal handler", {ALLOC, .in_signal = 1}, 0, 0},
    {"on foreign memory", {ALLOC, .foreign = 1}, 0, 0},
    {"after an E_FAIL", {ALLOC, .sticky = 1}, 0, 0},
    {"the second that counts", {ALLOC}, 2, 2},
    {"of another thread", {ALLOC, .thread = 1}, 3, 1},
};

static void check(bool by_thread)
{
    hf__run_ordinals ordinals = hf__run_ordinals_begin(by_thread);
    for (size_t i = 0; i < HF_COUNT_OF(rows); i++)
        cr_assert(eq(u64, hf__run_ordinals_next(&ordinals, &rows[i].event), by_thread ? rows[i].by_thread : rows[i].ordinal), "%s", rows[i].label);
}

Test(run_ordinal, counts_what_a_rule_counts)
{
    check(false);
    check(true);
}
