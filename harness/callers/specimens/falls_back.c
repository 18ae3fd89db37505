/* SPDX-License-Identifier: MIT
 * Habit: asks another method of the host for the same amount.
 * Expected: outcome ok, response fell-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *pages = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    char *block = pages == NULL ? heap_take(heap, REGION) : NULL;
    if (pages != NULL)
        release(run, pages);
    if (block != NULL)
        heap_give(heap, block);
    drop_heap(heap);
    return pages != NULL || block != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("falls-back", "takes heap memory when it gets no pages", work, NULL)
