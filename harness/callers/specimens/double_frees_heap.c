/* SPDX-License-Identifier: MIT
 * Defect: the first half of the pair is freed where the second failed, and again at the end.
 * Expected: outcome violated (double free), response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *first = heap_take(heap, 100);
    char *second = heap_take(heap, 200);
    if (second == NULL)
        heap_give(heap, first);
    else
        heap_give(heap, second);
    heap_give(heap, first);
    drop_heap(heap);
    return second != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("double-frees-heap", "frees a block twice on the way out", work, NULL)
