/* SPDX-License-Identifier: MIT
 * Defect in strict mode alone: the name is not to be had, and it asks for the body before anybody is told.
 * Expected: outcome violated, response absorbed, clause "request after a failure".
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *name = heap_take(heap, KIB);
    char *body = heap_take(heap, 2 * KIB);
    bool is_whole = body != NULL;
    heap_give(heap, body);
    heap_give(heap, name);
    drop_heap(heap);
    return is_whole ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("goes-on", "asks for more after a refusal that it has told nobody of", work, NULL)
