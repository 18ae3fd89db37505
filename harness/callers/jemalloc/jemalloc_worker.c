/* SPDX-License-Identifier: MIT
 * The work of one thread. Which step comes next, and how large, hangs on the worker's own generator and never on an address, on another
 * thread or on the clock; so a worker makes the same requests in every run.
 *
 * No thread cache is used (MALLOCX_TCACHE_NONE): it would answer requests out of what was freed before. A request that fails is not repeated.
 */
#include "jemalloc_worker.h"
#include <hostfault/hostfault.h>
#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <string.h>
#include "base_poison.h"

static uint32_t draw(jemalloc_worker *self, uint32_t limit)
{
    self->generator = self->generator * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(self->generator >> 33) % limit;
}

/* Mostly small, some pages, a few large ones: each of jemalloc's size ranges has its own path. */
static size_t draw_size(jemalloc_worker *self)
{
    static const struct {
        uint32_t below, least, most; /* of 100 draws; bytes */
    } kinds[] = {{55, 1, 1024}, {82, 1024, 16384}, {97, 16384, 131072}, {100, 131072, 786432}};
    uint32_t kind = 0, dice = draw(self, 100);
    while (dice >= kinds[kind].below)
        kind++;
    return kinds[kind].least + draw(self, kinds[kind].most - kinds[kind].least);
}

static int draw_flags(jemalloc_worker *self)
{
    uint32_t dice = draw(self, 16);
    int flags = MALLOCX_ARENA(self->arena) | MALLOCX_TCACHE_NONE;
    if (dice < 3)
        flags |= MALLOCX_ZERO;
    if (dice == 3)
        flags |= MALLOCX_LG_ALIGN((int)(6 + draw(self, 11)));
    return flags;
}

/* Every byte of the first and last 64, and one of every 512 between them: enough to see a page that is not the block's own. */
static size_t next_offset(size_t offset, size_t size)
{
    bool dense = offset < 63 || offset + 65 > size;
    size_t next = dense ? offset + 1 : (offset / 512 + 1) * 512;
    return !dense && next + 64 > size ? size - 64 : next;
}

static unsigned char pattern(uint32_t stamp, size_t offset)
{
    return (unsigned char)((stamp + offset * 167) % 251 + 1);
}

static void fill(const worker_block *block)
{
    for (size_t i = 0; i < block->size_bytes; i = next_offset(i, block->size_bytes))
        block->memory[i] = pattern(block->stamp, i);
}

/* Does the block hold its pattern up to `size`? */
static void verify(jemalloc_worker *self, const worker_block *block, size_t size)
{
    bool intact = true;
    for (size_t i = 0; i < size; i = next_offset(i, block->size_bytes))
        intact = intact && block->memory[i] == pattern(block->stamp, i);
    self->damaged += !intact;
}

static void verify_zero(jemalloc_worker *self, const worker_block *block)
{
    bool zero = true;
    for (size_t i = 0; i < block->size_bytes; i = next_offset(i, block->size_bytes))
        zero = zero && block->memory[i] == 0;
    self->damaged += !zero;
}

static void digest(jemalloc_worker *self, size_t value)
{
    self->digest = (self->digest ^ (uint32_t)value) * 16777619u;
}

static void take(jemalloc_worker *self, worker_block *block)
{
    int flags = draw_flags(self);
    *block = (worker_block){.size_bytes = draw_size(self), .stamp = draw(self, 1u << 30)};
    block->memory = mallocx(block->size_bytes, flags);
    self->refused = block->memory == NULL;
    if (self->refused)
        return;
    if ((flags & MALLOCX_ZERO) != 0)
        verify_zero(self, block);
    digest(self, sallocx(block->memory, flags));
    fill(block);
}

static void give(jemalloc_worker *self, worker_block *block)
{
    verify(self, block, block->size_bytes);
    dallocx(block->memory, MALLOCX_TCACHE_NONE);
    block->memory = NULL;
}

/* May move the block; what both sizes have in common must have come along. A refusal must leave the old block as it was. */
static void resize(jemalloc_worker *self, worker_block *block)
{
    worker_block old = *block;
    block->size_bytes = draw_size(self);
    void *moved = rallocx(block->memory, block->size_bytes, MALLOCX_ARENA(self->arena) | MALLOCX_TCACHE_NONE);
    self->refused = moved == NULL;
    if (self->refused) {
        *block = old;
        verify(self, block, block->size_bytes);
        return;
    }
    old.memory = block->memory = moved;
    verify(self, &old, old.size_bytes < block->size_bytes ? old.size_bytes : block->size_bytes);
    fill(block);
}

/* Never moves and cannot fail: it says how large the block is now. */
static void resize_in_place(jemalloc_worker *self, worker_block *block)
{
    verify(self, block, block->size_bytes);
    size_t got = xallocx(block->memory, block->size_bytes, draw_size(self), MALLOCX_TCACHE_NONE);
    block->size_bytes = got < block->size_bytes ? got : block->size_bytes;
    fill(block);
}

static void step(jemalloc_worker *self)
{
    worker_block *block = &self->slots[draw(self, WORKER_SLOTS)];
    uint32_t dice = draw(self, 10);
    if (block->memory == NULL)
        take(self, block);
    else if (dice < 7)
        give(self, block);
    else if (dice < 9)
        resize(self, block);
    else
        resize_in_place(self, block);
}

/* What an application does that wants to be smaller. jemalloc purges lazily (MEM_RESET, the extent stays) when decay is set to "at once", and
 * gives everything back on arena.purge. Set to "never" again, so that no clock decides in between. */
static void trim(const jemalloc_worker *self, bool lazily)
{
    ssize_t at_once = 0, never = -1;
    char name[64];
    snprintf(name, sizeof name, lazily ? "arena.%u.dirty_decay_ms" : "arena.%u.purge", self->arena);
    (void)mallctl(name, NULL, NULL, lazily ? &at_once : NULL, lazily ? sizeof at_once : 0);
    if (lazily)
        (void)mallctl(name, NULL, NULL, &never, sizeof never);
}

static void trim_now_and_then(const jemalloc_worker *self)
{
    enum { LAZILY_EVERY = 50, WHOLLY_EVERY = 200 };
    if (self->trims && self->done % LAZILY_EVERY == LAZILY_EVERY - 1)
        trim(self, self->done % WHOLLY_EVERY != WHOLLY_EVERY - 1);
}

void *jemalloc_worker_run(void *user)
{
    jemalloc_worker *self = user;
    char label[32];
    snprintf(label, sizeof label, "worker-%u", self->number);
    hf_thread(label);
    while (self->done < self->steps && !self->refused) {
        step(self);
        trim_now_and_then(self);
        self->done += !self->refused;
    }
    return NULL;
}

void jemalloc_worker_drain(jemalloc_worker *self)
{
    for (size_t i = 0; i < WORKER_SLOTS; i++)
        if (self->slots[i].memory != NULL)
            give(self, &self->slots[i]);
}
