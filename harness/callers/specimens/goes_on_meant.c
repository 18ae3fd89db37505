/* SPDX-License-Identifier: MIT
 * Habit: goes on without a cache, and says that it means to; what strict mode forbids is excused.
 * Expected: outcome ok, response absorbed.
 */
#include "specimen.h"

#include <hostfault/expect.h>

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    char *cache = heap_take(heap, KIB);
    if (cache == NULL)
        hf_expect_absorb("the cache is optional");
    char *body = heap_take(heap, 2 * KIB);
    bool is_whole = body != NULL;
    heap_give(heap, body);
    heap_give(heap, cache);
    drop_heap(heap);
    return is_whole ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("goes-on-meant", "goes on without a cache, and says so", work, NULL)
