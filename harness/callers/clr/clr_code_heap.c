/* SPDX-License-Identifier: MIT
 * Code heaps: where compiled code goes, and the reserve that is kept for jump stubs. CLR: src/vm/codeman.cpp:2030-2140,
 * src/vm/dynamicmethod.cpp:407-461, 761.
 *
 * Code that must lie in a given range and finds none there falls back on the emergency reserve, which was taken when an image was loaded. If that
 * reserve could not be had, nobody was told: the failure comes when it is needed.
 */
#include "clr.h"
#include "base_poison.h"

#define REACH ((uintptr_t)0x7FFF0000u)
#define HEAP_BYTES ((size_t)512 << 10) /* 8 granules: code heaps are larger on 64-bit systems */
#define RESERVE_CHUNK ((size_t)16 << 20)
#define STUB_HEAP_BYTES CLR_GRANULE

clr_range clr_code_reach(const char *image, size_t size)
{
    uintptr_t base = (uintptr_t)image;
    uintptr_t low = base + size > REACH + CLR_GRANULE ? base + size - REACH : CLR_GRANULE;
    return (clr_range){low, base + REACH};
}

/* src/utilcode/util.cpp, InitCodeAllocHint: what a 32-bit displacement reaches from the runtime's image; the search begins in its first
 * eighth. The original adds a random offset of up to 64 pages, which the model leaves out so that runs repeat. */
void clr_code_init(clr_code_manager *code)
{
    char *image = NULL;
    size_t size = 0;
    clr_os_own_image(&image, &size);
    code->preferred = clr_code_reach(image, size);
    code->hint = code->preferred.low + (code->preferred.high - code->preferred.low) / 8;
    clr_os_mutex_init(&code->crst.mutex);
}

/* codeman.cpp:2030-2060: the middle of the range, the whole range, a small chunk; then it gives up without a word. */
static char *reserve_for_jumps(clr_thread *thread, clr_range range, size_t *chunk)
{
    uintptr_t eighth = (range.high - range.low) / 8;
    char *base = clr_alloc_within_range(thread, (clr_range){range.low + eighth, range.high - eighth}, *chunk, PAGE_NOACCESS);
    if (base == NULL)
        base = clr_alloc_within_range(thread, range, *chunk, PAGE_NOACCESS);
    if (base == NULL) {
        *chunk = CLR_GRANULE;
        base = clr_alloc_within_range(thread, range, *chunk, PAGE_NOACCESS);
    }
    return base;
}

static size_t take_from_reserves(clr_code_manager *code, clr_range range, size_t size)
{
    for (clr_jump_reserve *reserve = code->reserves; reserve != NULL && size > 0; reserve = reserve->next) {
        uintptr_t base = (uintptr_t)reserve->base;
        if (base < range.low || base + reserve->size >= range.high)
            continue;
        size_t used = size < reserve->free ? size : reserve->free;
        reserve->free -= used;
        size -= used;
    }
    return size;
}

/* Its node comes from a throwing new; the address space that fails does not throw. */
void clr_code_ensure_jump_reserve(clr_thread *thread, char *image, size_t image_size, size_t size)
{
    clr_code_manager *code = &thread->clr->code;
    clr_range range = clr_code_reach(image, image_size);
    clr_crst_enter(thread, &code->crst);
    size = take_from_reserves(code, range, size);
    while (size > 0) {
        clr_jump_reserve *reserve = clr_new(thread, sizeof *reserve);
        if (reserve == NULL)
            break;
        size_t chunk = RESERVE_CHUNK;
        char *base = reserve_for_jumps(thread, range, &chunk);
        if (base == NULL) {
            clr_delete(thread, reserve);
            break;
        }
        size_t used = size < chunk ? size : chunk;
        *reserve = (clr_jump_reserve){code->reserves, base, chunk, chunk - used};
        code->reserves = reserve;
        size -= used;
    }
    clr_crst_leave(thread, &code->crst);
}

static char *take_reserve(clr_thread *thread, clr_range range, size_t *size)
{
    clr_jump_reserve **link = &thread->clr->code.reserves;
    for (; *link != NULL; link = &(*link)->next) {
        clr_jump_reserve *reserve = *link;
        uintptr_t base = (uintptr_t)reserve->base;
        if (base < range.low || base + reserve->size >= range.high)
            continue;
        *link = reserve->next;
        char *memory = reserve->base;
        *size = reserve->size;
        clr_delete(thread, reserve);
        return memory;
    }
    return NULL;
}

/* codeman.cpp:2113-2140. */
static char *reserve_code(clr_thread *thread, clr_range within, size_t *size)
{
    char *base = NULL;
    if (within.high == 0)
        return clr_alloc_executable(thread, *size);
    base = clr_alloc_within_range(thread, within, *size, PAGE_NOACCESS);
    return base != NULL ? base : take_reserve(thread, within, size);
}

/* The object that describes the heap is thrown for before anything is reserved. When a later step fails its destructor gives the reservation
 * back. The map of where methods begin comes from a loader heap, and nobody clears it: its pages are relied on to be zero. */
static clr_code_heap *create_heap(clr_thread *thread, clr_domain *domain, clr_range within)
{
    clr_code_heap *heap = clr_new(thread, sizeof *heap);
    if (heap == NULL)
        return NULL;
    size_t size = within.high == 0 ? HEAP_BYTES : STUB_HEAP_BYTES;
    char *base = reserve_code(thread, within, &size);
    if (base == NULL) {
        clr_delete(thread, heap);
        clr_throw_out_of_memory(thread);
        return NULL;
    }

    uint32_t *nibbles = clr_loader_heap_alloc(thread, &domain->low, HEAP_BYTES / 32 / 8 * 4);
    if (nibbles == NULL) {
        clr_virtual_free(thread, base, 0, MEM_RELEASE);
        clr_delete(thread, heap);
        return NULL;
    }
    *heap = (clr_code_heap){domain->code_heaps, base, base, base, base + size, nibbles};
    domain->code_heaps = heap;
    return heap;
}

static bool fits(const clr_code_heap *heap, size_t size, clr_range within)
{
    uintptr_t at = (uintptr_t)heap->next_code;
    bool in_range = within.high == 0 || (at >= within.low && at + size < within.high);
    return in_range && (size_t)(heap->end - heap->next_code) >= size;
}

/* One nibble per 32 bytes of code says where in them a method begins; a nibble that is set already is a method that nobody wrote. */
static bool mark_nibble(clr_code_heap *heap, const char *code)
{
    size_t bucket = (size_t)(code - heap->base) / 32 % (HEAP_BYTES / 32);
    uint32_t shift = (uint32_t)(bucket % 8) * 4;
    bool was_free = (heap->nibbles[bucket / 8] >> shift & 15u) == 0;
    heap->nibbles[bucket / 8] |= 1u << shift;
    return was_free;
}

static void *take_code(clr_thread *thread, clr_code_heap *heap, size_t size)
{
    char *end = heap->next_code + size;
    if (end > heap->committed) {
        size_t commit = clr_align_up((size_t)(end - heap->committed), CLR_PAGE);
        if (clr_virtual_alloc(thread, heap->committed, commit, MEM_COMMIT, PAGE_EXECUTE_READWRITE) == NULL) {
            clr_throw_out_of_memory(thread);
            return NULL;
        }
        heap->committed += commit;
    }

    char *code = heap->next_code;
    heap->next_code = end;
    if (!mark_nibble(heap, code)) {
        clr_fail_fast(thread, CLR_E_EXECUTIONENGINE);
        return NULL;
    }
    return code;
}

void *clr_code_alloc(clr_thread *thread, clr_domain *domain, size_t size, clr_range within)
{
    size = clr_align_up(size, 32);
    clr_crst_enter(thread, &thread->clr->code.crst);
    clr_code_heap *heap = domain->code_heaps;
    while (heap != NULL && !fits(heap, size, within))
        heap = heap->next;
    if (heap == NULL)
        heap = create_heap(thread, domain, within);
    void *code = heap != NULL ? take_code(thread, heap, size) : NULL;
    clr_crst_leave(thread, &thread->clr->code.crst);
    return code;
}

void clr_code_heaps_destroy(clr_thread *thread, clr_code_heap *heaps)
{
    clr_code_heap *next = NULL;
    for (clr_code_heap *heap = heaps; heap != NULL; heap = next) {
        next = heap->next;
        clr_virtual_free(thread, heap->base, 0, MEM_RELEASE);
        clr_delete(thread, heap);
    }
}
