/* SPDX-License-Identifier: MIT
 * Starts its arguments with neither a console nor standard handles, as a service does, and ends with the same exit status.
 */
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    (void)argv;
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;
    DWORD status = 0;
    const wchar_t *rest = argc > 1 ? wcsstr(GetCommandLineW(), L" -- ") : NULL;
    wchar_t command[4096];
    if (rest == NULL || wcslen(rest + 4) >= 4096)
        return 2;
    (void)wcscpy(command, rest + 4);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup, &made))
        return 3;
    (void)WaitForSingleObject(made.hProcess, INFINITE);
    (void)GetExitCodeProcess(made.hProcess, &status);
    return (int)status;
}
