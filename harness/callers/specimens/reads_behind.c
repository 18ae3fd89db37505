/* SPDX-License-Identifier: MIT
 * Defect, seen with `host: { guard: pages }` alone: without its body it reads the name for longer than it is.
 * Expected: outcome crashed, response misused, clause "access past a block".
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
        char last = name != NULL ? name[KIB + PAGE / 2] : '\0';
        heap_give(heap, (void *)(size_t)name);
        (void)last;
        drop_heap(heap);
        return HF_CALLER_REPORTED;
    }
    heap_give(heap, body);
    heap_give(heap, (void *)(size_t)name);
    drop_heap(heap);
    return done();
}

SPECIMEN("reads-behind", "reads behind a block's end", work, NULL)
