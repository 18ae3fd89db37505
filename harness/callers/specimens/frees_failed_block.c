/* SPDX-License-Identifier: MIT
 * Defect: the heap's side of frees-failed.
 * Expected: outcome violated (use after a failed call), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    void *memory = NULL;
    HRESULT hr = heap->lpVtbl->Alloc(heap, 64, eTaskCritical, &memory);
    if (memory != NULL)
        heap_give(heap, memory);
    drop_heap(heap);
    return SUCCEEDED(hr) ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("frees-failed-block", "frees what a failed Alloc left in its pointer", work, NULL)
