/* SPDX-License-Identifier: MIT
 * One worker: allocates, resizes and frees in an arena, by its own generator, and looks whether its blocks hold what it wrote.
 *
 * Threads: distinct workers run in parallel.
 */
#ifndef JEMALLOC_WORKER_H
#define JEMALLOC_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORKER_SLOTS = 96 };

typedef struct worker_block {
    unsigned char *memory; /* NULL: the slot is empty */
    size_t size_bytes;
    uint32_t stamp;
} worker_block;

typedef struct jemalloc_worker {
    unsigned number; /* from 1 */
    unsigned arena;
    unsigned steps;
    bool trims; /* freed memory stays until the worker says otherwise */
    uint64_t generator;
    worker_block slots[WORKER_SLOTS];
    unsigned done;    /* steps that were made */
    unsigned damaged; /* blocks that held something else, or were not zero when they were asked to be */
    bool refused;     /* a request failed: the worker stopped there */
    uint32_t digest;
} jemalloc_worker;

/* The thread's function; user is a jemalloc_worker. Blocks that are left stay in the slots. */
void *jemalloc_worker_run(void *user);
/* Frees what is left, from whichever thread, looking at it first. */
void jemalloc_worker_drain(jemalloc_worker *self);

#endif
