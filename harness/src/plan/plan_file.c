/* SPDX-License-Identifier: MIT
 * Whole inputs: a text, a file. Keeps the bounds on size and number; everything inside is plan_scenario.c's.
 */
#include "plan_scenario.h"
#include "plan_spaces.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_text.h"
#include "system_file.h"

#include <errno.h>
#include <string.h>

#include "base_poison.h"

#define SCENARIOS_MAX 1000u
#define HF_PLAN_TOO_LARGE "larger than 1 MiB, the limit for a script"

hf_scenario_file *hf__plan_new_file(const char *name)
{
    hf_scenario_file *file = hf__allocate(1, sizeof *file);
    file->name = hf__plan_arena_copy(&file->arena, hf__text(name));
    return file;
}

void hf_scenario_destroy(hf_scenario_file *file)
{
    if (file == NULL)
        return;
    hf__plan_arena_clear(&file->arena);
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

/* An error about the whole input. */
static void report_whole(hf_errors *errors, const char *name, const char *message)
{
    HF_INPUT_ERROR(errors, name, 0, 0, 1, "%s", message);
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
    hf__plan_arena nodes = {NULL};
    hf__plan_node *root = NULL;
    bool go_on = true;
    while (go_on && hf__plan_yaml_next(yaml, &nodes, &root) == HF_PLAN_NEXT_DOCUMENT) {
        go_on = add_document(source, file, root);
        hf__plan_arena_clear(&nodes);
    }
    hf__plan_arena_clear(&nodes);
    hf__plan_yaml_close(yaml);
    if (file->count == 0 && source->errors->count == 0)
        report_whole(source->errors, source->name, "no scenario in this file, only white space and comments");
}

hf_status hf__plan_out_of_memory(hf_errors *errors, const char *name)
{
    memset(errors, 0, sizeof *errors);
    report_whole(errors, name, "not enough memory to read it");
    errors->items[0].status = HF_ERROR_MEMORY;
    return HF_ERROR_MEMORY;
}

typedef struct parsing {
    const char *name;
    hf_text text;
    hf_scenario_file **out;
    hf_errors *errors;
} parsing;

static hf_status parse(void *given)
{
    const parsing *self = given;
    const char *name = self->name;
    hf_text text = self->text;
    hf_errors *errors = self->errors;
    hf_scenario_file *file = hf__plan_new_file(name);
    hf__plan_source source = hf__plan_source_init(file->name, text, errors);
    if (text.size_bytes > HF_PLAN_FILE_MAX_BYTES)
        report_whole(errors, name, HF_PLAN_TOO_LARGE);
    else if (source.text.size_bytes == 0)
        report_whole(errors, name, "the file is empty");
    else if (hf__plan_source_check(&source))
        read_documents(&source, file);
    if (errors->count > 0) {
        hf__plan_name_spaces(&source, 0);
        hf_scenario_destroy(file);
        return HF_ERROR_INPUT;
    }
    *self->out = file;
    return HF_OK;
}

hf_status hf_scenario_parse(const char *name, hf_text text, hf_scenario_file **out, hf_errors *errors)
{
    hf_errors own;
    errors = errors != NULL ? errors : &own;
    memset(errors, 0, sizeof *errors);
    *out = NULL;
    parsing self = {name, text, out, errors};
    hf_status status = hf__heap_attempt(parse, &self, NULL);
    return status == HF_ERROR_MEMORY ? hf__plan_out_of_memory(errors, name) : status;
}

char *hf__plan_read_bytes(const char *path, size_t *size_bytes, hf_error *err)
{
    char *bytes = NULL;
    return hf__system_file_read(path, HF_PLAN_FILE_MAX_BYTES, &bytes, size_bytes, err) == HF_OK ? bytes : NULL;
}

/* Why the file was not read, without its name: that stands before each line. */
static void report_unread(hf_errors *errors, const char *path, const hf_error *err)
{
    size_t name = strlen(path);
    const char *why = strncmp(err->message, path, name) == 0 && err->message[name] == ' ' ? err->message + name + 1 : err->message;
    if (err->status == HF_ERROR_LIMIT)
        report_whole(errors, path, HF_PLAN_TOO_LARGE);
    else if (err->os_code != 0 || err->status == HF_ERROR_NOT_FOUND)
        HF_INPUT_ERROR(errors, path, 0, 0, 1, "cannot be read: %s", strerror(err->os_code != 0 ? err->os_code : ENOENT));
    else
        HF_INPUT_ERROR(errors, path, 0, 0, 1, "cannot be read: it %s", why);
    errors->items[0].os_code = err->os_code != 0 ? err->os_code : err->status == HF_ERROR_NOT_FOUND ? ENOENT : 0;
}

char *hf__plan_load_bytes(const char *path, size_t *size_bytes, hf_errors *errors)
{
    hf_error err;
    memset(errors, 0, sizeof *errors);
    char *bytes = hf__plan_read_bytes(path, size_bytes, &err);
    if (bytes == NULL)
        report_unread(errors, path, &err);
    return bytes;
}

static hf_status load(void *given)
{
    const parsing *self = given;
    size_t size_bytes = 0;
    char *bytes = hf__plan_load_bytes(self->name, &size_bytes, self->errors);
    if (bytes == NULL)
        return HF_ERROR_INPUT;
    hf_status status = hf_scenario_parse(self->name, (hf_text){bytes, size_bytes}, self->out, self->errors);
    hf__free(bytes);
    return status;
}

hf_status hf_scenario_load(const char *path, hf_scenario_file **out, hf_errors *errors)
{
    hf_errors own;
    errors = errors != NULL ? errors : &own;
    memset(errors, 0, sizeof *errors);
    *out = NULL;
    parsing self = {.name = path, .out = out, .errors = errors};
    hf_status status = hf__heap_attempt(load, &self, NULL);
    return status == HF_ERROR_MEMORY ? hf__plan_out_of_memory(errors, path) : status;
}
