/* SPDX-License-Identifier: MIT
 * One caller in two builds, MOVED 0 and 1: the second has other lines, sizes and code before each call, keeps one defect, fixes one, makes one worse
 * and gets a new one. It stops at the first failure, so that each defect is a separate finding. results.cases has the expected output of
 * `hostfault diff`.
 */
#include <hostfault/caller.h>
#include <stdbool.h>

#define NOINLINE __attribute__((noinline))

static NOINLINE char *alloc_block(IHostMalloc *heap, size_t size)
{
    void *out = NULL;
    return SUCCEEDED(heap->lpVtbl->Alloc(heap, size, eTaskCritical, &out)) ? out : NULL;
}

static void give(IHostMalloc *heap, char *block)
{
    if (block != NULL)
        heap->lpVtbl->Free(heap, block);
}

#if MOVED
/* Lines that the first build has not, and code too. */
static NOINLINE void step(unsigned count)
{
    static volatile unsigned steps;
    while (count-- > 0)
        steps = steps * 3 + 1;
}
#else
#define step(count) ((void)(count))
#endif

/* Loses the first block when the second fails, in both builds. */
static NOINLINE bool keeps_its_leak(IHostMalloc *heap)
{
    step(3);
    char *first = alloc_block(heap, 100 + 16 * MOVED);
    step(4);
    char *second = first != NULL ? alloc_block(heap, 200) : NULL;
    if (second == NULL)
        return false;
    give(heap, second);
    give(heap, first);
    return true;
}

/* Loses it in the first build. */
static NOINLINE bool loses_its_leak(IHostMalloc *heap)
{
    char *first = alloc_block(heap, 300);
    step(5);
    char *second = first != NULL ? alloc_block(heap, 400) : NULL;
    if (MOVED || second != NULL)
        give(heap, first);
    give(heap, second);
    return second != NULL;
}

/* Loses it in the first build, and writes to null in the second. */
static NOINLINE bool gets_worse(IHostMalloc *heap)
{
    char *first = alloc_block(heap, 500);
    step(6);
    char *second = first != NULL ? alloc_block(heap, 600) : NULL;
    if (MOVED && first != NULL)
        *(volatile char *)second = 1;
    if (second == NULL)
        return false;
    give(heap, second);
    give(heap, first);
    return true;
}

/* Writes to null in the second build. */
static NOINLINE bool gets_a_defect(IHostMalloc *heap)
{
    step(7);
    char *only = alloc_block(heap, 700);
    if (MOVED)
        *(volatile char *)only = 1;
    give(heap, only);
    return only != NULL;
}

static hf_caller_end work(hf_caller_run *run)
{
    IHostMalloc *heap = NULL;
    if (FAILED(run->manager->lpVtbl->CreateMalloc(run->manager, MALLOC_THREADSAFE, &heap)))
        return HF_CALLER_REPORTED;
    step(1);
    bool good = keeps_its_leak(heap) && loses_its_leak(heap) && gets_worse(heap);
    step(2);
    good = good && gets_a_defect(heap);
    heap->lpVtbl->Release(heap);
    return good ? HF_CALLER_OK : HF_CALLER_REPORTED;
}

static const hf_caller moved = {sizeof(hf_caller), HF_SEES_NULL, "moved", "one caller in two builds", work, NULL, NULL};
HF_CALLER_MAIN(moved)
