/* SPDX-License-Identifier: MIT
 * From libyaml's events to a tree, without recursion: the open containers are in an array of HF_PLAN_DEPTH_MAX. libyaml keeps a stack of its own and
 * is read event by event, so a file nested a million deep is abandoned at the seventeenth level.
 */
#include "plan_reader.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>
#include <yaml.h>

#include "base_poison.h"

struct hf__plan_yaml {
    yaml_parser_t parser;
    hf__plan_source *source;
    bool told_anchor, told_alias; /* once a file is enough: a bomb is made of hundreds */
    hf_heap_guard guard;
};

static void delete_event(void *given)
{
    yaml_event_delete(given);
}

static void delete_parser(void *given)
{
    yaml_parser_delete(given);
}

/* One document on its way. */
typedef struct builder {
    hf__plan_yaml *yaml;
    hf__plan_source *source;
    hf__heap_arena *nodes;
    hf__plan_place start; /* of the document */
    hf__plan_node *open[HF_PLAN_DEPTH_MAX];
    unsigned depth;
    hf__plan_node *root;
    bool stop; /* past a bound: the rest of the file is not read */
} builder;

hf__plan_yaml *hf__plan_yaml_open(hf__plan_source *source)
{
    hf__plan_yaml *yaml = hf__allocate(1, sizeof *yaml);
    yaml->source = source;
    if (yaml_parser_initialize(&yaml->parser) == 0) /* it fails for want of memory alone */
        hf__out_of_memory();
    hf__heap_guard(&yaml->guard, delete_parser, &yaml->parser);
    yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&yaml->parser, (const unsigned char *)source->text.pointer, source->text.size_bytes);
    return yaml;
}

void hf__plan_yaml_close(hf__plan_yaml *yaml)
{
    if (yaml == NULL)
        return;
    hf__heap_drop_guard(&yaml->guard);
    yaml_parser_delete(&yaml->parser);
    hf__free(yaml);
}

static hf__plan_node *new_node(builder *self, hf__plan_kind kind, const yaml_event_t *event)
{
    hf__plan_node *node = hf__heap_arena_take(self->nodes, 1, sizeof *node);
    hf__plan_position start = hf__plan_source_locate(self->source, event->start_mark.index);
    node->kind = kind;
    node->place = (hf__plan_place){self->source->name, start.line, start.column, 1};
    node->text_column = start.column;
    return node;
}

/* Gives the node to the container that is open, or makes it the root. */
static void attach(builder *self, hf__plan_node *node)
{
    if (self->depth == 0) {
        self->root = node;
        if (hf__plan_is_null(node))
            node->place = self->start; /* libyaml puts a document of nothing behind its end */
        return;
    }

    hf__plan_node *parent = self->open[self->depth - 1];
    if (parent->last != NULL)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->count++;
    if (parent->kind != HF_PLAN_MAP)
        return;
    bool is_first_key = parent->count == 1 && parent->place.line == node->place.line && parent->place.column == node->place.column;
    if (is_first_key)
        parent->place.length = node->place.length;
    if (parent->count / 2 > HF_PLAN_ENTRIES_MAX) {
        HF_PLACE_ERROR(self->source, node->place, "more than %u entries in one mapping", HF_PLAN_ENTRIES_MAX);
        self->stop = true;
    }
}

static void refuse_properties(builder *self, const hf__plan_node *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL && !self->yaml->told_anchor) {
        HF_PLACE_ERROR(self->source, node->place, "anchors are not supported; write the value where it is needed");
        self->yaml->told_anchor = true;
    }
    hf__plan_quote quote = hf__plan_quoted(hf__text((const char *)tag));
    if (tag != NULL && tag[0] == '!')
        HF_PLACE_ERROR(self->source, node->place, "%s is a YAML tag, and tags are not supported; put text that begins with '!' in quotes",
                       quote.text);
    else if (tag != NULL)
        HF_PLACE_ERROR(self->source, node->place, "tags are not supported; remove it");
}

static void open_container(builder *self, hf__plan_kind kind, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    hf__plan_node *node = new_node(self, kind, event);
    refuse_properties(self, node, anchor, tag);
    if (self->depth == HF_PLAN_DEPTH_MAX) {
        HF_PLACE_ERROR(self->source, node->place, "nested deeper than %u levels", HF_PLAN_DEPTH_MAX);
        self->stop = true;
        return;
    }
    attach(self, node);
    self->open[self->depth++] = node;
}

/* Where the text itself begins in the source, if it stands there as it is. */
static void find_verbatim(const builder *self, hf__plan_node *node, size_t offset, yaml_scalar_style_t style)
{
    size_t quote = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE ? 1 : 0;
    size_t start = offset + quote;
    hf_text all = self->source->text;
    node->verbatim = node->text.size_bytes > 0 && start <= all.size_bytes && node->text.size_bytes <= all.size_bytes - start &&
                     memcmp(all.pointer + start, node->text.pointer, node->text.size_bytes) == 0 &&
                     memchr(node->text.pointer, '\n', node->text.size_bytes) == NULL;
    node->text_column = node->place.column + (uint32_t)quote;
}

static void add_scalar(builder *self, const yaml_event_t *event)
{
    hf__plan_node *node = new_node(self, HF_PLAN_SCALAR, event);
    hf__plan_position start = hf__plan_source_locate(self->source, event->start_mark.index);
    hf__plan_position end = hf__plan_source_locate(self->source, event->end_mark.index);
    hf_text value = {(const char *)event->data.scalar.value, event->data.scalar.length};
    node->place = hf__plan_source_place(self->source, start, end);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = (hf_text){hf__heap_arena_copy_text(self->nodes, value), value.size_bytes};
    find_verbatim(self, node, start.offset, event->data.scalar.style);
    refuse_properties(self, node, event->data.scalar.anchor, event->data.scalar.tag);
    if (event->data.scalar.tag != NULL)
        node->kind = HF_PLAN_BAD;
    if (value.size_bytes > 0 && memchr(value.pointer, '\0', value.size_bytes) != NULL) {
        HF_PLACE_ERROR(self->source, node->place, "text with a NUL character");
        node->kind = HF_PLAN_BAD;
    }

    attach(self, node);
}

static void add_alias(builder *self, const yaml_event_t *event)
{
    hf__plan_node *node = new_node(self, HF_PLAN_BAD, event);
    hf__plan_position start = hf__plan_source_locate(self->source, event->start_mark.index);
    node->place = hf__plan_source_place(self->source, start, hf__plan_source_locate(self->source, event->end_mark.index));
    if (!self->yaml->told_alias)
        HF_PLACE_ERROR(self->source, node->place, "aliases are not supported; put text that begins with '*' in quotes");
    self->yaml->told_alias = true;
    attach(self, node);
}

static void begin_document(builder *self, const yaml_event_t *event)
{
    hf__plan_position start = hf__plan_source_locate(self->source, event->start_mark.index);
    self->start = (hf__plan_place){self->source->name, start.line, start.column, 1};
    if (event->data.document_start.tag_directives.start == event->data.document_start.tag_directives.end)
        return;
    HF_PLACE_ERROR(self->source, self->start, "%%TAG directives are not supported");
}

/* Takes one event. Returns true when the document or the file is complete. */
static bool take_event(builder *self, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: add_scalar(self, event); return false;
    case YAML_ALIAS_EVENT: add_alias(self, event); return false;
    case YAML_SEQUENCE_START_EVENT:
        open_container(self, HF_PLAN_LIST, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        return false;
    case YAML_MAPPING_START_EVENT:
        open_container(self, HF_PLAN_MAP, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        return false;
    case YAML_MAPPING_END_EVENT:
        self->open[self->depth - 1]->count /= 2;
        self->depth--;
        return false;
    case YAML_SEQUENCE_END_EVENT: self->depth--; return false;
    case YAML_DOCUMENT_START_EVENT: begin_document(self, event); return false;
    case YAML_DOCUMENT_END_EVENT:
    case YAML_STREAM_END_EVENT: return true;
    case YAML_STREAM_START_EVENT:
    case YAML_NO_EVENT: return false;
    }

    return false;
}

hf__plan_next hf__plan_yaml_next(hf__plan_yaml *yaml, hf__heap_arena *nodes, hf__plan_node **root)
{
    builder self = {.yaml = yaml, .source = yaml->source, .nodes = nodes};
    bool complete = false;
    bool ended = false;

    while (!complete && !self.stop) {
        yaml_event_t event;
        if (!yaml_parser_parse(&yaml->parser, &event)) {
            hf__plan_yaml_report(yaml->source, &yaml->parser);
            return HF_PLAN_NEXT_STOP;
        }
        hf_heap_guard guard;
        hf__heap_guard(&guard, delete_event, &event);
        complete = take_event(&self, &event);
        hf__heap_drop_guard(&guard);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }

    *root = self.root;
    if (self.stop)
        return HF_PLAN_NEXT_STOP;
    return ended ? HF_PLAN_NEXT_END : HF_PLAN_NEXT_DOCUMENT;
}

hf__plan_place hf__plan_part(const hf__plan_node *node, size_t offset, size_t size)
{
    if (!node->verbatim || offset > node->text.size_bytes)
        return node->place;
    return (hf__plan_place){node->place.name, node->place.line, node->text_column + (uint32_t)offset, size > 0 ? (uint32_t)size : 1};
}

bool hf__plan_is_null(const hf__plan_node *node)
{
    static const char *const spellings[] = {"", "~", "null", "Null", "NULL"};
    bool found = false;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        found = found || hf__text_equal_string(node->text, spellings[i]);
    return node->kind == HF_PLAN_SCALAR && node->plain && found;
}
