/* SPDX-License-Identifier: MIT
 * The tool's heap. Functions here never return NULL: an allocation that fails ends the attempt that it was made in (heap_attempt.h), and the public
 * function that made the attempt returns HF_ERROR_MEMORY. So code that allocates has no error paths for it, and no library of ours ends its user's
 * process. Code before the wall cannot see this layer.
 *
 * Threads: thread-safe. A block may be freed by another thread than the one that allocated it.
 */
#ifndef HF_HEAP_ALLOC_H
#define HF_HEAP_ALLOC_H

#include <hostfault/error.h>
#include <stddef.h>

/* Ends the attempt under way as an allocation that fails does; for a library that reports that it got no memory. Call it after that library has
 * returned, or from a handler that it allows not to return. */
/* An attribute, not _Noreturn: libdw takes the address, and to clang only the attribute is part of the type. */
__attribute__((noreturn)) void hf__out_of_memory(void);

/* Zeroed. count * size is checked. Never NULL. Give back with hf__free. */
void *hf__allocate(size_t count, size_t size);
/* As realloc, new bytes not zeroed. Never NULL; if it fails, the old block stays as it was. */
void *hf__reallocate(void *memory, size_t count, size_t size);
/* NULL is fine; errno is kept. */
void hf__free(void *memory);
/* A NUL-terminated copy. */
char *hf__copy_text(hf_text text);
char *hf__copy_string(const char *string);
/* Formats into a new string. */
char *hf__format(const char *format, ...) HF_PRINTF(1, 2);

/* Makes room for one more item in an array that grows by doubling: HF_GROW(items, count, capacity). */
#define HF_GROW(items, count, capacity)                                                                                                              \
    do {                                                                                                                                             \
        if ((count) == (capacity)) {                                                                                                                 \
            (items) = hf__reallocate((items), (capacity) != 0 ? (size_t)(capacity)*2 : 16, sizeof((items)[0]));                                      \
            (capacity) = (capacity) != 0 ? (capacity)*2 : 16;                                                                                        \
        }                                                                                                                                            \
    } while (0)

#endif
