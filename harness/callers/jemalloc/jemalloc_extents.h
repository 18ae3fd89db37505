/* SPDX-License-Identifier: MIT
 * Extent hooks for one jemalloc arena: address space from VirtualAlloc in big reservations, extents carved out of them.
 *
 * Threads: thread-safe, as jemalloc may call the hooks from any thread; create and finish from one.
 */
#ifndef JEMALLOC_EXTENTS_H
#define JEMALLOC_EXTENTS_H

#include <hostfault/hosting.h>
#include <jemalloc/jemalloc.h>
#include <pthread.h>
#include <stdint.h>

enum {
    EXTENT_PAGE_BYTES = 4096,
    EXTENT_GRANULARITY = 65536,    /* reservations begin and end at multiples of it */
    EXTENT_REGION_BYTES = 4 << 20, /* a reservation, unless one extent needs more */
    EXTENT_REGION_PAGES_MAX = (16 << 20) / EXTENT_PAGE_BYTES,
    EXTENT_REGIONS_MAX = 64
};

/* One reservation. A page is used while jemalloc has it, committed or not. */
typedef struct extent_region {
    char *base; /* NULL: this entry is free */
    size_t pages, used_pages;
    uint64_t used[EXTENT_REGION_PAGES_MAX / 64];
} extent_region;

typedef struct jemalloc_extents {
    extent_hooks_t hooks; /* first: what jemalloc hands to each hook is the pointer to the whole */
    IHostMemoryManager *manager;
    pthread_mutex_t lock; /* over what follows */
    size_t foreign_pages; /* given back and in no region */
    extent_region regions[EXTENT_REGIONS_MAX];
} jemalloc_extents;

/* The storage is the caller's and must stay where it is until finish. */
void jemalloc_extents_init(jemalloc_extents *self, IHostMemoryManager *manager);
/* After the arena was destroyed. Tries once more to release what the host would not take back before; what jemalloc itself did not give
 * back stays out. Returns the pages that it gave back and never had. */
size_t jemalloc_extents_finish(jemalloc_extents *self);

/* The E_FAIL rule, for all arenas of the process: a new run begins without. */
void jemalloc_extents_forget_failure(void);

#endif
