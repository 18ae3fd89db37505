/*
 * Random calls, run by the host and by a flat model of it: after each one the error, the result, VirtualQuery of some page, and the contents
 * of some page must agree, and now and then all pages are compared. The seed is in every message; HF_SEED runs another one.
 */
#include "base_random.h"
#include "base_text.h"
#include "hf_rows.h"
#include "host.h"
#include "host_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS 20000u
#define LIMIT_PAGES 1200u

typedef struct run {
    uint64_t seed, draws;
    unsigned operation;
    char *window;
    model model;
    char mismatch[300]; /* "" none */
    char text[160];     /* the operation */
} run;

static uint64_t draw(run *r, uint64_t below)
{
    return hf__random(r->seed, 1, r->draws++) % below;
}

static void mismatch(run *r, const char *what, uint64_t got, uint64_t expected)
{
    if (r->mismatch[0] == '\0')
        snprintf(r->mismatch, sizeof r->mismatch, "seed %llu operation %u: %s: %s %llx, expected %llx", (unsigned long long)r->seed, r->operation,
                 r->text, what, (unsigned long long)got, (unsigned long long)expected);
}

static void compare(run *r, const char *what, uint64_t got, uint64_t expected)
{
    if (got != expected)
        mismatch(r, what, got, expected);
}

/* Mostly whole granules or pages near what exists, sometimes anything. */
static size_t draw_offset(run *r)
{
    size_t page = (size_t)draw(r, MODEL_PAGES);
    const model_page *at = &r->model.pages[page];
    if (at->region != 0 && draw(r, 3) == 0)
        page = at->base;
    if (draw(r, 3) == 0)
        page &= ~(size_t)15;
    return page * MODEL_PAGE + (draw(r, 6) == 0 ? (size_t)draw(r, MODEL_PAGE) : 0);
}

static size_t draw_size(run *r, size_t offset)
{
    size_t size = (size_t)draw(r, draw(r, 4) == 0 ? 200 : 20) * MODEL_PAGE;
    if (draw(r, 5) == 0)
        size += (size_t)draw(r, MODEL_PAGE);
    if (draw(r, 40) == 0)
        size = 0;
    return offset + size > MODEL_BYTES ? MODEL_BYTES - offset : size;
}

static DWORD draw_protect(run *r)
{
    static const DWORD usual[] = {PAGE_READWRITE, PAGE_READWRITE,    PAGE_READWRITE,        PAGE_READONLY,
                                  PAGE_NOACCESS,  PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE};
    static const DWORD unusual[] = {0,
                                    PAGE_WRITECOPY,
                                    PAGE_READONLY | PAGE_READWRITE,
                                    PAGE_EXECUTE,
                                    PAGE_READWRITE | PAGE_GUARD,
                                    PAGE_READWRITE | PAGE_NOCACHE,
                                    PAGE_NOACCESS | PAGE_GUARD,
                                    PAGE_READONLY | PAGE_WRITECOMBINE,
                                    PAGE_READWRITE | PAGE_GUARD | PAGE_NOCACHE,
                                    PAGE_READWRITE | 0x1000};
    bool is_usual = draw(r, 6) != 0;
    return is_usual ? usual[draw(r, sizeof usual / sizeof *usual)] : unusual[draw(r, sizeof unusual / sizeof *unusual)];
}

static void do_alloc(run *r)
{
    static const DWORD types[] = {MEM_RESERVE, MEM_RESERVE, MEM_RESERVE | MEM_COMMIT,   MEM_COMMIT, MEM_COMMIT, MEM_COMMIT,
                                  MEM_COMMIT,  MEM_RESET,   MEM_RESERVE | MEM_TOP_DOWN, 0,          4,          MEM_RESET | MEM_COMMIT};
    size_t offset = draw_offset(r), size = draw_size(r, offset), expected_at = 0;
    DWORD type = types[draw(r, sizeof types / sizeof *types)], protect = draw_protect(r);
    void *got = NULL;
    snprintf(r->text, sizeof r->text, "alloc %zx %zx %x %x", offset, size, (unsigned)type, (unsigned)protect);
    DWORD error = hf__host_alloc(r->window + offset, size, type, protect, &got);
    DWORD expected = model_alloc(&r->model, offset, size, type, protect, &expected_at);
    compare(r, "error", error, expected);
    compare(r, "result", (uint64_t)(uintptr_t)got, expected == 0 ? (uint64_t)(uintptr_t)(r->window + expected_at) : 0);
}

static void do_free(run *r)
{
    static const DWORD types[] = {MEM_DECOMMIT, MEM_DECOMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RELEASE, 0, MEM_DECOMMIT | MEM_RELEASE};
    DWORD type = types[draw(r, sizeof types / sizeof *types)];
    size_t offset = draw_offset(r);
    size_t size = type == MEM_RELEASE && draw(r, 8) != 0 ? 0 : draw_size(r, offset);
    snprintf(r->text, sizeof r->text, "free %zx %zx %x", offset, size, (unsigned)type);
    DWORD error = hf__host_free(r->window + offset, size, type);
    compare(r, "error", error, model_free(&r->model, offset, size, type));
}

static void do_protect(run *r)
{
    size_t offset = draw_offset(r), size = draw_size(r, offset);
    DWORD protect = draw_protect(r), old = 0, expected_old = 0;
    snprintf(r->text, sizeof r->text, "protect %zx %zx %x", offset, size, (unsigned)protect);
    DWORD error = hf__host_protect(r->window + offset, size, protect, &old);
    compare(r, "error", error, model_protect(&r->model, offset, size, protect, &expected_old));
    compare(r, "old", old, expected_old);
}

static void do_write(run *r)
{
    size_t page = (size_t)draw(r, MODEL_PAGES);
    uint8_t stamp = (uint8_t)draw(r, 256);
    if (!model_can_write(&r->model.pages[page]))
        return;
    r->window[page * MODEL_PAGE] = (char)stamp;
    r->model.pages[page].stamp = stamp;
}

static void check_contents(run *r, size_t page)
{
    if (model_can_read(&r->model.pages[page]))
        compare(r, "contents", (uint8_t)r->window[page * MODEL_PAGE], r->model.pages[page].stamp);
}

static void check_query(run *r, size_t offset)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD error;
    model_answer expected = model_query(&r->model, offset);
    compare(r, "query", hf__host_query(r->window + offset, &told, sizeof told, &error), sizeof told);
    size_t base = (size_t)((char *)told.BaseAddress - r->window);
    size_t size = base + told.RegionSize > MODEL_BYTES ? MODEL_BYTES - base : told.RegionSize;
    compare(r, "query base", base, expected.base);
    compare(r, "query state", told.State, expected.state);
    compare(r, "query protect", told.Protect, expected.protect);
    compare(r, "query size", size, expected.size);
    bool is_free = expected.state == MEM_FREE;
    compare(r, "query allocation", (uint64_t)(uintptr_t)told.AllocationBase, is_free ? 0 : (uint64_t)(uintptr_t)(r->window + expected.allocation));
    compare(r, "query reserved with", told.AllocationProtect, expected.reserved_with);
    compare(r, "owns", hf__host_owns(r->window + offset), !is_free);
}

static void check_all(run *r)
{
    snprintf(r->text, sizeof r->text, "all pages");
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        check_query(r, page * MODEL_PAGE);
        check_contents(r, page);
    }
    compare(r, "committed", hf__host_committed(), (uint64_t)r->model.committed * MODEL_PAGE);
}

/* A stretch of address space that nothing else will want. */
static char *find_window(void)
{
    void *base = NULL;
    (void)hf__host_alloc(NULL, 4 * MODEL_BYTES, MEM_RESERVE, PAGE_NOACCESS, &base);
    (void)hf__host_free(base, 0, MEM_RELEASE);
    return (char *)base + MODEL_BYTES;
}

static void run_all(run *r)
{
    static void (*const operations[])(run *) = {do_alloc, do_alloc, do_alloc, do_free, do_protect, do_write, do_write};
    r->window = find_window();
    r->model.limit = LIMIT_PAGES;
    hf__host_set_commit_limit((uint64_t)LIMIT_PAGES * MODEL_PAGE);
    for (r->operation = 1; r->operation <= OPERATIONS && r->mismatch[0] == '\0'; r->operation++) {
        operations[draw(r, sizeof operations / sizeof *operations)](r);
        check_query(r, (size_t)draw(r, MODEL_BYTES));
        check_contents(r, (size_t)draw(r, MODEL_PAGES));
        if (r->operation % 500 == 0)
            check_all(r);
    }
}

static const uint64_t seeds[] = {1, 2, 3, 4, 20240617, 0x600DCAFE};

HF_ROWS(host_random, agrees_with_the_flat_model, seeds)
{
    static run r;
    const char *given = getenv("HF_SEED");
    r.seed = given != NULL ? strtoull(given, NULL, 0) : seeds[*number];
    run_all(&r);
    cr_assert(eq(str, r.mismatch, (char[]){""}), "seed %llu", (unsigned long long)r.seed);
    cr_assert(eq(uint, r.operation, OPERATIONS + 1), "every operation was run");
    cr_assert(gt(u32, r.model.regions, 100), "regions were made");
}
