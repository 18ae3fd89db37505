/* SPDX-License-Identifier: MIT
 * SQLite asks a block for its size, which IHostMalloc cannot tell: so each block has a header with its size and a mark.
 *
 * A resize that needs no more room stays where it is; one that does is Alloc, copy, Free, and leaves the old block alone when it fails, as
 * SQLite expects. It must never pad a request beyond header and rounding: the sizes are what rules select by.
 */
#include "sqlite_heap.h"
#include "sqlite_host.h"
#include <stdint.h>
#include <string.h>
#include "base_poison.h"

typedef struct block_header {
    uint64_t size_bytes;
    uint64_t mark;
} block_header;

static const uint64_t mark_live = UINT64_C(0x53514C4954453330);

static block_header *header_of(void *memory)
{
    block_header *header = (block_header *)memory - 1;
    if (header->mark == mark_live)
        return header;
    sqlite_host_note_foreign();
    return NULL;
}

static void *alloc_block(int size)
{
    block_header *header = sqlite_host_heap_alloc(sizeof *header + (size_t)size);
    if (header == NULL)
        return NULL;
    *header = (block_header){.size_bytes = (uint64_t)size, .mark = mark_live};
    return header + 1;
}

static void free_block(void *memory)
{
    block_header *header = header_of(memory);
    if (header == NULL)
        return;
    header->mark = 0;
    sqlite_host_heap_free(header);
}

static int size_of(void *memory)
{
    block_header *header = memory == NULL ? NULL : header_of(memory);
    return header == NULL ? 0 : (int)header->size_bytes;
}

static void *realloc_block(void *memory, int size)
{
    int old = size_of(memory);
    if (size <= old)
        return memory;
    void *moved = alloc_block(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, memory, (size_t)old);
    free_block(memory);
    return moved;
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

const sqlite3_mem_methods *sqlite_heap_methods(void)
{
    static const sqlite3_mem_methods methods = {
        .xMalloc = alloc_block, .xFree = free_block, .xRealloc = realloc_block, .xSize = size_of, .xRoundup = round_up};
    return &methods;
}
