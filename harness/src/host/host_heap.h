/* SPDX-License-Identifier: MIT
 * Shared between the files of the heap: size classes, blocks, spans.
 *
 * A block is a piece of a span, and all blocks of a span have one size. The state of a block is a byte outside of it. So a caller that writes past a
 * block's end or into freed memory harms itself and not the host, and any pointer can be judged without following it.
 */
#ifndef HF_HOST_HEAP_H
#define HF_HOST_HEAP_H

#include "host_lock.h"
#include "host_region.h"

#define HF_HEAP_SMALL_MAX 0x20000u
#define HF_HEAP_CLASSES 49u /* 0 is none */
#define HF_HEAP_CACHE_MAX 32u

/* State of a block. Only the owner of a cached block makes it live, and only a free that finds it live takes it. */
#define HF_BLOCK_FREE 0u   /* in its span, or not carved yet */
#define HF_BLOCK_CACHED 1u /* free, in some thread's cache */
#define HF_BLOCK_LIVE 2u
#define HF_BLOCK_GUARDED 3u /* live, with a canary */

typedef struct hf_block {
    char *memory;
    uint8_t *state;
} hf_block;

/* Free blocks at hand for one thread. */
typedef struct hf_heap_cache {
    uint32_t count[HF_HEAP_CLASSES];
    uint32_t limit[HF_HEAP_CLASSES]; /* hf__host_heap_cache_limit, without its division */
    struct hf_heap_cache *next;
    hf_block blocks[HF_HEAP_CLASSES][HF_HEAP_CACHE_MAX];
} hf_heap_cache;

/* The class for a size up to HF_HEAP_SMALL_MAX: steps of 16 to 128, then four per doubling. */
static inline uint32_t hf__host_heap_class_of(size_t size)
{
    if (size <= 128)
        return size == 0 ? 1 : (uint32_t)(size + 15) / 16;
    uint64_t below = size - 1;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(below);
    return 9 + (shift - 7) * 4 + (uint32_t)(below >> (shift - 2) & 3);
}

static inline uint32_t hf__host_heap_size_of(uint32_t class_)
{
    if (class_ <= 8)
        return class_ * 16;
    uint32_t shift = 7 + (class_ - 9) / 4;
    return (1u << shift) + ((class_ - 9) % 4 + 1) * (1u << (shift - 2));
}

/* How many blocks of a class a thread keeps at most. */
static inline uint32_t hf__host_heap_cache_limit(uint32_t class_)
{
    uint32_t limit = 0x10000u / hf__host_heap_size_of(class_);
    return limit < 4 ? 4 : limit > HF_HEAP_CACHE_MAX ? HF_HEAP_CACHE_MAX : limit;
}

/* The block that begins at the address, and its class; class 0 if no block ever began there. Lock-free, follows no pointer that it is given. */
uint32_t hf__host_heap_find(const void *memory, hf_block *out);
/* Is the address inside the part of the address space that spans are made in? */
bool hf__host_heap_has(const void *memory);
/* Takes up to `wanted` free blocks of a class and marks them cached; fewer at the end of memory. Returns how many. */
uint32_t hf__host_heap_fetch(uint32_t class_, hf_block *blocks, uint32_t wanted);
/* Gives cached blocks back to their spans. */
void hf__host_heap_return(uint32_t class_, const hf_block *blocks, uint32_t count);

/* A block of pages that may be executed as well. */
DWORD hf__host_heap_alloc_executable(size_t size, void **out);

/* Each block of that state. */
void hf__host_heap_each(uint8_t state, void (*each)(const hf_block *block, uint32_t size));

/* An access that a guard page stopped. pre: locked, of a kind of host_guarded.h. */
void hf__host_heap_touched(hf_region *region, uintptr_t address);

/* For fork. */
void hf__host_heap_lock_all(void);
void hf__host_heap_unlock_all(void);
void hf__host_spans_lock_all(void);
void hf__host_spans_unlock_all(void);

#endif
