/* SPDX-License-Identifier: MIT
 * Puts a DLL into another process. The hook also does this to the processes that its own process starts, so nothing here uses the heap.
 */
#include "os_hook.h"
#include "base_error.h"
#include "os_text_windows.h"

#include <string.h>
#include <wchar.h>

#include "base_poison.h"

#define HOOK_WAIT_MS 30000u

void *hf__os_hook_function(const char *module, const char *name)
{
    HMODULE handle = GetModuleHandleA(module);
    FARPROC found = handle != NULL ? GetProcAddress(handle, name) : NULL;
    void *out = NULL;
    memcpy(&out, &found, sizeof out);
    return out;
}

/* On a thread of its own in the process, which stands still meanwhile: the loader starts the process's own DLLs first, then loads ours. A process
 * that dies of that is left to be found dead. */
hf_status hf__os_hook_load(HANDLE process, const wchar_t *path, hf_error *err)
{
    SIZE_T bytes = (wcslen(path) + 1) * sizeof *path;
    LPTHREAD_START_ROUTINE load;
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "LoadLibraryW");
    memcpy(&load, &found, sizeof load);
    void *there = VirtualAllocEx(process, NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HANDLE thread = NULL;
    if (there != NULL && WriteProcessMemory(process, there, path, bytes, NULL))
        thread = CreateRemoteThread(process, NULL, 0, load, there, 0, NULL);
    DWORD error = GetLastError(), loaded = 0;
    if (thread == NULL)
        return HF_FAIL_SYSTEM(err, hf__os_code_of(error), "the hook cannot be injected into the program, which may be protected");

    DWORD waited = WaitForSingleObject(thread, HOOK_WAIT_MS);
    (void)GetExitCodeThread(thread, &loaded);
    CloseHandle(thread);
    bool alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    if (alive && waited == WAIT_OBJECT_0)
        (void)VirtualFreeEx(process, there, 0, MEM_RELEASE);
    if (alive && waited != WAIT_OBJECT_0)
        return HF_FAIL(err, HF_ERROR_STATE, "the hook did not load in the program within %u s", HOOK_WAIT_MS / 1000);
    return !alive || loaded != 0 ? HF_OK : HF_FAIL(err, HF_ERROR_STATE, "the program does not load the hook, %ls", path);
}
