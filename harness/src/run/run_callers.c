/* SPDX-License-Identifier: MIT
 * Callers by name: finds the executables and what each reports about itself. The tool runs each caller with --hf-about and a time-out: an
 * executable in the search path may hang, crash or print anything, and is then listed with that problem.
 */
#include "run_callers.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_file.h"
#include "system_process.h"
#include "system_machine.h"
#include "os_thread.h"
#include "system_tool.h"
#include "os_names.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define HF_ABOUT_TIMEOUT_MS 5000u
#define HF_ABOUT_BYTES_MAX 4096u

typedef void each_caller(const char *name, const char *path, void *user);

/* The search path as one text: the given one or HF_CALLER_PATH, then the running program's folder. */
static hf_status search_path(const char *caller_path, char **out, hf_error *err)
{
    char *program = NULL;
    hf_status status = hf__system_program_path(&program, err);
    if (status != HF_OK)
        return status;
    const char *given = caller_path != NULL ? caller_path : hf__os_environment("HF_CALLER_PATH");
    const char *slash = strrchr(program, '/');
    int length = slash != NULL ? (int)(slash - program) : 0;
    *out = given != NULL && given[0] != '\0' ? hf__format("%s" HF_OS_LIST_SEPARATOR "%.*s", given, length, program)
                                             : hf__format("%.*s", length, program);
    hf__free(program);
    return HF_OK;
}

/* The name of the caller in a file; NULL: not a caller. hf__free. */
static char *name_of(const char *file)
{
    const size_t before = strlen(HF_CALLER_PREFIX), behind = strlen(HF_OS_PROGRAM_ENDING), length = strlen(file);
    if (length <= before + behind || strncmp(file, HF_CALLER_PREFIX, before) != 0 || strcmp(file + length - behind, HF_OS_PROGRAM_ENDING) != 0)
        return NULL;
    return hf__copy_text((hf_text){file + before, length - before - behind});
}

static void walk_folder(const char *folder, each_caller *each, void *user)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    if (hf__system_folder_list(folder, &entries, &count, NULL) != HF_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        char *name = entries[i].is_folder ? NULL : name_of(entries[i].name);
        if (name == NULL)
            continue;
        char *path = hf__format("%s/%s", folder, entries[i].name);
        each(name, path, user);
        hf__free(path);
        hf__free(name);
    }
    hf__system_folder_list_free(entries, count);
}

static void walk_path(const char *path, each_caller *each, void *user)
{
    while (*path != '\0') {
        size_t length = strcspn(path, HF_OS_LIST_SEPARATOR);
        char *folder = hf__copy_text((hf_text){path, length});
        if (length > 0)
            walk_folder(folder, each, user);
        hf__free(folder);
        path += length + (path[length] == HF_OS_LIST_SEPARATOR[0]);
    }
}

static void take_field(hf__run_caller_info *info, char **said_name, hf_text line)
{
    const char *colon = line.size_bytes > 0 ? memchr(line.pointer, ':', line.size_bytes) : NULL;
    if (colon == NULL)
        return;
    hf_text key = hf__text_trim((hf_text){line.pointer, (size_t)(colon - line.pointer)});
    hf_text value = hf__text_trim((hf_text){colon + 1, line.size_bytes - (size_t)(colon + 1 - line.pointer)});
    if (hf__text_equal_string(key, "name") && *said_name == NULL) {
        *said_name = hf__copy_text(value);
    } else if (hf__text_equal_string(key, "about")) {
        hf__free(info->about);
        info->about = hf__copy_text(value);
    } else if (hf__text_equal_string(key, "library")) {
        hf__free(info->library);
        info->library = hf__copy_text(value);
    } else if (hf__text_equal_string(key, "sees")) {
        info->sees = hf__text_equal_string(value, "null") ? HF_SEES_NULL : HF_SEES_HRESULT;
    }
}

static void take_answer(hf__run_caller_info *info, const char *text)
{
    char *said_name = NULL;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        take_field(info, &said_name, (hf_text){text, length});
        text += length + (text[length] == '\n');
    }
    if (said_name == NULL)
        info->problem = hf__copy_string("it does not answer --hf-about (is its main HF_CALLER_MAIN?)");
    else if (strcmp(said_name, info->name) != 0)
        info->problem = hf__format("it says its name is %s; the file should be called " HF_CALLER_PREFIX "%s", said_name, said_name);
    hf__free(said_name);
}

static void ask_program(hf__run_caller_info *info)
{
    const char *arguments[] = {info->path, "--hf-about", NULL};
    hf_spawn spawn = {.program = info->path, .arguments = arguments, .environment = hf__system_environment_all()};
    hf_capture got = {.timeout_ms = HF_ABOUT_TIMEOUT_MS, .max_bytes = HF_ABOUT_BYTES_MAX};
    hf_error err;
    if (hf__system_process_capture(&spawn, &got, &err) != HF_OK)
        info->problem = hf__copy_string(err.message);
    else if (!got.end.exited)
        info->problem = hf__format("it was ended by signal %d when asked --hf-about", got.end.status);
    else
        take_answer(info, got.text);
    hf__free(got.text);
}

typedef struct listing {
    hf__run_caller_list *list;
    size_t capacity;
    bool with_specimens;
} listing;

static void list_one(const char *name, const char *path, void *user)
{
    listing *self = user;
    hf__run_caller_list *list = self->list;
    if (!self->with_specimens && hf__text_starts_with(hf__text(name), HF_CALLER_SPECIMEN))
        return;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return;
    }

    HF_GROW(list->items, list->count, self->capacity);
    list->items[list->count++] = (hf__run_caller_info){
        .name = hf__copy_string(name),
        .path = hf__copy_string(path),
        .about = hf__copy_string(""),
        .library = hf__copy_string(""),
        .sees = HF_SEES_HRESULT,
    };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const hf__run_caller_info *)a)->name, ((const hf__run_caller_info *)b)->name);
}

hf_status hf__run_callers_list(const char *caller_path, bool with_specimens, hf__run_caller_list *out, hf_error *err)
{
    *out = (hf__run_caller_list){0};
    char *path = NULL;
    hf_status status = search_path(caller_path, &path, err);
    if (status != HF_OK)
        return status;
    listing self = {.list = out, .with_specimens = with_specimens};
    walk_path(path, list_one, &self);
    hf__free(path);
    for (size_t i = 0; i < out->count; i++)
        ask_program(&out->items[i]);
    if (out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, by_name);
    return HF_OK;
}

void hf__run_callers_clear(hf__run_caller_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        hf__free(list->items[i].name);
        hf__free(list->items[i].path);
        hf__free(list->items[i].about);
        hf__free(list->items[i].library);
        hf__free(list->items[i].problem);
    }
    hf__free(list->items);
    *list = (hf__run_caller_list){0};
}

/* Finds the most similar name to one that does not exist. */
typedef struct search {
    const char *name;
    char *nearest;
    unsigned edits;
} search;

static void compare_one(const char *name, const char *path, void *user)
{
    (void)path;
    search *self = user;
    unsigned edits = hf__edit_distance(hf__text(self->name), hf__text(name), self->edits);
    if (edits < self->edits) {
        hf__free(self->nearest);
        self->nearest = hf__copy_string(name);
        self->edits = edits;
    }
}

static hf_status fail_caller(const char *name, const char *path, hf_error *err)
{
    search self = {.name = name, .edits = hf__edits_max(strlen(name)) + 1};
    walk_path(path, compare_one, &self);
    hf_status status = self.nearest != NULL
                           ? HF_FAIL(err, HF_ERROR_NOT_FOUND, "no caller '%s'; did you mean '%s'?", name, self.nearest)
                           : HF_FAIL(err, HF_ERROR_NOT_FOUND,
                                     "no caller '%s': no executable " HF_CALLER_PREFIX "%s in %s (HF_CALLER_PATH adds folders)", name, name, path);
    hf__free(self.nearest);
    return status;
}

static char *find_in_folders(const char *path, const char *name)
{
    while (*path != '\0') {
        size_t length = strcspn(path, HF_OS_LIST_SEPARATOR);
        char *file = hf__format("%.*s/" HF_CALLER_PREFIX "%s" HF_OS_PROGRAM_ENDING, (int)length, path, name);
        if (length > 0 && hf__os_file_exists(file))
            return file;
        hf__free(file);
        path += length + (path[length] == HF_OS_LIST_SEPARATOR[0]);
    }
    return NULL;
}

hf_status hf__run_caller_find(const char *caller_path, const char *name, char **out, hf_error *err)
{
    *out = NULL;
    char *path = NULL;
    hf_status status = search_path(caller_path, &path, err);
    if (status != HF_OK)
        return status;
    if (strchr(name, '/') == NULL)
        *out = find_in_folders(path, name);
    if (*out == NULL && strchr(name, '/') != NULL)
        status =
            HF_FAIL(err, HF_ERROR_NOT_FOUND, "'%s' is a path, but --caller takes a name ('hostfault list callers'); put a program after '--'", name);
    else if (*out == NULL)
        status = fail_caller(name, path, err);
    hf__free(path);
    return status;
}
