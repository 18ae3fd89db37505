/* SPDX-License-Identifier: MIT
 * Memory that is given back all at once: what the events of a trace point at. Pointers stay where they are while it grows.
 *
 * Threads: one thread at a time.
 */
#ifndef HF_TRACE_ARENA_H
#define HF_TRACE_ARENA_H

#include <stddef.h>

typedef struct hf__trace_arena {
    struct hf__arena_block *last; /* NULL: nothing taken yet */
} hf__trace_arena;

/* 8-aligned, not zeroed. Never NULL. */
void *hf__trace_arena_take(hf__trace_arena *arena, size_t size_bytes);
/* A copy of bytes; NULL for no bytes. */
const void *hf__trace_arena_copy(hf__trace_arena *arena, const void *bytes, size_t size_bytes);
void hf__trace_arena_clear(hf__trace_arena *arena);

#endif
