/* SPDX-License-Identifier: MIT
 * Defect: its error path gives the block of one heap to another.
 * Expected: outcome violated (free of foreign memory), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run), *code = NULL;
    HRESULT hr = run->manager->lpVtbl->CreateMalloc(run->manager, MALLOC_THREADSAFE | MALLOC_EXECUTABLE, &code);
    char *data = heap != NULL && SUCCEEDED(hr) ? heap_take(heap, 100) : NULL;
    if (data == NULL)
        return HF_CALLER_REPORTED;
    char *stub = heap_take(code, 64);
    heap_give(stub == NULL ? code : heap, data);
    heap_give(code, stub);
    drop_heap(code);
    drop_heap(heap);
    return stub != NULL ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("frees-by-other-heap", "frees a block through another IHostMalloc", work, NULL)
