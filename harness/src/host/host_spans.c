/* SPDX-License-Identifier: MIT
 * The source of small blocks: arenas of 64 MiB, cut into spans of equal blocks. A span never changes its class. Its memory is committed as blocks are
 * carved, lowest first, and free blocks are reused lowest first, so the same calls give the same addresses.
 *
 * Each class has a lock, held while blocks move between a span and a thread's cache, and across the system call that commits more. The memory of
 * blocks is never read or written here.
 */
#include "host_heap.h"
#include "host_commit.h"
#include "os_memory.h"

#include "base_poison.h"

#define ARENA_SHIFT 26u
#define ARENA_BYTES ((size_t)1 << ARENA_SHIFT)
#define ARENAS_MAX 4096u
#define PLACES ((size_t)1 << (47 - ARENA_SHIFT))
#define UNIT_SHIFT 16u
#define UNIT ((size_t)1 << UNIT_SHIFT)
#define UNITS (ARENA_BYTES / UNIT)
#define STATES_MAX (ARENA_BYTES / 16)
/* Offsets in a span are below 2^20 and sizes at most 2^17, so a quotient by this reciprocal is exact. */
#define RECIPROCAL_SHIFT 40u

/* Blocks of one class in a row of units. Each unit has what it takes to judge a pointer into it; the rest is kept with the first one only. */
typedef struct span {
    uint32_t class_; /* 0: not in use */
    uint32_t size;   /* of a block */
    uint32_t head;   /* the unit that the span begins with */
    uint32_t states; /* where the states of its blocks begin */
    uint32_t blocks;
    uint32_t carved;
    uint64_t reciprocal;
    uint32_t free;   /* carved and free */
    uint32_t lowest; /* no block below this one is free */
    uint32_t is_listed;
    uint32_t unused;
    uint64_t committed;            /* bytes */
    _Alignas(8) struct span *next; /* with free blocks, of that class */
} span;
HF_STATIC_ASSERT(sizeof(span) == 64, "one cache line");

typedef struct arena {
    uintptr_t base;
    uint32_t units_used;
    uint32_t states_used;
    span spans[UNITS];
    uint8_t states[STATES_MAX];
} arena;

typedef struct size_class {
    uint32_t lock;
    span *partial; /* spans with free blocks */
    span *current; /* the one that is being carved */
} size_class;

static size_class classes[HF_HEAP_CLASSES];
static uint32_t arenas_lock;
static arena *newest;
static uint32_t arena_count;
static uint64_t places; /* uint64_t[PLACES]: the arena that is there, 0 if none */

static inline arena *arena_at(uintptr_t address)
{
    const uint64_t *which = (const uint64_t *)(uintptr_t)hf__os_load_u64(&places);
    if (which == NULL || address >> ARENA_SHIFT >= PLACES)
        return NULL;
    return (arena *)(uintptr_t)hf__os_load_u64(&which[address >> ARENA_SHIFT]);
}

bool hf__host_heap_has(const void *memory)
{
    return arena_at((uintptr_t)memory) != NULL;
}

static char *span_memory(const arena *in, const span *of)
{
    return (char *)in->base + ((size_t)of->head << UNIT_SHIFT);
}

uint32_t hf__host_heap_find(const void *memory, hf_block *out)
{
    uintptr_t address = (uintptr_t)memory;
    arena *in = arena_at(address);
    if (in == NULL)
        return 0;
    span *unit = &in->spans[(address - in->base) >> UNIT_SHIFT];
    uint32_t class_ = hf__os_load_u32(&unit->class_);
    if (class_ == 0)
        return 0;
    uint64_t offset = address - in->base - ((uint64_t)unit->head << UNIT_SHIFT);
    uint64_t index = offset * unit->reciprocal >> RECIPROCAL_SHIFT;
    if (index * unit->size != offset || index >= unit->blocks)
        return 0;
    out->memory = (char *)address;
    out->state = &in->states[unit->states + index];
    return class_;
}

/* pre: arenas_lock. */
static arena *add_arena(void)
{
    if (arena_count == ARENAS_MAX)
        return NULL;
    uint64_t *which = (uint64_t *)(uintptr_t)places;
    if (which == NULL)
        which = hf__os_pages(PLACES * sizeof *which);
    arena *added = hf__os_pages(sizeof *added);
    void *base = NULL;
    bool complete = which != NULL && added != NULL && hf__os_reserve(NULL, ARENA_BYTES, ARENA_BYTES, true, &base) == 0;
    if (which != NULL)
        hf__os_store_u64(&places, (uintptr_t)which);
    if (!complete || (uintptr_t)base >> ARENA_SHIFT >= PLACES) {
        hf__os_pages_free(added, sizeof *added);
        return NULL;
    }

    added->base = (uintptr_t)base;
    arena_count++;
    hf__os_store_u64(&which[added->base >> ARENA_SHIFT], (uintptr_t)added);
    newest = added;
    return added;
}

/* 64 KiB for small blocks, and room for eight of the larger ones. */
static uint32_t units_for(uint32_t size)
{
    if (size <= 4096)
        return 1;
    return size <= 0x8000 ? 4 : 16;
}

/* A new span of the class. pre: the class's lock. */
static span *add_span(uint32_t class_)
{
    uint32_t size = hf__host_heap_size_of(class_), units = units_for(size);
    hf__host_lock(&arenas_lock);
    arena *in = newest;
    if (in == NULL || in->units_used + units > UNITS)
        in = add_arena();
    span *added = NULL;
    if (in != NULL) {
        added = &in->spans[in->units_used];
        span made = {.size = size, .head = in->units_used, .states = in->states_used, .blocks = (uint32_t)(units * UNIT / size)};
        made.reciprocal = (((uint64_t)1 << RECIPROCAL_SHIFT) + size - 1) / size;
        for (uint32_t i = 0; i < units; i++) {
            added[i] = made;
            hf__os_store_u32(&added[i].class_, class_);
        }
        in->units_used += units;
        in->states_used += added->blocks;
    }

    hf__host_unlock(&arenas_lock);
    return added;
}

/* pre: `of` is the first unit of its span. */
static arena *arena_of(span *of)
{
    return (arena *)(void *)((char *)(of - of->head) - offsetof(arena, spans));
}

/* Makes sure that the next block to carve has memory. */
static bool commit_next(const arena *in, span *of, uint32_t size)
{
    uint64_t wanted = (uint64_t)(of->carved + 1) * size;
    if (wanted <= of->committed)
        return true;
    uint64_t all = (uint64_t)units_for(size) * UNIT;
    uint64_t to = (wanted + UNIT - 1) & ~(uint64_t)(UNIT - 1);
    to = to < all ? to : all;
    if (!hf__host_commit_charge(HF_COMMIT_HEAP, to - of->committed))
        return false;
    if (hf__os_commit(span_memory(in, of) + of->committed, (size_t)(to - of->committed), HF_ACCESS_READ | HF_ACCESS_WRITE) != 0) {
        hf__host_commit_refund(HF_COMMIT_HEAP, to - of->committed);
        return false;
    }
    of->committed = to;
    return true;
}

static void take_block(arena *in, span *of, uint32_t index, uint32_t size, hf_block *out)
{
    out->memory = span_memory(in, of) + (size_t)index * size;
    out->state = &in->states[of->states + index];
    hf__os_store_u8(out->state, HF_BLOCK_CACHED);
}

/* Free blocks of spans that were used before. */
static uint32_t fetch_partial(size_class *from, uint32_t size, hf_block *blocks, uint32_t wanted)
{
    uint32_t count = 0;
    while (count < wanted && from->partial != NULL) {
        span *of = from->partial;
        arena *in = arena_of(of);
        for (; of->free > 0 && count < wanted; of->lowest++) {
            if (hf__os_load_u8(&in->states[of->states + of->lowest]) != HF_BLOCK_FREE)
                continue;
            take_block(in, of, of->lowest, size, &blocks[count++]);
            of->free--;
        }
        if (of->free == 0) {
            from->partial = of->next;
            of->is_listed = 0;
        }
    }

    return count;
}

static uint32_t fetch_fresh(size_class *from, uint32_t class_, hf_block *blocks, uint32_t wanted)
{
    uint32_t size = hf__host_heap_size_of(class_), count = 0;
    while (count < wanted) {
        if (from->current == NULL || from->current->carved == from->current->blocks)
            from->current = add_span(class_);
        span *of = from->current;
        arena *in = of != NULL ? arena_of(of) : NULL;
        if (in == NULL || !commit_next(in, of, size))
            break;
        take_block(in, of, of->carved++, size, &blocks[count++]);
    }
    return count;
}

uint32_t hf__host_heap_fetch(uint32_t class_, hf_block *blocks, uint32_t wanted)
{
    size_class *from = &classes[class_];
    hf__host_lock(&from->lock);
    uint32_t count = fetch_partial(from, hf__host_heap_size_of(class_), blocks, wanted);
    count += fetch_fresh(from, class_, blocks + count, wanted - count);
    hf__host_unlock(&from->lock);
    return count;
}

void hf__host_heap_return(uint32_t class_, const hf_block *blocks, uint32_t count)
{
    size_class *to = &classes[class_];
    hf__host_lock(&to->lock);
    for (uint32_t i = 0; i < count; i++) {
        arena *in = arena_at((uintptr_t)blocks[i].memory);
        if (in == NULL)
            continue;
        span *unit = &in->spans[((uintptr_t)blocks[i].memory - in->base) >> UNIT_SHIFT];
        span *of = &in->spans[unit->head];
        uint32_t index = (uint32_t)(blocks[i].state - &in->states[of->states]);
        hf__os_store_u8(blocks[i].state, HF_BLOCK_FREE);
        of->free++;
        of->lowest = index < of->lowest ? index : of->lowest;
        if (of->is_listed == 0) {
            of->is_listed = 1;
            of->next = to->partial;
            to->partial = of;
        }
    }

    hf__host_unlock(&to->lock);
}

static void each_of_span(arena *in, const span *of, uint8_t state, void (*each)(const hf_block *block, uint32_t size))
{
    for (uint32_t i = 0; i < of->carved; i++) {
        hf_block block = {span_memory(in, of) + (size_t)i * of->size, &in->states[of->states + i]};
        if (hf__os_load_u8(block.state) == state)
            each(&block, of->size);
    }
}

void hf__host_heap_each(uint8_t state, void (*each)(const hf_block *block, uint32_t size))
{
    const uint64_t *which = (const uint64_t *)(uintptr_t)hf__os_load_u64(&places);
    uint32_t left = arena_count;
    for (size_t place = 0; which != NULL && left > 0 && place < PLACES; place++) {
        arena *in = (arena *)(uintptr_t)hf__os_load_u64(&which[place]);
        if (in == NULL)
            continue;
        left--;
        for (uint32_t unit = 0; unit < in->units_used; unit += units_for(in->spans[unit].size))
            each_of_span(in, &in->spans[unit], state, each);
    }
}

void hf__host_spans_lock_all(void)
{
    for (uint32_t i = 0; i < HF_HEAP_CLASSES; i++)
        hf__host_lock(&classes[i].lock);
    hf__host_lock(&arenas_lock);
}

void hf__host_spans_unlock_all(void)
{
    hf__host_unlock(&arenas_lock);
    for (uint32_t i = 0; i < HF_HEAP_CLASSES; i++)
        hf__host_unlock(&classes[i].lock);
}
