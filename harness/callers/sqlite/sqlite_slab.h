/* SPDX-License-Identifier: MIT
 * Where the page cache's pages live: slabs, each one reservation, holding a fixed number of page frames.
 *
 * A slab begins with its bookkeeping (committed when the slab is made), its frames follow, each committed alone. So every page that SQLite
 * takes into its cache is a commit, every page that it discards a decommit, and a slab's end is a release.
 *
 * Threads: one per sqlite_slabs.
 */
#ifndef SQLITE_SLAB_H
#define SQLITE_SLAB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct sqlite_slab sqlite_slab;

/* One page frame. The links belong to whoever holds it: the cache for a page in use, the slab for a free one. */
typedef struct sqlite_page {
    sqlite3_pcache_page face; /* first: SQLite's pointer to it is the pointer to the frame */
    struct sqlite_page *next;
    struct sqlite_page *older, *newer;
    sqlite_slab *slab;
    unsigned key;
    bool committed;
} sqlite_page;

typedef struct sqlite_slabs {
    sqlite_slab *first;
    size_t page_bytes; /* as SQLite wants it */
    size_t frame_bytes, entry_bytes, extra_bytes;
} sqlite_slabs;

void sqlite_slabs_init(sqlite_slabs *slabs, size_t page_bytes, size_t extra_bytes);
/* A frame with committed memory; its contents are anything. NULL: the host gave none, and nothing was kept of the attempt. */
sqlite_page *sqlite_slabs_take(sqlite_slabs *slabs);
void sqlite_slabs_give(sqlite_slabs *slabs, sqlite_page *page);
/* Gives every slab back, pages in use included. */
void sqlite_slabs_clear(sqlite_slabs *slabs);

#endif
