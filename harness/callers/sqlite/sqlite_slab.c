/* SPDX-License-Identifier: MIT
 * Slabs: reserve once, commit page by page, release when the last page is gone.
 *
 * Each step that fails undoes the ones before it. A frame whose decommit failed stays committed, is remembered as such, and is not committed
 * again when it is next used. A release that the host refuses cannot be mended: the slab is forgotten, whatever the answer.
 */
#include "sqlite_slab.h"
#include "sqlite_host.h"
#include "base_poison.h"

enum { FRAMES_PER_SLAB = 32, SYSTEM_PAGE_BYTES = 4096 };

struct sqlite_slab {
    sqlite_slab *next, *previous;
    sqlite_page *free;
    unsigned used;
};

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

void sqlite_slabs_init(sqlite_slabs *slabs, size_t page_bytes, size_t extra_bytes)
{
    *slabs = (sqlite_slabs){.page_bytes = page_bytes, .extra_bytes = round_up(extra_bytes, 16)};
    slabs->entry_bytes = round_up(sizeof(sqlite_page), 16) + slabs->extra_bytes;
    slabs->frame_bytes = round_up(page_bytes, SYSTEM_PAGE_BYTES);
}

static size_t head_bytes(const sqlite_slabs *slabs)
{
    return round_up(round_up(sizeof(sqlite_slab), 16) + FRAMES_PER_SLAB * slabs->entry_bytes, SYSTEM_PAGE_BYTES);
}

/* Entries from last to first, so that the first frame is taken first. */
static void fill(const sqlite_slabs *slabs, sqlite_slab *slab)
{
    char *entries = (char *)slab + round_up(sizeof *slab, 16), *frames = (char *)slab + head_bytes(slabs);
    *slab = (sqlite_slab){0};
    for (size_t i = FRAMES_PER_SLAB; i-- > 0;) {
        sqlite_page *page = (sqlite_page *)(void *)(entries + i * slabs->entry_bytes);
        *page = (sqlite_page){.next = slab->free, .slab = slab};
        page->face.pBuf = frames + i * slabs->frame_bytes;
        page->face.pExtra = (char *)page + slabs->entry_bytes - slabs->extra_bytes;
        slab->free = page;
    }
}

static void link_first(sqlite_slabs *slabs, sqlite_slab *slab)
{
    slab->previous = NULL;
    slab->next = slabs->first;
    if (slab->next != NULL)
        slab->next->previous = slab;
    slabs->first = slab;
}

static void remove_slab(sqlite_slabs *slabs, sqlite_slab *slab)
{
    if (slab->next != NULL)
        slab->next->previous = slab->previous;
    if (slab->previous != NULL)
        slab->previous->next = slab->next;
    else
        slabs->first = slab->next;
    sqlite_host_release(slab);
}

static sqlite_slab *make_slab(sqlite_slabs *slabs)
{
    sqlite_slab *slab = sqlite_host_reserve(head_bytes(slabs) + FRAMES_PER_SLAB * slabs->frame_bytes);
    if (slab == NULL)
        return NULL;
    if (!sqlite_host_commit(slab, head_bytes(slabs))) {
        sqlite_host_release(slab);
        return NULL;
    }
    fill(slabs, slab);
    link_first(slabs, slab);
    return slab;
}

static sqlite_slab *slab_with_room(const sqlite_slabs *slabs)
{
    sqlite_slab *slab = slabs->first;
    while (slab != NULL && slab->free == NULL)
        slab = slab->next;
    return slab;
}

sqlite_page *sqlite_slabs_take(sqlite_slabs *slabs)
{
    sqlite_slab *slab = slab_with_room(slabs);
    if (slab == NULL)
        slab = make_slab(slabs);
    if (slab == NULL)
        return NULL;
    sqlite_page *page = slab->free;
    page->committed = page->committed || sqlite_host_commit(page->face.pBuf, slabs->frame_bytes);
    if (page->committed) {
        slab->free = page->next;
        slab->used++;
        return page;
    }
    if (slab->used == 0)
        remove_slab(slabs, slab);
    return NULL;
}

void sqlite_slabs_give(sqlite_slabs *slabs, sqlite_page *page)
{
    sqlite_slab *slab = page->slab;
    page->committed = !sqlite_host_decommit(page->face.pBuf, slabs->frame_bytes);
    page->next = slab->free;
    page->older = page->newer = NULL;
    slab->free = page;
    slab->used--;
    if (slab->used == 0)
        remove_slab(slabs, slab);
}

void sqlite_slabs_clear(sqlite_slabs *slabs)
{
    while (slabs->first != NULL)
        remove_slab(slabs, slabs->first);
}
