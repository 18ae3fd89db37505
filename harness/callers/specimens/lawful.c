/* SPDX-License-Identifier: MIT
 * Habit: none but the lawful ones that look wrong: it frees null, asks about and protects memory that the host never gave out, releases a little
 * behind the base, decommits what is not committed, commits what is, and resets.
 * Expected: outcome ok, response absorbed (of the cache), no violation.
 */
#include "specimen.h"

static char own_page[2 * 4096];

static void look_at_own_memory(hf_caller_run *run)
{
    MEMORY_BASIC_INFORMATION answer;
    SIZE_T written = 0;
    uintptr_t page = ((uintptr_t)own_page + PAGE - 1) / PAGE * PAGE;
    run->manager->lpVtbl->VirtualQuery(run->manager, own_page, &answer, sizeof answer, &written);
    run->manager->lpVtbl->VirtualQuery(run->manager, &answer, &answer, sizeof answer, &written);
    protect(run, (void *)page, PAGE, PAGE_READONLY);
    protect(run, (void *)page, PAGE, PAGE_READWRITE);
}

static hf_caller_end work(hf_caller_run *run)
{
    look_at_own_memory(run);
    char *region = take(run, NULL, 2 * REGION, MEM_RESERVE);
    if (region == NULL)
        return HF_CALLER_REPORTED;
    take(run, region, 2 * PAGE, MEM_COMMIT);
    take(run, region, 4 * PAGE, MEM_COMMIT);
    take(run, region, 2 * PAGE, MEM_RESET);
    protect(run, region + PAGE, PAGE, PAGE_READONLY);
    give(run, region, 8 * PAGE, MEM_DECOMMIT);
    give(run, region, 0, MEM_DECOMMIT);
    release(run, region + 0xFFF);
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    heap_give(heap, heap_take(heap, 64));
    heap_give(heap, NULL);
    drop_heap(heap);
    return done();
}

SPECIMEN("lawful", "does everything odd that a caller may do", work, NULL)
