/* SPDX-License-Identifier: MIT
 * Copies a folder with its contents, except the folder that will contain the copy itself.
 */
#include "system_file.h"
#include "os_text_windows.h"
#include "system_tool.h"
#include "heap_alloc.h"
#include "base_error.h"

#include <string.h>

#include "base_poison.h"

/* Is `path` in the folder? */
static bool is_inside(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\\' || path[length] == '\0');
}

static hf_status copy_contents(const char *from, const char *to, const char *root, hf_error *err);

static hf_status copy_entry(const char *from, const char *to, bool is_folder, const char *root, hf_error *err)
{
    hf_wide source, target;
    if (is_folder && is_inside(root, from))
        return HF_OK;
    if (is_folder) {
        hf_status status = hf__system_folder_create(to, err);
        return status == HF_OK ? copy_contents(from, to, root, err) : status;
    }
    if (!hf__os_wide_path(from, &source) || !hf__os_wide_path(to, &target) || !CopyFileW(source.text, target.text, TRUE))
        return HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "cannot copy %s", from);
    return HF_OK;
}

static hf_status copy_contents(const char *from, const char *to, const char *root, hf_error *err)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_status status = hf__system_folder_list(from, &entries, &count, err);
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        char *entry = hf__format("%s/%s", from, entries[i].name);
        char *copy = hf__format("%s/%s", to, entries[i].name);
        status = copy_entry(entry, copy, entries[i].is_folder, root, err);
        hf__free(copy);
        hf__free(entry);
    }
    hf__system_folder_list_free(entries, count);
    return status;
}

hf_status hf__system_folder_copy(const char *from, const char *to, hf_error *err)
{
    return copy_contents(from, to, to, err);
}
