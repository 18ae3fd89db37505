/* SPDX-License-Identifier: MIT
 * A YAML document as a tree of nodes with positions. The only part of hostfault that sees libyaml. Limits are enforced here, before anything has a
 * meaning: depth, entries of a mapping, no anchors, no aliases, no tags.
 */
#ifndef HF_PLAN_NODE_H
#define HF_PLAN_NODE_H

#include "heap_arena.h"
#include "plan_source.h"

#define HF_PLAN_DEPTH_MAX 16u
#define HF_PLAN_ENTRIES_MAX 256u

/* BAD: an error was reported here already; later checks report nothing more about it. */
typedef enum hf__plan_kind { HF_PLAN_SCALAR, HF_PLAN_LIST, HF_PLAN_MAP, HF_PLAN_BAD } hf__plan_kind;

typedef struct hf__plan_node hf__plan_node;
struct hf__plan_node {
    hf__plan_kind kind;
    bool plain;    /* a scalar without quotes: null and true mean what YAML says */
    bool verbatim; /* the text stands in the source byte for byte, on one line, from text_column on */
    uint32_t text_column;
    hf__plan_place place;
    hf_text text;         /* of a scalar; without NUL bytes, NUL-terminated */
    uint32_t count;       /* items of a list, entries of a map */
    hf__plan_node *first; /* items; in a map key, value, key, value ... */
    hf__plan_node *last;
    hf__plan_node *next;
};

typedef struct hf__plan_yaml hf__plan_yaml;

/* Never NULL. The source must outlive it. */
hf__plan_yaml *hf__plan_yaml_open(hf__plan_source *source);
void hf__plan_yaml_close(hf__plan_yaml *yaml);

typedef enum hf__plan_next { HF_PLAN_NEXT_DOCUMENT, HF_PLAN_NEXT_END, HF_PLAN_NEXT_STOP } hf__plan_next;
/* The next document's tree, in `nodes`. STOP: the YAML is wrong (said so in the source's errors) and nothing after it can be read. */
hf__plan_next hf__plan_yaml_next(hf__plan_yaml *yaml, hf__heap_arena *nodes, hf__plan_node **root);

/* The place of a part of a scalar's text: `size` bytes from `offset`. The whole node's where parts have no positions. */
hf__plan_place hf__plan_part(const hf__plan_node *node, size_t offset, size_t size);
/* Is it null, ~ or nothing, without quotes? */
bool hf__plan_is_null(const hf__plan_node *node);

/* plan_yaml_error.c: what libyaml found wrong, in our words. */
struct yaml_parser_s;
void hf__plan_yaml_report(hf__plan_source *source, const struct yaml_parser_s *parser);

#endif
