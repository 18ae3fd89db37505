/* SPDX-License-Identifier: MIT
 * Defect: what it takes instead when it gets no pages is taken to be there.
 * Expected with both failing: outcome crashed, response fell-back. With either alone nothing is wrong.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (pages != NULL) {
        release(run, pages);
    } else {
        char *block = heap_take(heap, REGION);
        memset(block, 1, REGION);
        heap_give(heap, block);
    }
    drop_heap(heap);
    return done();
}

SPECIMEN("trusts-fallback", "uses what it fell back to without a look", work, NULL)
