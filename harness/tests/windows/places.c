/* SPDX-License-Identifier: MIT
 * An unmodified program that allocates memory in ways other than HeapAlloc and VirtualAlloc, each in a separate function take_NAME.
 * It frees everything. If a call fails, it prints the call and the last error, and ends with 3.
 */
#define COBJMACROS
#include <windows.h>
/* after windows.h, whose types they need */
#include <objbase.h>
#include <oleauto.h>
#include <stdio.h>

#define PLACE static __attribute__((noinline))

static int failed(const char *what)
{
    (void)fprintf(stderr, "%s failed with %lu\n", what, GetLastError());
    return 3;
}

PLACE int take_local(void)
{
    char *block = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, 1101);
    if (block == NULL)
        return failed("LocalAlloc");
    block[1100] = 1;
    return LocalFree(block) == NULL ? 0 : failed("LocalFree");
}

PLACE int take_global(void)
{
    HGLOBAL block = GlobalAlloc(GMEM_MOVEABLE, 1201);
    if (block == NULL)
        return failed("GlobalAlloc");
    char *bytes = GlobalLock(block);
    bytes[1200] = 1;
    GlobalUnlock(block);
    HGLOBAL grown = GlobalReAlloc(block, 120200, GMEM_MOVEABLE);
    if (grown == NULL) {
        int status = failed("GlobalReAlloc");
        GlobalFree(block);
        return status;
    }
    return GlobalFree(grown) == NULL ? 0 : failed("GlobalFree");
}

/* What it does not free goes with its heap. */
PLACE int take_heap(void)
{
    HANDLE heap = HeapCreate(0, 0, 0);
    if (heap == NULL)
        return failed("HeapCreate");
    int status = 0;
    for (SIZE_T size = 1301; size < 1304 && status == 0; size++)
        status = HeapAlloc(heap, 0, size) != NULL ? 0 : failed("HeapAlloc");
    HeapDestroy(heap);
    return status;
}

PLACE int take_in_place(void)
{
    char *block = HeapAlloc(GetProcessHeap(), 0, 1401);
    if (block == NULL)
        return failed("HeapAlloc");
    char *same = HeapReAlloc(GetProcessHeap(), HEAP_REALLOC_IN_PLACE_ONLY, block, 1400);
    int status = same == block ? 0 : failed("HeapReAlloc in place");
    HeapFree(GetProcessHeap(), 0, block);
    return status;
}

PLACE int take_view(void)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 196608, NULL);
    if (section == NULL)
        return failed("CreateFileMapping");
    char *view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 65536, 0);
    int status = view != NULL ? 0 : failed("MapViewOfFile");
    if (view != NULL) {
        view[131071] = 1;
        UnmapViewOfFile(view);
    }
    CloseHandle(section);
    return status;
}

PLACE int take_task(void)
{
    char *block = CoTaskMemAlloc(1501);
    if (block == NULL)
        return failed("CoTaskMemAlloc");
    block[1500] = 1;
    CoTaskMemFree(block);
    return 0;
}

PLACE int take_string(void)
{
    BSTR text = SysAllocStringLen(NULL, 801);
    if (text == NULL)
        return failed("SysAllocString");
    text[800] = L'.';
    SysFreeString(text);
    return 0;
}

int main(void)
{
    int status = take_local();
    status = status == 0 ? take_global() : status;
    status = status == 0 ? take_heap() : status;
    status = status == 0 ? take_in_place() : status;
    status = status == 0 ? take_view() : status;
    status = status == 0 ? take_task() : status;
    return status == 0 ? take_string() : status;
}
