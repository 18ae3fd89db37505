/* SPDX-License-Identifier: MIT
 * Habit: goes on without. The cache only makes it faster, so a refused request changes neither the result
 * nor the exit status.
 * Expected: outcome ok, response absorbed.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *cache = heap_take(heap, 4 * KIB);
    unsigned sum = 0;
    for (unsigned i = 0; i < 100; i++)
        sum += i;
    if (cache != NULL) {
        memset(cache, (int)(sum & 0xFF), 4 * KIB);
        heap_give(heap, cache);
    }
    drop_heap(heap);
    return done();
}

SPECIMEN("absorbs", "does without a cache that it cannot have", work, NULL)
