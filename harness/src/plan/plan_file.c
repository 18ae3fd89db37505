/* SPDX-License-Identifier: MIT
 * Files of scenarios: the documents in a file, and the limits on their number and size. plan_scenario.c reads what is inside a document.
 */
#include "plan_scenario.h"
#include "plan_input.h"
#include "plan_spaces.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define SCENARIOS_MAX 1000u

hf_scenario_file *hf__plan_new_file(const char *name)
{
    hf_scenario_file *file = hf__allocate(1, sizeof *file);
    file->name = hf__heap_arena_copy_text(&file->arena, hf__text(name));
    return file;
}

void hf_scenario_destroy(hf_scenario_file *file)
{
    if (file == NULL)
        return;
    hf__heap_arena_clear(&file->arena);
    hf__free(file->scenarios);
    hf__free(file);
}

size_t hf_scenario_count(const hf_scenario_file *file)
{
    return file->count;
}

const hf_scenario *hf_scenario_at(const hf_scenario_file *file, size_t index)
{
    return index < file->count ? &file->scenarios[index] : NULL;
}

static void check_unique(hf__plan_source *source, const hf_scenario_file *file, const hf_scenario *added)
{
    for (size_t i = 0; i < file->count && added->name != NULL; i++) {
        const hf_scenario *other = &file->scenarios[i];
        if (other->name == NULL || strcmp(other->name, added->name) != 0)
            continue;
        hf__plan_place place = {source->name, added->line, 1, 1};
        HF_PLACE_ERROR(source, place, "a second scenario is named '%s'; the first begins on line %u", added->name, other->line);
        return;
    }
}

/* False when nothing after it is to be read. */
static bool add_document(hf__plan_source *source, hf_scenario_file *file, const hf__plan_node *root)
{
    if (hf__plan_is_null(root)) {
        HF_PLACE_ERROR(source, root->place, "this document is empty; remove its '---'");
        return true;
    }

    if (file->count == SCENARIOS_MAX) {
        HF_PLACE_ERROR(source, root->place, "more than %u scenarios in one file", SCENARIOS_MAX);
        return false;
    }

    hf__plan_reader reader = {source, &file->arena};
    HF_GROW(file->scenarios, file->count, file->capacity);
    hf_scenario *scenario = &file->scenarios[file->count];
    hf__plan_read_scenario(&reader, root, scenario);
    scenario->file = file->name;
    check_unique(source, file, scenario);
    file->count++;
    return source->errors->more == 0;
}

static void read_documents(hf__plan_source *source, hf_scenario_file *file)
{
    hf__plan_yaml *yaml = hf__plan_yaml_open(source);
    hf__heap_arena nodes = {NULL};
    hf__plan_node *root = NULL;
    bool go_on = true;
    while (go_on && hf__plan_yaml_next(yaml, &nodes, &root) == HF_PLAN_NEXT_DOCUMENT) {
        go_on = add_document(source, file, root);
        hf__heap_arena_clear(&nodes);
    }
    hf__heap_arena_clear(&nodes);
    hf__plan_yaml_close(yaml);
    if (file->count == 0 && source->errors->count == 0)
        hf__plan_input_error(source->errors, source->name, "no scenario in this file, only white space and comments");
}

static hf_status parse_file(const char *name, hf_text text, void **out, hf_errors *errors)
{
    hf_scenario_file *file = hf__plan_new_file(name);
    hf__plan_source source = hf__plan_source_init(file->name, text, errors);
    if (text.size_bytes > HF_PLAN_FILE_MAX_BYTES)
        hf__plan_input_error(errors, name, HF_PLAN_TOO_LARGE);
    else if (source.text.size_bytes == 0)
        hf__plan_input_error(errors, name, "the file is empty");
    else if (hf__plan_source_check(&source))
        read_documents(&source, file);
    if (errors->count > 0) {
        hf__plan_name_spaces(&source, 0);
        hf_scenario_destroy(file);
        return HF_ERROR_INPUT;
    }
    *out = file;
    return HF_OK;
}

hf_status hf_scenario_parse(const char *name, hf_text text, hf_scenario_file **out, hf_errors *errors)
{
    void *file = NULL;
    hf_status status = hf__plan_input_parse(parse_file, name, text, &file, errors);
    *out = file;
    return status;
}

hf_status hf_scenario_load(const char *path, hf_scenario_file **out, hf_errors *errors)
{
    void *file = NULL;
    hf_status status = hf__plan_input_load(parse_file, path, &file, errors);
    *out = file;
    return status;
}
