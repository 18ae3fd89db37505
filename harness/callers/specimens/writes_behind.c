/* SPDX-License-Identifier: MIT
 * Defect: notes its new size before it has it, and goes on with that when the growth was refused.
 * Expected: outcome violated (write past a block), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    char *block = heap != NULL ? heap_take(heap, 32) : NULL;
    if (block == NULL)
        return HF_CALLER_REPORTED;
    size_t size = 64;
    char *bigger = heap_take(heap, size);
    if (bigger != NULL) {
        heap_give(heap, block);
        block = bigger;
    }
    ((volatile char *)block)[size - 28] = 1;
    heap_give(heap, block);
    drop_heap(heap);
    return bigger != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("writes-behind", "writes behind the block that it could not grow", work, NULL)
