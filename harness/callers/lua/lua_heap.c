/* SPDX-License-Identifier: MIT
 * What a lua_Alloc over a host has to be: IHostMalloc cannot resize, so a resize is a new block, a copy and a release.
 *
 * It must never fail a shrink: Lua's manual promises its own code that shrinking succeeds, so when no smaller block is to be had the
 * old one stays, and only its sentinel moves. It must never ask again after E_FAIL; memory is still given back then.
 *
 * A result is a success if SUCCEEDED says so, and a pointer that is NULL all the same is passed on as what it is: nothing.
 */
#include "lua_heap.h"
#include <stdint.h>
#include <string.h>
#include "base_poison.h"

static const uint64_t sentinel = UINT64_C(0x5AFE5AFE0DDBA115);

static void put_sentinel(void *block, size_t size)
{
    memcpy((char *)block + size, &sentinel, sizeof sentinel);
}

static void note_result(lua_heap *heap, HRESULT hr)
{
    heap->host_gone = heap->host_gone || hr == E_FAIL || hr == HOST_E_CLRNOTAVAILABLE;
}

static void *alloc_block(lua_heap *heap, size_t size)
{
    void *block = NULL;
    if (heap->host_gone || size > SIZE_MAX - sizeof sentinel)
        return NULL;
    HRESULT hr = heap->blocks_from->lpVtbl->Alloc(heap->blocks_from, size + sizeof sentinel, eTaskCritical, &block);
    note_result(heap, hr);
    if (FAILED(hr) || block == NULL)
        return NULL;
    put_sentinel(block, size);
    heap->blocks++;
    return block;
}

/* A release that the host refuses cannot be mended here, and Lua has forgotten the block: it counts as given back. */
static void free_block(lua_heap *heap, void *block, size_t size)
{
    if (memcmp((const char *)block + size, &sentinel, sizeof sentinel) != 0)
        heap->damaged++;
    heap->blocks--;
    note_result(heap, heap->blocks_from->lpVtbl->Free(heap->blocks_from, block));
}

static void *realloc_block(lua_heap *heap, void *block, size_t old_size, size_t new_size)
{
    void *moved = alloc_block(heap, new_size);
    if (moved != NULL) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        free_block(heap, block, old_size);
        return moved;
    }
    if (new_size > old_size)
        return NULL;
    put_sentinel(block, new_size);
    return block;
}

void *lua_heap_realloc(void *user, void *block, size_t old_size, size_t new_size)
{
    lua_heap *heap = user;
    if (block == NULL)
        return new_size == 0 ? NULL : alloc_block(heap, new_size);
    if (new_size != 0)
        return realloc_block(heap, block, old_size, new_size);
    free_block(heap, block, old_size);
    return NULL;
}
