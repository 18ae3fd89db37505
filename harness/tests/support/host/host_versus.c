/* SPDX-License-Identifier: MIT
 * The comparison. It keeps only the first mismatch, because later ones follow from it.
 */
#include "host_versus.h"
#include "host.h"
#include "host_touch.h"

#include <stdio.h>
#include <string.h>

static void compare(host_versus *v, const char *what, uint64_t got, uint64_t expected)
{
    if (got != expected && v->mismatch[0] == '\0')
        snprintf(v->mismatch, sizeof v->mismatch, "move %u: %s: %s %llx, expected %llx", v->moves, v->call, what, (unsigned long long)got,
                 (unsigned long long)expected);
}

static void check_contents(host_versus *v, size_t page)
{
    if (model_can_read(&v->model.pages[page]))
        compare(v, "contents", *(const volatile uint8_t *)(v->place.window + page * MODEL_PAGE), v->model.pages[page].stamp);
}

static void check_query(host_versus *v, size_t offset)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD error;
    const char *at = (const char *)v->place.window + offset;
    model_answer expected = model_query(&v->model, offset);
    compare(v, "query", hf__host_query(at, &told, sizeof told, &error), sizeof told);
    size_t base = (size_t)((uintptr_t)told.BaseAddress - v->place.window);
    size_t size = base + told.RegionSize > MODEL_BYTES ? MODEL_BYTES - base : told.RegionSize;
    compare(v, "query base", base, expected.base);
    compare(v, "query state", told.State, expected.state);
    compare(v, "query protect", told.Protect, expected.protect);
    compare(v, "query size", size, expected.size);
    bool is_free = expected.state == MEM_FREE;
    compare(v, "query allocation", (uintptr_t)told.AllocationBase, is_free ? 0 : v->place.window + expected.allocation);
    compare(v, "query reserved with", told.AllocationProtect, expected.reserved_with);
    compare(v, "owns", hf__host_owns(at), !is_free);
}

/* A stretch of address space that nothing else will want: the middle of one that the host found. */
static uintptr_t find_window(void)
{
    static void *base;
    if (base == NULL) {
        (void)hf__host_alloc(NULL, 4 * MODEL_BYTES, MEM_RESERVE, PAGE_NOACCESS, &base);
        (void)hf__host_free(base, 0, MEM_RELEASE);
    }
    return (uintptr_t)base + MODEL_BYTES;
}

void host_versus_begin(host_versus *v, host_source source, uint32_t limit_pages)
{
    *v = (host_versus){.source = source};
    host_touch_prepare();
    v->place.window = find_window();
    v->model.limit = limit_pages != 0 ? limit_pages : UINT32_MAX;
    hf__host_set_commit_limit((uint64_t)limit_pages * MODEL_PAGE);
}

void host_versus_step(host_versus *v)
{
    v->moves++;
    host_move move = host_move_draw(&v->source, &v->model);
    host_move_print(&move, v->call, sizeof v->call);
    host_answer got = host_move_run(&v->place, &move), expected = host_move_predict(&v->model, &move);
    compare(v, "error", got.error, expected.error);
    compare(v, "fault", got.faulted, expected.faulted);
    compare(v, "result", got.result, expected.result);
    check_query(v, (size_t)move.offset);
    check_query(v, (size_t)v->source.draw(v->source.user, MODEL_BYTES));
    check_contents(v, (size_t)v->source.draw(v->source.user, MODEL_PAGES));
}

void host_versus_check_all(host_versus *v)
{
    snprintf(v->call, sizeof v->call, "all pages");
    for (size_t page = 0, run; page < MODEL_PAGES; page += run) {
        run = model_query(&v->model, page * MODEL_PAGE).size / MODEL_PAGE;
        check_query(v, page * MODEL_PAGE);
        check_query(v, (page + run - 1) * MODEL_PAGE);
    }
    for (size_t page = 0; page < MODEL_PAGES; page++)
        check_contents(v, page);
    compare(v, "committed", hf__host_committed(), (uint64_t)v->model.committed * MODEL_PAGE);
}

void host_versus_end(host_versus *v)
{
    snprintf(v->call, sizeof v->call, "the end");
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        const model_page *at = &v->model.pages[page];
        if (at->region != 0 && at->base == page)
            compare(v, "release", hf__host_free((void *)(v->place.window + page * MODEL_PAGE), 0, MEM_RELEASE), 0);
    }
    compare(v, "committed", hf__host_committed(), 0);
    hf__host_set_commit_limit(0);
}
