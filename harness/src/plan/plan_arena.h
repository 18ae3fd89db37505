/* SPDX-License-Identifier: MIT
 * Memory that is given back all at once: the strings and arrays of a scenario file, the nodes of one YAML document.
 */
#ifndef HF_PLAN_ARENA_H
#define HF_PLAN_ARENA_H

#include <hostfault/error.h>

typedef struct hf__plan_chunk hf__plan_chunk;

/* Zero-initialised is empty. */
typedef struct hf__plan_arena {
    hf__plan_chunk *chunks; /* newest first */
} hf__plan_arena;

/* Zeroed memory, aligned for anything. Never NULL. */
void *hf__plan_arena_take(hf__plan_arena *arena, size_t count, size_t size);
/* A NUL-terminated copy. */
char *hf__plan_arena_copy(hf__plan_arena *arena, hf_text text);
/* Gives everything back; the arena may be used again. */
void hf__plan_arena_clear(hf__plan_arena *arena);

#endif
