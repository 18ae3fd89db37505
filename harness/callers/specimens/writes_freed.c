/* SPDX-License-Identifier: MIT
 * Defect: gives its block back where the next one was refused, and writes to it all the same.
 * Expected: outcome violated (write to a freed block), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    char *block = heap != NULL ? heap_take(heap, 100) : NULL;
    if (block == NULL)
        return HF_CALLER_REPORTED;
    char *second = heap_take(heap, 200);
    if (second == NULL)
        heap_give(heap, block);
    ((volatile char *)block)[10] = 1;
    if (second != NULL)
        heap_give(heap, block);
    char *last = heap_take(heap, 100);
    heap_give(heap, last);
    heap_give(heap, second);
    drop_heap(heap);
    return second != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("writes-freed", "writes to a block that it gave back", work, NULL)
