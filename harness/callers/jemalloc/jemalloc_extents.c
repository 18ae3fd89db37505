/* SPDX-License-Identifier: MIT
 * The nine hooks, eight of them: there is no purge_forced, because it must leave committed zero pages, and decommit and commit again might
 * fail in the middle.
 *
 * What Windows cannot do is answered as what it is: two extents merge only within one reservation, because no later call may reach across
 * two. Splitting costs nothing. Lazy purging is MEM_RESET, which keeps the pages committed.
 *
 * Bookkeeping is of fixed size. A hook must never call malloc: it is jemalloc that is asking, under its own locks. After E_FAIL nothing more is
 * requested; giving back goes on. What jemalloc does about a refusal is its own affair: a refused dalloc makes it keep the extent.
 */
#include "jemalloc_extents.h"
#include <stdbool.h>
#include <string.h>
#include "base_poison.h"

static pthread_mutex_t gone_lock = PTHREAD_MUTEX_INITIALIZER;
static bool gone;

static bool host_gone(void)
{
    pthread_mutex_lock(&gone_lock);
    bool is_gone = gone;
    pthread_mutex_unlock(&gone_lock);
    return is_gone;
}

static bool took(HRESULT hr)
{
    if (hr == E_FAIL || hr == HOST_E_CLRNOTAVAILABLE) {
        pthread_mutex_lock(&gone_lock);
        gone = true;
        pthread_mutex_unlock(&gone_lock);
    }
    return SUCCEEDED(hr);
}

void jemalloc_extents_forget_failure(void)
{
    gone = false;
}

static void *request(jemalloc_extents *self, void *address, size_t size, DWORD type, DWORD protect)
{
    void *got = NULL;
    if (host_gone() || !took(self->manager->lpVtbl->VirtualAlloc(self->manager, address, size, type, protect, eTaskCritical, &got)))
        return NULL;
    return got;
}

static bool commit_pages(jemalloc_extents *self, void *address, size_t size)
{
    return request(self, address, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

static bool decommit_pages(jemalloc_extents *self, void *address, size_t size)
{
    return took(self->manager->lpVtbl->VirtualFree(self->manager, address, size, MEM_DECOMMIT));
}

/* Regions. All of these under the lock. */

static bool page_used(const extent_region *region, size_t page)
{
    return (region->used[page / 64] >> (page % 64) & 1) != 0;
}

static void mark(extent_region *region, size_t first, size_t count, bool used)
{
    for (size_t page = first; page < first + count; page++) {
        uint64_t bit = UINT64_C(1) << (page % 64);
        region->used[page / 64] = used ? region->used[page / 64] | bit : region->used[page / 64] & ~bit;
    }
    region->used_pages = used ? region->used_pages + count : region->used_pages - count;
}

static extent_region *region_of(jemalloc_extents *self, const void *address)
{
    for (size_t i = 0; i < EXTENT_REGIONS_MAX; i++) {
        extent_region *region = &self->regions[i];
        if (region->base != NULL && (uintptr_t)address - (uintptr_t)region->base < region->pages * EXTENT_PAGE_BYTES)
            return region;
    }
    return NULL;
}

static bool run_is_free(const extent_region *region, size_t first, size_t count)
{
    if (count > region->pages || first > region->pages - count)
        return false;
    for (size_t page = first; page < first + count; page++)
        if (page_used(region, page))
            return false;
    return true;
}

/* First fit. NULL: this region has no such run. */
static char *carve(extent_region *region, size_t count, size_t alignment)
{
    for (size_t page = 0; page + count <= region->pages; page++) {
        char *address = region->base + page * EXTENT_PAGE_BYTES;
        if ((uintptr_t)address % alignment == 0 && run_is_free(region, page, count)) {
            mark(region, page, count, true);
            return address;
        }
    }
    return NULL;
}

static char *carve_at(jemalloc_extents *self, char *address, size_t count)
{
    extent_region *region = region_of(self, address);
    size_t page = region == NULL ? 0 : (size_t)(address - region->base) / EXTENT_PAGE_BYTES;
    if (region == NULL || !run_is_free(region, page, count))
        return NULL;
    mark(region, page, count, true);
    return address;
}

static extent_region *unused_entry(jemalloc_extents *self)
{
    for (size_t i = 0; i < EXTENT_REGIONS_MAX; i++)
        if (self->regions[i].base == NULL)
            return &self->regions[i];
    return NULL;
}

static extent_region *reserve_region(jemalloc_extents *self, size_t size, size_t alignment)
{
    size_t bytes = size + (alignment > EXTENT_GRANULARITY ? alignment - EXTENT_GRANULARITY : 0);
    bytes = (bytes + EXTENT_GRANULARITY - 1) / EXTENT_GRANULARITY * EXTENT_GRANULARITY;
    bytes = bytes < EXTENT_REGION_BYTES ? EXTENT_REGION_BYTES : bytes;
    extent_region *region = unused_entry(self);
    if (region == NULL || bytes / EXTENT_PAGE_BYTES > EXTENT_REGION_PAGES_MAX)
        return NULL;
    char *base = request(self, NULL, bytes, MEM_RESERVE, PAGE_NOACCESS);
    if (base == NULL)
        return NULL;
    *region = (extent_region){.base = base, .pages = bytes / EXTENT_PAGE_BYTES};
    return region;
}

static char *place(jemalloc_extents *self, size_t size, size_t alignment)
{
    size_t count = size / EXTENT_PAGE_BYTES;
    for (size_t i = 0; i < EXTENT_REGIONS_MAX; i++) {
        char *address = self->regions[i].base == NULL ? NULL : carve(&self->regions[i], count, alignment);
        if (address != NULL)
            return address;
    }
    extent_region *region = reserve_region(self, size, alignment);
    return region == NULL ? NULL : carve(region, count, alignment);
}

/* A release that the host refuses leaves the region in the table, all of it free: it is used again, or released at the end. */
static void release_if_empty(jemalloc_extents *self, extent_region *region)
{
    if (region->used_pages == 0 && took(self->manager->lpVtbl->VirtualFree(self->manager, region->base, 0, MEM_RELEASE)))
        region->base = NULL;
}

static void put_back(jemalloc_extents *self, void *address, size_t size)
{
    pthread_mutex_lock(&self->lock);
    extent_region *region = region_of(self, address);
    if (region != NULL) {
        mark(region, (size_t)((char *)address - region->base) / EXTENT_PAGE_BYTES, size / EXTENT_PAGE_BYTES, false);
        release_if_empty(self, region);
    } else {
        self->foreign_pages += size / EXTENT_PAGE_BYTES;
    }
    pthread_mutex_unlock(&self->lock);
}

/* The hooks. All but alloc answer true when they did not do it. */

static jemalloc_extents *self_of(extent_hooks_t *hooks)
{
    return (jemalloc_extents *)(void *)hooks;
}

/* What is free here is never committed, so the pages read as zero, now or once they are committed. */
/* NOLINTNEXTLINE(readability-function-size): jemalloc's extent_hooks_t */
static void *hook_alloc(extent_hooks_t *hooks, void *wanted, size_t size, size_t alignment, bool *zero, bool *commit, unsigned arena)
{
    jemalloc_extents *self = self_of(hooks);
    (void)arena;
    pthread_mutex_lock(&self->lock);
    char *address = wanted != NULL ? carve_at(self, wanted, size / EXTENT_PAGE_BYTES) : place(self, size, alignment);
    pthread_mutex_unlock(&self->lock);
    if (address == NULL)
        return NULL;
    if (*commit && !commit_pages(self, address, size)) {
        put_back(self, address, size);
        return NULL;
    }
    *zero = true;
    return address;
}

static bool hook_dalloc(extent_hooks_t *hooks, void *address, size_t size, bool committed, unsigned arena)
{
    (void)arena;
    if (committed && !decommit_pages(self_of(hooks), address, size))
        return true;
    put_back(self_of(hooks), address, size);
    return false;
}

/* The arena ends, and takes no more extents: the pages may stay committed until their region is released. */
static void hook_destroy(extent_hooks_t *hooks, void *address, size_t size, bool committed, unsigned arena)
{
    (void)committed;
    (void)arena;
    put_back(self_of(hooks), address, size);
}

static bool hook_commit(extent_hooks_t *hooks, void *address, size_t size, size_t offset, size_t length, unsigned arena)
{
    (void)size;
    (void)arena;
    return !commit_pages(self_of(hooks), (char *)address + offset, length);
}

static bool hook_decommit(extent_hooks_t *hooks, void *address, size_t size, size_t offset, size_t length, unsigned arena)
{
    (void)size;
    (void)arena;
    return !decommit_pages(self_of(hooks), (char *)address + offset, length);
}

static bool hook_purge_lazy(extent_hooks_t *hooks, void *address, size_t size, size_t offset, size_t length, unsigned arena)
{
    (void)size;
    (void)arena;
    return request(self_of(hooks), (char *)address + offset, length, MEM_RESET, PAGE_READWRITE) == NULL;
}

/* NOLINTNEXTLINE(readability-function-size): jemalloc's extent_hooks_t */
static bool hook_split(extent_hooks_t *hooks, void *address, size_t size, size_t size_a, size_t size_b, bool committed, unsigned arena)
{
    (void)hooks;
    (void)address;
    (void)size;
    (void)size_a;
    (void)size_b;
    (void)committed;
    (void)arena;
    return false;
}

/* NOLINTNEXTLINE(readability-function-size): jemalloc's extent_hooks_t */
static bool hook_merge(extent_hooks_t *hooks, void *a, size_t size_a, void *b, size_t size_b, bool committed, unsigned arena)
{
    jemalloc_extents *self = self_of(hooks);
    (void)size_a;
    (void)size_b;
    (void)committed;
    (void)arena;
    pthread_mutex_lock(&self->lock);
    bool apart = region_of(self, a) != region_of(self, b);
    pthread_mutex_unlock(&self->lock);
    return apart;
}

void jemalloc_extents_init(jemalloc_extents *self, IHostMemoryManager *manager)
{
    memset(self, 0, sizeof *self);
    self->hooks = (extent_hooks_t){
        .alloc = hook_alloc,
        .dalloc = hook_dalloc,
        .destroy = hook_destroy,
        .commit = hook_commit,
        .decommit = hook_decommit,
        .purge_lazy = hook_purge_lazy,
        .split = hook_split,
        .merge = hook_merge,
    };
    self->manager = manager;
    pthread_mutex_init(&self->lock, NULL);
}

size_t jemalloc_extents_finish(jemalloc_extents *self)
{
    for (size_t i = 0; i < EXTENT_REGIONS_MAX; i++)
        if (self->regions[i].base != NULL)
            release_if_empty(self, &self->regions[i]);
    pthread_mutex_destroy(&self->lock);
    return self->foreign_pages;
}
