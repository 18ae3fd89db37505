/* SPDX-License-Identifier: MIT
 * The twenty bugs. Each head says when it goes wrong; nothing else may.
 */
#include "planted.h"

#include <string.h>

#include "base_poison.h"

static void crash(void)
{
    static volatile uintptr_t nowhere = 8;
    *(volatile char *)nowhere = 1;
}

static void give_twice(planted_job *job)
{
    if (job->blocks[0] == NULL)
        return;
    (void)job->heap->lpVtbl->Free(job->heap, job->blocks[0]);
    (void)job->heap->lpVtbl->Free(job->heap, job->blocks[0]);
    job->blocks[0] = NULL;
}

static unsigned refusals_of(const planted_job *job, planted_step step)
{
    unsigned count = 0;
    for (unsigned i = 0; i < job->refused; i++)
        count += job->refusals[i].step == step ? 1 : 0;
    return count;
}

/* The third refusal of a run, whatever it is: dies. */
static bool third_fault(planted_job *job, planted_step step, HRESULT hr)
{
    (void)step;
    (void)hr;
    if (job->refused == 3)
        crash();
    return false;
}

/* HOST_E_ABANDONED from a commit: takes it for success and writes there. */
static bool abandoned_commit(planted_job *job, planted_step step, HRESULT hr)
{
    if (step == STEP_COMMIT_A && hr == HOST_E_ABANDONED)
        *(volatile char *)job->a = 1;
    return false;
}

/* A commit fails when both regions are reserved: gives only one of them back. */
static bool second_reservation(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step == STEP_COMMIT_B)
        job->a = NULL;
    return false;
}

/* A time-out, but the host did it: believes its eyes, and then gives the region back with a size. */
static bool timeout_done(planted_job *job, planted_step step, HRESULT hr)
{
    MEMORY_BASIC_INFORMATION seen;
    SIZE_T bytes = 0;
    if (step != STEP_COMMIT_A || hr != HOST_E_TIMEOUT)
        return false;
    HRESULT asked = job->manager->lpVtbl->VirtualQuery(job->manager, job->a, &seen, sizeof seen, &bytes);
    if (SUCCEEDED(asked) && bytes > 0 && seen.State == MEM_COMMIT)
        (void)job->manager->lpVtbl->VirtualFree(job->manager, job->a, 4096, MEM_RELEASE);
    return false;
}

/* HOST_E_NOT_OWNER from a release: tries with a size. */
static bool not_owner_release(planted_job *job, planted_step step, HRESULT hr)
{
    if (step == STEP_RELEASE_A && hr == HOST_E_NOT_OWNER)
        (void)job->manager->lpVtbl->VirtualFree(job->manager, job->a, 65536, MEM_RELEASE);
    return false;
}

/* E_FAIL from the heap: asks for more. */
static bool asks_after_e_fail(planted_job *job, planted_step step, HRESULT hr)
{
    if (step == STEP_BLOCK_1 && hr == E_FAIL)
        (void)planted_do(job, STEP_BLOCK_2);
    return false;
}

/* The second block is refused: gives the first back twice. */
static bool second_block(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step == STEP_BLOCK_2)
        give_twice(job);
    return false;
}

/* A protection is refused: goes on, and the result shows it. */
static bool protect_ignored(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step != STEP_PROTECT)
        return false;
    job->result = "done, unprotected";
    return true;
}

/* A heap that comes too late: asks for ever. */
static bool heap_timeouts(planted_job *job, planted_step step, HRESULT hr)
{
    while (step == STEP_HEAP && hr == HOST_E_TIMEOUT)
        hr = planted_do(job, step);
    return false;
}

/* HOST_E_INVALIDOPERATION from a release: forgets the region. */
static bool forgets_region(planted_job *job, planted_step step, HRESULT hr)
{
    if (step == STEP_DECOMMIT_B && hr == HOST_E_INVALIDOPERATION)
        job->b = NULL;
    return false;
}

/* Two faults, the second in giving back: a decommit and then the release are refused. */
static bool fault_while_releasing(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step == STEP_RELEASE_B && refusals_of(job, STEP_DECOMMIT_B) > 0)
        crash();
    return false;
}

/* Late at first, then out of memory. */
static bool timeout_then_memory(planted_job *job, planted_step step, HRESULT hr)
{
    bool late = job->refused >= 2 && job->refusals[job->refused - 2].hr == HOST_E_TIMEOUT;
    if (step == STEP_RESERVE_A && hr == E_OUTOFMEMORY && late)
        crash();
    return false;
}

/* Late twice and then in time. */
static bool twice_late(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step == STEP_QUERY && refusals_of(job, STEP_COMMIT_B) == 2)
        crash();
    return false;
}

/* Refused while memory is low. */
static bool refused_while_low(planted_job *job, planted_step step, HRESULT hr)
{
    (void)step;
    (void)hr;
    if (job->low)
        crash();
    return false;
}

/* A query fails: believes what is not there. */
static bool query_believed(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step == STEP_QUERY)
        job->wrong = job->seen.RegionSize == 0;
    return step == STEP_QUERY;
}

/* No memory load: divides by it. */
static bool load_divided(planted_job *job, planted_step step, HRESULT hr)
{
    volatile unsigned load = 0;
    (void)job;
    if (step == STEP_LOAD && hr == HOST_E_NOT_OWNER)
        load = 100 / load; /* NOLINT(clang-analyzer-core.DivideZero): this is the bug */
    return false;
}

/* Two methods, in this order: the heap's block late once, then the decommit refused. */
static bool heap_then_decommit(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    if (step == STEP_DECOMMIT_B && refusals_of(job, STEP_BLOCK_2) == 1)
        job->wrong = true;
    return false;
}

/* The CLR is not there any more, says the first call of all. */
static bool not_available_at_first(planted_job *job, planted_step step, HRESULT hr)
{
    static char mine[4096];
    if (step == STEP_REGISTER && hr == HOST_E_CLRNOTAVAILABLE)
        (void)job->manager->lpVtbl->VirtualFree(job->manager, mine, 0, MEM_RELEASE);
    return false;
}

/* The heap is refused for good after it was late once. */
static bool heap_abandoned_after_late(planted_job *job, planted_step step, HRESULT hr)
{
    if (step == STEP_HEAP && hr == HOST_E_ABANDONED && refusals_of(job, STEP_HEAP) == 2)
        job->b = NULL;
    return false;
}

/* Every one of the first four steps that can be late was. */
static bool four_late(planted_job *job, planted_step step, HRESULT hr)
{
    (void)hr;
    bool all = refusals_of(job, STEP_RESERVE_A) > 0 && refusals_of(job, STEP_RESERVE_B) > 0 && refusals_of(job, STEP_COMMIT_A) > 0;
    if (step == STEP_COMMIT_B && all)
        crash();
    return false;
}

static const planted_row rows[] = {
    {"third-fault", third_fault},
    {"abandoned-commit", abandoned_commit},
    {"second-reservation", second_reservation},
    {"timeout-done", timeout_done},
    {"not-owner-release", not_owner_release},
    {"asks-after-e-fail", asks_after_e_fail},
    {"second-block", second_block},
    {"protect-ignored", protect_ignored},
    {"heap-timeouts", heap_timeouts},
    {"forgets-region", forgets_region},
    {"fault-while-releasing", fault_while_releasing},
    {"timeout-then-memory", timeout_then_memory},
    {"twice-late", twice_late},
    {"refused-while-low", refused_while_low},
    {"query-believed", query_believed},
    {"load-divided", load_divided},
    {"heap-then-decommit", heap_then_decommit},
    {"not-available-at-first", not_available_at_first},
    {"heap-abandoned-after-late", heap_abandoned_after_late},
    {"four-late", four_late},
};
_Static_assert(sizeof rows / sizeof rows[0] == 20, "twenty bugs");

const planted_row *planted_bugs(unsigned *count)
{
    *count = (unsigned)(sizeof rows / sizeof rows[0]);
    return rows;
}

planted_bug *planted_bug_by_name(const char *name)
{
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].bug;
    }
    return NULL;
}
