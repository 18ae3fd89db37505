/* SPDX-License-Identifier: MIT
 * The two indexes of the ledger: address ranges that never overlap, and a map from address to number. Both answer in O(log n) or O(1)
 * whatever order they are filled in, because a trace is judged whole and may hold millions of calls. Ranges are half-open. The order
 * of insertion decides the shape of the tree and nothing else: the answers depend on the contents only.
 *
 * Threads: one thread per index.
 */
#ifndef HF_HEAP_INDEX_H
#define HF_HEAP_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_INDEX_NONE UINT32_MAX

typedef struct hf__heap_range {
    uint64_t first, end; /* [first, end) */
    uint32_t value;
    uint32_t left, right; /* of the tree; not for users */
} hf__heap_range;

/* What was changed since the mark, so that it can be taken back. */
typedef struct hf__heap_ranges_change {
    uint64_t first, end;
    uint32_t value; /* what was there; HF_INDEX_NONE: nothing */
} hf__heap_ranges_change;

/* A treap over an array of ranges. Zero-initialised it is empty. */
typedef struct hf__heap_ranges {
    hf__heap_range *nodes;
    uint32_t count, capacity;
    uint32_t root_plus_one;
    uint32_t free_plus_one; /* removed nodes, chained by `left` */
    bool is_marked;
    size_t change_count, change_capacity;
    hf__heap_ranges_change *changes;
} hf__heap_ranges;

void hf__heap_ranges_clear(hf__heap_ranges *ranges);
/* From here on changes are remembered; rewind makes the contents what they were, in as long as the changes took, and forgets the mark. */
void hf__heap_ranges_mark(hf__heap_ranges *ranges);
void hf__heap_ranges_rewind(hf__heap_ranges *ranges);
/* The range that holds the address; NULL if there is none. Borrowed until the next change. */
const hf__heap_range *hf__heap_ranges_find(const hf__heap_ranges *ranges, uint64_t address);
/* The lowest range that ends behind the address; NULL if there is none. */
const hf__heap_range *hf__heap_ranges_from(const hf__heap_ranges *ranges, uint64_t address);
/* Does any range overlap [first, end)? */
bool hf__heap_ranges_overlap(const hf__heap_ranges *ranges, uint64_t first, uint64_t end);
/* Are there no gaps in [first, end)? */
bool hf__heap_ranges_cover(const hf__heap_ranges *ranges, uint64_t first, uint64_t end);
/* Makes [first, end) this value's: what was there is cut away. An empty range changes nothing. */
void hf__heap_ranges_set(hf__heap_ranges *ranges, uint64_t first, uint64_t end, uint32_t value);
/* Takes [first, end) out; ranges that reach over an edge keep the rest. */
void hf__heap_ranges_cut(hf__heap_ranges *ranges, uint64_t first, uint64_t end);

/* Address to number; open addressing. Zero-initialised it is empty. */
typedef struct hf__heap_map {
    struct hf__heap_map_entry {
        uint64_t key;
        uint32_t value;
        uint32_t used;
    } * entries;
    size_t capacity, count;
    bool is_marked;
    size_t change_count, change_capacity;
    struct hf__heap_map_change {
        uint64_t key;
        uint32_t value; /* what was there */
    } * changes;
} hf__heap_map;

void hf__heap_map_clear(hf__heap_map *map);
/* As for ranges. A key that was not there before the mark has the value HF_INDEX_NONE afterwards. */
void hf__heap_map_mark(hf__heap_map *map);
void hf__heap_map_rewind(hf__heap_map *map);
/* The key will be asked for soon. */
void hf__heap_map_prefetch(const hf__heap_map *map, uint64_t key);
/* HF_INDEX_NONE if the key is not there; it may also be a value. */
uint32_t hf__heap_map_get(const hf__heap_map *map, uint64_t key);
void hf__heap_map_set(hf__heap_map *map, uint64_t key, uint32_t value);
/* Sets the key and returns what it had before. */
uint32_t hf__heap_map_exchange(hf__heap_map *map, uint64_t key, uint32_t value);

#endif
