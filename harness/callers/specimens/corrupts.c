/* SPDX-License-Identifier: MIT
 * Defect: the length is raised before the room is there, and not lowered again. The result does not show it; its own check does.
 * Expected: outcome corrupted, response absorbed.
 */
#include "specimen.h"

static struct table {
    size_t length, capacity;
} table;

static hf_caller_end work(hf_caller_run *run)
{
    char *entries = NULL;
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    table = (struct table){.length = 1};
    entries = heap_take(heap, 32);
    if (entries != NULL)
        table.capacity = 32;
    if (entries != NULL)
        heap_give(heap, entries);
    drop_heap(heap);
    return done();
}

static int check(hf_caller_run *run, const char **why)
{
    (void)run;
    *why = "the table is longer than its memory";
    return table.length <= table.capacity;
}

SPECIMEN("corrupts", "counts an entry that it had no room for", work, check)
