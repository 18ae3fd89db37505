/* SPDX-License-Identifier: MIT
 * Files and mappings on Windows. A mapping cannot be larger than its file there, so a file that is mapped beyond its end is extended at once. Its
 * disk space is allocated then and cannot run out later. Handles never outlive the call that opened them.
 */
#include "os_file.h"
#include "base_error.h"
#include "os_file_windows.h"
#include "os_text_windows.h"

#include <errno.h>

#include "base_poison.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

HANDLE hf__os_open_file(const char *path, DWORD access, DWORD how)
{
    hf_wide wide;
    if (hf__os_wide_path(path, &wide))
        return CreateFileW(wide.text, access, SHARE_ALL, NULL, how, FILE_ATTRIBUTE_NORMAL, NULL);
    SetLastError(ERROR_INVALID_NAME);
    return INVALID_HANDLE_VALUE;
}

hf_status hf__os_fail_open(const char *path, hf_error *err)
{
    int code = hf__os_code_of(GetLastError());
    if (code == ENOENT)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such file", path);
    return HF_FAIL_SYSTEM(err, code, "%s cannot be opened", path);
}

static uint64_t size_of(HANDLE file)
{
    LARGE_INTEGER size;
    return GetFileSizeEx(file, &size) ? (uint64_t)size.QuadPart : 0;
}

/* Far from where programs, their heaps and their libraries are: a program that looks for room near its code, as the CLR does, must find the room that
 * it finds without us. */
#define FAR_FIRST ((uintptr_t)0x300000000000u)
#define FAR_STEP ((uintptr_t)0x1000000000u)
#define FAR_TRIES 16u

static void *view_of(HANDLE section, DWORD access, void *wanted)
{
    void *view = wanted != NULL ? MapViewOfFileEx(section, access, 0, 0, 0, wanted) : NULL;
    for (uintptr_t i = 0; view == NULL && i < FAR_TRIES; i++)
        view = MapViewOfFileEx(section, access, 0, 0, 0, (void *)(FAR_FIRST + i * FAR_STEP));
    return view != NULL ? view : MapViewOfFileEx(section, access, 0, 0, 0, NULL);
}

/* Maps size_bytes of it; NULL with the last error. */
static void *map(HANDLE file, DWORD protect, DWORD access, uint64_t size_bytes, void *wanted)
{
    HANDLE section = CreateFileMappingW(file, NULL, protect, (DWORD)(size_bytes >> 32), (DWORD)size_bytes, NULL);
    if (section == NULL)
        return NULL;
    void *view = view_of(section, access, wanted);
    DWORD error = GetLastError();
    CloseHandle(section);
    SetLastError(error);
    return view;
}

hf_status hf__os_map_shared(const char *path, uint64_t size_bytes, void *wanted, void **out, hf_error *err)
{
    wanted = wanted == HF_MAP_APART ? NULL : wanted;
    *out = NULL;
    HANDLE file = hf__os_open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return hf__os_fail_open(path, err);
    *out = map(file, PAGE_READWRITE, FILE_MAP_READ | FILE_MAP_WRITE, size_bytes, wanted);
    int code = hf__os_code_of(GetLastError());
    CloseHandle(file);
    return *out != NULL ? HF_OK : HF_FAIL_SYSTEM(err, code, "%s cannot be mapped", path);
}

hf_status hf__os_map_read(const char *path, const void **out, uint64_t *size_bytes, hf_error *err)
{
    *out = NULL;
    *size_bytes = 0;
    if (hf__os_is_folder(path))
        return HF_FAIL(err, HF_ERROR_INPUT, "%s is not a file", path);
    HANDLE file = hf__os_open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return hf__os_fail_open(path, err);
    uint64_t size = size_of(file);
    *out = size != 0 ? map(file, PAGE_READONLY, FILE_MAP_READ, 0, NULL) : NULL;
    int code = hf__os_code_of(GetLastError());
    CloseHandle(file);
    if (*out == NULL && size != 0)
        return HF_FAIL_SYSTEM(err, code, "%s cannot be mapped", path);
    *size_bytes = size;
    return HF_OK;
}

/* Private pages come here as well: a session may be made of them. */
void hf__os_unmap(const void *address, uint64_t size_bytes)
{
    (void)size_bytes;
    MEMORY_BASIC_INFORMATION told;
    if (address == NULL || VirtualQuery(address, &told, sizeof told) == 0)
        return;
    if (told.Type == MEM_MAPPED)
        UnmapViewOfFile(address);
    else
        VirtualFree((void *)(uintptr_t)address, 0, MEM_RELEASE);
}

hf_status hf__os_file_create(const char *path, hf_error *err)
{
    HANDLE file = hf__os_open_file(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
    if (file == INVALID_HANDLE_VALUE)
        return HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "%s cannot be created", path);
    CloseHandle(file);
    return HF_OK;
}

DWORD hf__os_write_all(HANDLE file, const char *bytes, size_t size_bytes)
{
    while (size_bytes > 0) {
        DWORD piece = size_bytes < (1u << 30) ? (DWORD)size_bytes : 1u << 30, written = 0;
        if (!WriteFile(file, bytes, piece, &written, NULL))
            return GetLastError();
        bytes += written;
        size_bytes -= written;
    }
    return ERROR_SUCCESS;
}

static DWORD write_zeros(HANDLE file, uint64_t from, uint64_t to)
{
    static const char zeros[1u << 16];
    LARGE_INTEGER at = {.QuadPart = (LONGLONG)from};
    if (from < to && !SetFilePointerEx(file, at, NULL, FILE_BEGIN))
        return GetLastError();
    DWORD error = ERROR_SUCCESS;
    for (; from < to && error == ERROR_SUCCESS; from += sizeof zeros)
        error = hf__os_write_all(file, zeros, to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros);
    return error;
}

hf_status hf__os_file_extend(const char *path, uint64_t from_bytes, uint64_t size_bytes, hf_error *err)
{
    HANDLE file = hf__os_open_file(path, GENERIC_WRITE | GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return hf__os_fail_open(path, err);
    bool was_cut = size_of(file) < from_bytes;
    DWORD error = was_cut ? ERROR_SUCCESS : write_zeros(file, size_of(file), size_bytes);
    CloseHandle(file);
    if (was_cut)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s was truncated while in use", path);
    if (error != ERROR_SUCCESS)
        return HF_FAIL_SYSTEM(err, hf__os_code_of(error), "no room for %llu bytes in %s", (unsigned long long)size_bytes, path);
    return HF_OK;
}

#define CUT_TRIES 100u

/* What was mapped may stay so for a moment after its process has ended. */
static bool cut(HANDLE file, uint64_t size_bytes)
{
    FILE_END_OF_FILE_INFO end = {.EndOfFile = {.QuadPart = (LONGLONG)size_bytes}};
    for (unsigned i = 0; i < CUT_TRIES; i++) {
        if (SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end))
            return true;
        if (GetLastError() != ERROR_USER_MAPPED_FILE)
            return false;
        Sleep(10);
    }
    return false;
}

hf_status hf__os_file_truncate(const char *path, uint64_t size_bytes, hf_error *err)
{
    HANDLE file = hf__os_open_file(path, GENERIC_WRITE, OPEN_EXISTING);
    bool done = file != INVALID_HANDLE_VALUE && cut(file, size_bytes);
    int code = hf__os_code_of(GetLastError());
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return done ? HF_OK : HF_FAIL_SYSTEM(err, code, "%s cannot be truncated", path);
}

bool hf__os_file_append(const char *path, const char *bytes, size_t size_bytes)
{
    HANDLE file = hf__os_open_file(path, FILE_APPEND_DATA, OPEN_EXISTING);
    DWORD error = file == INVALID_HANDLE_VALUE ? GetLastError() : hf__os_write_all(file, bytes, size_bytes);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return error == 0;
}

static DWORD attributes_of(const char *path)
{
    hf_wide wide;
    return hf__os_wide_path(path, &wide) ? GetFileAttributesW(wide.text) : INVALID_FILE_ATTRIBUTES;
}

size_t hf__os_file_read_at(const char *path, uint64_t offset, void *buffer, size_t capacity)
{
    HANDLE file = hf__os_open_file(path, GENERIC_READ, OPEN_EXISTING);
    LARGE_INTEGER at = {.QuadPart = (LONGLONG)offset};
    DWORD got = 0;
    if (file == INVALID_HANDLE_VALUE)
        return 0;
    if (GetFileType(file) != FILE_TYPE_DISK || !SetFilePointerEx(file, at, NULL, FILE_BEGIN) || !ReadFile(file, buffer, (DWORD)capacity, &got, NULL))
        got = 0;
    CloseHandle(file);
    return got;
}

hf_status hf__os_file_check(const char *path, hf_error *err)
{
    if (!hf__os_file_exists(path))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such file", path);
    return hf__os_is_folder(path) ? HF_FAIL(err, HF_ERROR_INPUT, "%s is a directory, not a regular file", path) : HF_OK;
}

bool hf__os_file_exists(const char *path)
{
    return attributes_of(path) != INVALID_FILE_ATTRIBUTES;
}

bool hf__os_is_folder(const char *path)
{
    DWORD attributes = attributes_of(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}
