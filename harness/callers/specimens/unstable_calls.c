/* SPDX-License-Identifier: MIT
 * Defect: the result is always the same, the way to it never: a size is taken from the clock.
 * Expected: outcome unstable, response absorbed.
 */
#include <time.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *cache = heap_take(heap, 64);
    char *other = heap_take(heap, 100 + (size_t)now.tv_nsec % 100000);
    if (cache != NULL)
        heap_give(heap, cache);
    if (other != NULL)
        heap_give(heap, other);
    drop_heap(heap);
    return done();
}

SPECIMEN("unstable-calls", "asks for an amount that depends on the time", work, NULL)
