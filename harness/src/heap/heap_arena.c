/* SPDX-License-Identifier: MIT
 * A list of chunks, each filled from its start; what does not fit into a chunk of the usual size gets one of its own. What a hostile scenario file
 * can make it take is bounded by the size of that file, because each node and each string stands for bytes of it.
 */
#include "heap_arena.h"
#include "heap_alloc.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

#define CHUNK_BYTES 16384u
#define ALIGNMENT 8u /* of pointers and 64-bit numbers: no type of the tool needs more, and an event's tickets are few bytes */

typedef struct hf__heap_chunk {
    struct hf__heap_chunk *older;
    size_t used;
    size_t capacity;
    _Alignas(ALIGNMENT) char bytes[];
} hf__heap_chunk;

static hf__heap_chunk *add_chunk(hf__heap_arena *arena, size_t wanted)
{
    size_t capacity = wanted > CHUNK_BYTES ? wanted : CHUNK_BYTES;
    hf__heap_chunk *chunk = hf__allocate(1, sizeof *chunk + capacity);
    chunk->capacity = capacity;
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *hf__heap_arena_take(hf__heap_arena *arena, size_t count, size_t size)
{
    uint64_t product = 0;
    HF_ASSERT(hf__multiply_u64(count, size, &product) && product < SIZE_MAX / 2);
    size_t rounded = ((size_t)product + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    hf__heap_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->capacity - chunk->used < rounded)
        chunk = add_chunk(arena, rounded);
    void *memory = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return memory;
}

const void *hf__heap_arena_copy(hf__heap_arena *arena, const void *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return NULL;
    void *copy = hf__heap_arena_take(arena, size_bytes, 1);
    memcpy(copy, bytes, size_bytes);
    return copy;
}

char *hf__heap_arena_copy_text(hf__heap_arena *arena, hf_text text)
{
    char *copy = hf__heap_arena_take(arena, text.size_bytes + 1, 1);
    if (text.size_bytes > 0)
        memcpy(copy, text.pointer, text.size_bytes);
    return copy;
}

void hf__heap_arena_clear(hf__heap_arena *arena)
{
    while (arena->chunks != NULL) {
        hf__heap_chunk *older = arena->chunks->older;
        hf__free(arena->chunks);
        arena->chunks = older;
    }
}
