/* SPDX-License-Identifier: MIT
 * See the header. Knows the form of the file, two levels of keys, but no key itself.
 */
#include "plan_project.h"
#include "plan_scenario.h"
#include "plan_input.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

struct hf__plan_project {
    hf__heap_arena arena;
    hf__plan_default *items;
    size_t count, capacity;
};

static void add_default(hf__plan_reader *reader, const hf__plan_node *section, const hf__plan_node *key, hf__plan_project *project)
{
    hf__plan_default added = {.line = key->place.line, .column = key->place.column, .length = key->place.length};
    const hf__plan_entry entry = {key, key->next};
    if (!hf__plan_take_list(reader, &entry, true, &added.values))
        return;
    added.key = hf__heap_arena_copy_text(reader->keep, key->text);
    if (section != NULL) {
        added.section = hf__heap_arena_copy_text(reader->keep, section->text);
        added.section_line = section->place.line;
        added.section_column = section->place.column;
        added.section_length = section->place.length;
    }
    HF_GROW(project->items, project->count, project->capacity);
    project->items[project->count++] = added;
}

static bool is_twice(const hf__plan_node *map, const hf__plan_node *key)
{
    for (const hf__plan_node *other = map->first; other != key; other = other->next->next)
        if (hf__text_equal(other->text, key->text))
            return true;
    return false;
}

static void read_map(hf__plan_reader *reader, const hf__plan_node *map, const hf__plan_node *section, hf__plan_project *project)
{
    for (const hf__plan_node *key = map->first; key != NULL && reader->source->errors->more == 0; key = key->next->next) {
        if (key->kind == HF_PLAN_BAD || key->next->kind == HF_PLAN_BAD)
            continue;
        if (key->kind != HF_PLAN_SCALAR)
            HF_NODE_ERROR(reader, key, "a key is the name of an option or of a verb");
        else if (is_twice(map, key))
            HF_NODE_ERROR(reader, key, "%s is given twice", hf__plan_quoted(key->text).text);
        else if (key->next->kind == HF_PLAN_MAP && section == NULL)
            read_map(reader, key->next, key, project);
        else if (key->next->kind == HF_PLAN_MAP)
            HF_NODE_ERROR(reader, key->next, "an option takes text or a list of texts");
        else
            add_default(reader, section, key, project);
    }
}

static void read_project(hf__plan_source *source, hf__plan_project *project)
{
    hf__plan_reader reader = {source, &project->arena};
    hf__plan_yaml *yaml = hf__plan_yaml_open(source);
    hf__heap_arena nodes = {NULL};
    hf__plan_node *root = NULL;
    if (hf__plan_yaml_next(yaml, &nodes, &root) == HF_PLAN_NEXT_DOCUMENT) {
        if (root->kind == HF_PLAN_MAP)
            read_map(&reader, root, NULL, project);
        else if (root->kind != HF_PLAN_BAD && !hf__plan_is_null(root))
            HF_NODE_ERROR(&reader, root, "a project's defaults are a mapping: 'results: out/hostfault'");
    }
    hf__heap_arena_clear(&nodes);
    hf__plan_yaml_close(yaml);
}

hf_status hf__plan_project_load(const char *path, hf__plan_project **out, hf_errors *errors)
{
    size_t size_bytes = 0;
    *out = NULL;
    char *bytes = hf__plan_load_bytes(path, &size_bytes, errors);
    if (bytes == NULL)
        return HF_ERROR_INPUT;
    hf__plan_project *project = hf__allocate(1, sizeof *project);
    hf__plan_source source = hf__plan_source_init(hf__heap_arena_copy_text(&project->arena, hf__text(path)), (hf_text){bytes, size_bytes}, errors);
    if (hf__plan_source_check(&source))
        read_project(&source, project);
    hf__free(bytes);
    if (errors->count > 0) {
        hf__plan_project_destroy(project);
        return HF_ERROR_INPUT;
    }

    *out = project;
    return HF_OK;
}

void hf__plan_project_destroy(hf__plan_project *project)
{
    if (project == NULL)
        return;
    hf__heap_arena_clear(&project->arena);
    hf__free(project->items);
    hf__free(project);
}

const hf__plan_default *hf__plan_project_at(const hf__plan_project *project, size_t index)
{
    return index < project->count ? &project->items[index] : NULL;
}
