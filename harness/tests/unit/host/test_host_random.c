/*
 * Random calls, run by the host and by a flat model of it: after each one the error, the result, VirtualQuery of some page, and the contents
 * of some page must agree, and now and then all pages are compared. The seed is in every message; HF_SEED runs another one.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "host.h"
#include "host_move.h"
#include "host_touch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS 20000u
#define LIMIT_PAGES 1200u

typedef struct run {
    uint64_t seed, draws;
    unsigned operation;
    char *window;
    host_place place;
    model model;
    char mismatch[300]; /* "" none */
    char text[200];     /* the operation */
} run;

static uint64_t draw(run *r, uint64_t below)
{
    return hf__random(r->seed, 1, r->draws++) % below;
}

static uint64_t draw_any(void *user, uint64_t below)
{
    return draw(user, below);
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

static void do_move(run *r)
{
    host_source source = {.draw = draw_any, .user = r, .pages = MODEL_PAGES};
    host_move move = host_move_draw(&source, &r->model);
    host_move_print(&move, r->text, sizeof r->text);
    host_answer got = host_move_run(&r->place, &move), expected = host_move_predict(&r->model, &move);
    compare(r, "error", got.error, expected.error);
    compare(r, "fault", got.faulted, expected.faulted);
    compare(r, "result", got.result, expected.result);
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
    host_touch_prepare();
    r->window = find_window();
    r->place.window = (uintptr_t)r->window;
    r->model.limit = LIMIT_PAGES;
    hf__host_set_commit_limit((uint64_t)LIMIT_PAGES * MODEL_PAGE);
    for (r->operation = 1; r->operation <= OPERATIONS && r->mismatch[0] == '\0'; r->operation++) {
        do_move(r);
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
    cr_assert(gt(u32, r.model.regions, 60), "regions were made");
}
