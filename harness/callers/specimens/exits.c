/* SPDX-License-Identifier: MIT
 * Defect: a function deep inside ends the whole process when it gets no memory, as libraries with an "xmalloc" do.
 * Expected: outcome exited, response died.
 */
#include <stdlib.h>

#include "specimen.h"

__attribute__((noinline)) static char *take_or_exit(IHostMalloc *heap, size_t size)
{
    char *block = heap_take(heap, size);
    if (block == NULL)
        exit(1);
    return block;
}

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    heap_give(heap, take_or_exit(heap, 100));
    drop_heap(heap);
    return done();
}

SPECIMEN("exits", "ends the process from inside a call", work, NULL)
