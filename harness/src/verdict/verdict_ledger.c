/* SPDX-License-Identifier: MIT
 * Enters calls into the ledger, with a handler per method. The two sides of each call are kept apart throughout: hf__verdict_told_ok (what the caller
 * may believe) and hf__verdict_host_did (what is real).
 *
 * Threads overlap, so a block may seem to be given out while its last owner is still releasing it. The older block is then set aside, and the next
 * release of that address is taken to be its.
 */
#include "verdict_ledger.h"

#include "heap_alloc.h"
#include "base_check.h"

#include "base_poison.h"

#define GHOST_MAX (1ull << 30)

static uint64_t page_down(uint64_t address)
{
    return address & ~(uint64_t)(HF_PAGE - 1);
}

static uint64_t page_up(uint64_t address)
{
    return page_down(address + HF_PAGE - 1);
}

bool hf__verdict_pages_of(const hf_event *event, uint64_t *first, uint64_t *end)
{
    uint64_t last = 0;
    *first = page_down(event->address);
    bool fits = hf__add_u64(event->address, event->size != 0 ? event->size : 1, &last) && last <= UINT64_MAX - HF_PAGE;
    *end = fits ? page_up(last) : *first;
    return fits;
}

void hf__verdict_ledger_begin(hf__verdict_ledger *ledger, const hf__verdict_facts *facts)
{
    *ledger = (hf__verdict_ledger){.facts = facts};
}

void hf__verdict_ledger_clear(hf__verdict_ledger *ledger)
{
    hf__free(ledger->blocks);
    hf__free(ledger->standing);
    hf__free(ledger->touched);
    hf__free(ledger->failures);
    hf__free(ledger->mark.changes);
    hf__heap_ranges_clear(&ledger->regions);
    hf__heap_ranges_clear(&ledger->committed);
    hf__heap_ranges_clear(&ledger->failed);
    hf__heap_map_clear(&ledger->heap);
    hf__heap_map_clear(&ledger->displaced);
    *ledger = (hf__verdict_ledger){0};
}

void hf__verdict_ledger_expect(hf__verdict_ledger *ledger, size_t from, size_t end)
{
    if (end > ledger->touched_capacity) {
        ledger->touched_capacity = end > ledger->touched_capacity * 2 ? end : ledger->touched_capacity * 2;
        ledger->touched = hf__reallocate(ledger->touched, ledger->touched_capacity, sizeof *ledger->touched);
    }
    for (size_t i = from; i < end; i++)
        ledger->touched[i] = HF_INDEX_NONE;
}

/* Blocks that the host no longer has are left out now and then. */
static void sweep_standing(hf__verdict_ledger *ledger)
{
    uint32_t kept = 0;
    if (ledger->standing_count < ledger->standing_kept * 2 + 64)
        return;
    for (uint32_t i = 0; i < ledger->standing_count; i++) {
        if (ledger->blocks[ledger->standing[i]].real)
            ledger->standing[kept++] = ledger->standing[i];
    }
    ledger->standing_count = ledger->standing_kept = kept;
}

void hf__verdict_ledger_mark(hf__verdict_ledger *ledger)
{
    struct hf__verdict_ledger_mark *mark = &ledger->mark;
    sweep_standing(ledger);
    mark->is_set = true;
    mark->block_count = ledger->block_count;
    mark->standing_count = ledger->standing_count;
    mark->failure_count = ledger->failure_count;
    mark->change_count = 0;
    hf__heap_ranges_mark(&ledger->regions);
    hf__heap_ranges_mark(&ledger->committed);
    hf__heap_ranges_mark(&ledger->failed);
    hf__heap_map_mark(&ledger->heap);
    hf__heap_map_mark(&ledger->displaced);
}

void hf__verdict_ledger_rewind(hf__verdict_ledger *ledger)
{
    struct hf__verdict_ledger_mark *mark = &ledger->mark;
    for (uint32_t i = mark->change_count; i > 0; i--)
        ledger->blocks[mark->changes[i - 1].number] = mark->changes[i - 1].block;
    mark->is_set = false;
    ledger->block_count = mark->block_count;
    ledger->standing_count = mark->standing_count;
    ledger->failure_count = mark->failure_count;
    hf__heap_ranges_rewind(&ledger->regions);
    hf__heap_ranges_rewind(&ledger->committed);
    hf__heap_ranges_rewind(&ledger->failed);
    hf__heap_map_rewind(&ledger->heap);
    hf__heap_map_rewind(&ledger->displaced);
}

static uint32_t add_block(hf__verdict_ledger *ledger, size_t event, hf__verdict_block block)
{
    HF_GROW(ledger->blocks, ledger->block_count, ledger->block_capacity);
    block.taken = event;
    block.given = HF_NOWHERE;
    ledger->blocks[ledger->block_count] = block;
    ledger->touched[event] = ledger->block_count;
    if (block.real) {
        HF_GROW(ledger->standing, ledger->standing_count, ledger->standing_capacity);
        ledger->standing[ledger->standing_count++] = ledger->block_count;
    }
    return ledger->block_count++;
}

/* The block, to be changed: one that is older than the mark is remembered as it was. */
static hf__verdict_block *change(hf__verdict_ledger *ledger, uint32_t number)
{
    struct hf__verdict_ledger_mark *mark = &ledger->mark;
    if (mark->is_set && number < mark->block_count) {
        HF_GROW(mark->changes, mark->change_count, mark->change_capacity);
        mark->changes[mark->change_count++] = (struct hf__ledger_change){number, ledger->blocks[number]};
    }
    return &ledger->blocks[number];
}

static void note_use(hf__verdict_ledger *ledger, size_t event, uint32_t number)
{
    ledger->touched[event] = number;
    if (!ledger->blocks[number].used)
        change(ledger, number)->used = true;
}

/* Still somebody's, so that nothing else may be at its address. */
static bool is_live(const hf__verdict_block *block)
{
    return block->owner == HF_OWNER_CALLER || block->owner == HF_OWNER_NOBODY;
}

static bool any_live(const hf__verdict_ledger *ledger, uint64_t first, uint64_t end)
{
    for (const hf__heap_range *range = hf__heap_ranges_from(&ledger->regions, first); range != NULL && range->first < end;
         range = hf__heap_ranges_from(&ledger->regions, range->end)) {
        if (is_live(&ledger->blocks[range->value]))
            return true;
    }
    return false;
}

/* Regions that a new one takes the place of: what is given back is forgotten, what is not is put aside. */
static void displace(hf__verdict_ledger *ledger, uint64_t first, uint64_t end)
{
    for (const hf__heap_range *range = hf__heap_ranges_from(&ledger->regions, first); range != NULL && range->first < end;
         range = hf__heap_ranges_from(&ledger->regions, range->end)) {
        const hf__verdict_block *block = &ledger->blocks[range->value];
        if (block->owner != HF_OWNER_CALLER || !block->real)
            continue;
        change(ledger, range->value)->older = hf__heap_map_get(&ledger->displaced, block->address);
        hf__heap_map_set(&ledger->displaced, block->address, range->value);
    }
    hf__heap_ranges_cut(&ledger->regions, first, end);
    hf__heap_ranges_cut(&ledger->committed, first, end);
    hf__heap_ranges_cut(&ledger->failed, first, end);
}

/* A new region: [base, base + bytes), where a reservation at an address begins at the granule below it and reaches to the last byte asked for. */
static uint64_t region_bytes(const hf_event *event, uint64_t base)
{
    uint64_t last = 0;
    uint64_t from = event->address != 0 ? event->address : base;
    if (!hf__add_u64(from, event->size, &last) || last > UINT64_MAX - HF_PAGE || page_up(last) < base)
        return 0;
    return page_up(last) - base;
}

static void enter_region(hf__verdict_ledger *ledger, size_t i, const hf_event *event, uint64_t base, hf__verdict_owner owner)
{
    uint64_t bytes = region_bytes(event, base);
    hf__verdict_block block = {.address = base, .bytes = bytes, .older = HF_INDEX_NONE, .owner = (uint8_t)owner, .real = hf__verdict_host_did(event)};
    displace(ledger, base, base + bytes);
    uint32_t number = add_block(ledger, i, block);
    hf__heap_ranges_set(&ledger->regions, base, base + bytes, number);
    if (owner == HF_OWNER_CALLER && (event->type & MEM_COMMIT) != 0)
        hf__heap_ranges_set(&ledger->committed, base, base + bytes, number);
}

/* A failed request leaves the caller with what is in its out-parameter, often null, and every address it may compute from it (of the first
 * gibibyte: there is no sense in looking further). */
static void enter_region_ghost(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    uint64_t bytes = event->address != 0 ? page_up(event->size) : region_bytes(event, event->out);
    bytes = bytes < GHOST_MAX ? bytes : GHOST_MAX;
    if (bytes == 0 || event->out > UINT64_MAX - bytes || any_live(ledger, event->out, event->out + bytes))
        return;
    uint32_t number =
        add_block(ledger, i, (hf__verdict_block){.address = event->out, .bytes = bytes, .older = HF_INDEX_NONE, .owner = HF_OWNER_GHOST});
    hf__heap_ranges_set(&ledger->regions, event->out, event->out + bytes, number);
}

static void enter_new_region(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    if (!event->complete)
        return;
    if (hf__verdict_told_ok(event) && event->out != 0)
        enter_region(ledger, i, event, event->out, HF_OWNER_CALLER);
    else if (hf__verdict_host_did(event) && event->injected && hf_event_host_out(event) != 0)
        enter_region(ledger, i, event, hf_event_host_out(event), HF_OWNER_NOBODY);
    else
        enter_region_ghost(ledger, i, event);
}

static void enter_commit(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    uint64_t first = 0, end = 0;
    hf__verdict_target target = hf__verdict_ledger_region(ledger, event->address);
    if (!hf__verdict_pages_of(event, &first, &end) || target.block == HF_INDEX_NONE || !is_live(&ledger->blocks[target.block]))
        return;
    uint64_t limit = ledger->blocks[target.block].address + ledger->blocks[target.block].bytes;
    note_use(ledger, i, target.block);
    end = end < limit ? end : limit;
    if (!hf__verdict_told_nothing(event)) {
        hf__heap_ranges_set(&ledger->committed, first, end, target.block);
        hf__heap_ranges_cut(&ledger->failed, first, end);
    } else {
        HF_GROW(ledger->failures, ledger->failure_count, ledger->failure_capacity);
        hf__heap_ranges_set(&ledger->failed, first, end, ledger->failure_count);
        ledger->failures[ledger->failure_count++] = i;
    }
}

static void enter_mapping(hf__verdict_ledger *ledger, size_t i, const hf_event *event);
static void enter_unmapping(hf__verdict_ledger *ledger, size_t i, const hf_event *event);

static void enter_virtual_alloc(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    if ((event->type & (MEM_COMMIT | MEM_RESERVE)) == 0)
        return;
    if (event->function != HF_FUNCTION_NONE)
        enter_mapping(ledger, i, event);
    else if ((event->type & MEM_RESERVE) != 0 || event->address == 0)
        enter_new_region(ledger, i, event);
    else
        enter_commit(ledger, i, event);
}

/* An answer of the failed state is no answer to this request: the host was not asked and the caller knows it. */
static void give_back(hf__verdict_ledger *ledger, size_t i, const hf_event *event, uint32_t number)
{
    hf__verdict_block *block = change(ledger, number);
    bool told = hf__verdict_told_ok(event) || !event->complete;
    bool done = hf__verdict_host_did(event) || !event->complete;
    ledger->touched[i] = number;
    block->spoiled |= !done && event->injected;
    block->used = true;
    block->real = block->real && !done;
    if (!told)
        return;
    block->owner = HF_OWNER_GIVEN_BACK;
    block->given = i;
    if (!block->heap) {
        hf__heap_ranges_cut(&ledger->committed, block->address, block->address + block->bytes);
        hf__heap_ranges_cut(&ledger->failed, block->address, block->address + block->bytes);
    }
}

static void enter_decommit(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    uint64_t first = 0, end = 0;
    hf__verdict_target target = hf__verdict_ledger_region(ledger, event->address);
    if (target.block == HF_INDEX_NONE || !is_live(&ledger->blocks[target.block]) || !hf__verdict_pages_of(event, &first, &end))
        return;
    const hf__verdict_block *region = &ledger->blocks[target.block];
    uint64_t limit = region->address + region->bytes;
    note_use(ledger, i, target.block);
    if (!hf__verdict_told_ok(event))
        return;
    if (event->size == 0)
        hf__heap_ranges_cut(&ledger->committed, region->address, limit);
    else
        hf__heap_ranges_cut(&ledger->committed, first, end < limit ? end : limit);
}

/* Takes the block whose release is due off the list of those put aside. */
static void settle(hf__verdict_ledger *ledger, uint32_t number)
{
    const hf__verdict_block *block = &ledger->blocks[number];
    if (!block->heap && hf__heap_map_get(&ledger->displaced, block->address) == number)
        hf__heap_map_set(&ledger->displaced, block->address, block->older);
}

static void enter_virtual_free(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    if (event->function != HF_FUNCTION_NONE) {
        enter_unmapping(ledger, i, event);
        return;
    }
    if ((event->type & MEM_RELEASE) == 0) {
        enter_decommit(ledger, i, event);
        return;
    }
    hf__verdict_target target = hf__verdict_ledger_release_target(ledger, event);
    bool counts = target.block != HF_INDEX_NONE && target.at_base && is_live(&ledger->blocks[target.block]);
    if (!counts)
        return;
    give_back(ledger, i, event, target.block);
    settle(ledger, target.block);
}

/* Mappings of an unmodified program. POSIX gives back any pages in any order, and a new mapping may take the place of older ones: a block is given
 * back when none of its pages is left. */

static void unmap_pages(hf__verdict_ledger *ledger, size_t i, const hf_event *event, uint64_t first, uint64_t end)
{
    for (const hf__heap_range *range = hf__heap_ranges_from(&ledger->regions, first); range != NULL && range->first < end;
         range = hf__heap_ranges_from(&ledger->regions, range->end)) {
        uint64_t low = range->first > first ? range->first : first;
        uint64_t high = range->end < end ? range->end : end;
        hf__verdict_block *block = change(ledger, range->value);
        bool is_whole = high - low >= block->bytes;
        if (!is_live(block))
            continue;
        if (is_whole)
            give_back(ledger, i, event, range->value);
        else
            block->bytes -= high - low;
    }
    hf__heap_ranges_cut(&ledger->regions, first, end);
    hf__heap_ranges_cut(&ledger->committed, first, end);
}

static void enter_mapping(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    bool moves_break = event->function == HF_FUNCTION_BRK || event->function == HF_FUNCTION_SBRK; /* never given back by anybody */
    uint64_t base = hf__verdict_told_ok(event) ? event->out : hf_event_host_out(event);
    if (!event->complete || moves_break || !hf__verdict_host_did(event) || base == 0)
        return;
    uint64_t end = base + page_up(event->size);
    unmap_pages(ledger, i, event, base, end);
    hf__verdict_owner owner = hf__verdict_told_ok(event) ? HF_OWNER_CALLER : HF_OWNER_NOBODY;
    hf__verdict_block block = {.address = base, .bytes = end - base, .older = HF_INDEX_NONE, .owner = (uint8_t)owner, .real = true};
    hf__heap_ranges_set(&ledger->regions, base, end, add_block(ledger, i, block));
}

/* Where mremap grew in place, those pages are the new block's by now. */
static void enter_unmapping(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    uint64_t first = 0, end = 0;
    hf__verdict_target target = hf__verdict_ledger_region(ledger, event->address);
    bool is_moved = event->function == HF_FUNCTION_MREMAP_UNMAP;
    if (!hf__verdict_pages_of(event, &first, &end) || event->size == 0)
        return;
    if (is_moved && target.block != HF_INDEX_NONE && ledger->facts->events[ledger->blocks[target.block].taken].function == HF_FUNCTION_MREMAP &&
        ledger->blocks[target.block].taken + 1 == i)
        return;
    if (hf__verdict_told_ok(event) && hf__verdict_host_did(event))
        unmap_pages(ledger, i, event, first, end);
    else if (target.block != HF_INDEX_NONE && event->injected)
        change(ledger, target.block)->spoiled = true;
}

static void enter_malloc_alloc(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    if (!event->complete || event->out == 0)
        return;
    bool told = hf__verdict_told_ok(event);
    uint32_t number = ledger->block_count;
    uint32_t old = told ? hf__heap_map_exchange(&ledger->heap, event->out, number) : hf__heap_map_get(&ledger->heap, event->out);
    bool is_taken = old != HF_INDEX_NONE && is_live(&ledger->blocks[old]);
    if (!told && is_taken)
        return;
    hf__verdict_block block = {
        .address = event->out, .bytes = event->size, .source = event->protect, .heap = true, .real = told && hf__verdict_host_did(event)};
    block.owner = told ? HF_OWNER_CALLER : HF_OWNER_GHOST;
    block.older = is_taken && ledger->blocks[old].real ? old : HF_INDEX_NONE;
    (void)add_block(ledger, i, block);
    if (!told)
        hf__heap_map_set(&ledger->heap, event->out, number);
}

static void enter_malloc_free(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    hf__verdict_target target = hf__verdict_ledger_release_target(ledger, event);
    if (target.block != HF_INDEX_NONE && is_live(&ledger->blocks[target.block]))
        give_back(ledger, i, event, target.block);
}

static void enter_protect(hf__verdict_ledger *ledger, size_t i, const hf_event *event)
{
    hf__verdict_target target = hf__verdict_ledger_region(ledger, event->address);
    if (target.block != HF_INDEX_NONE)
        note_use(ledger, i, target.block);
}

typedef void enter_handler(hf__verdict_ledger *ledger, size_t i, const hf_event *event);
static enter_handler *const handlers[HF_METHOD_COUNT] = {
    [HF_METHOD_VIRTUAL_ALLOC] = enter_virtual_alloc, [HF_METHOD_VIRTUAL_FREE] = enter_virtual_free,
    [HF_METHOD_VIRTUAL_PROTECT] = enter_protect,     [HF_METHOD_MALLOC_ALLOC] = enter_malloc_alloc,
    [HF_METHOD_MALLOC_FREE] = enter_malloc_free,     [HF_METHOD_MALLOC_DEBUG_ALLOC] = enter_malloc_alloc,
};

void hf__verdict_ledger_enter(hf__verdict_ledger *ledger, size_t event)
{
    const hf_event *call = &ledger->facts->events[event];
    if (hf__verdict_is_call(call) && !call->sticky && handlers[call->kind] != NULL)
        handlers[call->kind](ledger, event, call);
}

void hf__verdict_ledger_prefetch(const hf__verdict_ledger *ledger, size_t event)
{
    const hf_event *call = &ledger->facts->events[event];
    if (call->kind == HF_METHOD_MALLOC_ALLOC)
        hf__heap_map_prefetch(&ledger->heap, call->out);
    else if (call->kind == HF_METHOD_MALLOC_FREE)
        hf__heap_map_prefetch(&ledger->heap, call->address);
}

hf__verdict_target hf__verdict_ledger_region(const hf__verdict_ledger *ledger, uint64_t address)
{
    const hf__heap_range *range = hf__heap_ranges_find(&ledger->regions, address);
    if (range == NULL)
        return (hf__verdict_target){HF_INDEX_NONE, false};
    return (hf__verdict_target){range->value, page_down(address) == ledger->blocks[range->value].address};
}

hf__verdict_target hf__verdict_ledger_heap(const hf__verdict_ledger *ledger, uint64_t address)
{
    uint32_t block = hf__heap_map_get(&ledger->heap, address);
    return (hf__verdict_target){block, block != HF_INDEX_NONE};
}

static uint32_t oldest_live(const hf__verdict_ledger *ledger, uint32_t number)
{
    uint32_t found = number;
    for (uint32_t i = number; i != HF_INDEX_NONE; i = ledger->blocks[i].older)
        found = is_live(&ledger->blocks[i]) ? i : found;
    return found;
}

hf__verdict_target hf__verdict_ledger_release_target(const hf__verdict_ledger *ledger, const hf_event *event)
{
    if (event->kind == HF_METHOD_MALLOC_FREE) {
        uint32_t block = oldest_live(ledger, hf__heap_map_get(&ledger->heap, event->address));
        return (hf__verdict_target){block, block != HF_INDEX_NONE};
    }
    uint32_t aside = hf__heap_map_get(&ledger->displaced, page_down(event->address));
    return aside != HF_INDEX_NONE ? (hf__verdict_target){aside, true} : hf__verdict_ledger_region(ledger, event->address);
}

size_t hf__verdict_ledger_failed_commit(const hf__verdict_ledger *ledger, uint64_t first, uint64_t end)
{
    const hf__heap_range *range = hf__heap_ranges_from(&ledger->failed, first);
    return range != NULL && range->first < end ? ledger->failures[range->value] : HF_NOWHERE;
}
