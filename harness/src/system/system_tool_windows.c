/* SPDX-License-Identifier: MIT
 * The tool's view of Windows: arguments, processors, terminal, folders, date.
 */
#include "system_tool.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"
#include "system_machine.h"
#include "os_text_windows.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* Names of existing files may be written with backslashes; everything else stays unchanged. */
static void straighten(char *argument)
{
    if (strchr(argument, '\\') == NULL || !hf__os_file_exists(argument))
        return;
    for (; *argument != '\0'; argument++)
        *argument = *argument == '\\' ? '/' : *argument;
}

void hf__system_tool_begin(int *argc, char ***argv)
{
    (void)_setmode(1, _O_BINARY);
    (void)_setmode(2, _O_BINARY);
    (void)SetConsoleOutputCP(CP_UTF8);
    (void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX); /* a crash here and below opens no dialog */
    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (wide == NULL)
        return;
    char **arguments = hf__allocate((size_t)count + 1, sizeof *arguments);
    bool ours = true; /* after -- they are the program's */
    for (int i = 0; i < count; i++) {
        size_t capacity = 4 * wcslen(wide[i]) + 1;
        arguments[i] = hf__allocate(capacity, 1);
        (void)hf__os_narrow(wide[i], arguments[i], capacity);
        ours = ours && strcmp(arguments[i], "--") != 0;
        if (ours)
            straighten(arguments[i]);
    }

    LocalFree(wide);
    *argc = count;
    *argv = arguments;
}

/* The stack size set by the linker is large enough, and nothing limits it. */
void hf__system_tool_with_stack(void (*work)(void *user), void *user)
{
    work(user);
}

unsigned hf__system_cpu_count(void)
{
    DWORD_PTR own = 0, all = 0;
    unsigned count = 0;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &all))
        return 1;
    for (; own != 0; own &= own - 1)
        count++;
    return count > 0 ? count : 1;
}

static HANDLE stream_of(int descriptor)
{
    return GetStdHandle(descriptor == 1 ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

bool hf__system_has_output(void)
{
    HANDLE handle = stream_of(1);
    return handle != NULL && handle != INVALID_HANDLE_VALUE;
}

/* Colours need a console that understands their sequences, which must be switched on. */
bool hf__system_is_terminal(int descriptor)
{
    DWORD mode = 0;
    HANDLE stream = stream_of(descriptor);
    return GetConsoleMode(stream, &mode) && SetConsoleMode(stream, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

unsigned hf__system_terminal_width(int descriptor)
{
    CONSOLE_SCREEN_BUFFER_INFO facts;
    if (!GetConsoleScreenBufferInfo(stream_of(descriptor), &facts))
        return 0;
    return (unsigned)(facts.srWindow.Right - facts.srWindow.Left + 1);
}

static HANDLE find_first(const char *path, WIN32_FIND_DATAW *found)
{
    hf_wide wide;
    char *pattern = hf__format("%s/*", path);
    HANDLE search = hf__os_wide_path(pattern, &wide) ? FindFirstFileW(wide.text, found) : INVALID_HANDLE_VALUE;
    hf__free(pattern);
    return search;
}

hf_status hf__system_folder_list(const char *path, hf_folder_entry **out, size_t *count, hf_error *err)
{
    *out = NULL;
    *count = 0;
    if (!hf__os_file_exists(path))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no folder %s", path);
    WIN32_FIND_DATAW found;
    HANDLE search = hf__os_is_folder(path) ? find_first(path, &found) : INVALID_HANDLE_VALUE;
    if (search == INVALID_HANDLE_VALUE)
        return HF_FAIL_SYSTEM(err, hf__os_is_folder(path) ? hf__os_code_of(GetLastError()) : ENOTDIR, "cannot read the folder %s", path);

    hf_folder_entry *entries = NULL;
    size_t used = 0, capacity = 0;
    do {
        char name[4 * MAX_PATH];
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0 || hf__os_narrow(found.cFileName, name, sizeof name) == 0)
            continue;
        HF_GROW(entries, used, capacity);
        entries[used++] = (hf_folder_entry){.name = hf__copy_string(name), .is_folder = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0};
    } while (FindNextFileW(search, &found));
    FindClose(search);
    hf__system_folder_sort(entries, used);
    *out = entries;
    *count = used;
    return HF_OK;
}

bool hf__system_folder_remove_empty(const char *path)
{
    hf_wide wide;
    return hf__os_wide_path(path, &wide) && RemoveDirectoryW(wide.text);
}

static DWORD remove_all(const char *path);

static DWORD remove_entry(const char *folder, const WIN32_FIND_DATAW *found)
{
    char name[4 * MAX_PATH];
    if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0 || hf__os_narrow(found->cFileName, name, sizeof name) == 0)
        return ERROR_SUCCESS;
    char *path = hf__format("%s/%s", folder, name);
    bool is_link = (found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    bool is_folder = (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    hf_wide wide;
    DWORD error = ERROR_SUCCESS;
    if (is_folder && !is_link)
        error = remove_all(path);
    else if (!hf__os_wide_path(path, &wide) || !(is_folder ? RemoveDirectoryW(wide.text) : DeleteFileW(wide.text)))
        error = GetLastError();
    hf__free(path);
    return error;
}

/* NOLINTNEXTLINE(misc-no-recursion): the depth is that of the folders, limited by the length of a path */
static DWORD remove_all(const char *path)
{
    WIN32_FIND_DATAW found;
    HANDLE search = find_first(path, &found);
    DWORD error = ERROR_SUCCESS;
    if (search != INVALID_HANDLE_VALUE) {
        do
            error = remove_entry(path, &found);
        while (error == ERROR_SUCCESS && FindNextFileW(search, &found));
        FindClose(search);
    }
    if (error == ERROR_SUCCESS && !hf__system_folder_remove_empty(path))
        error = GetLastError();
    return error;
}

hf_status hf__system_folder_remove(const char *path, hf_error *err)
{
    if (!hf__os_file_exists(path))
        return HF_OK;
    DWORD error = remove_all(path);
    return error == ERROR_SUCCESS ? HF_OK : HF_FAIL_SYSTEM(err, hf__os_code_of(error), "cannot remove the folder %s", path);
}

const char *hf__system_temporary_folder(void)
{
    static char folder[4 * MAX_PATH];
    hf_wide wide;
    DWORD length = folder[0] == '\0' ? GetTempPathW(HF_WIDE_MAX, wide.text) : 0;
    if (length > 1 && length < HF_WIDE_MAX) {
        wide.text[length - 1] = L'\0'; /* the backslash */
        (void)hf__os_narrow_path(wide.text, folder, sizeof folder);
    }
    return folder[0] != '\0' ? folder : ".";
}

static void (*interrupt_handler)(void);

/* FALSE: the system continues with the default, and ends the tool. */
static BOOL WINAPI on_control(DWORD kind)
{
    static LONG interrupts;
    (void)kind;
    if (InterlockedIncrement(&interrupts) > 1)
        return FALSE;
    interrupt_handler();
    return TRUE;
}

void hf__system_on_interrupt(void (*handler)(void))
{
    interrupt_handler = handler;
    (void)SetConsoleCtrlHandler(on_control, TRUE);
}

void hf__system_print_utc(char *buffer, size_t capacity)
{
    HF_ASSERT(capacity >= 20);
    hf_os_utc now = hf__system_utc_now();
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "%04d-%02d-%02dT%02d:%02d:%02d", now.year, now.month, now.day, now.hour, now.minute, now.second);
}

void hf__system_host_name(char *buffer, size_t capacity)
{
    wchar_t name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD length = MAX_COMPUTERNAME_LENGTH + 1;
    if (!GetComputerNameW(name, &length) || hf__os_narrow(name, buffer, capacity) == 0)
        (void)hf__text_copy(buffer, capacity, hf__text("localhost"));
}
