/* SPDX-License-Identifier: MIT
 * Defect: uses a static buffer when the heap has nothing, and then frees it as if it came from there.
 * Expected: outcome violated (free of foreign memory), response misused.
 */
#include "specimen.h"

static char fallback[64];

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *buffer = heap_take(heap, sizeof fallback);
    if (buffer == NULL)
        buffer = fallback;
    memset(buffer, 1, sizeof fallback);
    heap_give(heap, buffer);
    drop_heap(heap);
    return done();
}

SPECIMEN("frees-foreign", "frees its own fallback buffer", work, NULL)
