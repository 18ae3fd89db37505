/* SPDX-License-Identifier: MIT
 * Views of files and of shared memory: MapViewOfFile is a VirtualAlloc that reserves and commits, UnmapViewOfFile is the VirtualFree that releases. A
 * view of "the rest of the file" is recorded with the size that remains in the section.
 */
#include "attach_call_windows.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

static struct {
    LPVOID(WINAPI *MapViewOfFile)(HANDLE, DWORD, DWORD, DWORD, SIZE_T);
    LPVOID(WINAPI *MapViewOfFileEx)(HANDLE, DWORD, DWORD, DWORD, SIZE_T, LPVOID);
    BOOL(WINAPI *UnmapViewOfFile)(LPCVOID);
    BOOL(WINAPI *UnmapViewOfFileEx)(PVOID, ULONG);
} real;

/* As ntdll gives it (documentation: NtQuerySection). */
typedef struct section_basics {
    PVOID base;
    ULONG attributes;
    LARGE_INTEGER size;
} section_basics;

/* 0: the handle does not allow the question. */
static uint64_t section_size(HANDLE section)
{
    LONG(NTAPI * query)(HANDLE, ULONG, void *, SIZE_T, SIZE_T *);
    section_basics told = {0};
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySection");
    memcpy(&query, &found, sizeof query);
    return found != NULL && query(section, 0, &told, sizeof told, NULL) == 0 ? (uint64_t)told.size.QuadPart : 0;
}

static DWORD protect_of(DWORD access)
{
    bool runs = (access & FILE_MAP_EXECUTE) != 0;
    if ((access & FILE_MAP_WRITE) != 0)
        return runs ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
    if ((access & FILE_MAP_COPY) != 0)
        return runs ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    return runs ? PAGE_EXECUTE_READ : PAGE_READONLY;
}

/* The shim may ask for pages without access (`lie: uncommitted`), which a view cannot be made with. */
static HRESULT forward_map(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    DWORD old = 0;
    *out = real.MapViewOfFileEx(hook->heap, hook->flags, (DWORD)((uint64_t)hook->initial >> 32), (DWORD)hook->initial, hook->maximum,
                                HF_HOOK_ARGUMENT(call->call.address));
    if (*out != NULL && (call->call.protect == PAGE_NOACCESS || (call->call.type & MEM_COMMIT) == 0))
        VirtualProtect(*out, call->call.size, PAGE_NOACCESS, &old);
    return hf__attach_hook_answer(call, *out != NULL);
}

static void *map(hf__attach_hook_call *hook, void *address, uintptr_t pc)
{
    void *out = NULL;
    DWORD kept = GetLastError();
    uint64_t whole = hook->maximum == 0 ? section_size(hook->heap) : 0;
    SetLastError(kept);
    hf__attach_hook_begin(hook, HF_METHOD_VIRTUAL_ALLOC, forward_map, pc);
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = hook->maximum != 0 ? hook->maximum : whole > hook->initial ? whole - hook->initial : 0;
    hook->shim.call.type = MEM_RESERVE | MEM_COMMIT;
    hook->shim.call.protect = protect_of(hook->flags);
    hook->shim.keeps = true; /* a file's bytes, which no lie may change */
    hook->shim.out = &out;
    hook->shim.out_size = sizeof out;
    return hf__attach_hook_run(hook) ? out : NULL;
}

static LPVOID WINAPI map_view(HANDLE section, DWORD access, DWORD high, DWORD low, SIZE_T size)
{
    if (hf__attach_hook_passes_by())
        return real.MapViewOfFile(section, access, high, low, size);
    hf__attach_hook_call hook = {.heap = section, .flags = access, .initial = (SIZE_T)((uint64_t)high << 32 | low), .maximum = size};
    return map(&hook, NULL, HF_HOOK_CALLED_FROM());
}

static LPVOID WINAPI map_view_ex(HANDLE section, DWORD access, DWORD high, DWORD low, SIZE_T size, LPVOID address)
{
    if (hf__attach_hook_passes_by())
        return real.MapViewOfFileEx(section, access, high, low, size, address);
    hf__attach_hook_call hook = {.heap = section, .flags = access, .initial = (SIZE_T)((uint64_t)high << 32 | low), .maximum = size};
    return map(&hook, address, HF_HOOK_CALLED_FROM());
}

static HRESULT forward_unmap(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void *view = HF_HOOK_ARGUMENT(call->call.address);
    return hf__attach_hook_answer(call, hook->flags != 0 ? real.UnmapViewOfFileEx(view, hook->flags) : real.UnmapViewOfFile(view));
}

static BOOL unmap(LPCVOID view, ULONG flags, uintptr_t pc)
{
    hf__attach_hook_call hook = {.flags = flags};
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_FREE, forward_unmap, pc);
    hook.shim.call.address = (uintptr_t)view;
    hook.shim.call.type = MEM_RELEASE;
    return hf__attach_hook_run(&hook);
}

static BOOL WINAPI unmap_view(LPCVOID view)
{
    return hf__attach_hook_passes_by() ? real.UnmapViewOfFile(view) : unmap(view, 0, HF_HOOK_CALLED_FROM());
}

static BOOL WINAPI unmap_view_ex(PVOID view, ULONG flags)
{
    return hf__attach_hook_passes_by() ? real.UnmapViewOfFileEx(view, flags) : unmap(view, flags, HF_HOOK_CALLED_FROM());
}

#define HOOKS(row)                                                                                                                                   \
    row(MapViewOfFile, map_view) row(MapViewOfFileEx, map_view_ex) row(UnmapViewOfFile, unmap_view) row(UnmapViewOfFileEx, unmap_view_ex)
HF_STATIC_ASSERT((HOOKS(HF_HOOK_COUNT_ROW)) == HF_HOOK_VIEWS_COUNT, "the header says how many");

void hf__attach_hook_views_rows(hf__attach_redirection *at)
{
    HOOKS(HF_HOOK_FILL_ROW)
}
