/* SPDX-License-Identifier: MIT
 * The lua_Alloc alone, over a heap that fails on request: tests what Lua relies on but its own runs rarely exercise.
 */
#include "lua_heap.h"
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static HRESULT answer = S_OK;
static unsigned asked;

static HRESULT STDMETHODCALLTYPE fake_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    (void)self;
    (void)level;
    asked++;
    *out = SUCCEEDED(answer) ? malloc(size) : NULL;
    return answer;
}

static HRESULT STDMETHODCALLTYPE fake_free(IHostMalloc *self, void *block)
{
    (void)self;
    free(block);
    return S_OK;
}

static const IHostMallocVtbl vtable = {.Alloc = fake_alloc, .Free = fake_free};
static IHostMalloc fake = {.lpVtbl = &vtable};

static const char ten[] = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};

static int failures;

static void expect(int condition, const char *what)
{
    printf("%s: %s\n", condition ? "ok" : "FAILED", what);
    failures += !condition;
}

/* A block of 10 bytes, from a heap that answers with `then` from now on. */
static char *block_of_ten(lua_heap *heap, HRESULT then)
{
    *heap = (lua_heap){.blocks_from = &fake};
    answer = S_OK;
    asked = 0;
    char *block = lua_heap_realloc(heap, NULL, 0, 10);
    memcpy(block, ten, sizeof ten);
    answer = then;
    return block;
}

static void shrink_without_memory(void)
{
    lua_heap heap;
    char *block = block_of_ten(&heap, E_OUTOFMEMORY);
    char *shrunk = lua_heap_realloc(&heap, block, 10, 4);
    expect(shrunk == block && memcmp(shrunk, ten, 4) == 0, "a shrink without memory keeps the block");
    lua_heap_realloc(&heap, shrunk, 4, 0);
    expect(heap.blocks == 0 && heap.damaged == 0, "which is given back whole, with its new size");
}

static void growth_without_memory(void)
{
    lua_heap heap;
    char *block = block_of_ten(&heap, E_OUTOFMEMORY);
    expect(lua_heap_realloc(&heap, block, 10, 20) == NULL && memcmp(block, ten, sizeof ten) == 0, "a growth without memory leaves the block alone");
    lua_heap_realloc(&heap, block, 10, 0);
    expect(heap.blocks == 0 && heap.damaged == 0, "which can be given back");
}

static void growth_with_memory(void)
{
    lua_heap heap;
    char *block = block_of_ten(&heap, S_FALSE);
    char *grown = lua_heap_realloc(&heap, block, 10, 20);
    expect(grown != NULL && memcmp(grown, ten, sizeof ten) == 0 && heap.blocks == 1, "S_FALSE is a success, and contents move along");
    if (grown == NULL)
        return;
    grown[20] = 'x';
    lua_heap_realloc(&heap, grown, 20, 0);
    expect(heap.damaged == 1, "a byte behind the block is seen");
}

static void host_gone(void)
{
    lua_heap heap;
    char *block = block_of_ten(&heap, E_FAIL);
    expect(lua_heap_realloc(&heap, NULL, 5, 50) == NULL && lua_heap_realloc(&heap, block, 10, 20) == NULL, "E_FAIL is a failure");
    expect(asked == 2, "and the last request");
    lua_heap_realloc(&heap, block, 10, 0);
    expect(heap.blocks == 0, "but blocks are still given back");
}

static void too_big(void)
{
    lua_heap heap = {.blocks_from = &fake};
    asked = 0;
    expect(lua_heap_realloc(&heap, NULL, 0, SIZE_MAX - 3) == NULL && asked == 0, "a size that overflows with its sentinel is refused");
}

int main(void)
{
    shrink_without_memory();
    growth_without_memory();
    growth_with_memory();
    host_gone();
    too_big();
    return failures == 0 ? 0 : 1;
}
