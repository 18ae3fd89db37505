/* SPDX-License-Identifier: MIT
 * Ranges as a treap whose priorities are a fixed function of the node's number, so that the same trace always takes the same time; and an
 * open-addressing map. Removal never moves a node: its number goes on a free list.
 */
#include "heap_index.h"

#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"

#include "base_poison.h"

#define NIL HF_INDEX_NONE

static uint64_t priority(uint32_t node)
{
    return hf__random(0, 0, node);
}

static uint32_t merge(hf__heap_ranges *ranges, uint32_t low, uint32_t high)
{
    if (low == NIL || high == NIL)
        return low == NIL ? high : low;
    if (priority(low) > priority(high)) {
        ranges->nodes[low].right = merge(ranges, ranges->nodes[low].right, high);
        return low;
    }
    ranges->nodes[high].left = merge(ranges, low, ranges->nodes[high].left);
    return high;
}

/* Parts the tree into ranges that begin before `key` and the rest. */
static void split(hf__heap_ranges *ranges, uint32_t node, uint64_t key, uint32_t *low, uint32_t *high)
{
    if (node == NIL) {
        *low = *high = NIL;
    } else if (ranges->nodes[node].first < key) {
        split(ranges, ranges->nodes[node].right, key, &ranges->nodes[node].right, high);
        *low = node;
    } else {
        split(ranges, ranges->nodes[node].left, key, low, &ranges->nodes[node].left);
        *high = node;
    }
}

static uint32_t root_of(const hf__heap_ranges *ranges)
{
    return ranges->root_plus_one - 1; /* 0 - 1 is NIL */
}

static uint32_t new_node(hf__heap_ranges *ranges, uint64_t first, uint64_t end, uint32_t value)
{
    uint32_t node = ranges->free_plus_one - 1;
    if (node != NIL) {
        ranges->free_plus_one = ranges->nodes[node].left;
    } else {
        HF_ASSERT(ranges->count < NIL - 1);
        HF_GROW(ranges->nodes, ranges->count, ranges->capacity);
        node = ranges->count++;
    }
    ranges->nodes[node] = (hf__heap_range){first, end, value, NIL, NIL};
    return node;
}

static void insert(hf__heap_ranges *ranges, uint64_t first, uint64_t end, uint32_t value)
{
    uint32_t node = new_node(ranges, first, end, value);
    uint32_t low = NIL, high = NIL;
    split(ranges, root_of(ranges), first, &low, &high);
    ranges->root_plus_one = merge(ranges, merge(ranges, low, node), high) + 1;
}

static void remove_one(hf__heap_ranges *ranges, uint64_t first)
{
    uint32_t low = NIL, here = NIL, high = NIL;
    split(ranges, root_of(ranges), first, &low, &here);
    split(ranges, here, first + 1, &here, &high);
    ranges->root_plus_one = merge(ranges, low, high) + 1;
    ranges->nodes[here].left = ranges->free_plus_one;
    ranges->free_plus_one = here + 1;
}

void hf__heap_ranges_clear(hf__heap_ranges *ranges)
{
    hf__free(ranges->nodes);
    hf__free(ranges->changes);
    *ranges = (hf__heap_ranges){0};
}

/* Ranges do not overlap, so their ends are in the order of their beginnings. */
const hf__heap_range *hf__heap_ranges_from(const hf__heap_ranges *ranges, uint64_t address)
{
    const hf__heap_range *best = NULL;
    for (uint32_t node = root_of(ranges); node != NIL;) {
        const hf__heap_range *range = &ranges->nodes[node];
        if (range->end > address)
            best = range;
        node = range->end > address ? range->left : range->right;
    }
    return best;
}

const hf__heap_range *hf__heap_ranges_find(const hf__heap_ranges *ranges, uint64_t address)
{
    const hf__heap_range *range = hf__heap_ranges_from(ranges, address);
    return range != NULL && range->first <= address ? range : NULL;
}

bool hf__heap_ranges_overlap(const hf__heap_ranges *ranges, uint64_t first, uint64_t end)
{
    const hf__heap_range *range = hf__heap_ranges_from(ranges, first);
    return first < end && range != NULL && range->first < end;
}

bool hf__heap_ranges_cover(const hf__heap_ranges *ranges, uint64_t first, uint64_t end)
{
    while (first < end) {
        const hf__heap_range *range = hf__heap_ranges_find(ranges, first);
        if (range == NULL)
            return false;
        first = range->end;
    }
    return true;
}

static void remember(hf__heap_ranges *ranges, uint64_t first, uint64_t end, uint32_t value)
{
    if (!ranges->is_marked)
        return;
    HF_GROW(ranges->changes, ranges->change_count, ranges->change_capacity);
    ranges->changes[ranges->change_count++] = (hf__heap_ranges_change){first, end, value};
}

void hf__heap_ranges_cut(hf__heap_ranges *ranges, uint64_t first, uint64_t end)
{
    while (hf__heap_ranges_overlap(ranges, first, end)) {
        hf__heap_range old = *hf__heap_ranges_from(ranges, first);
        remember(ranges, old.first > first ? old.first : first, old.end < end ? old.end : end, old.value);
        remove_one(ranges, old.first);
        if (old.first < first)
            insert(ranges, old.first, first, old.value);
        if (old.end > end)
            insert(ranges, end, old.end, old.value);
    }
}

/* Joins with neighbours of the same value that touch, so that pages committed one after the other are one range. */
void hf__heap_ranges_set(hf__heap_ranges *ranges, uint64_t first, uint64_t end, uint32_t value)
{
    if (first >= end)
        return;
    hf__heap_ranges_cut(ranges, first, end);
    remember(ranges, first, end, HF_INDEX_NONE);
    const hf__heap_range *before = first > 0 ? hf__heap_ranges_find(ranges, first - 1) : NULL;

    if (before != NULL && before->value == value) {
        first = before->first;
        remove_one(ranges, first);
    }

    const hf__heap_range *after = hf__heap_ranges_find(ranges, end);
    if (after != NULL && after->value == value) {
        uint64_t joined = after->end;
        remove_one(ranges, after->first);
        end = joined;
    }

    insert(ranges, first, end, value);
}

void hf__heap_ranges_mark(hf__heap_ranges *ranges)
{
    ranges->change_count = 0;
    ranges->is_marked = true;
}

void hf__heap_ranges_rewind(hf__heap_ranges *ranges)
{
    ranges->is_marked = false;
    for (size_t i = ranges->change_count; i > 0; i--) {
        const hf__heap_ranges_change *change = &ranges->changes[i - 1];
        if (change->value != HF_INDEX_NONE)
            hf__heap_ranges_set(ranges, change->first, change->end, change->value);
        else
            hf__heap_ranges_cut(ranges, change->first, change->end);
    }
}

void hf__heap_map_clear(hf__heap_map *map)
{
    hf__free(map->entries);
    hf__free(map->changes);
    *map = (hf__heap_map){0};
}

/* Keys that are near one another stand near one another: blocks are often given back in the order of their addresses, and a map of all of them does
 * not fit into the processor's cache. */
#define GROUP 16u        /* slots, for 16 keys of blocks that are as small as they get */
#define GROUP_SHIFT 8    /* of a key: the part that says which group */
#define IN_GROUP_SHIFT 4 /* the part that says which slot of it */

static size_t first_slot(const hf__heap_map *map, uint64_t key)
{
    uint64_t group = (key >> GROUP_SHIFT) * UINT64_C(0x9E3779B97F4A7C15) >> 32;
    return (size_t)(group * GROUP + (key >> IN_GROUP_SHIFT) % GROUP) & (map->capacity - 1);
}

static struct hf__heap_map_entry *slot_of(const hf__heap_map *map, uint64_t key)
{
    size_t slot = first_slot(map, key);
    while (map->entries[slot].used != 0 && map->entries[slot].key != key)
        slot = (slot + 1) & (map->capacity - 1);
    return &map->entries[slot];
}

void hf__heap_map_prefetch(const hf__heap_map *map, uint64_t key)
{
    if (map->capacity != 0)
        __builtin_prefetch(&map->entries[first_slot(map, key)]);
}

uint32_t hf__heap_map_get(const hf__heap_map *map, uint64_t key)
{
    const struct hf__heap_map_entry *entry = map->capacity != 0 ? slot_of(map, key) : NULL;
    return entry != NULL && entry->used != 0 ? entry->value : HF_INDEX_NONE;
}

static void grow(hf__heap_map *map)
{
    hf__heap_map bigger = *map;
    bigger.capacity = map->capacity == 0 ? 64 : map->capacity * 2;
    bigger.entries = hf__allocate(bigger.capacity, sizeof bigger.entries[0]);
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].used != 0)
            *slot_of(&bigger, map->entries[i].key) = map->entries[i];
    }
    hf__free(map->entries);
    *map = bigger;
}

uint32_t hf__heap_map_exchange(hf__heap_map *map, uint64_t key, uint32_t value)
{
    if (map->count * 2 >= map->capacity)
        grow(map);
    struct hf__heap_map_entry *entry = slot_of(map, key);
    uint32_t before = entry->used != 0 ? entry->value : HF_INDEX_NONE;
    if (map->is_marked) {
        HF_GROW(map->changes, map->change_count, map->change_capacity);
        map->changes[map->change_count++] = (struct hf__heap_map_change){key, before};
    }
    map->count += entry->used == 0;
    *entry = (struct hf__heap_map_entry){key, value, 1};
    return before;
}

void hf__heap_map_set(hf__heap_map *map, uint64_t key, uint32_t value)
{
    (void)hf__heap_map_exchange(map, key, value);
}

void hf__heap_map_mark(hf__heap_map *map)
{
    map->change_count = 0;
    map->is_marked = true;
}

void hf__heap_map_rewind(hf__heap_map *map)
{
    map->is_marked = false;
    for (size_t i = map->change_count; i > 0; i--)
        hf__heap_map_set(map, map->changes[i - 1].key, map->changes[i - 1].value);
}
