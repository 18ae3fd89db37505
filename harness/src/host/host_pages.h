/* SPDX-License-Identifier: MIT
 * The state of a region's pages: one byte each, in a table that stores equal neighbours as one entry wherever it can.
 *
 * Threads: the region's lock; get and run are safe without it, but their answers count only if the region's sequence did not change.
 */
#ifndef HF_HOST_PAGES_H
#define HF_HOST_PAGES_H

#include "host_region.h"

/* Sets up the table of a new region, all pages in one state. */
void hf__host_pages_init(hf_region *region, hf_page_code code);
/* Gives the table's memory back. */
void hf__host_pages_clear(hf_region *region);

/* Makes sure that setting [first, end) to that code cannot fail. False: no memory; nothing changed that anyone could see. */
bool hf__host_pages_prepare(hf_region *region, uint64_t first, uint64_t end, hf_page_code code);
/* pre: prepared for the same arguments. */
void hf__host_pages_set(hf_region *region, uint64_t first, uint64_t end, hf_page_code code);

hf_page_code hf__host_pages_get(const hf_region *region, uint64_t page);
/* The state of `page`, and the first page after it that has another, or `limit` if there is none below it. pre: page < limit <= the region's pages.
 */
uint64_t hf__host_pages_run(const hf_region *region, uint64_t page, uint64_t limit, hf_page_code *code);

#endif
