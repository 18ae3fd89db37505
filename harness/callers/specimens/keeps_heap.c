/* SPDX-License-Identifier: MIT
 * Defect: its error path does not release the IHostMalloc that it made.
 * Expected: outcome leaked, response reported.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *block = heap_take(heap, 100);
    if (block == NULL)
        return HF_CALLER_REPORTED;
    heap_give(heap, block);
    drop_heap(heap);
    return done();
}

SPECIMEN("keeps-heap", "does not release its heap where it fails", work, NULL)
