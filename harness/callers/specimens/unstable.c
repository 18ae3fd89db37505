/* SPDX-License-Identifier: MIT
 * Defect: its result differs from run to run without any fault, so no run can be compared with another.
 * Expected: outcome unstable, response absorbed.
 */
#include <stdio.h>
#include <unistd.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *cache = heap_take(heap, 64);
    char result[32];
    int length = snprintf(result, sizeof result, "%d", (int)getpid());
    if (cache != NULL)
        heap_give(heap, cache);
    drop_heap(heap);
    hf_result(result, (size_t)length);
    return HF_CALLER_OK;
}

SPECIMEN("unstable", "chooses by its process id", work, NULL)
