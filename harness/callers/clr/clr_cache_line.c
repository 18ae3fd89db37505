/* SPDX-License-Identifier: MIT
 * The cache-line allocator: one page at a time, cut into lines. CLR: src/utilcode/cachelinealloc.cpp:102-135.
 *
 * Its pages are registered in a node from the heap; without the node the page is given straight back.
 */
#include "clr.h"
#include "base_poison.h"

#define LINE ((size_t)64)

static bool new_page(clr_thread *thread, clr_cache_lines *lines)
{
    char *page = clr_virtual_alloc(thread, NULL, CLR_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (page == NULL)
        return false;
    clr_cache_page *node = clr_new_nothrow(thread, sizeof *node);
    if (node == NULL) {
        clr_virtual_free(thread, page, 0, MEM_RELEASE);
        return false;
    }
    *node = (clr_cache_page){lines->pages, page};
    lines->pages = node;
    lines->lines_left = (uint32_t)(CLR_GRANULE / LINE);
    return true;
}

/* NULL, without an exception, if there is no memory. */
void *clr_cache_line_alloc(clr_thread *thread, clr_cache_lines *lines)
{
    clr_crst_enter(thread, &lines->crst);
    void *line = NULL;
    if (lines->lines_left > 0 || new_page(thread, lines)) {
        lines->lines_left--;
        line = lines->pages->page + lines->lines_left * LINE;
    }
    clr_crst_leave(thread, &lines->crst);
    return line;
}
