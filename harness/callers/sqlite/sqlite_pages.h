/* SPDX-License-Identifier: MIT
 * A page cache for SQLite (sqlite3_pcache_methods2) over VirtualAlloc: regions are reserved for many pages, each page is committed when it is
 * first wanted and decommitted when SQLite discards it, a region without pages is released.
 *
 * Threads: distinct caches may be used in parallel, which is what SQLite does.
 */
#ifndef SQLITE_PAGES_H
#define SQLITE_PAGES_H

#include <sqlite3.h>

/* Static. */
const sqlite3_pcache_methods2 *sqlite_pages_methods(void);

#endif
