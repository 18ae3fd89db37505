/* SPDX-License-Identifier: MIT
 * Memory that is freed all at once: the strings and arrays of a scenario file, the nodes of one YAML document, what the events of a trace point at.
 * Pointers stay valid while the arena grows.
 *
 * Threads: one thread per arena.
 */
#ifndef HF_HEAP_ARENA_H
#define HF_HEAP_ARENA_H

#include <hostfault/error.h>

/* Zero-initialised it is empty. */
typedef struct hf__heap_arena {
    struct hf__heap_chunk *chunks; /* newest first */
} hf__heap_arena;

/* Zeroed, and aligned for every type of the tool (8 bytes). count * size is checked. Never NULL. */
void *hf__heap_arena_take(hf__heap_arena *arena, size_t count, size_t size);
/* A copy of bytes; NULL for no bytes. */
const void *hf__heap_arena_copy(hf__heap_arena *arena, const void *bytes, size_t size_bytes);
/* A NUL-terminated copy. Never NULL. */
char *hf__heap_arena_copy_text(hf__heap_arena *arena, hf_text text);
/* Frees everything; the arena is empty then and may be used again. */
void hf__heap_arena_clear(hf__heap_arena *arena);

#endif
