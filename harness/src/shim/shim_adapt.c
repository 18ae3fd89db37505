/* SPDX-License-Identifier: MIT
 * malloc's family over a wrapped host. A block is [slack][header][the user's bytes][guard], in one block of the host's heap.
 *
 * The name of every function here that can appear in a stack begins with hf_adapt_: sweeps skip such frames when they name a place.
 */
#include "base_check.h"
#include "base_text.h"
#include "os_thread.h"
#include "shim_call.h"

#include <errno.h>
#include <hostfault/adapt.h>
#include <hostfault/caller.h>
#include <string.h>

#include "base_poison.h"

#define ALIGNMENT 16u
#define GUARD_LEAST 8u
#define GUARD_MOST 16u
#define LIVE 0x48664164617074A5ull
#define GUARD_BYTE 0xCB
#define NEW_BYTE 0xA5
#define FREED_BYTE 0xDD

typedef struct header {
    uint64_t mark;            /* LIVE ^ the block's address */
    _Alignas(8) void *raw;    /* what the host gave */
    _Alignas(8) size_t size;  /* what the user asked for */
    _Alignas(8) size_t guard; /* bytes behind it */
} header;
HF_STATIC_ASSERT(sizeof(header) + GUARD_MOST == HF_ADAPT_OVERHEAD, "adapt.h says how much stands round a block");

enum { CLOSED, OPENING, OPEN };

static struct {
    uint32_t state;
    uint32_t is_dead; /* the host returned E_FAIL or HOST_E_CLRNOTAVAILABLE */
    IHostMemoryManager *chosen, *manager;
    IHostMalloc *heap;
} adapt;

/* Wrapped without a session too, since one may begin later (hf_test_sweep): a wrapper without one only forwards. */
static bool wrap_host(IHostMemoryManager *bare)
{
    if (hf__shim_attached())
        return SUCCEEDED(hf_wrap(bare, &adapt.manager));
    bare->lpVtbl->AddRef(bare);
    adapt.manager = hf__shim_wrap(HF_WRAP_MEMORY, bare);
    if (adapt.manager == NULL)
        bare->lpVtbl->Release(bare);
    return adapt.manager != NULL;
}

static bool open_host(void)
{
    IHostMemoryManager *bare = adapt.chosen;
    if (bare == NULL)
        (void)hf_host_create(&bare);
    else
        bare->lpVtbl->AddRef(bare);
    bool is_wrapped = wrap_host(bare);
    bare->lpVtbl->Release(bare);
    if (is_wrapped && SUCCEEDED(adapt.manager->lpVtbl->CreateMalloc(adapt.manager, MALLOC_THREADSAFE, &adapt.heap)) && adapt.heap != NULL)
        return true;
    if (is_wrapped)
        adapt.manager->lpVtbl->Release(adapt.manager);
    return false;
}

/* The shim's own requests are paused: they are not counted as the program's, and never fail by a fault. */
static bool open_paused(void)
{
    (void)hf_attach(NULL);
    hf_pause();
    bool is_open = open_host();
    hf_resume();
    hf__shim_adapted_heap = is_open ? adapt.heap : NULL;
    if (is_open && hf__shim_attached())
        hf__os_store_u32(&hf__shim.session.control->sees, HF_SEES_NULL);
    return is_open;
}

static IHostMalloc *find_heap(void)
{
    while (hf__os_load_u32(&adapt.state) != OPEN) {
        if (hf__os_swap_if_u32(&adapt.state, CLOSED, OPENING)) {
            bool is_open = open_paused();
            hf__os_store_u32(&adapt.state, is_open ? OPEN : CLOSED);
            if (!is_open)
                return NULL;
        }
        hf__os_yield();
    }
    return adapt.heap;
}

static header *header_of(const void *block)
{
    return (header *)((uintptr_t)block - sizeof(header));
}

static bool is_live(const void *block)
{
    return header_of(block)->mark == (LIVE ^ (uint64_t)(uintptr_t)block);
}

static void complain(const char *text)
{
    if (hf__shim_attached()) {
        hf_check(0, text);
        return;
    }
    hf__os_complain("hostfault: ");
    hf__os_complain(text);
    hf__os_complain("\n");
}

static void check_guard(const void *block)
{
    const header *head = header_of(block);
    const unsigned char *guard = (const unsigned char *)block + head->size;
    size_t at = 0;
    while (at < head->guard && guard[at] == GUARD_BYTE)
        at++;
    if (at == head->guard)
        return;
    char text[160];
    hf__builder out = hf__builder_init(text, sizeof text);
    hf__builder_print(&out, "a block of %zu bytes was written to past its end: byte %zu is 0x%02X", head->size, head->size + at, (unsigned)guard[at]);
    complain(text);
}

/* Writes header and guard into the host's block. */
static void *dress(void *raw, size_t raw_size, size_t alignment, size_t size)
{
    uintptr_t at = ((uintptr_t)raw + sizeof(header) + alignment - 1) & ~(uintptr_t)(alignment - 1);
    size_t behind = (uintptr_t)raw + raw_size - at - size;
    void *block = (void *)at;
    *header_of(block) = (header){.mark = LIVE ^ (uint64_t)at, .raw = raw, .size = size, .guard = behind < GUARD_MOST ? behind : GUARD_MOST};
    memset((char *)block + size, GUARD_BYTE, header_of(block)->guard);
    return block;
}

/* NULL and ENOMEM if there is no memory. Inline, so that the request's own function is the frame above the host's. */
static inline __attribute__((always_inline)) void *hf_adapt_take(size_t alignment, size_t size)
{
    size_t slack = alignment > ALIGNMENT ? alignment : 0;
    IHostMalloc *heap = hf__os_load_u32(&adapt.is_dead) == 0 ? find_heap() : NULL;
    void *raw = NULL;
    if (heap != NULL && size <= SIZE_MAX - HF_ADAPT_OVERHEAD - slack) {
        HRESULT hr = heap->lpVtbl->Alloc(heap, size + HF_ADAPT_OVERHEAD + slack, eTaskCritical, &raw);
        if (hr == E_FAIL || hr == HOST_E_CLRNOTAVAILABLE)
            hf__os_store_u32(&adapt.is_dead, 1);
        raw = SUCCEEDED(hr) ? raw : NULL;
    }
    if (raw == NULL) {
        hf__os_set_errno(ENOMEM);
        return NULL;
    }
    return dress(raw, size + HF_ADAPT_OVERHEAD + slack, alignment, size);
}

static inline __attribute__((always_inline)) void hf_adapt_give(void *block)
{
    if (block == NULL || adapt.heap == NULL)
        return;
    int kept = hf__os_errno();
    header *head = header_of(block);
    void *raw = head; /* not a block: passed to the host unchanged, and the verdict reports it */
    if (is_live(block)) {
        check_guard(block);
        raw = head->raw;
        memset(block, FREED_BYTE, head->size);
        head->mark = 0;
    }
    (void)adapt.heap->lpVtbl->Free(adapt.heap, raw);
    hf__os_set_errno(kept);
}

static inline __attribute__((always_inline)) void *hf_adapt_move(void *block, size_t size)
{
    char *moved = hf_adapt_take(ALIGNMENT, size);
    if (moved == NULL)
        return NULL;
    size_t kept = block == NULL ? 0 : hf_adapt_size(block);
    kept = kept < size ? kept : size;
    memset(moved + kept, NEW_BYTE, size - kept);
    if (block != NULL)
        memcpy(moved, block, kept);
    hf_adapt_give(block);
    return moved;
}

static void *refuse(int code)
{
    hf__os_set_errno(code);
    return NULL;
}

static bool fits(size_t count, size_t size)
{
    return size == 0 || count <= SIZE_MAX / size;
}

void *hf_adapt_malloc(size_t size)
{
    void *block = hf_adapt_take(ALIGNMENT, size);
    return block != NULL ? memset(block, NEW_BYTE, size) : NULL;
}

void *hf_adapt_calloc(size_t count, size_t size)
{
    if (!fits(count, size))
        return refuse(ENOMEM);
    void *block = hf_adapt_take(ALIGNMENT, count * size);
    return block != NULL ? memset(block, 0, count * size) : NULL;
}

void *hf_adapt_realloc(void *block, size_t size)
{
    return hf_adapt_move(block, size);
}

void *hf_adapt_reallocarray(void *block, size_t count, size_t size)
{
    return fits(count, size) ? hf_adapt_move(block, count * size) : refuse(ENOMEM);
}

void *hf_adapt_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return refuse(EINVAL);
    void *block = hf_adapt_take(alignment < ALIGNMENT ? ALIGNMENT : alignment, size);
    return block != NULL ? memset(block, NEW_BYTE, size) : NULL;
}

void hf_adapt_free(void *block)
{
    hf_adapt_give(block);
}

void hf_adapt_free_sized(void *block, size_t size)
{
    char text[160];
    hf__builder out = hf__builder_init(text, sizeof text);
    if (block != NULL && is_live(block) && header_of(block)->size != size) {
        hf__builder_print(&out, "a block of %zu bytes was given back as one of %zu", header_of(block)->size, size);
        complain(text);
    }
    hf_adapt_give(block);
}

char *hf_adapt_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = hf_adapt_take(ALIGNMENT, size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

size_t hf_adapt_size(const void *block)
{
    return block != NULL && is_live(block) ? header_of(block)->size : 0;
}

hf_status hf_adapt_begin(IHostMemoryManager *host)
{
    if (hf__os_load_u32(&adapt.state) != CLOSED)
        return HF_ERROR_STATE;
    adapt.chosen = host;
    return HF_OK;
}

void hf_adapt_end(void)
{
    if (hf__os_load_u32(&adapt.state) == OPEN) {
        hf_pause();
        adapt.heap->lpVtbl->Release(adapt.heap);
        adapt.manager->lpVtbl->Release(adapt.manager);
        hf_resume();
    }
    hf__shim_adapted_heap = NULL;
    memset(&adapt, 0, sizeof adapt);
}
