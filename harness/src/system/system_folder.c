/* SPDX-License-Identifier: MIT
 * Folder operations that do not depend on the system.
 */
#include "system_tool.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "os_file.h"
#include "os_thread.h"
#include "system_file.h"
#include "system_machine.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* The length of the existing part of the path. */
static size_t existing_length(char *path)
{
    size_t length = strlen(path);
    while (length > 0) {
        char last = path[length];
        path[length] = '\0';
        bool is_there = hf__os_is_folder(path);
        path[length] = last;
        if (is_there)
            break;
        do
            length--;
        while (length > 0 && path[length] != '/');
    }
    return length;
}

static hf_status try_to_write(const char *folder, hf_error *err)
{
    char *probe = hf__format("%s/.hostfault-probe-%lld", folder, (long long)hf__os_process_id());
    hf_error why = {.os_code = 0};
    hf_status status = hf__os_file_create(probe, &why);
    if (status == HF_OK)
        hf__system_file_remove(probe);
    hf__free(probe);
    return status == HF_OK ? HF_OK : HF_FAIL_SYSTEM(err, why.os_code, "cannot write in the folder %s", folder);
}

hf_status hf__system_folder_probe(const char *path, hf_error *err)
{
    char *level = hf__copy_string(path);
    size_t existing = existing_length(level);
    hf_status status = hf__system_folder_create(path, err);
    if (status == HF_OK)
        status = try_to_write(path, err);

    /* Removes only empty folders, so files that somebody else put there meanwhile stay. */
    for (size_t length = strlen(level); length > existing && hf__system_folder_remove_empty(level);) {
        while (length > existing && level[length] != '/')
            length--;
        level[length] = '\0';
    }
    hf__free(level);
    return status;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const hf_folder_entry *)a)->name, ((const hf_folder_entry *)b)->name);
}

void hf__system_folder_sort(hf_folder_entry *entries, size_t count)
{
    if (count > 0) /* qsort(3p): the array must be valid, and that of an empty folder is NULL */
        qsort(entries, count, sizeof *entries, compare_entries);
}

void hf__system_folder_list_free(hf_folder_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hf__free(entries[i].name);
    hf__free(entries);
}
