/* SPDX-License-Identifier: MIT
 * The next definitions of the functions that are replaced: looked up once, at the first call of any of them. That call may come from the dynamic
 * linker, before main and before any constructor.
 *
 * Threads: the first call comes before there are threads.
 */
#ifndef HF_ATTACH_NEXT_POSIX_H
#define HF_ATTACH_NEXT_POSIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All of them lead to something from the start on: those not looked up yet, to functions that look them up. */
typedef struct hf__attach_next_functions {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*reallocarray)(void *, size_t, size_t);
    void (*free)(void *);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    void *(*mmap)(void *, size_t, int, int, int, long);
    void *(*mmap64)(void *, size_t, int, int, int, long);
    void *(*mremap)(void *, size_t, size_t, int, ...);
    int (*munmap)(void *, size_t);
    int (*mprotect)(void *, size_t, int);
    int (*madvise)(void *, size_t, int);
    int (*brk)(void *);
    void *(*sbrk)(intptr_t);
} hf__attach_next_functions;
extern hf__attach_next_functions hf__attach_next;
/* The map family alone, straight to the system: for the shim's own mappings, of which no sanitizer that stands behind us need know. */
extern const hf__attach_next_functions hf__attach_next_system;

/* Looks all of them up, if that has not been done. */
void hf__attach_next_find(void);
/* Was the block given out while they were looked up? Then it stays, whoever gives it back. */
bool hf__attach_next_is_early(const void *block);

#endif
