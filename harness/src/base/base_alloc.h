/* SPDX-License-Identifier: MIT
 * Heap for the tool, and for the shim before it attaches. A failed allocation ends the tool with one line and exit status 3: there is
 * nothing useful that a reporter out of memory could still do. The shim must never call this after attach.
 */
#ifndef HF_BASE_ALLOC_H
#define HF_BASE_ALLOC_H

#include <hostfault/error.h>
#include <stddef.h>

/* Says so on stderr and ends the tool at once with status 3, for libraries that give up without a word. */
/* An attribute, not _Noreturn: libdw takes the address, and to clang only the attribute is part of the type. */
__attribute__((noreturn)) void hf__out_of_memory(void);

/* Zeroed. count * size is checked. Never NULL. Give back with hf__free. */
void *hf__allocate(size_t count, size_t size);
/* As realloc, new bytes not zeroed. Never NULL. */
void *hf__reallocate(void *memory, size_t count, size_t size);
/* NULL is fine; errno is kept. */
void hf__free(void *memory);
/* A NUL-terminated copy. */
char *hf__copy_text(hf_text text);
char *hf__copy_string(const char *string);
/* Formats into a new string. */
char *hf__format(const char *format, ...) HF_PRINTF(1, 2);

/* Grows an array by doubling: HF_GROW(items, count, capacity) makes room for one more. */
#define HF_GROW(items, count, capacity)                                                                                                              \
    do {                                                                                                                                             \
        if ((count) == (capacity)) {                                                                                                                 \
            (capacity) = (capacity) != 0 ? (capacity)*2 : 16;                                                                                        \
            (items) = hf__reallocate((items), (size_t)(capacity), sizeof((items)[0]));                                                               \
        }                                                                                                                                            \
    } while (0)

#endif
