/* SPDX-License-Identifier: MIT
 * sqlite3_mem_methods over IHostMalloc.
 *
 * Threads: one at a time, for the sake of the counts in sqlite_host.
 */
#ifndef SQLITE_HEAP_H
#define SQLITE_HEAP_H

#include <sqlite3.h>

/* The methods, xInit and xShutdown missing (sqlite_host.c has them). Static. */
const sqlite3_mem_methods *sqlite_heap_methods(void);

#endif
