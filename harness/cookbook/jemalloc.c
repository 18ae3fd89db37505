/* SPDX-License-Identifier: MIT */
/* jemalloc: an arena of our own whose extents come from adapt.h. Without split and merge each extent is one block from request to end. The caller
 * jemalloc (harness/callers/jemalloc) has all nine hooks, over pages. */
#include "cookbook.h"

#include <jemalloc/jemalloc.h>
#include <stdbool.h>

const char *malloc_conf = "retain:false,dirty_decay_ms:0,muzzy_decay_ms:0";

static void *take(extent_hooks_t *hooks, void *wanted, size_t size, size_t alignment, bool *zero, bool *commit, unsigned arena)
{
    (void)hooks;
    (void)arena;
    void *extent = wanted == NULL ? hf_adapt_aligned_alloc(alignment, size) : NULL;
    if (extent != NULL && *zero)
        memset(extent, 0, size);
    *commit = true;
    return extent;
}

static bool give(extent_hooks_t *hooks, void *extent, size_t size, bool committed, unsigned arena)
{
    (void)hooks;
    (void)size;
    (void)committed;
    (void)arena;
    hf_adapt_free(extent);
    return false;
}

static void destroy(extent_hooks_t *hooks, void *extent, size_t size, bool committed, unsigned arena)
{
    (void)give(hooks, extent, size, committed, arena);
}

/* A block that grows, and moves for it. */
static int grow(unsigned arena)
{
    int flags = MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE, got = 0;
    char *block = mallocx(100, flags);
    for (size_t size = 30000; block != NULL && size < 1000000; size *= 3) {
        char *bigger = rallocx(block, size, flags);
        got += bigger != NULL;
        block = bigger != NULL ? bigger : block;
    }
    if (block != NULL)
        dallocx(block, MALLOCX_TCACHE_NONE);
    return got;
}

static int use(unsigned arena)
{
    void *blocks[8];
    int got = 0;
    for (int i = 0; i < 8; i++) {
        blocks[i] = mallocx((size_t)20000 << (i % 4), MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE);
        got += blocks[i] != NULL;
    }
    for (int i = 0; i < 8; i++) {
        if (blocks[i] != NULL)
            dallocx(blocks[i], MALLOCX_TCACHE_NONE);
    }
    return got;
}

int main(void)
{
    static extent_hooks_t hooks = {.alloc = take, .dalloc = give, .destroy = destroy};
    extent_hooks_t *given = &hooks;
    unsigned arena = 0;
    size_t size = sizeof arena;
    if (mallctl("arenas.create", &arena, &size, &given, sizeof given) != 0)
        return cookbook_end(0, "no arena");
    int got = use(arena) + grow(arena);
    char name[32];
    snprintf(name, sizeof name, "arena.%u.destroy", arena);
    int is_over = mallctl(name, NULL, NULL, NULL, 0) == 0;
    return cookbook_end(got == 12 && is_over, got == 12 ? "12 blocks" : "fewer blocks");
}
