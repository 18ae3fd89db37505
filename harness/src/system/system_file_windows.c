/* SPDX-License-Identifier: MIT
 * Complete files of the tool on Windows.
 */
#include "system_file.h"
#include "base_error.h"
#include "heap_alloc.h"
#include "os_atomic.h"
#include "os_file.h"
#include "os_file_windows.h"

#include <errno.h>
#include <stdbool.h>

#include "base_poison.h"

static DWORD replace(const char *from, const char *to)
{
    hf_wide old, new;
    if (!hf__os_wide_path(from, &old) || !hf__os_wide_path(to, &new))
        return ERROR_INVALID_NAME;
    return MoveFileExW(old.text, new.text, MOVEFILE_REPLACE_EXISTING) ? ERROR_SUCCESS : GetLastError();
}

hf_status hf__system_file_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    static uint32_t writes; /* two threads may write the same file at once */
    char *beside = hf__format("%s.%lu.%u.tmp", path, (unsigned long)GetCurrentProcessId(), hf__os_add_u32_atomic(&writes, 1));
    HANDLE file = hf__os_open_file(beside, GENERIC_WRITE, CREATE_ALWAYS);
    DWORD error = file == INVALID_HANDLE_VALUE ? GetLastError() : hf__os_write_all(file, bytes, size_bytes);
    hf_wide wide;
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    if (error == ERROR_SUCCESS)
        error = replace(beside, path);
    if (error != ERROR_SUCCESS && hf__os_wide_path(beside, &wide))
        DeleteFileW(wide.text);
    hf__free(beside);
    return error == ERROR_SUCCESS ? HF_OK : HF_FAIL_SYSTEM(err, hf__os_code_of(error), "%s cannot be written", path);
}

static hf_status read_open(HANDLE file, const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err)
{
    size_t capacity = 0, length = 0;
    char *text = NULL;
    for (;;) {
        if (capacity - length < 2) {
            capacity = capacity != 0 ? capacity * 2 : 16384;
            text = hf__reallocate(text, capacity, 1);
        }
        size_t room = capacity - length - 1;
        DWORD got = 0;
        bool done = ReadFile(file, text + length, room < (1u << 30) ? (DWORD)room : 1u << 30, &got, NULL);
        DWORD error = GetLastError();
        if (!done && error != ERROR_BROKEN_PIPE && error != ERROR_HANDLE_EOF) {
            hf__free(text);
            return HF_FAIL_SYSTEM(err, hf__os_code_of(error), "%s cannot be read", path);
        }
        length += got;
        if (length > max_bytes) {
            hf__free(text);
            return HF_FAIL(err, HF_ERROR_LIMIT, "%s is larger than the limit of %llu bytes", path, (unsigned long long)max_bytes);
        }
        if (got == 0)
            break;
    }

    text[length] = '\0';
    *out = text;
    *size_bytes = length;
    return HF_OK;
}

hf_status hf__system_file_read(const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err)
{
    *out = NULL;
    *size_bytes = 0;
    HANDLE file = hf__os_open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return hf__os_fail_open(path, err);
    hf_status status = read_open(file, path, max_bytes, out, size_bytes, err);
    CloseHandle(file);
    return status;
}

/* "C:" is a drive, not a folder that could be created. */
static bool is_drive(const char *path)
{
    return path[0] != '\0' && path[1] == ':' && path[2] == '\0';
}

static DWORD make_folder(const char *path)
{
    hf_wide wide;
    if (is_drive(path) || hf__os_is_folder(path))
        return ERROR_SUCCESS;
    if (!hf__os_wide_path(path, &wide))
        return ERROR_INVALID_NAME;
    return CreateDirectoryW(wide.text, NULL) || GetLastError() == ERROR_ALREADY_EXISTS ? ERROR_SUCCESS : GetLastError();
}

hf_status hf__system_folder_create(const char *path, hf_error *err)
{
    char *copy = hf__copy_string(path);
    DWORD error = ERROR_SUCCESS;
    for (char *at = copy; error == ERROR_SUCCESS && *at != '\0'; at++) {
        bool ends = at[1] == '\0' || at[1] == '/' || at[1] == '\\';
        if (!ends || *at == '/' || *at == '\\')
            continue;
        char kept = at[1];
        at[1] = '\0';
        error = make_folder(copy);
        at[1] = kept;
    }
    hf__free(copy);
    int code = error == ERROR_SUCCESS && !hf__os_is_folder(path) ? ENOTDIR : hf__os_code_of(error);
    return code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, code, "folder %s cannot be created", path);
}
