/* SPDX-License-Identifier: MIT
 * The page cache's policy: which page to keep, which to evict, when to say no. Where pages live is sqlite_slab.c.
 *
 * createFlag 1 ("if it is easy") is refused when so many pages are pinned that SQLite had better write some out; createFlag 2 is refused
 * only when neither new memory nor an unpinned page of a purgeable cache is to be had. Pages of a cache that is not purgeable are the
 * database itself: none may ever be evicted.
 *
 * The hash table and the cache object come from SQLite's heap, hence from IHostMalloc. A hash table that cannot grow is a slow one, no error.
 */
#include "sqlite_pages.h"
#include "sqlite_slab.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base_poison.h"

typedef struct page_cache {
    sqlite_slabs slabs;
    sqlite_page **buckets;
    unsigned bucket_count; /* a power of two */
    unsigned pages, pinned, pages_max;
    bool purgeable;
    sqlite_page newest; /* ring of the unpinned: newest.older is the newest, newest.newer the oldest */
} page_cache;

static page_cache *cache_of(sqlite3_pcache *opaque)
{
    return (page_cache *)(void *)opaque;
}

static sqlite_page **bucket_of(page_cache *cache, unsigned key)
{
    return &cache->buckets[key & (cache->bucket_count - 1)];
}

static sqlite_page *find(page_cache *cache, unsigned key)
{
    sqlite_page *page = *bucket_of(cache, key);
    while (page != NULL && page->key != key)
        page = page->next;
    return page;
}

static void hash_insert(page_cache *cache, sqlite_page *page, unsigned key)
{
    sqlite_page **bucket = bucket_of(cache, key);
    page->key = key;
    page->next = *bucket;
    *bucket = page;
}

static void hash_remove(page_cache *cache, sqlite_page *page)
{
    sqlite_page **link = bucket_of(cache, page->key);
    while (*link != page)
        link = &(*link)->next;
    *link = page->next;
}

static bool hash_resize(page_cache *cache, unsigned count)
{
    sqlite_page **old = cache->buckets;
    unsigned old_count = cache->bucket_count;
    sqlite_page **fresh = sqlite3_malloc64(count * sizeof(sqlite_page *));
    if (fresh == NULL)
        return false;

    memset(fresh, 0, count * sizeof(sqlite_page *));
    cache->buckets = fresh;
    cache->bucket_count = count;
    for (unsigned i = 0; i < old_count; i++) {
        for (sqlite_page *page = old[i], *next; page != NULL; page = next) {
            next = page->next;
            hash_insert(cache, page, page->key);
        }
    }
    sqlite3_free(old);
    return true;
}

static void pin(page_cache *cache, sqlite_page *page)
{
    page->older->newer = page->newer;
    page->newer->older = page->older;
    page->older = page->newer = NULL;
    cache->pinned++;
}

static void unpin(page_cache *cache, sqlite_page *page)
{
    page->newer = &cache->newest;
    page->older = cache->newest.older;
    page->older->newer = page;
    cache->newest.older = page;
    cache->pinned--;
}

static bool is_pinned(const sqlite_page *page)
{
    return page->older == NULL;
}

/* Takes the page out of the cache; its memory goes back. */
static void discard(page_cache *cache, sqlite_page *page)
{
    if (!is_pinned(page))
        pin(cache, page);
    cache->pinned--;
    cache->pages--;
    hash_remove(cache, page);
    sqlite_slabs_give(&cache->slabs, page);
}

static sqlite_page *oldest_unpinned(page_cache *cache)
{
    return cache->purgeable && cache->newest.newer != &cache->newest ? cache->newest.newer : NULL;
}

static void evict_down_to(page_cache *cache, unsigned pages)
{
    while (cache->pages > pages && oldest_unpinned(cache) != NULL)
        discard(cache, oldest_unpinned(cache));
}

/* The oldest page that nobody holds becomes the new one. */
static sqlite_page *recycle(page_cache *cache)
{
    sqlite_page *page = oldest_unpinned(cache);
    if (page == NULL)
        return NULL;
    pin(cache, page);
    hash_remove(cache, page);
    return page;
}

static sqlite_page *add(page_cache *cache)
{
    if (cache->pages >= cache->bucket_count)
        (void)hash_resize(cache, cache->bucket_count * 2);
    sqlite_page *page = sqlite_slabs_take(&cache->slabs);
    if (page == NULL)
        return recycle(cache);
    cache->pages++;
    cache->pinned++;
    return page;
}

static sqlite3_pcache_page *xFetch(sqlite3_pcache *opaque, unsigned key, int create)
{
    page_cache *cache = cache_of(opaque);
    sqlite_page *page = find(cache, key);
    if (page != NULL && !is_pinned(page))
        pin(cache, page);
    if (page != NULL || create == 0)
        return page == NULL ? NULL : &page->face;
    if (create == 1 && cache->purgeable && cache->pinned >= cache->pages_max)
        return NULL;

    if (cache->purgeable && cache->pages >= cache->pages_max)
        page = recycle(cache);
    if (page == NULL)
        page = add(cache);
    if (page == NULL)
        return NULL;
    memset(page->face.pExtra, 0, cache->slabs.extra_bytes);
    hash_insert(cache, page, key);
    return &page->face;
}

static void xUnpin(sqlite3_pcache *opaque, sqlite3_pcache_page *face, int must_discard)
{
    page_cache *cache = cache_of(opaque);
    sqlite_page *page = (sqlite_page *)(void *)face;
    if (must_discard || (cache->purgeable && cache->pages > cache->pages_max))
        discard(cache, page);
    else
        unpin(cache, page);
}

static void xRekey(sqlite3_pcache *opaque, sqlite3_pcache_page *face, unsigned old_key, unsigned new_key)
{
    page_cache *cache = cache_of(opaque);
    sqlite_page *page = (sqlite_page *)(void *)face, *taken = find(cache, new_key);
    (void)old_key;
    if (taken != NULL && taken != page)
        discard(cache, taken);
    hash_remove(cache, page);
    hash_insert(cache, page, new_key);
}

static void xTruncate(sqlite3_pcache *opaque, unsigned limit)
{
    page_cache *cache = cache_of(opaque);
    for (unsigned i = 0; i < cache->bucket_count; i++) {
        for (sqlite_page *page = cache->buckets[i], *next; page != NULL; page = next) {
            next = page->next;
            if (page->key >= limit)
                discard(cache, page);
        }
    }
}

static sqlite3_pcache *xCreate(int page_bytes, int extra_bytes, int purgeable)
{
    page_cache *cache = sqlite3_malloc64(sizeof *cache);
    if (cache == NULL)
        return NULL;
    *cache = (page_cache){.purgeable = purgeable != 0, .pages_max = 100};
    cache->newest.older = cache->newest.newer = &cache->newest;
    sqlite_slabs_init(&cache->slabs, (size_t)page_bytes, (size_t)extra_bytes);
    if (hash_resize(cache, 64))
        return (sqlite3_pcache *)(void *)cache;
    sqlite3_free(cache);
    return NULL;
}

static void xDestroy(sqlite3_pcache *opaque)
{
    page_cache *cache = cache_of(opaque);
    sqlite_slabs_clear(&cache->slabs);
    sqlite3_free(cache->buckets);
    sqlite3_free(cache);
}

static void xCachesize(sqlite3_pcache *opaque, int pages)
{
    cache_of(opaque)->pages_max = pages < 1 ? 1 : (unsigned)pages;
    evict_down_to(cache_of(opaque), cache_of(opaque)->pages_max);
}

static void xShrink(sqlite3_pcache *opaque)
{
    evict_down_to(cache_of(opaque), 0);
}

static int xPagecount(sqlite3_pcache *opaque)
{
    return (int)cache_of(opaque)->pages;
}

/* A cache is whole in itself, so there is nothing to set up; but a missing xInit would mean SQLite's own cache. */
static int xInit(void *user)
{
    (void)user;
    return SQLITE_OK;
}

const sqlite3_pcache_methods2 *sqlite_pages_methods(void)
{
    static const sqlite3_pcache_methods2 methods = {
        .iVersion = 1,
        .xInit = xInit,
        .xCreate = xCreate,
        .xCachesize = xCachesize,
        .xPagecount = xPagecount,
        .xFetch = xFetch,
        .xUnpin = xUnpin,
        .xRekey = xRekey,
        .xTruncate = xTruncate,
        .xDestroy = xDestroy,
        .xShrink = xShrink,
    };
    return &methods;
}
