/*
 * Win32 virtual memory as a child would write it: an array of pages, each with everything that is known of it, and loops over it. Slow,
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
} model_page;

typedef struct model {
    model_page pages[MODEL_PAGES];
    uint32_t regions;
    uint32_t committed, limit; /* pages */
} model;

/* Each answers the Win32 error. offset + size must lie in the window; *out is an offset. */
DWORD model_alloc(model *m, size_t offset, size_t size, DWORD type, DWORD protect, size_t *out);
DWORD model_free(model *m, size_t offset, size_t size, DWORD type);
DWORD model_protect(model *m, size_t offset, size_t size, DWORD protect, DWORD *old);

typedef struct model_answer {
    size_t base, allocation, size; /* the size of free memory ends with the window */
    DWORD state, protect, reserved_with;
} model_answer;
model_answer model_query(const model *m, size_t offset);

/* May the page's first byte be read, written? */
bool model_can_read(const model_page *page);
bool model_can_write(const model_page *page);

#endif
