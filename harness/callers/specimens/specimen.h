/* SPDX-License-Identifier: MIT
 * What the specimens share: requests in one line each, and the constant that makes a caller of a run function. A specimen is the smallest program
 * that has one habit or one defect, so nothing here may add one: a helper passes on what the host answered and never retries, checks or cleans up.
 *
 * The helpers are always inlined, so that every line of a specimen is a place of its own.
 */
#ifndef HF_SPECIMEN_H
#define HF_SPECIMEN_H

#include <hostfault/caller.h>
#include <stdbool.h>
#include <string.h>

#include "base_poison.h"

#define SPECIMEN_INLINE static inline __attribute__((always_inline, unused))
#define KIB ((size_t)1024)
#define REGION (64 * KIB)
#define PAGE ((size_t)4096)

/* The caller's constant and its main. */
#define SPECIMEN(id, text, run_function, check_function)                                                                                             \
    static const hf_caller specimen = {sizeof(hf_caller), HF_SEES_HRESULT, "specimen-" id, text, run_function, check_function, NULL};                \
    HF_CALLER_MAIN(specimen)

/* VirtualAlloc, read-write: the memory, or null when it failed. */
SPECIMEN_INLINE char *take(hf_caller_run *run, void *address, size_t size, DWORD type)
{
    void *out = NULL;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, address, size, type, PAGE_READWRITE, eTaskCritical, &out);
    return SUCCEEDED(hr) ? out : NULL;
}

/* As much as there is: half as much after each refusal, down to a region; null when even that was refused. */
SPECIMEN_INLINE char *take_shrinking(hf_caller_run *run, size_t size, DWORD type)
{
    char *memory = NULL;
    for (; size >= REGION && memory == NULL; size /= 2)
        memory = take(run, NULL, size, type);
    return memory;
}

SPECIMEN_INLINE HRESULT give(hf_caller_run *run, void *address, size_t size, DWORD type)
{
    return run->manager->lpVtbl->VirtualFree(run->manager, address, size, type);
}

SPECIMEN_INLINE HRESULT release(hf_caller_run *run, void *address)
{
    return give(run, address, 0, MEM_RELEASE);
}

SPECIMEN_INLINE HRESULT protect(hf_caller_run *run, void *address, size_t size, DWORD protection)
{
    DWORD old = 0;
    return run->manager->lpVtbl->VirtualProtect(run->manager, address, size, protection, &old);
}

/* A heap that may be used by several threads; null when the host gave none. */
SPECIMEN_INLINE IHostMalloc *make_heap(hf_caller_run *run)
{
    IHostMalloc *heap = NULL;
    HRESULT hr = run->manager->lpVtbl->CreateMalloc(run->manager, MALLOC_THREADSAFE, &heap);
    return SUCCEEDED(hr) ? heap : NULL;
}

SPECIMEN_INLINE char *heap_take(IHostMalloc *heap, size_t size)
{
    void *out = NULL;
    HRESULT hr = heap->lpVtbl->Alloc(heap, size, eTaskCritical, &out);
    return SUCCEEDED(hr) ? out : NULL;
}

SPECIMEN_INLINE HRESULT heap_give(IHostMalloc *heap, void *memory)
{
    return heap->lpVtbl->Free(heap, memory);
}

SPECIMEN_INLINE void drop_heap(IHostMalloc *heap)
{
    heap->lpVtbl->Release(heap);
}

/* The work is done, whatever way it took. */
SPECIMEN_INLINE hf_caller_end done(void)
{
    hf_result("done", 4);
    return HF_CALLER_OK;
}

#endif
