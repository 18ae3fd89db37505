/* SPDX-License-Identifier: MIT
 * Defect: a refused request makes the result smaller, and nobody is told.
 * Expected: outcome swallowed, response absorbed.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    static const char *const results[] = {"0 items", "1 item", "2 items", "3 items"};
    char *items[3];
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        char *item = heap_take(heap, (size_t)16 << i);
        if (item != NULL)
            items[count++] = item;
    }
    hf_result(results[count], strlen(results[count]));
    while (count > 0)
        heap_give(heap, items[--count]);
    drop_heap(heap);
    return HF_CALLER_OK;
}

SPECIMEN("swallows", "counts what it could not get as done", work, NULL)
