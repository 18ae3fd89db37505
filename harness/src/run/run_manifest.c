/* SPDX-License-Identifier: MIT
 * manifest.json: what was run, for people and for a replay. Folders of clean runs are written relative to the run's own, so a results folder may be
 * moved as a whole. A seed is written as text, because a JSON number need not keep 64 bits.
 */
#include "run_folder.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "system_file.h"
#include "system_machine.h"
#include "run_json.h"

#include <jansson.h>
#include <string.h>

#include "base_poison.h"

#define HF_MANIFEST_FORMAT "hostfault run"
#define HF_MANIFEST_MAX (4u << 20)

/* "clean" or "../OTHER/clean" if that leads to the folder, otherwise the path itself. */
static json_t *relative_to(const char *folder, const char *path)
{
    if (path == NULL)
        return json_null();
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) == 0 && path[length] == '/')
        return json_string(path + length + 1);
    const char *last = strrchr(folder, '/');
    size_t parent = last != NULL ? (size_t)(last - folder) : 0;
    if (parent > 0 && strncmp(path, folder, parent) == 0 && path[parent] == '/')
        return json_sprintf("..%s", path + parent);
    return json_string(path);
}

static char *from_relative(const char *folder, const json_t *value)
{
    const char *path = json_string_value(value);
    if (path == NULL)
        return NULL;
    if (hf__system_is_absolute(path))
        return hf__copy_string(path);
    const char *last = strrchr(folder, '/');
    if (hf__text_starts_with(hf__text(path), "../") && last != NULL && last[1] != '\0' && strcmp(last, "/..") != 0 && strcmp(last, "/.") != 0)
        return hf__format("%.*s%s", (int)(last - folder), folder, path + 2);
    return hf__format("%s/%s", folder, path);
}

static void set_list(json_t *root, const char *key, const hf_string_list *list)
{
    json_t *array = hf__run_json_set(root, key, json_array());
    for (size_t i = 0; i < list->count; i++)
        (void)hf__run_json_set(array, NULL, hf__run_json_text(list->items[i]));
}

static void set_manifest(json_t *root, const char *folder, const hf__run_manifest *manifest)
{
    (void)hf__run_json_set(root, "format", json_string(HF_MANIFEST_FORMAT));
    (void)hf__run_json_set(root, "version", json_integer(HF_RUN_VERSION));
    (void)hf__run_json_set(root, "hostfault", hf__run_json_text(manifest->version));
    (void)hf__run_json_set(root, "scenario", hf__run_json_text(manifest->scenario));
    (void)hf__run_json_set(root, "name", hf__run_json_text(manifest->name));
    (void)hf__run_json_set(root, "caller", hf__run_json_text(manifest->caller));
    (void)hf__run_json_set(root, "seed", json_sprintf("%llu", (unsigned long long)manifest->seed));
    (void)hf__run_json_set(root, "script", hf__run_json_text(manifest->script));
    set_list(root, "command", &manifest->command);
    set_list(root, "environment", &manifest->environment);
    (void)hf__run_json_set(root, "cwd", hf__run_json_text(manifest->cwd));
    (void)hf__run_json_set(root, "started", hf__run_json_text(manifest->started));
    (void)hf__run_json_set(root, "elapsed_us", json_integer((json_int_t)manifest->elapsed_us));
    (void)hf__run_json_set(root, "timeout_ms", json_integer((json_int_t)manifest->timeout_ms));
    (void)hf__run_json_set(root, "stacks", json_boolean(manifest->stacks));
    (void)hf__run_json_set(root, "pin", json_boolean(manifest->pin));
    (void)hf__run_json_set(root, "kernel", hf__run_json_text(manifest->kernel));
    (void)hf__run_json_set(root, "page_bytes", json_integer((json_int_t)manifest->page_bytes));
    (void)hf__run_json_set(root, "clean", relative_to(folder, manifest->clean));
    (void)hf__run_json_set(root, "clean2", relative_to(folder, manifest->clean2));
    (void)hf__run_json_set(root, "stdout_cut", json_boolean(manifest->stdout_cut));
    (void)hf__run_json_set(root, "stderr_cut", json_boolean(manifest->stderr_cut));
    (void)hf__run_json_set(root, "attach", hf__run_json_text(manifest->attach != NULL ? manifest->attach : ""));
    (void)hf__run_json_set(root, "failure", hf__run_json_text(manifest->failure));
}

hf_status hf__run_manifest_write(const char *folder, const hf__run_manifest *manifest, hf_error *err)
{
    hf__run_json document;
    hf__run_json_begin(&document);
    set_manifest(document.root, folder, manifest);
    return hf__run_json_write(&document, folder, HF_RUN_MANIFEST, err);
}

static char *text_of(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text != NULL ? hf__copy_string(text) : NULL;
}

static uint64_t number_of(const json_t *root, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(root, key));
    return number > 0 ? (uint64_t)number : 0;
}

static hf_string_list list_of(const json_t *root, const char *key)
{
    const json_t *array = json_object_get(root, key);
    size_t count = json_array_size(array);
    const char **items = hf__allocate(count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        items[i] = hf__copy_string(text != NULL ? text : "");
    }
    return (hf_string_list){count, items};
}

static hf__run_manifest *manifest_of(const char *folder, const json_t *root)
{
    hf__run_manifest *manifest = hf__allocate(1, sizeof *manifest);
    manifest->version = text_of(root, "hostfault");
    manifest->scenario = text_of(root, "scenario");
    manifest->name = text_of(root, "name");
    manifest->caller = text_of(root, "caller");
    manifest->script = text_of(root, "script");
    char *seed = text_of(root, "seed");
    if (seed == NULL || !hf__parse_u64(hf__text(seed), &manifest->seed))
        manifest->seed = 0;
    hf__free(seed);
    manifest->command = list_of(root, "command");
    manifest->environment = list_of(root, "environment");
    manifest->cwd = text_of(root, "cwd");
    manifest->started = text_of(root, "started");
    manifest->kernel = text_of(root, "kernel");
    manifest->page_bytes = number_of(root, "page_bytes");
    manifest->timeout_ms = number_of(root, "timeout_ms");
    manifest->elapsed_us = number_of(root, "elapsed_us");
    manifest->clean = from_relative(folder, json_object_get(root, "clean"));
    manifest->clean2 = from_relative(folder, json_object_get(root, "clean2"));
    manifest->failure = text_of(root, "failure");
    manifest->stacks = json_is_true(json_object_get(root, "stacks"));
    manifest->pin = json_is_true(json_object_get(root, "pin"));
    manifest->stdout_cut = json_is_true(json_object_get(root, "stdout_cut"));
    manifest->stderr_cut = json_is_true(json_object_get(root, "stderr_cut"));
    return manifest;
}

static hf_status check_manifest(const char *path, const json_t *root, hf_error *err)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    if (format == NULL || strcmp(format, HF_MANIFEST_FORMAT) != 0)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is not a manifest of a run", path);
    json_int_t version = json_integer_value(json_object_get(root, "version"));
    if (version != HF_RUN_VERSION)
        return HF_FAIL(err, HF_ERROR_VERSION, "%s has version %lld, this hostfault reads version %d", path, (long long)version, HF_RUN_VERSION);
    return HF_OK;
}

static void drop(void *root)
{
    json_decref(root);
}

static hf_status parse_manifest(const char *folder, const char *path, hf_text text, hf__run_manifest **out, hf_error *err)
{
    json_error_t mistake;
    json_t *root = json_loadb(text.pointer, text.size_bytes, 0, &mistake);
    if (root == NULL && json_error_code(&mistake) == json_error_out_of_memory)
        hf__out_of_memory();
    if (root == NULL)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s:%d:%d: %s", path, mistake.line, mistake.column, mistake.text);
    hf_heap_guard guard;
    hf__heap_guard(&guard, drop, root);
    hf_status status = check_manifest(path, root, err);
    if (status == HF_OK)
        *out = manifest_of(folder, root);
    hf__heap_drop_guard(&guard);
    json_decref(root);
    return status;
}

hf_status hf__run_manifest_read(const char *folder, hf__run_manifest **out, hf_error *err)
{
    *out = NULL;
    char *path = hf__run_folder_file(folder, HF_RUN_MANIFEST);
    char *text = NULL;
    size_t size_bytes = 0;
    hf_status status = hf__system_file_read(path, HF_MANIFEST_MAX, &text, &size_bytes, err);
    if (status == HF_OK)
        status = parse_manifest(folder, path, (hf_text){text, size_bytes}, out, err);
    hf__free(text);
    hf__free(path);
    return status;
}

static void free_list(hf_string_list list)
{
    for (size_t i = 0; i < list.count; i++)
        hf__free((void *)(uintptr_t)list.items[i]);
    hf__free((void *)(uintptr_t)list.items);
}

void hf__run_manifest_destroy(hf__run_manifest *manifest)
{
    if (manifest == NULL)
        return;
    const char *texts[] = {manifest->version, manifest->scenario, manifest->name,  manifest->caller, manifest->script, manifest->cwd,
                           manifest->started, manifest->kernel,   manifest->clean, manifest->clean2, manifest->failure};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hf__free((void *)(uintptr_t)texts[i]);
    free_list(manifest->command);
    free_list(manifest->environment);
    hf__free(manifest);
}
