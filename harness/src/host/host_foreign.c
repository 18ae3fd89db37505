/* SPDX-License-Identifier: MIT
 * Foreign memory: the kernel's map, corrected by a table of what was done to it through the host. An image or a mapped file is one allocation to
 * Windows; every other mapping is an allocation of its own. Anonymous memory without access counts as reserved, unless the table shows that it was
 * protected to be so.
 *
 * Where the kernel merged a mapping with a neighbour that is the host's, the neighbour is cut off again.
 */
#include "host_foreign.h"
#include "host.h"
#include "host_guard.h"
#include "host_vm.h"
#include "os_memory.h"

#include <errno.h>
#include <string.h>

#include "base_poison.h"

/* Stretches of foreign memory in a state that Linux does not have, in no order. Mostly guard pages of stacks, one per thread. */
#define NOTES_MAX 512u
#define PIECES_MAX 64u

typedef struct note {
    uint64_t first, end;
    uint32_t code;
    uint32_t unused;
} note;

static note notes[NOTES_MAX];
static uint32_t note_count;
static uint32_t notes_lock;

/* A stretch of pages in one state, as Windows would report it. */
typedef struct piece {
    hf_map_entry map;
    uintptr_t end;
    hf_page_code code; /* HF_PAGE_RESERVED for reserved and for free */
} piece;

/* The note that contains the address. If there is none, lowers *clear_to to the next note above the address. pre: locked. */
static const note *find_note(uintptr_t address, uintptr_t *clear_to)
{
    for (uint32_t i = 0; i < note_count; i++) {
        if (address >= notes[i].first && address < notes[i].end)
            return &notes[i];
        if (notes[i].first > address && notes[i].first < *clear_to)
            *clear_to = (uintptr_t)notes[i].first;
    }
    return NULL;
}

static bool read_page(uintptr_t page, piece *out)
{
    if (hf__os_map_at(page, &out->map) != 0)
        return false;
    uintptr_t from, to;
    hf__host_region_gap(page, &from, &to);
    hf_map_entry *map = &out->map;

    if (map->kind == HF_MAP_PRIVATE) {
        map->base = map->object_base = map->base < from ? from : map->base;
        map->object_end = map->object_end > to ? to : map->object_end;
    }

    map->end = map->end > to ? to : map->end;
    out->end = map->end;
    bool is_there = map->kind != HF_MAP_FREE && (map->access != HF_ACCESS_NONE || map->kind != HF_MAP_PRIVATE);
    out->code = is_there ? hf__host_code_of_protect(hf__host_protect_of_access(map->access)) : HF_PAGE_RESERVED;
    const note *noted = map->kind != HF_MAP_FREE ? find_note(page, &out->end) : NULL;

    if (noted != NULL && hf__host_access_of_code((hf_page_code)noted->code) == map->access) { /* otherwise its owner has changed it since */
        out->code = (hf_page_code)noted->code;
        out->end = out->end > noted->end ? (uintptr_t)noted->end : out->end;
    }

    return true;
}

static DWORD type_of(hf_map_kind kind)
{
    if (kind == HF_MAP_FREE)
        return 0;
    if (kind == HF_MAP_IMAGE)
        return MEM_IMAGE;
    return kind == HF_MAP_FILE ? MEM_MAPPED : MEM_PRIVATE;
}

static void fill_information(uintptr_t page, const piece *seen, MEMORY_BASIC_INFORMATION *out)
{
    memset(out, 0, sizeof *out);
    out->BaseAddress = (void *)page;
    out->RegionSize = seen->end - page;
    out->Type = type_of(seen->map.kind);
    if (seen->map.kind == HF_MAP_FREE) {
        out->State = MEM_FREE;
        out->Protect = PAGE_NOACCESS;
        return;
    }
    out->AllocationBase = (void *)seen->map.object_base;
    out->State = seen->code == HF_PAGE_RESERVED ? MEM_RESERVE : MEM_COMMIT;
    out->Protect = hf__host_protect_of_code(seen->code);
    DWORD reserved_as = out->State == MEM_RESERVE ? PAGE_NOACCESS : hf__host_protect_of_access(seen->map.access);
    out->AllocationProtect = seen->map.kind == HF_MAP_IMAGE ? PAGE_EXECUTE_WRITECOPY : reserved_as;
}

bool hf__host_foreign_query(uintptr_t page, MEMORY_BASIC_INFORMATION *out)
{
    piece seen;
    hf__host_lock(&notes_lock);
    bool told = read_page(page, &seen);
    hf__host_unlock(&notes_lock);
    if (told)
        fill_information(page, &seen, out);
    return told;
}

DWORD hf__host_foreign_free_error(uintptr_t page)
{
    hf_map_entry map;
    if (hf__os_map_at(page, &map) != 0)
        return ERROR_INVALID_ADDRESS;
    return map.kind == HF_MAP_IMAGE || map.kind == HF_MAP_FILE ? ERROR_INVALID_PARAMETER : ERROR_INVALID_ADDRESS;
}

/* Removes [first, end) from the notes. False: a note must be split, and the table is full. pre: locked. */
static bool forget(uintptr_t first, uintptr_t end)
{
    for (uint32_t i = 0; i < note_count; i++) {
        note *at = &notes[i];
        if (at->end <= first || at->first >= end)
            continue;
        bool head = at->first<first, tail = at->end> end;
        if (head && tail) {
            if (note_count == NOTES_MAX)
                return false;
            notes[note_count++] = (note){.first = end, .end = at->end, .code = at->code};
        }
        if (head)
            at->end = first;
        else if (tail)
            at->first = end;
        else
            notes[i--] = notes[--note_count];
    }

    return true;
}

/* pre: locked, room for two more. */
static void remember(uintptr_t first, uintptr_t end, hf_page_code code)
{
    if (forget(first, end) && hf__host_code_is_hidden(code))
        notes[note_count++] = (note){.first = first, .end = end, .code = code};
}

/* Describes the whole range: `pieces` gets the stretches that it consists of. */
static DWORD scan(uintptr_t first, uintptr_t end, piece *pieces, uint32_t *count)
{
    *count = 0;
    for (uintptr_t page = first; page < end; page = pieces[*count - 1].end) {
        uint32_t life;
        if (*count == PIECES_MAX)
            return ERROR_NOT_ENOUGH_MEMORY;
        piece *at = &pieces[*count];
        const hf_region *region = hf__host_region_at(page, &life);
        if (region != NULL || !read_page(page, at) || at->code == HF_PAGE_RESERVED)
            return ERROR_INVALID_ADDRESS;
        (*count)++;
        if (at->map.object_base != pieces[0].map.object_base && (at->map.kind != HF_MAP_PRIVATE || pieces[0].map.kind != HF_MAP_PRIVATE))
            return ERROR_INVALID_ADDRESS;
    }
    return *count != 0 ? ERROR_SUCCESS : ERROR_INVALID_ADDRESS;
}

static DWORD apply(uintptr_t first, uintptr_t end, hf_page_code code, const piece *pieces, uint32_t count)
{
    if (note_count + 2 > NOTES_MAX)
        return ERROR_NOT_ENOUGH_MEMORY;
    int os_code = hf__os_protect((void *)first, end - first, hf__host_access_of_code(code));
    if (os_code == 0) {
        remember(first, end, code);
        return ERROR_SUCCESS;
    }
    for (uint32_t i = 0; i < count; i++) {
        uintptr_t from = i == 0 ? first : pieces[i - 1].end;
        uintptr_t to = pieces[i].end < end ? pieces[i].end : end;
        (void)hf__os_protect((void *)from, to - from, pieces[i].map.access);
    }
    /* Writing to a file that was opened for reading: Windows says that the section does not allow it, and its last error for that is 87. */
    return os_code == EACCES ? ERROR_INVALID_PARAMETER : hf__host_vm_error_of(os_code);
}

DWORD hf__host_foreign_protect(uintptr_t first, uintptr_t end, DWORD protect, DWORD *old)
{
    piece pieces[PIECES_MAX];
    uint32_t count = 0;
    hf_page_code code = hf__host_code_of_protect(protect);
    bool copies = (protect & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) != 0;
    hf__host_lock(&notes_lock);
    DWORD error = scan(first, end, pieces, &count);
    if (error == ERROR_SUCCESS && copies && (pieces[0].map.kind == HF_MAP_PRIVATE || pieces[0].map.is_shared))
        error = ERROR_INVALID_PARAMETER;
    if (error == ERROR_SUCCESS && (code & HF_PAGE_GUARDED) != 0)
        hf__host_guard_watch();
    if (error == ERROR_SUCCESS)
        error = apply(first, end, code, pieces, count);
    hf__host_unlock(&notes_lock);
    if (error == ERROR_SUCCESS)
        *old = hf__host_protect_of_code(pieces[0].code);
    return error;
}

bool hf__host_foreign_is_private(uintptr_t first, uintptr_t end)
{
    piece pieces[PIECES_MAX];
    uint32_t count = 0;
    hf__host_lock(&notes_lock);
    DWORD error = scan(first, end, pieces, &count);
    hf__host_unlock(&notes_lock);
    return error == ERROR_SUCCESS && pieces[0].map.kind == HF_MAP_PRIVATE;
}

hf_page_code hf__host_foreign_code(uintptr_t page)
{
    uintptr_t clear_to = UINTPTR_MAX;
    hf__host_lock(&notes_lock);
    const note *noted = find_note(page, &clear_to);
    hf_page_code code = noted != NULL ? (hf_page_code)noted->code : HF_PAGE_RESERVED;
    hf__host_unlock(&notes_lock);
    return code;
}

bool hf__host_foreign_disarm(uintptr_t page)
{
    uintptr_t clear_to = UINTPTR_MAX;
    hf__host_lock(&notes_lock);
    const note *noted = find_note(page, &clear_to);
    hf_page_code code = noted != NULL ? (hf_page_code)(noted->code & ~(uint32_t)HF_PAGE_GUARDED) : HF_PAGE_RESERVED;
    bool done = note_count + 2 <= NOTES_MAX && code != HF_PAGE_RESERVED;
    done = done && hf__os_protect((void *)page, HF_PAGE, hf__host_access_of_code(code)) == 0;
    if (done)
        remember(page, page + HF_PAGE, code);
    hf__host_unlock(&notes_lock);
    return done;
}

void hf__host_foreign_lock(void)
{
    hf__host_lock(&notes_lock);
}

void hf__host_foreign_unlock(void)
{
    hf__host_unlock(&notes_lock);
}
