/* SPDX-License-Identifier: MIT
 * A list of blocks, each filled from its start; what does not fit into a block of the usual size gets one of its own.
 */
#include "trace_arena.h"
#include "heap_alloc.h"

#include <string.h>

#include "base_poison.h"

#define BLOCK_BYTES (64u * 1024u)

typedef struct hf__arena_block {
    struct hf__arena_block *before;
    size_t used;
    size_t capacity;
    _Alignas(8) char bytes[];
} hf__arena_block;

void *hf__trace_arena_take(hf__trace_arena *arena, size_t size_bytes)
{
    size_t rounded = (size_bytes + 7) & ~(size_t)7;
    hf__arena_block *block = arena->last;
    if (block == NULL || block->capacity - block->used < rounded) {
        size_t capacity = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;
        block = hf__reallocate(NULL, 1, sizeof *block + capacity);
        *block = (hf__arena_block){.before = arena->last, .used = 0, .capacity = capacity};
        arena->last = block;
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    return memory;
}

const void *hf__trace_arena_copy(hf__trace_arena *arena, const void *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return NULL;
    void *copy = hf__trace_arena_take(arena, size_bytes);
    memcpy(copy, bytes, size_bytes);
    return copy;
}

void hf__trace_arena_clear(hf__trace_arena *arena)
{
    while (arena->last != NULL) {
        hf__arena_block *block = arena->last;
        arena->last = block->before;
        hf__free(block);
    }
}
