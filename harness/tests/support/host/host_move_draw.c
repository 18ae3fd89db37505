/* SPDX-License-Identifier: MIT
 * Draws random moves. The draw uses the model's state, so that most calls concern existing memory, and many concern its edges.
 */
#include "host_move.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t draw(const host_source *source, uint64_t below)
{
    return source->draw(source->user, below);
}

static bool is_rare(const host_source *source, uint64_t one_in)
{
    return draw(source, one_in) == 0;
}

/* A slot that holds a region; HOST_SLOT_COUNT if none does. */
static unsigned draw_slot(const host_source *source, const model *m)
{
    unsigned from = (unsigned)draw(source, HOST_SLOT_COUNT);
    for (unsigned i = 0; i < HOST_SLOT_COUNT; i++) {
        unsigned slot = (from + i) % HOST_SLOT_COUNT;
        if (m->pages[(HOST_SLOTS + slot * HOST_SLOT_BYTES) / MODEL_PAGE].region != 0)
            return slot;
    }
    return HOST_SLOT_COUNT;
}

/* Mostly whole granules or pages near what exists, sometimes anything. */
static void draw_place(const host_source *source, const model *m, host_move *move)
{
    static const uint64_t nowhere[] = {0, 1, 0xFFFF, 0x7FFFFFFF0000, 0xFFFF800000000000, UINT64_MAX};
    if (source->has_places && is_rare(source, 100)) {
        bool is_touch = move->kind == MOVE_READ || move->kind == MOVE_WRITE;
        move->is_absolute = true;
        move->offset = nowhere[draw(source, is_touch ? 3 : COUNT_OF(nowhere))];
        if (move->kind == MOVE_ALLOC && move->offset == 0) /* that would be a new region */
            move->offset = 1;
        return;
    }
    unsigned slot = source->has_places && is_rare(source, 6) ? draw_slot(source, m) : HOST_SLOT_COUNT;
    size_t page =
        slot < HOST_SLOT_COUNT ? (HOST_SLOTS + slot * HOST_SLOT_BYTES) / MODEL_PAGE + (size_t)draw(source, 16) : (size_t)draw(source, source->pages);
    const model_page *at = &m->pages[page];
    if (slot < HOST_SLOT_COUNT && at->region == 0)
        page &= ~(size_t)31;
    if (at->region != 0 && is_rare(source, 3))
        page = at->base;
    if (slot == HOST_SLOT_COUNT && is_rare(source, 3))
        page &= ~(size_t)15;
    move->offset = page * MODEL_PAGE + (is_rare(source, 6) ? draw(source, MODEL_PAGE) : 0);
}

static size_t region_bytes_from(const model *m, size_t page)
{
    size_t end = page;
    while (end < MODEL_PAGES && m->pages[end].region == m->pages[page].region)
        end++;
    return (end - page) * MODEL_PAGE;
}

static uint64_t draw_size(const host_source *source, const model *m, const host_move *move, bool reserves)
{
    static const uint64_t huge[] = {0x800000000000, UINT64_MAX - 0xFFF, UINT64_MAX, 0x100000000000};
    if (is_rare(source, 60))
        return huge[draw(source, reserves ? 3 : COUNT_OF(huge))];
    if (is_rare(source, 40))
        return 0;
    uint64_t most = source->pages / 2 < 200 ? source->pages / 2 : 200;
    uint64_t size = draw(source, is_rare(source, 4) ? most : 20) * MODEL_PAGE;
    if (is_rare(source, 5))
        size += draw(source, MODEL_PAGE);
    if (move->is_absolute || move->is_new)
        return size != 0 || is_rare(source, 20) ? size : MODEL_PAGE;
    if (is_rare(source, 10))
        size = region_bytes_from(m, (size_t)move->offset / MODEL_PAGE) + draw(source, 3) - 1;
    size_t end = move->offset >= HOST_SLOTS && source->has_places ? MODEL_BYTES : source->pages * MODEL_PAGE;
    return move->offset + size > end ? end - move->offset : size;
}

static DWORD draw_protect(const host_source *source)
{
    static const DWORD usual[] = {
        PAGE_READWRITE, PAGE_READWRITE,    PAGE_READWRITE,         PAGE_READONLY,
        PAGE_NOACCESS,  PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_READWRITE | PAGE_GUARD,
    };
    static const DWORD unusual[] = {
        0,
        PAGE_GUARD,
        PAGE_WRITECOPY,
        PAGE_EXECUTE_WRITECOPY,
        PAGE_READONLY | PAGE_READWRITE,
        PAGE_EXECUTE,
        PAGE_READONLY | PAGE_GUARD,
        PAGE_READWRITE | PAGE_GUARD,
        PAGE_EXECUTE_READ | PAGE_GUARD,
    };
    /* Known to be treated otherwise by some host: a run under one that does goes another way from there on. */
    static const DWORD disputed[] = {
        PAGE_READONLY | PAGE_WRITECOMBINE, PAGE_READWRITE | PAGE_NOCACHE,
        PAGE_NOACCESS | PAGE_GUARD,        PAGE_READWRITE | PAGE_GUARD | PAGE_NOCACHE,
        PAGE_NOACCESS | PAGE_NOCACHE,      PAGE_READWRITE | PAGE_NOCACHE | PAGE_WRITECOMBINE,
        PAGE_READWRITE | 0x1000,
    };
    if (!is_rare(source, 6))
        return usual[draw(source, COUNT_OF(usual))];
    return is_rare(source, 40) ? disputed[draw(source, COUNT_OF(disputed))] : unusual[draw(source, COUNT_OF(unusual))];
}

static DWORD draw_type(const host_source *source)
{
    static const DWORD usual[] = {MEM_RESERVE, MEM_RESERVE, MEM_RESERVE | MEM_COMMIT,  MEM_COMMIT, MEM_COMMIT, MEM_COMMIT,
                                  MEM_COMMIT,  MEM_RESET,   MEM_RESERVE | MEM_TOP_DOWN};
    static const DWORD unusual[] = {0,
                                    4,
                                    MEM_TOP_DOWN,
                                    MEM_WRITE_WATCH,
                                    MEM_RESERVE | MEM_WRITE_WATCH,
                                    MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH,
                                    MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN,
                                    MEM_COMMIT | MEM_TOP_DOWN,
                                    MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES,
                                    MEM_RESERVE | MEM_LARGE_PAGES,
                                    MEM_PHYSICAL,
                                    MEM_COMMIT | MEM_PHYSICAL,
                                    MEM_DECOMMIT,
                                    MEM_RELEASE,
                                    MEM_RESERVE | 0x40000};
    static const DWORD disputed[] = {MEM_RESET | MEM_COMMIT, MEM_COMMIT | MEM_WRITE_WATCH, MEM_RESERVE | MEM_PHYSICAL, MEM_RESET | MEM_TOP_DOWN,
                                     MEM_RESET_UNDO};
    if (!is_rare(source, 10))
        return usual[draw(source, COUNT_OF(usual))];
    return is_rare(source, 15) ? disputed[draw(source, COUNT_OF(disputed))] : unusual[draw(source, COUNT_OF(unusual))];
}

static void draw_alloc(const host_source *source, const model *m, host_move *move)
{
    unsigned slot = (unsigned)draw(source, HOST_SLOT_COUNT);
    size_t at = HOST_SLOTS + slot * HOST_SLOT_BYTES;
    move->type = draw_type(source);
    move->protect = draw_protect(source);
    move->is_new = source->has_places && is_rare(source, 5) && m->pages[at / MODEL_PAGE].region == 0;
    if (move->is_new)
        move->offset = at;
    else
        draw_place(source, m, move);
    move->size = draw_size(source, m, move, true);
    if (move->is_new && move->size < ((uint64_t)1 << 40) && move->size > 0x10000)
        move->size &= 0xFFFF;
    /* No region goes beyond the window or into a slot that has its own. */
    if (move->offset >= HOST_SLOTS && !move->is_new && !move->is_absolute)
        move->type &= ~(DWORD)MEM_RESERVE;
}

static void draw_free(const host_source *source, const model *m, host_move *move)
{
    static const DWORD types[] = {MEM_DECOMMIT, MEM_DECOMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RELEASE, MEM_RELEASE};
    static const DWORD unusual[] = {0, 1, MEM_DECOMMIT | MEM_RELEASE, MEM_COMMIT, MEM_RELEASE | 0x10, MEM_RESET};
    draw_place(source, m, move);
    const model_page *at = move->is_absolute ? NULL : &m->pages[move->offset / MODEL_PAGE];
    if (at != NULL && at->region != 0 && !is_rare(source, 3))
        move->offset = (uint64_t)at->base * MODEL_PAGE + (is_rare(source, 6) ? draw(source, MODEL_PAGE) : 0);
    move->type = is_rare(source, 15) ? unusual[draw(source, COUNT_OF(unusual))] : types[draw(source, COUNT_OF(types))];
    bool is_whole = move->type == MEM_RELEASE ? !is_rare(source, 8) : is_rare(source, 8);
    move->size = is_whole ? 0 : draw_size(source, m, move, false);
    move->protect = 0;
}

/* Can the page be called, and it returns or faults? Of those that fault every fourth is enough. */
static bool is_callable(const model *m, size_t page)
{
    const model_page *at = &m->pages[page];
    return model_can_execute(at) ? at->stamp == HOST_RETURN && !at->is_reset : page % 4 == 0;
}

/* A touch is of the first byte, which is what the model knows of a page; mostly of a page that has one. */
static void draw_touch(const host_source *source, const model *m, host_move *move)
{
    for (unsigned tries = 0; tries < 6; tries++) {
        move->is_absolute = false;
        draw_place(source, m, move);
        if (move->is_absolute)
            break;
        move->offset -= move->offset % MODEL_PAGE;
        if (m->pages[move->offset / MODEL_PAGE].protect != 0)
            break;
    }
    if (move->kind == MOVE_WRITE) {
        DWORD value = (DWORD)draw(source, 256);
        move->protect = value % 4 == 0 ? HOST_RETURN : value;
    } else if (!move->is_absolute && is_callable(m, (size_t)move->offset / MODEL_PAGE))
        move->kind = MOVE_CALL;
}

host_move host_move_draw(const host_source *source, const model *m)
{
    static const host_move_kind kinds[] = {MOVE_ALLOC,   MOVE_ALLOC,   MOVE_ALLOC, MOVE_ALLOC, MOVE_ALLOC, MOVE_FREE, MOVE_FREE,
                                           MOVE_PROTECT, MOVE_PROTECT, MOVE_READ,  MOVE_WRITE, MOVE_WRITE, MOVE_WRITE};
    host_move move = {.kind = kinds[draw(source, COUNT_OF(kinds))]};
    if (move.kind == MOVE_ALLOC)
        draw_alloc(source, m, &move);
    else if (move.kind == MOVE_FREE)
        draw_free(source, m, &move);
    else if (move.kind == MOVE_PROTECT) {
        draw_place(source, m, &move);
        move.size = draw_size(source, m, &move, false);
        move.protect = draw_protect(source);
        move.kind = source->has_places && is_rare(source, 50) ? MOVE_PROTECT_NULL : MOVE_PROTECT;
    } else
        draw_touch(source, m, &move);
    return move;
}
