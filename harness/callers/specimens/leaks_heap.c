/* SPDX-License-Identifier: MIT
 * Defect: goes on without the pair, rightly, but loses the half of it that it had.
 * Expected: outcome leaked, response absorbed.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *first = heap_take(heap, 100);
    char *second = heap_take(heap, 200);
    if (first != NULL && second != NULL) {
        heap_give(heap, second);
        heap_give(heap, first);
    }
    drop_heap(heap);
    return done();
}

SPECIMEN("leaks-heap", "forgets the first block when the second fails", work, NULL)
