/* SPDX-License-Identifier: MIT
 * A user's host as a fuzz target: operations drawn from the data; each answer is checked against earlier ones. It demands what every caller relies on
 * and no more: where a host may refuse it may, but what it granted must hold, now and later.
 */
#include "base_check.h"
#include "base_text.h"

#include <hostfault/fuzz.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define PAGE ((size_t)4096)
#define REGIONS 8u
#define REGION_PAGES 32u
#define BLOCKS 16u
#define BLOCK_MAX 5000u
#define STEPS_MAX 500u

typedef struct page {
    bool committed;
    DWORD protect;
    uint8_t stamp; /* of its first and last byte */
} page;

typedef struct region {
    char *base; /* NULL: none */
    size_t pages;
    page page[REGION_PAGES];
} region;

typedef struct block {
    char *memory;
    size_t size;
    uint8_t stamp;
} block;

typedef struct play {
    IHostMemoryManager *host;
    IHostMalloc *heap;
    const uint8_t *at, *end;
    unsigned steps;
    uint8_t stamp; /* the last that was given */
    char step[160];
    region regions[REGIONS];
    block blocks[BLOCKS];
} play;

static void demand(const play *self, bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "==hostfault== ERROR: host: %s: step %u, %s\nhostfault: finding host %s\n", what, self->steps, self->step, what);
    abort();
}

static unsigned draw(play *self, unsigned below)
{
    return self->at < self->end ? *self->at++ % below : 0;
}

static void say(play *self, const char *format, ...) HF_PRINTF(2, 3);
static void say(play *self, const char *format, ...)
{
    hf__builder step = hf__builder_init(self->step, sizeof self->step);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&step, format, arguments);
    va_end(arguments);
}

static bool may_write(const page *self)
{
    return self->committed && (self->protect & PAGE_READWRITE) != 0;
}

static bool may_read(const page *self)
{
    return self->committed && (self->protect & (PAGE_READWRITE | PAGE_READONLY)) != 0;
}

static void check_page(const play *self, const region *in, size_t index)
{
    const page *one = &in->page[index];
    const char *at = in->base + index * PAGE;
    if (may_read(one))
        demand(self, (uint8_t)at[0] == one->stamp && (uint8_t)at[PAGE - 1] == one->stamp, "contents changed");
}

static void check_query(const play *self, const region *in, size_t index)
{
    MEMORY_BASIC_INFORMATION told;
    SIZE_T bytes = 0;
    memset(&told, 0, sizeof told);
    HRESULT hr = self->host->lpVtbl->VirtualQuery(self->host, in->base + index * PAGE, &told, sizeof told, &bytes);
    if (FAILED(hr) || bytes < sizeof told)
        return;
    demand(self, told.State == (in->page[index].committed ? (DWORD)MEM_COMMIT : (DWORD)MEM_RESERVE), "VirtualQuery reports a wrong state");
    demand(self, told.AllocationBase == in->base, "VirtualQuery reports a wrong AllocationBase");
    if (in->page[index].committed)
        demand(self, told.Protect == in->page[index].protect, "VirtualQuery reports a wrong protection");
}

static void check_all(const play *self)
{
    for (unsigned i = 0; i < REGIONS; i++)
        for (size_t p = 0; self->regions[i].base != NULL && p < self->regions[i].pages; p++)
            check_page(self, &self->regions[i], p);
    for (unsigned i = 0; i < BLOCKS; i++) {
        const block *one = &self->blocks[i];
        for (size_t b = 0; one->memory != NULL && b < one->size; b++)
            demand(self, (uint8_t)one->memory[b] == one->stamp, "a block's contents changed");
    }
}

static bool overlaps(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    return b != NULL && a < b + b_bytes && b < a + a_bytes;
}

static void check_apart(const play *self, const char *memory, size_t size)
{
    for (unsigned i = 0; i < REGIONS; i++)
        demand(self, !overlaps(memory, size, self->regions[i].base, self->regions[i].pages * PAGE), "memory was allocated twice");
    for (unsigned i = 0; i < BLOCKS; i++)
        demand(self, !overlaps(memory, size, self->blocks[i].memory, self->blocks[i].size), "memory was allocated twice");
}

/* Newly committed memory is zero; from then on it holds what was written. */
static void take_pages(play *self, region *in, size_t first, size_t count, DWORD protect)
{
    for (size_t i = first; i < first + count; i++) {
        page *one = &in->page[i];
        bool fresh = !one->committed;
        char *at = in->base + i * PAGE;
        one->committed = true;
        one->protect = protect;
        if (fresh)
            one->stamp = 0;
        if (fresh && may_read(one))
            demand(self, at[0] == 0 && at[PAGE / 2] == 0 && at[PAGE - 1] == 0, "new memory is not zero");
        if (may_write(one)) {
            one->stamp = ++self->stamp;
            at[0] = at[PAGE - 1] = (char)one->stamp;
        }
    }
}

static DWORD draw_protect(play *self)
{
    static const DWORD protections[] = {PAGE_READWRITE, PAGE_READWRITE, PAGE_READONLY, PAGE_NOACCESS};
    return protections[draw(self, HF_COUNT_OF(protections))];
}

static void reserve(play *self)
{
    region *in = &self->regions[draw(self, REGIONS)];
    size_t pages = 1 + draw(self, REGION_PAGES);
    bool commit = draw(self, 2) != 0;
    DWORD protect = draw_protect(self);
    void *out = &out;
    if (in->base != NULL)
        return;

    say(self, "VirtualAlloc(null, %zu, %s, 0x%X)", pages * PAGE, commit ? "reserve|commit" : "reserve", (unsigned)protect);
    HRESULT hr =
        self->host->lpVtbl->VirtualAlloc(self->host, NULL, pages * PAGE, MEM_RESERVE | (commit ? MEM_COMMIT : 0), protect, eTaskCritical, &out);
    demand(self, SUCCEEDED(hr) || out == NULL, "a failure leaves a pointer in the out-parameter");
    demand(self, FAILED(hr) || out != NULL, "success with null");
    if (FAILED(hr))
        return;
    demand(self, (uintptr_t)out % 65536 == 0, "a reservation is not aligned to 64 KiB");
    check_apart(self, out, pages * PAGE);
    *in = (region){.base = out, .pages = pages};
    if (commit)
        take_pages(self, in, 0, pages, protect);
}

/* A region that is there, and a range in it; false: there is none. */
static bool draw_range(play *self, region **in, size_t *first, size_t *count)
{
    *in = &self->regions[draw(self, REGIONS)];
    unsigned a = draw(self, REGION_PAGES), b = draw(self, REGION_PAGES);
    if ((*in)->base == NULL)
        return false;
    *first = a % (*in)->pages;
    *count = 1 + b % ((*in)->pages - *first);
    return true;
}

static void commit(play *self)
{
    region *in;
    size_t first, count;
    void *out = &out;
    DWORD protect = draw_protect(self);
    if (!draw_range(self, &in, &first, &count))
        return;
    say(self, "VirtualAlloc(page %zu, %zu, commit, 0x%X)", first, count * PAGE, (unsigned)protect);
    char *at = in->base + first * PAGE;
    HRESULT hr = self->host->lpVtbl->VirtualAlloc(self->host, at, count * PAGE, MEM_COMMIT, protect, eTaskCritical, &out);
    demand(self, SUCCEEDED(hr) || out == NULL, "a failure leaves a pointer in the out-parameter");
    demand(self, FAILED(hr) || out == at, "a commit returns another address");
    if (SUCCEEDED(hr))
        take_pages(self, in, first, count, protect);
}

static void decommit(play *self)
{
    region *in;
    size_t first, count;
    if (!draw_range(self, &in, &first, &count))
        return;
    say(self, "VirtualFree(page %zu, %zu, decommit)", first, count * PAGE);
    if (FAILED(self->host->lpVtbl->VirtualFree(self->host, in->base + first * PAGE, count * PAGE, MEM_DECOMMIT)))
        return;
    for (size_t i = first; i < first + count; i++)
        in->page[i].committed = false;
}

static void protect(play *self)
{
    region *in;
    size_t first, count;
    DWORD old = 0xDEAD, wanted = draw_protect(self);
    if (!draw_range(self, &in, &first, &count))
        return;
    say(self, "VirtualProtect(page %zu, %zu, 0x%X)", first, count * PAGE, (unsigned)wanted);
    HRESULT hr = self->host->lpVtbl->VirtualProtect(self->host, in->base + first * PAGE, count * PAGE, wanted, &old);
    if (FAILED(hr))
        return;
    demand(self, in->page[first].committed, "pages that are not committed were protected");
    demand(self, old == in->page[first].protect, "VirtualProtect returns another old protection");
    for (size_t i = first; i < first + count; i++)
        in->page[i].protect = wanted;
}

static void release(play *self, region *in)
{
    char *base = in->base;
    say(self, "VirtualFree(region, 0, release)");
    if (base == NULL || FAILED(self->host->lpVtbl->VirtualFree(self->host, base, 0, MEM_RELEASE)))
        return;
    in->base = NULL;
    say(self, "VirtualFree(released, 0, release)");
    demand(self, FAILED(self->host->lpVtbl->VirtualFree(self->host, base, 0, MEM_RELEASE)), "a region can be released twice");
}

static void release_one(play *self)
{
    release(self, &self->regions[draw(self, REGIONS)]);
}

static void query(play *self)
{
    region *in;
    size_t first, count;
    say(self, "VirtualQuery");
    if (draw_range(self, &in, &first, &count))
        check_query(self, in, first);
}

static void free_block(play *self, block *one)
{
    say(self, "Free(block of %zu)", one->size);
    if (SUCCEEDED(self->heap->lpVtbl->Free(self->heap, one->memory)))
        one->memory = NULL;
}

static void use_heap(play *self)
{
    block *one = &self->blocks[draw(self, BLOCKS)];
    size_t size = (draw(self, 256) + 256u * draw(self, 256)) % BLOCK_MAX;
    void *out = &out;
    if (self->heap == NULL && FAILED(self->host->lpVtbl->CreateMalloc(self->host, MALLOC_THREADSAFE, &self->heap)))
        return;
    demand(self, self->heap != NULL, "CreateMalloc succeeds with null");
    if (one->memory != NULL) {
        free_block(self, one);
        return;
    }

    say(self, "Alloc(%zu)", size);
    HRESULT hr = self->heap->lpVtbl->Alloc(self->heap, size, eTaskCritical, &out);
    demand(self, SUCCEEDED(hr) || out == NULL, "a failure leaves a pointer in the out-parameter");
    demand(self, FAILED(hr) || size == 0 || out != NULL, "success with null");
    if (FAILED(hr) || out == NULL)
        return;
    demand(self, (uintptr_t)out % 8 == 0, "a block is not aligned");
    check_apart(self, out, size);
    *one = (block){.memory = out, .size = size, .stamp = ++self->stamp};
    memset(out, one->stamp, size);
}

static void give_all_back(play *self)
{
    for (unsigned i = 0; i < BLOCKS; i++)
        if (self->blocks[i].memory != NULL)
            free_block(self, &self->blocks[i]);
    for (unsigned i = 0; i < REGIONS; i++)
        release(self, &self->regions[i]);
    if (self->heap != NULL)
        self->heap->lpVtbl->Release(self->heap);
}

int hf_fuzz_host_input(HRESULT (*create)(IHostMemoryManager **out), const uint8_t *data, size_t size_bytes)
{
    static void (*const steps[])(play * self) = {reserve, commit, decommit, protect, release_one, query, use_heap, commit};
    static play self;
    memset(&self, 0, sizeof self);
    self.at = data;
    self.end = data + size_bytes;
    say(&self, "the beginning");
    HRESULT hr = create(&self.host);
    demand(&self, SUCCEEDED(hr) && self.host != NULL, "there is no host");
    while (self.at < self.end && self.steps++ < STEPS_MAX) {
        steps[draw(&self, HF_COUNT_OF(steps))](&self);
        check_all(&self);
    }
    give_all_back(&self);
    self.host->lpVtbl->Release(self.host);
    return 0;
}
