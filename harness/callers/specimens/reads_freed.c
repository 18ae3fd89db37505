/* SPDX-License-Identifier: MIT
 * Defect, seen with `host: { guard: pages }` alone: without its body it gives the name back, and then looks at it once more.
 * Expected: outcome crashed, response misused, clause "access to a freed block".
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    volatile char *name = heap_take(heap, KIB);
    char *body = heap_take(heap, KIB);
    if (name == NULL || body == NULL) {
        heap_give(heap, (void *)(size_t)name);
        char first = name != NULL ? name[0] : '\0';
        (void)first;
        drop_heap(heap);
        return HF_CALLER_REPORTED;
    }
    heap_give(heap, body);
    heap_give(heap, (void *)(size_t)name);
    drop_heap(heap);
    return done();
}

SPECIMEN("reads-freed", "reads a block that it gave back", work, NULL)
