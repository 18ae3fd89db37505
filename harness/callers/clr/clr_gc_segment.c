/* SPDX-License-Identifier: MIT
 * The collector's memory: segments and card tables. CLR: src/gc/gc.cpp:4263-4323, 4606-4646, 6922-6938, 7112-7137, 9018-9027, 10700-10730,
 * 30800-30804; src/vm/gcenv.os.cpp:184-260.
 *
 * Everything is reserved first and committed in steps, and a first commit that fails gives its reservation back. Results of giving back are ignored:
 * in particular a decommit is taken for done whatever the host says, so that pages which stayed committed keep their contents, while the
 * collector believes that they will be zero.
 */
#include "clr.h"
#include "base_poison.h"

#define COMMIT_STEP (16 * CLR_PAGE) /* gc.cpp:10700: commit_min_th */
#define CARDS_RESERVED (CLR_GRANULE)
#define CARDS_PER_SEGMENT (CLR_SEGMENT_BYTES / CARD_BYTES)
#define CARD_BYTES ((size_t)1024)
#define DECOMMIT_KEEP (32 * CLR_PAGE) /* what stays committed behind the last object */

/* virtual_alloc (4263-4315): a reservation that ends too near to the end of the address space is given back and counts as a failure. With
 * concurrent collections the host is asked to watch writes. */
static void *reserve(clr_thread *thread, size_t size)
{
    clr_gc *gc = &thread->clr->gc;
    DWORD type = MEM_RESERVE | (gc->write_watch ? MEM_WRITE_WATCH : 0);
    char *memory = clr_virtual_alloc(thread, NULL, size, type, PAGE_READWRITE);
    if (memory != NULL && (uintptr_t)memory + size > UINTPTR_MAX - CLR_LARGE_OBJECT_BYTES) {
        clr_virtual_free(thread, memory, 0, MEM_RELEASE);
        memory = NULL;
    }
    if (memory == NULL)
        gc->failure = CLR_GC_RESERVE_SEGMENT;
    return memory;
}

/* 9018-9027: the first commit carries the segment's own description. */
static clr_segment *first_commit(clr_thread *thread, char *base, size_t size, bool large)
{
    if (clr_virtual_alloc(thread, base, 2 * CLR_PAGE, MEM_COMMIT, PAGE_READWRITE) == NULL) {
        clr_virtual_free(thread, base, 0, MEM_RELEASE);
        thread->clr->gc.failure = CLR_GC_COMMIT_SEGMENT;
        return NULL;
    }
    clr_segment *segment = (clr_segment *)(void *)base;
    segment->begin = segment->allocated = segment->used = base + clr_align_up(sizeof *segment, 64);
    segment->committed = base + 2 * CLR_PAGE;
    segment->reserved = base + size;
    segment->large = large;
    return segment;
}

/* A card table that cannot grow aborts the growth of the heap: the new segment goes back (7112-7137). */
clr_segment *clr_gc_segment_create(clr_thread *thread, bool large, size_t minimum_bytes)
{
    clr_gc *gc = &thread->clr->gc;
    size_t size = CLR_SEGMENT_BYTES;
    if (minimum_bytes + CLR_PAGE > size)
        size = clr_align_up(minimum_bytes + CLR_PAGE, CLR_GRANULE);
    char *base = reserve(thread, size);
    clr_segment *segment = base != NULL ? first_commit(thread, base, size, large) : NULL;
    if (segment == NULL)
        return NULL;

    if (!clr_gc_grow_cards(thread, gc->segment_count + 1)) {
        clr_virtual_free(thread, base, 0, MEM_RELEASE);
        return NULL;
    }
    segment->number = gc->segment_count++;
    clr_segment **list = large ? &gc->large : &gc->small;
    segment->next = *list;
    *list = segment;
    return segment;
}

/* grow_heap_segment (10700-10730). */
bool clr_gc_segment_grow(clr_thread *thread, clr_segment *segment, char *end)
{
    if (end > segment->reserved)
        return false;
    size_t size = clr_align_up((size_t)(end - segment->committed), COMMIT_STEP);
    size_t room = (size_t)(segment->reserved - segment->committed);
    if (size > room)
        size = room;
    if (clr_virtual_alloc(thread, segment->committed, size, MEM_COMMIT, PAGE_READWRITE) == NULL) {
        thread->clr->gc.failure = CLR_GC_COMMIT_SEGMENT;
        return false;
    }
    segment->committed += size;
    return true;
}

/* decommit_heap_segment_pages: the marks move down whether or not the host did it. */
void clr_gc_segment_decommit(clr_thread *thread, clr_segment *segment)
{
    uintptr_t keep = clr_align_up((uintptr_t)segment->allocated, CLR_PAGE) + DECOMMIT_KEEP;
    if ((uintptr_t)segment->committed <= keep)
        return;
    size_t size = (uintptr_t)segment->committed - keep;
    char *begin = segment->committed - size;
    (void)clr_virtual_free(thread, begin, size, MEM_DECOMMIT);
    segment->committed = begin;
    if (segment->used > begin)
        segment->used = begin;
}

/* 30800-30804: whole pages of a free stretch. The first failure turns it off for the life of the process. */
void clr_gc_reset(clr_thread *thread, char *begin, char *end)
{
    clr_gc *gc = &thread->clr->gc;
    uintptr_t first = clr_align_up((uintptr_t)begin, CLR_PAGE);
    uintptr_t last = (uintptr_t)end / CLR_PAGE * CLR_PAGE;
    if (gc->reset_disabled || first + COMMIT_STEP > last)
        return;
    gc->reset_disabled = clr_virtual_alloc(thread, (void *)first, last - first, MEM_RESET, PAGE_READWRITE) == NULL;
}

/* gcenv.os.cpp:243-260: no error, only a feature less. */
bool clr_gc_probe_write_watch(clr_thread *thread)
{
    void *probe = clr_virtual_alloc(thread, NULL, CLR_GRANULE, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    if (probe == NULL)
        return false;
    clr_virtual_free(thread, probe, 0, MEM_RELEASE);
    return true;
}

/* 6922-6938 and 7112-7137: the first table is reserved and committed; when its reservation is used up, a larger one takes its place. */
static bool replace_cards(clr_thread *thread, size_t needed)
{
    clr_gc *gc = &thread->clr->gc;
    size_t reserved = clr_align_up(needed, CARDS_RESERVED);
    unsigned char *cards = clr_virtual_alloc(thread, NULL, reserved, MEM_RESERVE, PAGE_READWRITE);
    if (cards == NULL)
        return false;
    if (clr_virtual_alloc(thread, cards, needed, MEM_COMMIT, PAGE_READWRITE) == NULL) {
        clr_virtual_free(thread, cards, 0, MEM_RELEASE);
        return false;
    }

    for (size_t i = 0; i < gc->cards_committed; i++)
        cards[i] = gc->cards[i];
    if (gc->cards != NULL)
        clr_virtual_free(thread, gc->cards, 0, MEM_RELEASE);
    gc->cards = cards;
    gc->cards_reserved = reserved;
    gc->cards_committed = needed;
    return true;
}

bool clr_gc_grow_cards(clr_thread *thread, uint32_t segment_count)
{
    clr_gc *gc = &thread->clr->gc;
    size_t needed = clr_align_up(segment_count * CARDS_PER_SEGMENT, CLR_PAGE);
    bool grown = true;
    if (needed > gc->cards_reserved) {
        grown = replace_cards(thread, needed);
    } else if (needed > gc->cards_committed) {
        grown = clr_virtual_alloc(thread, gc->cards + gc->cards_committed, needed - gc->cards_committed, MEM_COMMIT, PAGE_READWRITE) != NULL;
        if (grown)
            gc->cards_committed = needed;
    }
    if (!grown)
        gc->failure = CLR_GC_GROW_TABLE;
    return grown;
}
