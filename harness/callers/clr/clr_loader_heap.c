/* SPDX-License-Identifier: MIT
 * Loader heaps: memory for what lives as long as its domain. CLR: src/utilcode/loaderheap.cpp:985-1245.
 *
 * Each block is reserved first and committed from its beginning as it fills. This is the runtime's most careful path: a commit that fails gives
 * the new reservation back, and so does a bookkeeping node that cannot be had. A commit that fails in a block that is in use changes
 * nothing, so that the same request can succeed later.
 */
#include "clr.h"
#include "base_poison.h"

#define COMMIT_STEP CLR_PAGE

void clr_loader_heap_init(clr_loader_heap *heap, bool executable, char *reserved, size_t size)
{
    *heap = (clr_loader_heap){.next = reserved, .committed = reserved, .executable = executable};
    heap->reserved = reserved != NULL ? reserved + size : NULL;
}

static DWORD protection(const clr_loader_heap *heap)
{
    return heap->executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
}

/* UnlockedReservePages (1062-1165). */
static bool reserve_block(clr_thread *thread, clr_loader_heap *heap, size_t size)
{
    size_t reserve = clr_align_up(size, CLR_GRANULE);
    size_t commit = clr_align_up(size, COMMIT_STEP);
    char *base = heap->executable ? clr_alloc_executable(thread, reserve) : clr_virtual_alloc(thread, NULL, reserve, MEM_RESERVE, PAGE_NOACCESS);
    if (base == NULL)
        return false;
    clr_loader_block *block = NULL;
    if (clr_virtual_alloc(thread, base, commit, MEM_COMMIT, protection(heap)) != NULL)
        block = clr_new_nothrow(thread, sizeof *block);

    if (block == NULL) {
        clr_virtual_free(thread, base, 0, MEM_RELEASE);
        return false;
    }
    *block = (clr_loader_block){heap->blocks, base, reserve};
    heap->blocks = block;
    heap->next = base;
    heap->committed = base + commit;
    heap->reserved = base + reserve;
    return true;
}

/* GetMoreCommittedPages (1203-1245): the end of the current block if it has room, else a new block. */
static bool more_pages(clr_thread *thread, clr_loader_heap *heap, size_t size)
{
    if (heap->committed == NULL)
        return reserve_block(thread, heap, size);
    size_t commit = clr_align_up((size_t)(heap->next + size - heap->committed), COMMIT_STEP);
    if (commit > (size_t)(heap->reserved - heap->committed))
        return reserve_block(thread, heap, size);
    if (clr_virtual_alloc(thread, heap->committed, commit, MEM_COMMIT, protection(heap)) == NULL)
        return false;
    heap->committed += commit;
    return true;
}

/* UnlockedAllocMem: 16-aligned, throws. The pages are relied on to be zero. */
void *clr_loader_heap_alloc(clr_thread *thread, clr_loader_heap *heap, size_t size)
{
    size = clr_align_up(size, 16);
    if ((size_t)(heap->committed - heap->next) < size && !more_pages(thread, heap, size)) {
        clr_throw_out_of_memory(thread);
        return NULL;
    }
    void *memory = heap->next;
    heap->next += size;
    heap->given += size;
    return memory;
}

/* 985-994: releases are only asserted in debug builds; here, as in retail, their result is ignored. */
void clr_loader_heap_destroy(clr_thread *thread, clr_loader_heap *heap)
{
    clr_loader_block *next = NULL;
    for (clr_loader_block *block = heap->blocks; block != NULL; block = next) {
        next = block->next;
        clr_virtual_free(thread, block->base, 0, MEM_RELEASE);
        clr_delete(thread, block);
    }
    clr_loader_heap_init(heap, heap->executable, NULL, 0);
}
