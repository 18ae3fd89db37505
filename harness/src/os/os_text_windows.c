/* SPDX-License-Identifier: MIT
 * UTF-16 and the system's errors. Must never use the heap: the shim calls this when it attaches.
 */
#include "os_text_windows.h"

#include <errno.h>
#include <string.h>
#include <wchar.h>

#include "base_poison.h"

#define LONG_MARK L"\\\\?\\"
#define LONG_MARK_LENGTH 4u
/* From here on a path needs the mark: MAX_PATH less the 8.3 name that a folder must have room for. */
#define LONG_FROM 248u

bool hf__os_wide(const char *text, hf_wide *out)
{
    out->text[0] = L'\0';
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out->text, HF_WIDE_MAX) > 0;
}

static bool has_drive(const wchar_t *path)
{
    return path[0] != L'\0' && path[1] == L':' && path[2] == L'\\';
}

/* Only a share begins with two. */
static size_t straighten(wchar_t *path)
{
    size_t length = 0;
    for (const wchar_t *at = path; *at != L'\0'; at++) {
        wchar_t letter = *at == L'/' ? L'\\' : *at;
        if (letter != L'\\' || length <= 1 || path[length - 1] != L'\\')
            path[length++] = letter;
    }
    path[length] = L'\0';
    return length;
}

bool hf__os_wide_path(const char *path, hf_wide *out)
{
    if (!hf__os_wide(path, out))
        return false;
    size_t length = straighten(out->text);
    if (length < LONG_FROM || !has_drive(out->text))
        return true;
    if (length + LONG_MARK_LENGTH >= HF_WIDE_MAX)
        return false;
    memmove(out->text + LONG_MARK_LENGTH, out->text, (length + 1) * sizeof(wchar_t));
    memcpy(out->text, LONG_MARK, LONG_MARK_LENGTH * sizeof(wchar_t));
    return true;
}

size_t hf__os_narrow(const wchar_t *text, char *buffer, size_t capacity)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, buffer, (int)capacity, NULL, NULL);
    if (length <= 0)
        buffer[0] = '\0';
    return length > 0 ? (size_t)length - 1 : 0;
}

size_t hf__os_narrow_path(const wchar_t *path, char *buffer, size_t capacity)
{
    if (wcsncmp(path, LONG_MARK, LONG_MARK_LENGTH) == 0)
        path += LONG_MARK_LENGTH;
    size_t length = hf__os_narrow(path, buffer, capacity);
    for (size_t i = 0; i < length; i++)
        buffer[i] = buffer[i] == '\\' ? '/' : buffer[i];
    return length;
}

int hf__os_code_of(DWORD error)
{
    static const struct {
        DWORD error;
        int code;
    } rows[] = {
        {ERROR_SUCCESS, 0},
        {ERROR_FILE_NOT_FOUND, ENOENT},
        {ERROR_PATH_NOT_FOUND, ENOENT},
        {ERROR_INVALID_NAME, ENOENT},
        {ERROR_BAD_NETPATH, ENOENT},
        {ERROR_TOO_MANY_OPEN_FILES, EMFILE},
        {ERROR_ACCESS_DENIED, EACCES},
        {ERROR_SHARING_VIOLATION, EACCES},
        {ERROR_LOCK_VIOLATION, EACCES},
        {ERROR_USER_MAPPED_FILE, EACCES},
        {ERROR_WRITE_PROTECT, EROFS},
        {ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
        {ERROR_OUTOFMEMORY, ENOMEM},
        {ERROR_COMMITMENT_LIMIT, ENOMEM},
        {ERROR_DISK_FULL, ENOSPC},
        {ERROR_HANDLE_DISK_FULL, ENOSPC},
        {ERROR_FILE_EXISTS, EEXIST},
        {ERROR_ALREADY_EXISTS, EEXIST},
        {ERROR_DIR_NOT_EMPTY, ENOTEMPTY},
        {ERROR_DIRECTORY, ENOTDIR},
        {ERROR_INVALID_PARAMETER, EINVAL},
        {ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG},
        {ERROR_BAD_EXE_FORMAT, ENOEXEC},
        {ERROR_BROKEN_PIPE, EPIPE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].error == error)
            return rows[i].code;
    }

    return EIO;
}
