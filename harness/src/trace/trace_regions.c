/* SPDX-License-Identifier: MIT
 * A treap: a search tree by base that is kept flat on average by giving each node a random rank, here a hash of its number, so that the same
 * input gives the same tree. Nodes are numbered, never moved and not reused.
 */
#include "trace_regions.h"
#include "heap_alloc.h"
#include "base_random.h"

#include "base_poison.h"

static uint64_t rank_of(uint32_t node)
{
    return hf__random(1, 2, node);
}

/* Parts a tree into the nodes with a base below key and the others. */
static void split(hf__trace_region_node *nodes, uint32_t tree, uint64_t key, uint32_t *below, uint32_t *others)
{
    if (tree == 0) {
        *below = 0;
        *others = 0;
    } else if (nodes[tree].base < key) {
        split(nodes, nodes[tree].right, key, &nodes[tree].right, others);
        *below = tree;
    } else {
        split(nodes, nodes[tree].left, key, below, &nodes[tree].left);
        *others = tree;
    }
}

/* Joins two trees, of which all of `below` lies before `above`. */
static uint32_t join(hf__trace_region_node *nodes, uint32_t below, uint32_t above)
{
    if (below == 0 || above == 0)
        return below != 0 ? below : above;
    if (rank_of(below) > rank_of(above)) {
        nodes[below].right = join(nodes, nodes[below].right, above);
        return below;
    }
    nodes[above].left = join(nodes, below, nodes[above].left);
    return above;
}

static uint32_t last_of(const hf__trace_region_node *nodes, uint32_t tree)
{
    while (tree != 0 && nodes[tree].right != 0)
        tree = nodes[tree].right;
    return tree;
}

void hf__trace_regions_add(hf__trace_regions *self, uint64_t base, uint64_t end, uint32_t value)
{
    if (self->count == 0) {
        HF_GROW(self->nodes, self->count, self->capacity);
        self->nodes[self->count++] = (hf__trace_region_node){0};
    }
    HF_GROW(self->nodes, self->count, self->capacity);
    uint32_t node = (uint32_t)self->count++;
    self->nodes[node] = (hf__trace_region_node){.base = base, .end = end, .value = value};
    uint32_t below;
    uint32_t covered;
    uint32_t above;
    split(self->nodes, self->root, base, &below, &covered);
    split(self->nodes, covered, end, &covered, &above);
    uint32_t before = last_of(self->nodes, below);
    if (before != 0 && self->nodes[before].end > base)
        self->nodes[before].end = base;
    self->root = join(self->nodes, join(self->nodes, below, node), above);
}

const hf__trace_region_node *hf__trace_regions_find(const hf__trace_regions *self, uint64_t address)
{
    const hf__trace_region_node *best = NULL;
    for (uint32_t at = self->root; at != 0;) {
        const hf__trace_region_node *node = &self->nodes[at];
        if (node->base <= address)
            best = node;
        at = node->base <= address ? node->right : node->left;
    }
    return best != NULL && address < best->end ? best : NULL;
}

void hf__trace_regions_remove(hf__trace_regions *self, uint64_t base)
{
    uint32_t below;
    uint32_t there;
    uint32_t above;
    split(self->nodes, self->root, base, &below, &there);
    split(self->nodes, there, base + 1, &there, &above);
    self->root = join(self->nodes, below, above);
}

void hf__trace_regions_clear(hf__trace_regions *self)
{
    hf__free(self->nodes);
    *self = (hf__trace_regions){0};
}
