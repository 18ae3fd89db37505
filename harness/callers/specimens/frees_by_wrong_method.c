/* SPDX-License-Identifier: MIT
 * Defect: falls back from pages to the heap, and finds out whose the memory is by trying.
 * Expected: outcome violated (freed by the wrong method), response fell-back.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        memory = heap_take(heap, REGION);
    if (memory != NULL && FAILED(release(run, memory)))
        heap_give(heap, memory);
    drop_heap(heap);
    return memory != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("frees-by-wrong-method", "gives a heap block to VirtualFree", work, NULL)
