/*
 * Memory that is given back all at once: what the events of a trace point at. Pointers stay where they are while it grows.
 *
 * Threads: one thread at a time.
 */
#ifndef HF_TRACE_ARENA_H
#define HF_TRACE_ARENA_H

#include <stddef.h>

typedef struct hf__arena {
    struct hf__arena_block *last; /* NULL: nothing taken yet */
} hf__arena;

/* 8-aligned, not zeroed. Never NULL. */
void *hf__arena_take(hf__arena *arena, size_t size_bytes);
/* A copy of bytes; NULL for no bytes. */
const void *hf__arena_copy(hf__arena *arena, const void *bytes, size_t size_bytes);
void hf__arena_clear(hf__arena *arena);

#endif
