/* SPDX-License-Identifier: MIT
 * Habit: the pair is of no use without its second half, so the first goes back.
 * Expected: outcome reported, response rolled-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *first = heap_take(heap, 100);
    char *second = first != NULL ? heap_take(heap, 200) : NULL;
    bool whole = first != NULL && second != NULL;
    if (second != NULL)
        heap_give(heap, second);
    if (first != NULL)
        heap_give(heap, first);
    drop_heap(heap);
    return whole ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("rolls-back-heap", "frees the first of two blocks when the second fails", work, NULL)
