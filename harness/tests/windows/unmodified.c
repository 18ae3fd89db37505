/* SPDX-License-Identifier: MIT
 * An unmodified program. It allocates memory in each way that the hook intercepts, by imports and by GetProcAddress, and prints each failed call with
 * its last error. It frees everything, also after a failure. usage: windows_unmodified [lazy | raise | careless]
 *   lazy      requests half the size after a failure
 *   raise     makes the heap raise an exception if there is no memory
 *   careless  uses each result without a check
 *   start     starts itself twice, the second time careless, and prints how they ended
 *   crash     starts itself as one that writes through null
 *   leave     starts a waiting copy of itself, and does not wait for it
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static int failed(const char *what)
{
    (void)fprintf(stderr, "%s failed with %lu\n", what, GetLastError());
    return 3;
}

/* As a program does that also runs where the function is missing. */
static void *alloc_by_name(SIZE_T size)
{
    PVOID(WINAPI * alloc)(HANDLE, PVOID, SIZE_T, ULONG, ULONG, void *, ULONG);
    FARPROC found = GetProcAddress(GetModuleHandleA("kernelbase.dll"), "VirtualAlloc2");
    memcpy(&alloc, &found, sizeof alloc);
    return found != NULL ? alloc(NULL, NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, NULL, 0) : NULL;
}

static int use_region(char *region)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD old = 0;
    if (VirtualAlloc(region, 4096, MEM_COMMIT, PAGE_READWRITE) == NULL)
        return failed("the commit");
    region[0] = 1;
    if (!VirtualProtect(region, 4096, PAGE_READONLY, &old) || old != PAGE_READWRITE)
        return failed("VirtualProtect");
    if (VirtualQuery(region, &told, sizeof told) != sizeof told || told.Protect != PAGE_READONLY)
        return failed("VirtualQuery");
    return 0;
}

/* A block from before any hook: the loader calls this before it loads what was not asked for by the program itself. */
static void *early;
static void NTAPI at_load(PVOID self, DWORD reason, PVOID reserved)
{
    (void)self;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH && GetEnvironmentVariableA("END_EARLY", NULL, 0) != 0)
        ExitProcess(7);
    if (reason == DLL_PROCESS_ATTACH)
        early = HeapAlloc(GetProcessHeap(), 0, 300);
}
__attribute__((section(".CRT$XLF"), used)) static const PIMAGE_TLS_CALLBACK load_callback = at_load;

static int use_heap(void)
{
    HeapFree(GetProcessHeap(), 0, early);
    char *block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 101);
    if (block == NULL)
        return failed("HeapAlloc");
    block[0] = 1;
    char *grown = HeapReAlloc(GetProcessHeap(), 0, block, 100000);
    int status = grown == NULL ? failed("HeapReAlloc") : 0;
    char *kept = grown != NULL ? grown : block;
    if (kept[0] != 1)
        status = failed("a HeapReAlloc that keeps what there was");
    HeapFree(GetProcessHeap(), 0, kept);
    return status;
}

static int use_own_heap(void)
{
    HANDLE heap = HeapCreate(HEAP_GENERATE_EXCEPTIONS, 0, 0);
    if (heap == NULL)
        return failed("HeapCreate");
    char *block = HeapAlloc(heap, 0, 102);
    HeapFree(heap, 0, block);
    HeapDestroy(heap);
    if (block == NULL)
        return failed("a heap that raises exceptions");
    block = HeapAlloc(GetProcessHeap(), HEAP_GENERATE_EXCEPTIONS, 103);
    HeapFree(GetProcessHeap(), 0, block);
    return block != NULL ? 0 : failed("an exception");
}

static int be_careless(void)
{
    char *block = HeapAlloc(GetProcessHeap(), 0, 10400);
    block[0] = 1;
    HeapFree(GetProcessHeap(), 0, block);
    return 0;
}

static HANDLE start(const wchar_t *mode)
{
    wchar_t path[MAX_PATH], command[2 * MAX_PATH];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION made;
    if (GetModuleFileNameW(NULL, path, MAX_PATH) == 0)
        return NULL;
    (void)_snwprintf(command, 2 * MAX_PATH, L"\"%ls\" %ls", path, mode);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made))
        return NULL;
    CloseHandle(made.hThread);
    return made.hProcess;
}

static int end_of(HANDLE process)
{
    DWORD status = 0;
    if (process == NULL || WaitForSingleObject(process, INFINITE) != WAIT_OBJECT_0 || !GetExitCodeProcess(process, &status))
        return failed("CreateProcessW");
    CloseHandle(process);
    (void)printf("ended with 0x%lX\n", status);
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "careless") == 0)
        return be_careless();
    if (strcmp(mode, "start") == 0)
        return end_of(start(L"")) + end_of(start(L"careless"));
    if (strcmp(mode, "null") == 0)
        *(volatile char *)GetModuleHandleA("none.dll") = 1;
    if (strcmp(mode, "crash") == 0)
        return end_of(start(L"null"));
    if (strcmp(mode, "leave") == 0)
        return start(L"wait") != NULL ? 0 : failed("CreateProcessW");
    if (strcmp(mode, "wait") == 0)
        Sleep(60000);
    if (strcmp(mode, "raise") == 0)
        return use_own_heap();
    SetLastError(4711);
    char *region = VirtualAlloc(NULL, 1 << 20, MEM_RESERVE, PAGE_NOACCESS);
    if (region == NULL && strcmp(mode, "lazy") == 0) {
        SetLastError(4711);
        region = VirtualAlloc(NULL, 1 << 19, MEM_RESERVE, PAGE_NOACCESS);
    }
    if (region == NULL)
        return failed("the reservation");
    if (GetLastError() != 4711)
        return failed("a success that leaves the last error alone");
    int status = use_region(region);
    if (!VirtualFree(region, 0, MEM_RELEASE))
        status = failed("VirtualFree");
    void *other = status == 0 ? alloc_by_name(65536) : NULL;
    if (status == 0 && other == NULL)
        status = failed("VirtualAlloc2");
    if (other != NULL)
        VirtualFreeEx(GetCurrentProcess(), other, 0, MEM_RELEASE);
    if (status == 0)
        status = use_heap();
    puts(status == 0 ? "all done" : "gave up");
    return status;
}
