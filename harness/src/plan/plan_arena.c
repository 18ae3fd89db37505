/* SPDX-License-Identifier: MIT
 * A bump allocator in chunks. What a hostile file can make it take is bounded by the size of the file, because each node and each string
 * stands for bytes of it.
 */
#include "plan_arena.h"
#include "heap_alloc.h"
#include "base_check.h"

#include <stdalign.h>
#include <string.h>

#include "base_poison.h"

#define CHUNK_BYTES 16384u

struct hf__plan_chunk {
    hf__plan_chunk *older;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char bytes[];
};

static hf__plan_chunk *add_chunk(hf__plan_arena *arena, size_t wanted)
{
    size_t capacity = wanted > CHUNK_BYTES ? wanted : CHUNK_BYTES;
    hf__plan_chunk *chunk = hf__allocate(1, sizeof *chunk + capacity);
    chunk->capacity = capacity;
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *hf__plan_arena_take(hf__plan_arena *arena, size_t count, size_t size)
{
    uint64_t product = 0;
    HF_ASSERT(hf__multiply_u64(count, size, &product) && product < SIZE_MAX / 2);
    size_t rounded = ((size_t)product + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    hf__plan_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < rounded)
        chunk = add_chunk(arena, rounded);
    void *memory = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return memory;
}

char *hf__plan_arena_copy(hf__plan_arena *arena, hf_text text)
{
    char *copy = hf__plan_arena_take(arena, text.size_bytes + 1, 1);
    if (text.size_bytes > 0)
        memcpy(copy, text.pointer, text.size_bytes);
    return copy;
}

void hf__plan_arena_clear(hf__plan_arena *arena)
{
    while (arena->chunks != NULL) {
        hf__plan_chunk *older = arena->chunks->older;
        hf__free(arena->chunks);
        arena->chunks = older;
    }
}
