/* SPDX-License-Identifier: MIT
 * The host as SQLite gets to see it: mem_methods over IHostMalloc, page cache over VirtualAlloc, and what both must know of it.
 *
 * SQLite's mem_methods carry no context, so there is one of these per process, as there is one SQLite.
 *
 * Threads: one at a time; SQLite's mutexes would allow more, the counts here do not.
 */
#ifndef SQLITE_HOST_H
#define SQLITE_HOST_H

#include <hostfault/hosting.h>
#include <stdbool.h>
#include <stddef.h>

/* Points SQLite at the host; before sqlite3_initialize. False: SQLite refused the configuration. */
bool sqlite_host_bind(IHostMemoryManager *manager);
/* After sqlite3_shutdown: SQLite's own allocator and page cache again. */
void sqlite_host_unbind(void);

/* What the adapters hold of the host at this moment, and misuse of theirs by SQLite. */
typedef struct sqlite_host_state {
    size_t blocks;  /* heap blocks out */
    size_t slabs;   /* page-cache regions out */
    size_t foreign; /* blocks that SQLite gave back or asked about and that were none */
} sqlite_host_state;
sqlite_host_state sqlite_host_look(void);

/* The host returned E_FAIL: documented to mean that nothing may be asked of it any more. Sets it to `gone` and returns what it was; a check
 * under hf_pause, whose calls are not faulted, lifts it for that time. */
bool sqlite_host_set_gone(bool gone);

/* For the heap: SQLite gave back or asked about a block that is none. */
void sqlite_host_note_foreign(void);

/* For the adapters: the requests, with the E_FAIL rule kept. NULL: nothing came. */
void *sqlite_host_heap_alloc(size_t size_bytes);
void sqlite_host_heap_free(void *block);
void *sqlite_host_reserve(size_t size_bytes);
bool sqlite_host_commit(void *address, size_t size_bytes);
bool sqlite_host_decommit(void *address, size_t size_bytes);
void sqlite_host_release(void *region);

#endif
