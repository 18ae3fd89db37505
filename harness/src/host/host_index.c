/* SPDX-License-Identifier: MIT
 * The tree behind host_index.h. A node has one bit and one slot for each of 1024 children; a child is a node, or a region at the lowest level.
 * Finding a predecessor means finding the highest bit set at or below a position, in at most one node per level, and then descending.
 *
 * Readers take no lock, so they rely on the order of the stores: a slot is filled before its bit is set, from the lowest level up, and a bit is
 * cleared before its slot. An empty node returns to its pool and may be reused at once. A reader inside it then finds nothing or something wrong; the
 * version tells it to look again.
 */
#include "host_index.h"
#include "host_pool.h"

#include "base_poison.h"

#define FANOUT 1024u
#define WORDS (FANOUT / 64u)
#define ROOT_FANOUT 2048u
#define ROOT_WORDS (ROOT_FANOUT / 64u)
#define GRANULES ((uint64_t)ROOT_FANOUT * FANOUT * FANOUT)
#define NOWHERE UINT32_MAX

typedef struct node {
    uint32_t link;
    uint32_t unused;
    uint64_t bits[WORDS];
    uint32_t slots[FANOUT];
} node;

static hf_pool nodes = {.item_bytes = sizeof(node), .segment_shift = 4, .link_at = offsetof(node, link)};
static uint64_t root_bits[ROOT_WORDS];
static uint32_t root_slots[ROOT_FANOUT];
static uint64_t version;

/* The highest set bit at or below `from`, or NOWHERE. */
static uint32_t highest_bit(const uint64_t *bits, uint32_t from)
{
    uint32_t word = from / 64;
    uint64_t seen = hf__os_load_u64(&bits[word]) & (UINT64_MAX >> (63 - from % 64));
    while (seen == 0) {
        if (word == 0)
            return NOWHERE;
        seen = hf__os_load_u64(&bits[--word]);
    }
    return word * 64 + 63 - (uint32_t)__builtin_clzll(seen);
}

/* The lowest set bit at or above `from`, or NOWHERE. */
static uint32_t lowest_bit(const uint64_t *bits, uint32_t words, uint32_t from)
{
    uint32_t word = from / 64;
    if (word >= words)
        return NOWHERE;
    uint64_t seen = hf__os_load_u64(&bits[word]) & (UINT64_MAX << from % 64);
    while (seen == 0) {
        if (++word == words)
            return NOWHERE;
        seen = hf__os_load_u64(&bits[word]);
    }
    return word * 64 + (uint32_t)__builtin_ctzll(seen);
}

static node *node_of(const uint32_t *slot)
{
    return hf__host_pool_item(&nodes, hf__os_load_u32(slot));
}

/* The highest set position at or below `position` in the part of the tree under one root slot, and what is in its slot. */
static uint32_t last_in_middle(const node *middle, uint32_t position, uint32_t *region)
{
    uint32_t leaf_at = position / FANOUT, from = position % FANOUT;
    while (leaf_at != NOWHERE) {
        const node *leaf = node_of(&middle->slots[leaf_at]);
        uint32_t at = leaf != NULL ? highest_bit(leaf->bits, from) : NOWHERE;
        if (at != NOWHERE) {
            *region = hf__os_load_u32(&leaf->slots[at]);
            return leaf_at * FANOUT + at;
        }
        leaf_at = leaf_at == 0 ? NOWHERE : highest_bit(middle->bits, leaf_at - 1);
        from = FANOUT - 1;
    }
    return NOWHERE;
}

/* The same, passing over slots that are being emptied. */
static uint32_t below_in_middle(const node *middle, uint32_t position, uint32_t *found)
{
    for (;;) {
        uint32_t region = 0;
        uint32_t at = last_in_middle(middle, position, &region);
        *found = at;
        if (at == NOWHERE || region != 0)
            return region;
        if (at == 0)
            return 0;
        position = at - 1;
    }
}

uint32_t hf__host_index_below(uintptr_t address, uintptr_t *base)
{
    uint64_t granule = address / HF_GRANULE;
    if (granule >= GRANULES)
        granule = GRANULES - 1;
    uint32_t root_at = (uint32_t)(granule / (FANOUT * FANOUT));
    uint32_t position = (uint32_t)(granule % (FANOUT * FANOUT));
    for (;;) {
        const node *middle = node_of(&root_slots[root_at]);
        uint32_t found = 0;
        uint32_t region = middle != NULL ? below_in_middle(middle, position, &found) : 0;
        if (region != 0) {
            *base = (uintptr_t)(((uint64_t)root_at * FANOUT * FANOUT + found) * HF_GRANULE);
            return region;
        }
        root_at = root_at == 0 ? NOWHERE : highest_bit(root_bits, root_at - 1);
        if (root_at == NOWHERE)
            return 0;
        position = FANOUT * FANOUT - 1;
    }
}

static uint32_t above_in_middle(const node *middle, uint32_t position)
{
    for (uint32_t leaf_at = position / FANOUT; leaf_at != NOWHERE; leaf_at = lowest_bit(middle->bits, WORDS, leaf_at + 1)) {
        const node *leaf = node_of(&middle->slots[leaf_at]);
        uint32_t from = leaf_at == position / FANOUT ? position % FANOUT : 0;
        uint32_t at = leaf != NULL ? lowest_bit(leaf->bits, WORDS, from) : NOWHERE;
        if (at != NOWHERE)
            return leaf_at * FANOUT + at;
    }
    return NOWHERE;
}

uintptr_t hf__host_index_above(uintptr_t address)
{
    uint64_t granule = address / HF_GRANULE + 1;
    if (granule >= GRANULES)
        return UINTPTR_MAX;
    uint32_t position = (uint32_t)(granule % (FANOUT * FANOUT));
    uint32_t root_at = (uint32_t)(granule / (FANOUT * FANOUT));
    while (root_at != NOWHERE) {
        const node *middle = node_of(&root_slots[root_at]);
        uint32_t found = middle != NULL ? above_in_middle(middle, position) : NOWHERE;
        if (found != NOWHERE)
            return (uintptr_t)(((uint64_t)root_at * FANOUT * FANOUT + found) * HF_GRANULE);
        root_at = lowest_bit(root_bits, ROOT_WORDS, root_at + 1);
        position = 0;
    }
    return UINTPTR_MAX;
}

uint64_t hf__host_index_version(void)
{
    return hf__os_load_u64(&version);
}

static void set_bit(uint64_t *bits, uint32_t at)
{
    hf__os_store_u64(&bits[at / 64], bits[at / 64] | 1ull << at % 64);
}

static void clear_bit(uint64_t *bits, uint32_t at)
{
    hf__os_store_u64(&bits[at / 64], bits[at / 64] & ~(1ull << at % 64));
}

static bool is_empty(const node *of)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < WORDS; i++)
        any |= of->bits[i];
    return any == 0;
}

/* The node in a slot, made if there is none. A node from the pool is empty: it was left so. */
static node *node_in(uint32_t *slot)
{
    if (*slot == 0)
        hf__os_store_u32(slot, hf__host_pool_take(&nodes));
    return hf__host_pool_item(&nodes, *slot);
}

bool hf__host_index_add(uintptr_t base, uint32_t region)
{
    uint64_t granule = base / HF_GRANULE;
    uint32_t root_at = (uint32_t)(granule / (FANOUT * FANOUT));
    uint32_t middle_at = (uint32_t)(granule / FANOUT % FANOUT), leaf_at = (uint32_t)(granule % FANOUT);
    node *middle = node_in(&root_slots[root_at]);
    node *leaf = middle != NULL ? node_in(&middle->slots[middle_at]) : NULL;
    if (leaf == NULL)
        return false;
    hf__os_store_u32(&leaf->slots[leaf_at], region);
    set_bit(leaf->bits, leaf_at);
    set_bit(middle->bits, middle_at);
    set_bit(root_bits, root_at);
    return true;
}

void hf__host_index_remove(uintptr_t base, uint32_t region)
{
    uint64_t granule = base / HF_GRANULE;
    uint32_t middle_at = (uint32_t)(granule / FANOUT % FANOUT), leaf_at = (uint32_t)(granule % FANOUT);
    node *middle = node_of(&root_slots[granule / (FANOUT * FANOUT)]);
    node *leaf = middle != NULL ? node_of(&middle->slots[middle_at]) : NULL;
    if (leaf == NULL || leaf->slots[leaf_at] != region)
        return;
    clear_bit(leaf->bits, leaf_at);
    hf__os_store_u32(&leaf->slots[leaf_at], 0);
    if (!is_empty(leaf))
        return;
    uint32_t number = middle->slots[middle_at];
    clear_bit(middle->bits, middle_at);
    hf__os_store_u32(&middle->slots[middle_at], 0);
    hf__os_store_u64(&version, version + 1);
    hf__host_pool_give(&nodes, number);
}
