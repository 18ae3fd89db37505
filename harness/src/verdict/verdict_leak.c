/* SPDX-License-Identifier: MIT
 * Finds leaks by matching the blocks that are left against those that the clean run left, in three passes of falling strictness: the same kind, size
 * and place; the same kind and place, and no larger (the caller asked for less after the fault); the same kind and size, taken after the first fault
 * (it asked from another place). Before the second, a block that could not be resized is matched whatever its size. A block without a match is a
 * leak, unless it replaces memory that was refused: if the clean run keeps an amount that this run was refused, this run may keep as much, in any
 * pieces from any place.
 *
 * Blocks that the host still has count as left. Two kinds are excluded: blocks whose release we failed, and blocks that a `done: true` fault took
 * without the caller's knowledge. Nobody owns the latter, even if the request named the address: the caller was told that it has nothing there.
 */
#include "verdict_leak.h"

#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

static bool is_left(const hf__verdict_block *block)
{
    return block->real && !block->spoiled && block->owner != HF_OWNER_GHOST && block->owner != HF_OWNER_NOBODY;
}

/* The biggest first, of equal ones the earliest. */
static int compare_left(const void *a, const void *b)
{
    const hf__verdict_left *one = a, *other = b;
    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return one->block < other->block ? -1 : one->block > other->block;
}

hf__verdict_left_list hf__verdict_left_find(const hf__verdict_ledger *ledger)
{
    const hf__verdict_facts *facts = ledger->facts;
    size_t fault = facts->seen.first_fault;
    size_t capacity = 0;
    hf__verdict_left_list list = {.count = 0};
    uint64_t first_fault = fault != HF_NOWHERE ? facts->events[fault].start : UINT64_MAX;

    for (uint32_t i = 0; i < ledger->standing_count; i++) {
        const hf__verdict_block *block = &ledger->blocks[ledger->standing[i]];
        if (!is_left(block))
            continue;
        const hf_event *event = &facts->events[block->taken];
        HF_GROW(list.items, list.count, capacity);
        list.items[list.count++] = (hf__verdict_left){.bytes = block->bytes,
                                                      .asked = event->size,
                                                      .place = hf__verdict_facts_place(facts, event->pc),
                                                      .event = block->taken,
                                                      .block = ledger->standing[i],
                                                      .heap = block->heap,
                                                      .late = event->start >= first_fault};
    }

    if (list.count > 0)
        qsort(list.items, list.count, sizeof *list.items, compare_left);
    return list;
}

void hf__verdict_left_clear(hf__verdict_left_list *list)
{
    hf__free(list->items);
    *list = (hf__verdict_left_list){0};
}

static hf__verdict_left_list copy_list(const hf__verdict_left_list *list)
{
    hf__verdict_left_list copy = {.items = hf__allocate(list->count, sizeof *copy.items), .count = list->count};
    if (list->count > 0)
        memcpy(copy.items, list->items, list->count * sizeof *copy.items);
    return copy;
}

/* A smaller block from before the fault is what the program kept because it could not grow it. It is paired before blocks from after the fault use up
 * what was refused. */
typedef enum pass { PASS_SAME, PASS_NOT_GROWN, PASS_SMALLER, PASS_ELSEWHERE, PASS_COUNT } pass;

static bool is_in(pass by, const hf__verdict_left *item)
{
    return !(by == PASS_NOT_GROWN && item->late) && !(by == PASS_ELSEWHERE && !item->late);
}

static uint64_t key_of(const hf__verdict_left *item, pass by)
{
    uint64_t bytes = by == PASS_SMALLER || by == PASS_NOT_GROWN ? 0 : item->bytes;
    uint64_t place = by == PASS_ELSEWHERE ? 0 : item->place;
    return hf__random(bytes, place, item->heap ? 1 : 0);
}

/* Pairs what is not paired yet. Both lists are sorted by size, so the head of a chain is the biggest that is still free. */
static void match(hf__verdict_left_list *run, hf__verdict_left_list *clean, pass by)
{
    hf__heap_map heads = {0};
    for (size_t i = clean->count; i > 0; i--) {
        hf__verdict_left *item = &clean->items[i - 1];
        if (item->matched)
            continue;
        item->next = hf__heap_map_get(&heads, key_of(item, by));
        hf__heap_map_set(&heads, key_of(item, by), (uint32_t)(i - 1));
    }

    for (size_t i = 0; i < run->count; i++) {
        hf__verdict_left *item = &run->items[i];
        uint32_t head = item->matched || !is_in(by, item) ? HF_INDEX_NONE : hf__heap_map_get(&heads, key_of(item, by));
        if (head == HF_INDEX_NONE || clean->items[head].bytes < item->bytes)
            continue;
        item->matched = clean->items[head].matched = true;
        hf__heap_map_set(&heads, key_of(item, by), clean->items[head].next);
    }

    hf__heap_map_clear(&heads);
}

static int compare_by_block(const void *a, const void *b)
{
    const hf__verdict_left *one = a, *other = b;
    return one->block < other->block ? -1 : one->block > other->block;
}

static void add_leak(hf__verdict_leaks *out, const hf__verdict_ledger *ledger, const hf__verdict_left *item)
{
    HF_GROW(out->items, out->count, out->capacity);
    out->items[out->count++] =
        (hf_verdict_leak){.event = item->event, .address = ledger->blocks[item->block].address, .bytes = item->bytes, .heap = item->heap ? 1 : 0};
    out->bytes += item->bytes;
}

static bool is_refused(const hf_event *event)
{
    return hf__verdict_is_call(event) && hf__verdict_class_of(event) == HF_CLASS_ACQUIRE && hf__verdict_told_nothing(event);
}

/* Pairs what could not be resized, whatever its size, with what the clean run keeps of the same request: realloc(3) and mremap(2) leave the old
 * memory as it is when they fail. */
static void match_unresized(const hf__verdict_ledger *run, hf__verdict_left_list *here, hf__verdict_left_list *clean)
{
    const hf__verdict_facts *facts = run->facts;
    hf__heap_map olds = {0}, kept = {0};
    for (size_t i = 0; i < here->count; i++)
        if (!here->items[i].matched)
            hf__heap_map_set(&olds, run->blocks[here->items[i].block].address, (uint32_t)i);
    for (size_t i = clean->count; i > 0; i--) {
        hf__verdict_left *item = &clean->items[i - 1];
        uint64_t key = hf__random(item->asked, item->place, 0);
        if (item->matched)
            continue;
        item->next = hf__heap_map_get(&kept, key);
        hf__heap_map_set(&kept, key, (uint32_t)(i - 1));
    }

    for (size_t i = facts->seen.first_fault; i < facts->count; i++) {
        const hf_event *event = &facts->events[i];
        uint32_t old = is_refused(event) && event->address != 0 ? hf__heap_map_get(&olds, event->address) : HF_INDEX_NONE;
        uint64_t key = old != HF_INDEX_NONE ? hf__random(event->size, hf__verdict_facts_place(facts, event->pc), 0) : 0;
        uint32_t head = old != HF_INDEX_NONE && !here->items[old].matched ? hf__heap_map_get(&kept, key) : HF_INDEX_NONE;
        if (head == HF_INDEX_NONE || clean->items[head].heap != here->items[old].heap)
            continue;
        here->items[old].matched = clean->items[head].matched = true;
        hf__heap_map_set(&kept, key, clean->items[head].next);
    }

    hf__heap_map_clear(&olds);
    hf__heap_map_clear(&kept);
}

/* What the run asked for, from where, and came away without. */
static hf__heap_map refusals_of(const hf__verdict_ledger *run)
{
    hf__heap_map refusals = {0};
    const hf__verdict_facts *facts = run->facts;
    size_t first = facts->seen.first_fault;
    for (size_t i = first; i < facts->count; i++) {
        const hf_event *event = &facts->events[i];
        if (!is_refused(event))
            continue;
        uint64_t key = hf__random(event->size, hf__verdict_facts_place(facts, event->pc), 0);
        uint32_t before = hf__heap_map_get(&refusals, key);
        hf__heap_map_set(&refusals, key, before == HF_INDEX_NONE ? 1 : before + 1);
    }
    return refusals;
}

/* How much of what the clean run keeps this run asked for and was refused. It pairs with nothing else then: what is kept in its stead may be several
 * blocks. */
static uint64_t refused_bytes(const hf__verdict_ledger *run, hf__verdict_left_list *clean)
{
    uint64_t bytes = 0;
    hf__heap_map refusals = refusals_of(run);
    for (size_t i = 0; i < clean->count; i++) {
        hf__verdict_left *item = &clean->items[i];
        uint64_t key = hf__random(item->asked, item->place, 0);
        uint32_t times = item->matched ? HF_INDEX_NONE : hf__heap_map_get(&refusals, key);
        if (times == HF_INDEX_NONE || times == 0)
            continue;
        hf__heap_map_set(&refusals, key, times - 1);
        item->matched = true;
        bytes += item->bytes;
    }
    hf__heap_map_clear(&refusals);
    return bytes;
}

/* Of what was taken after the fault, as much as was refused is kept in its stead. */
static void excuse(const hf__verdict_ledger *run, hf__verdict_left_list *here, hf__verdict_left_list *clean)
{
    uint64_t left = run->facts->seen.first_fault != HF_NOWHERE ? refused_bytes(run, clean) : 0;
    for (size_t i = 0; i < here->count && left > 0; i++) {
        hf__verdict_left *item = &here->items[i];
        if (item->matched || !item->late || item->bytes > left)
            continue;
        item->matched = true;
        left -= item->bytes;
    }
}

void hf__verdict_leaks_find(const hf__verdict_ledger *run, const hf__verdict_left_list *clean, hf__verdict_leaks *out)
{
    *out = (hf__verdict_leaks){0};
    hf__verdict_left_list here = hf__verdict_left_find(run);
    hf__verdict_left_list there = {.count = 0};
    if (here.count > 0)
        there = copy_list(clean);
    for (unsigned by = 0; by < PASS_COUNT && there.count > 0; by++) {
        match(&here, &there, (pass)by);
        if (by == PASS_SAME && here.count > 0 && run->facts->seen.first_fault != HF_NOWHERE)
            match_unresized(run, &here, &there);
        if (by == PASS_NOT_GROWN)
            excuse(run, &here, &there);
    }
    if (here.count > 0)
        qsort(here.items, here.count, sizeof *here.items, compare_by_block);
    for (size_t i = 0; i < here.count; i++) {
        if (!here.items[i].matched)
            add_leak(out, run, &here.items[i]);
    }

    hf__verdict_left_clear(&here);
    hf__verdict_left_clear(&there);
}

static uint32_t heaps_held(const hf__verdict_facts *facts)
{
    return facts != NULL && facts->left != NULL ? facts->left->protect : 0;
}

void hf__verdict_leaks_add_heaps(const hf__verdict_facts *run, const hf__verdict_facts *clean, hf__verdict_leaks *out)
{
    uint32_t here = heaps_held(run), there = heaps_held(clean);
    for (size_t i = run->count; i > 0 && here > there; i--) {
        const hf_event *event = &run->events[i - 1];
        if (event->kind != HF_METHOD_CREATE_MALLOC || hf__verdict_told_nothing(event))
            continue;
        HF_GROW(out->items, out->count, out->capacity);
        out->items[out->count++] = (hf_verdict_leak){.event = i - 1, .address = event->out, .heap = HF_LEAK_OBJECT};
        here--;
    }
}

#define DESCRIPTOR_KINDS (HF_DESCRIPTOR_OTHER + 1u)

static const hf_event *open_at(const hf__verdict_facts *facts, size_t i)
{
    return &facts->events[facts->seen.open + i];
}

static uint64_t kind_of(const hf_event *descriptor)
{
    return descriptor->size < HF_DESCRIPTOR_OTHER ? descriptor->size : HF_DESCRIPTOR_OTHER;
}

#define STANDARD_MAX 2u /* stdin, stdout and stderr are files of the run's own folder */

/* Of pipes and sockets the system says a number that no two runs share. */
static uint64_t open_key(const hf_event *descriptor)
{
    if (descriptor->address <= STANDARD_MAX)
        return hf__random(kind_of(descriptor), descriptor->address, 2);
    bool has_name = kind_of(descriptor) == HF_DESCRIPTOR_FILE || kind_of(descriptor) == HF_DESCRIPTOR_OTHER;
    hf_text name = descriptor->more->note;
    return hf__random(kind_of(descriptor), has_name ? hf__hash(HF_HASH_START, name.pointer, name.size_bytes) : 0, 1);
}

/* By kind and name: how many the clean run leaves. surplus: by kind, how many more the run leaves. */
static hf__heap_map count_open(const hf__verdict_facts *run, const hf__verdict_facts *clean, int64_t surplus[DESCRIPTOR_KINDS])
{
    hf__heap_map left = {0};
    for (size_t i = 0; i < run->seen.open_count; i++)
        surplus[kind_of(open_at(run, i))]++;
    for (size_t i = 0; i < clean->seen.open_count; i++) {
        uint64_t key = open_key(open_at(clean, i));
        uint32_t before = hf__heap_map_get(&left, key);
        surplus[kind_of(open_at(clean, i))]--;
        hf__heap_map_set(&left, key, before == HF_INDEX_NONE ? 1 : before + 1);
    }
    return left;
}

void hf__verdict_leaks_add_descriptors(const hf__verdict_facts *run, const hf__verdict_facts *clean, hf__verdict_leaks *out)
{
    int64_t surplus[DESCRIPTOR_KINDS] = {0};
    if (clean == NULL || run->seen.alternate || run->seen.open_count == 0 || clean->left == NULL)
        return;
    hf__heap_map left = count_open(run, clean, surplus);
    for (size_t i = 0; i < run->seen.open_count; i++) {
        const hf_event *descriptor = open_at(run, i);
        uint32_t before = hf__heap_map_get(&left, open_key(descriptor));
        bool is_there_too = before != HF_INDEX_NONE && before > 0;
        if (is_there_too)
            hf__heap_map_set(&left, open_key(descriptor), before - 1);
        if (is_there_too || surplus[kind_of(descriptor)] <= 0)
            continue;
        surplus[kind_of(descriptor)]--;
        HF_GROW(out->items, out->count, out->capacity);
        out->items[out->count++] = (hf_verdict_leak){.event = run->seen.open + i, .address = descriptor->address, .heap = HF_LEAK_DESCRIPTOR};
    }
    hf__heap_map_clear(&left);
}

void hf__verdict_leaks_clear(hf__verdict_leaks *leaks)
{
    hf__free(leaks->items);
    *leaks = (hf__verdict_leaks){0};
}
