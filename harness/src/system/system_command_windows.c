/* SPDX-License-Identifier: MIT
 * Command lines, environments and exit statuses of Windows processes: pure functions.
 *
 * If an exception ends a process, its exit status is the exception's number. The rest of the tool identifies ends by signals, so this file maps each
 * exception to the signal that ends a process for the same error on Linux.
 */
#include "system_command_windows.h"
#include "heap_alloc.h"
#include "base_check.h"

#include <stdbool.h>
#include <string.h>

#include "base_poison.h"

#define SIGNAL_ILLEGAL 4
#define SIGNAL_TRAP 5
#define SIGNAL_ABORT 6
#define SIGNAL_BUS 7
#define SIGNAL_ARITHMETIC 8
#define SIGNAL_ACCESS 11

static const struct {
    DWORD status;
    int signal;
    const char *name;
} exceptions[] = {
    {0x80000001, SIGNAL_ACCESS, "guard page violation"},
    {0x80000002, SIGNAL_BUS, "datatype misalignment"},
    {0x80000003, SIGNAL_TRAP, "breakpoint"},
    {0x80000004, SIGNAL_TRAP, "single step"},
    {0xC0000005, SIGNAL_ACCESS, "access violation"},
    {0xC0000006, SIGNAL_BUS, "in-page error"},
    {0xC0000008, SIGNAL_ABORT, "invalid handle"},
    {0xC0000017, SIGNAL_ABORT, "no memory"},
    {0xC000001D, SIGNAL_ILLEGAL, "illegal instruction"},
    {0xC0000025, SIGNAL_ABORT, "noncontinuable exception"},
    {0xC000008C, SIGNAL_ARITHMETIC, "array bounds exceeded"},
    {0xC000008E, SIGNAL_ARITHMETIC, "floating-point division by zero"},
    {0xC0000094, SIGNAL_ARITHMETIC, "integer division by zero"},
    {0xC0000095, SIGNAL_ARITHMETIC, "integer overflow"},
    {0xC0000096, SIGNAL_ILLEGAL, "privileged instruction"},
    {0xC00000FD, SIGNAL_ACCESS, "stack overflow"},
    {0xC0000135, SIGNAL_ABORT, "a DLL that it needs is missing"},
    {0xC0000139, SIGNAL_ABORT, "a DLL that it needs lacks a function"},
    {0xC0000142, SIGNAL_ABORT, "one of its DLLs failed to start"},
    {0xC0000374, SIGNAL_ABORT, "heap corruption"},
    {0xC0000409, SIGNAL_ABORT, "fail fast"},
    {0xC0000417, SIGNAL_ABORT, "invalid parameter of the C library"},
    {0xC0000602, SIGNAL_ABORT, "fail fast exception"},
    {0xE0434352, SIGNAL_ABORT, "unhandled .NET exception"},
    {0xE06D7363, SIGNAL_ABORT, "unhandled C++ exception"},
};

int hf__system_exception_of(DWORD status, const char **name)
{
    *name = NULL;
    for (size_t i = 0; i < HF_COUNT_OF(exceptions); i++) {
        if (exceptions[i].status != status)
            continue;
        *name = exceptions[i].name;
        return exceptions[i].signal;
    }
    if ((status & 0xF0000000u) == 0xE0000000u)
        return SIGNAL_ABORT;                                          /* a program's own exception */
    return (status & 0xF0000000u) == 0xC0000000u ? SIGNAL_ACCESS : 0; /* an NTSTATUS of severity error */
}

/* Growing text. */
typedef struct letters {
    wchar_t *items;
    size_t count, capacity;
} letters;

static void put_letters(letters *out, wchar_t letter, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        HF_GROW(out->items, out->count, out->capacity);
        out->items[out->count++] = letter;
    }
}

/* Backslashes count double before a quotation mark, and only there. */
static void put_quoted(letters *out, const wchar_t *text)
{
    size_t slashes = 0;
    put_letters(out, L'"', 1);
    for (; *text != L'\0'; text++) {
        if (*text == L'\\') {
            slashes++;
            continue;
        }
        put_letters(out, L'\\', *text == L'"' ? 2 * slashes + 1 : slashes);
        put_letters(out, *text, 1);
        slashes = 0;
    }
    put_letters(out, L'\\', 2 * slashes);
    put_letters(out, L'"', 1);
}

static wchar_t *widen(const char *text)
{
    size_t bytes = strlen(text) + 1;
    wchar_t *wide = hf__allocate(bytes, sizeof *wide);
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, (int)bytes) > 0)
        return wide;
    hf__free(wide);
    return NULL;
}

static bool put_argument(letters *out, const char *argument)
{
    wchar_t *wide = widen(argument);
    if (wide == NULL)
        return false;
    if (out->count > 0)
        put_letters(out, L' ', 1);
    if (wide[0] == L'\0' || wcspbrk(wide, L" \t\n\v\"") != NULL)
        put_quoted(out, wide);
    else
        for (const wchar_t *at = wide; *at != L'\0'; at++)
            put_letters(out, *at, 1);
    hf__free(wide);
    return true;
}

static wchar_t *end_letters(letters *out, bool sound)
{
    put_letters(out, L'\0', 2);
    if (sound)
        return out->items;
    hf__free(out->items);
    return NULL;
}

wchar_t *hf__system_command_line(const char *const *arguments)
{
    letters out = {0};
    bool sound = true;
    for (size_t i = 0; sound && arguments[i] != NULL; i++)
        sound = put_argument(&out, arguments[i]);
    return end_letters(&out, sound);
}

static bool put_variable(letters *out, const char *variable)
{
    wchar_t *wide = widen(variable);
    for (const wchar_t *at = wide; wide != NULL && *at != L'\0'; at++)
        put_letters(out, *at, 1);
    put_letters(out, L'\0', 1);
    hf__free(wide);
    return wide != NULL;
}

wchar_t *hf__system_environment_block(const char *const *environment, const char *more)
{
    letters out = {0};
    bool sound = more == NULL || put_variable(&out, more);
    for (size_t i = 0; sound && environment[i] != NULL; i++)
        sound = put_variable(&out, environment[i]);
    return end_letters(&out, sound);
}
