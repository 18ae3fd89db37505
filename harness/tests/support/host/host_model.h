/* SPDX-License-Identifier: MIT
 * Win32 virtual memory in the simplest form: an array of pages, each with its complete state, and loops over it. Slow,
 * and too simple to be wrong in the ways the host could be. Addresses are offsets into a window of pages.
 */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hostfault/hosting.h>

#define MODEL_PAGE 0x1000u
#define MODEL_PAGES 2048u
#define MODEL_BYTES ((size_t)MODEL_PAGES * MODEL_PAGE)

typedef struct model_page {
    uint32_t region; /* 0 free; else the number of its reservation */
    uint32_t base;   /* first page of the reservation */
    DWORD reserved_with;
    DWORD protect; /* 0 not committed */
    uint8_t stamp; /* its first byte */
    bool is_reset; /* told by MEM_RESET that the contents are not needed: other hosts may have lost them */
    bool is_physical;
} model_page;

typedef struct model {
    model_page pages[MODEL_PAGES];
    uint32_t regions;
    uint32_t committed, limit; /* pages */
} model;

/* Each answers the Win32 error. The offset must lie in the window; *out is an offset. A range that ends outside is refused by the real thing too,
 * but for a reservation, so that one must lie inside or be larger than the address space. */
DWORD model_alloc(model *m, size_t offset, size_t size, DWORD type, DWORD protect, size_t *out);
DWORD model_free(model *m, size_t offset, size_t size, DWORD type);
DWORD model_protect(model *m, size_t offset, size_t size, DWORD protect, DWORD *old);

typedef struct model_answer {
    size_t base, allocation, size; /* the size of free memory ends with the window */
    DWORD state, protect, reserved_with;
} model_answer;
model_answer model_query(const model *m, size_t offset);

/* A touch of the page's first byte; true if it faults. The first touch of a guard page faults and takes the guard off. */
typedef enum model_access { MODEL_READ, MODEL_WRITE, MODEL_EXECUTE } model_access;
bool model_touch(model *m, size_t page, model_access access);
/* May the page's first byte be read, written, executed? */
bool model_can_read(const model_page *page);
bool model_can_write(const model_page *page);
bool model_can_execute(const model_page *page);

#endif
