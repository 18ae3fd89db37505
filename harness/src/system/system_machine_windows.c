/* SPDX-License-Identifier: MIT
 * What a run needs from a Windows machine besides processes and files. Never call these functions in a process under test.
 */
#include "system_machine.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_file.h"
#include "os_text_windows.h"

#include <errno.h>
#include <string.h>

#include "base_poison.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

bool hf__system_is_absolute(const char *path)
{
    bool has_drive = ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':';
    return has_drive ? path[2] == '/' || path[2] == '\\' : path[0] == '/' || path[0] == '\\';
}

hf_status hf__system_folder_create_new(const char *path, hf_error *err)
{
    hf_wide wide;
    DWORD error = !hf__os_wide_path(path, &wide) ? ERROR_INVALID_NAME : CreateDirectoryW(wide.text, NULL) ? ERROR_SUCCESS : GetLastError();
    return error == ERROR_SUCCESS ? HF_OK : HF_FAIL_SYSTEM(err, hf__os_code_of(error), "folder %s cannot be created", path);
}

bool hf__system_is_exists(const hf_error *err)
{
    return err->status == HF_ERROR_SYSTEM && err->os_code == EEXIST;
}

bool hf__system_is_full(const hf_error *err)
{
    return err->os_code == ENOSPC || err->os_code == EROFS;
}

hf_status hf__system_absolute(const char *path, char **out, hf_error *err)
{
    hf_wide wide, full;
    char narrow[4 * HF_WIDE_MAX];
    *out = NULL;
    if (!hf__os_file_exists(path))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such file or folder", path);
    DWORD length = hf__os_wide_path(path, &wide) ? GetFullPathNameW(wide.text, HF_WIDE_MAX, full.text, NULL) : 0;
    if (length == 0 || length >= HF_WIDE_MAX || hf__os_narrow_path(full.text, narrow, sizeof narrow) == 0)
        return HF_FAIL_SYSTEM(err, ENAMETOOLONG, "%s", path);
    size_t end = strlen(narrow);
    if (end > 3 && narrow[end - 1] == '/')
        narrow[end - 1] = '\0';
    *out = hf__copy_string(narrow);
    return HF_OK;
}

static DWORD put(const char *path, const void *bytes, size_t size_bytes)
{
    hf_wide wide;
    if (!hf__os_wide_path(path, &wide))
        return ERROR_INVALID_NAME;
    HANDLE file = CreateFileW(wide.text, GENERIC_WRITE, SHARE_ALL, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    DWORD written = 0, error = ERROR_SUCCESS;
    if (size_bytes > MAXDWORD || (size_bytes > 0 && !WriteFile(file, bytes, (DWORD)size_bytes, &written, NULL)))
        error = size_bytes > MAXDWORD ? ERROR_NOT_ENOUGH_MEMORY : GetLastError();
    CloseHandle(file);
    return error;
}

hf_status hf__system_file_put(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    DWORD error = put(path, bytes, size_bytes);
    return error == ERROR_SUCCESS ? HF_OK : HF_FAIL_SYSTEM(err, hf__os_code_of(error), "%s cannot be written", path);
}

uint64_t hf__system_file_size(const char *path)
{
    hf_wide wide;
    WIN32_FILE_ATTRIBUTE_DATA facts;
    if (!hf__os_wide_path(path, &wide) || !GetFileAttributesExW(wide.text, GetFileExInfoStandard, &facts))
        return 0;
    return (uint64_t)facts.nFileSizeHigh << 32 | facts.nFileSizeLow;
}

void hf__system_file_remove(const char *path)
{
    hf_wide wide;
    if (hf__os_wide_path(path, &wide))
        DeleteFileW(wide.text);
}

void hf__system_file_share(const char *path, const char *of)
{
    (void)path; /* a mapped file cannot be replaced */
    (void)of;
}

bool hf__system_file_is_own(const char *path)
{
    (void)path;
    return true;
}

bool hf__system_file_identity(const char *path, uint64_t *device, uint64_t *file)
{
    hf_wide wide;
    BY_HANDLE_FILE_INFORMATION facts;
    HANDLE opened = hf__os_wide_path(path, &wide) ? CreateFileW(wide.text, 0, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL)
                                                  : INVALID_HANDLE_VALUE;
    bool found = opened != INVALID_HANDLE_VALUE && GetFileInformationByHandle(opened, &facts);
    if (opened != INVALID_HANDLE_VALUE)
        CloseHandle(opened);
    *device = found ? facts.dwVolumeSerialNumber : 0;
    *file = found ? (uint64_t)facts.nFileIndexHigh << 32 | facts.nFileIndexLow : 0;
    return found;
}

bool hf__system_file_cut(const char *path, uint64_t size_bytes)
{
    hf_error ignored;
    return hf__system_file_size(path) > size_bytes && hf__os_file_truncate(path, size_bytes, &ignored) == HF_OK;
}

char *hf__system_file_plain_name(const char *path)
{
    return hf__copy_string(path);
}

char *hf__system_file_plain_name_path(const char *name)
{
    return hf__copy_string(name);
}

intptr_t hf__system_file_hold(const char *path, bool make)
{
    hf_wide wide;
    if (!hf__os_wide_path(path, &wide))
        return -1;
    HANDLE file = CreateFileW(wide.text, GENERIC_WRITE, FILE_SHARE_DELETE, NULL, make ? OPEN_ALWAYS : OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    return file != INVALID_HANDLE_VALUE ? (intptr_t)file : -1;
}

void hf__system_file_let_go(intptr_t held)
{
    if (held != -1)
        CloseHandle((HANDLE)held);
}

char *hf__system_state_folder(void)
{
    const char *state = getenv("LOCALAPPDATA");
    return state != NULL && state[0] != '\0' ? hf__copy_string(state) : NULL;
}

void hf__system_environment_set(const char *name, const char *value)
{
    hf_wide wide_name, wide_value;
    if (hf__os_wide(name, &wide_name) && hf__os_wide(value, &wide_value))
        (void)SetEnvironmentVariableW(wide_name.text, wide_value.text);
}

/* Read once, without the entries that hold the current folder of each drive, as in cmd. */
const char *const *hf__system_environment_all(void)
{
    static const char **all;
    wchar_t *block = all == NULL ? GetEnvironmentStringsW() : NULL;
    if (block == NULL)
        return all;
    size_t count = 0, capacity = 0;
    const char **entries = NULL;
    for (const wchar_t *at = block; *at != L'\0'; at += wcslen(at) + 1) {
        size_t bytes = 4 * wcslen(at) + 1;
        char *entry = hf__allocate(bytes, 1);
        HF_GROW(entries, count, capacity);
        if (*at == L'=' || hf__os_narrow(at, entry, bytes) == 0)
            hf__free(entry);
        else
            entries[count++] = entry;
    }

    HF_GROW(entries, count, capacity);
    entries[count] = NULL;
    FreeEnvironmentStringsW(block);
    all = entries;
    return all;
}

void hf__system_kernel_name(char *buffer, size_t capacity)
{
    OSVERSIONINFOW facts = {.dwOSVersionInfoSize = sizeof facts};
    /* GetVersionEx returns the version that the program's manifest allows; this returns the real one. */
    LONG(WINAPI * version)(OSVERSIONINFOW *);
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion");
    memcpy(&version, &found, sizeof version);
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (found != NULL && version(&facts) == 0)
        hf__builder_print(&builder, "Windows %lu.%lu.%lu x86_64", (unsigned long)facts.dwMajorVersion, (unsigned long)facts.dwMinorVersion,
                          (unsigned long)facts.dwBuildNumber);
    else
        hf__builder_print(&builder, "Windows x86_64");
}

hf_os_utc hf__system_utc_now(void)
{
    SYSTEMTIME now;
    GetSystemTime(&now);
    return (hf_os_utc){
        .year = now.wYear,
        .month = now.wMonth,
        .day = now.wDay,
        .hour = now.wHour,
        .minute = now.wMinute,
        .second = now.wSecond,
        .millisecond = now.wMilliseconds,
    };
}
