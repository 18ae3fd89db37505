/* SPDX-License-Identifier: MIT
 * A table of the blocks that lie in files. A block stands at a place in its page where hardly any other block does, so nearly every other block is
 * told from them without a look at the table.
 */
#include "heap_spill.h"
#include "base_check.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_memory.h"
#include "os_spill.h"
#include "os_thread.h"

#include <string.h>

#include "base_poison.h"

#define LARGE_BYTES ((size_t)1 << 20)
#define SPILLED_MAX 128u
#define OFFSET ((size_t)48) /* in the first page: with heap_alloc's head of 16 bytes, memory at 64 */

static char where[4096];
static uint32_t is_on;
static hf_os_spill spilled[SPILLED_MAX];
static size_t spilled_count;

/* Held for a system call at most. */
static uint32_t is_locked;

static void lock(void)
{
    while (!hf__os_swap_if_u32(&is_locked, 0, 1))
        hf__os_yield();
}

static void unlock(void)
{
    hf__os_store_u32(&is_locked, 0);
}

void hf__heap_spill_to(const char *folder)
{
    lock();
    if (folder != NULL)
        hf__text_copy(where, sizeof where, hf__text(folder));
    unlock();
    hf__os_store_u32(&is_on, folder != NULL);
}

bool hf__heap_spill_takes(size_t size_bytes)
{
    return size_bytes >= LARGE_BYTES && hf__os_load_u32(&is_on) != 0;
}

static size_t whole_pages(size_t size_bytes)
{
    size_t page = hf__os_page_size();
    return (size_bytes + OFFSET + page - 1) / page * page;
}

/* SPILLED_MAX: it is none. The table is locked. */
static size_t find(const void *block)
{
    size_t at = 0;
    while (at < spilled_count && (char *)spilled[at].base + OFFSET != (const char *)block)
        at++;
    return at < spilled_count ? at : SPILLED_MAX;
}

void *hf__heap_spill_allocate(size_t size_bytes)
{
    hf_os_spill made;
    char folder[sizeof where];
    lock();
    memcpy(folder, where, sizeof folder);
    unlock();
    if (size_bytes > SIZE_MAX / 2 || hf__os_spill_create(folder, whole_pages(size_bytes), &made) != 0)
        return NULL;
    lock();
    bool has_room = spilled_count < SPILLED_MAX;
    if (has_room)
        spilled[spilled_count++] = made;
    unlock();
    if (!has_room)
        hf__os_spill_release(&made);
    return has_room ? (char *)made.base + OFFSET : NULL;
}

bool hf__heap_spill_has(const void *block)
{
    if ((uintptr_t)block % hf__os_page_size() != OFFSET)
        return false;
    lock();
    bool has = find(block) < SPILLED_MAX;
    unlock();
    return has;
}

void *hf__heap_spill_resize(void *block, size_t size_bytes, size_t *held)
{
    lock();
    hf_os_spill *spill = &spilled[find(block)];
    *held = spill->size_bytes - OFFSET;
    bool done = size_bytes <= SIZE_MAX / 2 && hf__os_spill_resize(spill, whole_pages(size_bytes)) == 0;
    void *moved = (char *)spill->base + OFFSET;
    unlock();
    return done ? moved : NULL;
}

void hf__heap_spill_free(void *block)
{
    lock();
    size_t at = find(block);
    hf_os_spill gone = spilled[at];
    spilled[at] = spilled[--spilled_count];
    unlock();
    hf__os_spill_release(&gone);
}

void hf__heap_rest(void)
{
    lock();
    for (size_t i = 0; i < spilled_count; i++)
        hf__os_spill_rest(&spilled[i]);
    unlock();
}
