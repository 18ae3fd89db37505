/* SPDX-License-Identifier: MIT
 * VirtualAlloc and its companions on their way through the shim, as methods of IHostMemoryManager. Calls for another process are not ours.
 */
#include "attach_calls_windows.h"
#include "attach_call_windows.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

/* The system's own; NULL where this Windows has none of that name. */
static struct {
    LPVOID(WINAPI *VirtualAlloc)(LPVOID, SIZE_T, DWORD, DWORD);
    LPVOID(WINAPI *VirtualAllocEx)(HANDLE, LPVOID, SIZE_T, DWORD, DWORD);
    LPVOID(WINAPI *VirtualAllocExNuma)(HANDLE, LPVOID, SIZE_T, DWORD, DWORD, DWORD);
    PVOID(WINAPI *VirtualAlloc2)(HANDLE, PVOID, SIZE_T, ULONG, ULONG, void *, ULONG);
    BOOL(WINAPI *VirtualFree)(LPVOID, SIZE_T, DWORD);
    BOOL(WINAPI *VirtualFreeEx)(HANDLE, LPVOID, SIZE_T, DWORD);
    BOOL(WINAPI *VirtualProtect)(LPVOID, SIZE_T, DWORD, PDWORD);
    BOOL(WINAPI *VirtualProtectEx)(HANDLE, LPVOID, SIZE_T, DWORD, PDWORD);
    SIZE_T(WINAPI *VirtualQuery)(LPCVOID, MEMORY_BASIC_INFORMATION *, SIZE_T);
} real;

static bool is_own_process(HANDLE process)
{
    return process == GetCurrentProcess() || process == NULL || GetProcessId(process) == GetCurrentProcessId();
}

/* VirtualAlloc, under its names */

/* A region, not pages in one. The last error stays. */
static void note_taken(const hf_shim_call *call, const void *out)
{
    DWORD kept = GetLastError();
    if (out != NULL && (call->call.address == 0 || (call->call.type & MEM_RESERVE) != 0))
        hf__attach_below_took((uintptr_t)out);
    SetLastError(kept);
}

static HRESULT forward_alloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    *out = hook->node == MAXDWORD ? real.VirtualAlloc(HF_HOOK_ARGUMENT(call->call.address), call->call.size, call->call.type, call->call.protect)
                                  : real.VirtualAllocExNuma(hook->process, HF_HOOK_ARGUMENT(call->call.address), call->call.size, call->call.type,
                                                            call->call.protect, hook->node);
    note_taken(call, *out);
    return hf__attach_hook_answer(call, *out != NULL);
}

static HRESULT forward_alloc2(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    *out = real.VirtualAlloc2(hook->process, HF_HOOK_ARGUMENT(call->call.address), call->call.size, call->call.type, call->call.protect,
                              hook->parameters, hook->parameter_count);
    note_taken(call, *out);
    return hf__attach_hook_answer(call, *out != NULL);
}

static void *alloc(hf__attach_hook_call *hook, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    void *out = NULL;
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.type = type;
    hook->shim.call.protect = protect;
    hook->shim.out = &out;
    hook->shim.out_size = sizeof out;
    return hf__attach_hook_run(hook) ? out : NULL;
}

static LPVOID WINAPI virtual_alloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (hf__attach_hook_passes_by())
        return real.VirtualAlloc(address, size, type, protect);
    hf__attach_hook_call hook = {.node = MAXDWORD};
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc, HF_HOOK_CALLED_FROM());
    return alloc(&hook, address, size, type, protect);
}

static LPVOID WINAPI virtual_alloc_ex(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (hf__attach_hook_passes_by() || !is_own_process(process))
        return real.VirtualAllocEx(process, address, size, type, protect);
    hf__attach_hook_call hook = {.node = MAXDWORD};
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc, HF_HOOK_CALLED_FROM());
    return alloc(&hook, address, size, type, protect);
}

static LPVOID WINAPI virtual_alloc_numa(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect, DWORD node)
{
    if (hf__attach_hook_passes_by() || !is_own_process(process))
        return real.VirtualAllocExNuma(process, address, size, type, protect, node);
    hf__attach_hook_call hook = {.process = process, .node = node};
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc, HF_HOOK_CALLED_FROM());
    return alloc(&hook, address, size, type, protect);
}

/* NOLINTNEXTLINE(readability-function-size): VirtualAlloc2 */
static PVOID WINAPI virtual_alloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect, void *parameters, ULONG count)
{
    if (hf__attach_hook_passes_by() || !is_own_process(process))
        return real.VirtualAlloc2(process, address, size, type, protect, parameters, count);
    hf__attach_hook_call hook = {.process = process, .parameters = parameters, .parameter_count = count};
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc2, HF_HOOK_CALLED_FROM());
    return alloc(&hook, address, size, type, protect);
}

/* VirtualFree */

static HRESULT forward_free(hf_shim_call *call)
{
    BOOL done = real.VirtualFree(HF_HOOK_ARGUMENT(call->call.address), call->call.size, call->call.type);
    if (done && (call->call.type & MEM_RELEASE) != 0)
        hf__attach_below_gave(call->call.address & ~(uint64_t)0xFFF);
    return hf__attach_hook_answer(call, done);
}

static BOOL release(hf__attach_hook_call *hook, void *address, SIZE_T size, DWORD type)
{
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.type = type;
    return hf__attach_hook_run(hook);
}

static BOOL WINAPI virtual_free(LPVOID address, SIZE_T size, DWORD type)
{
    if (hf__attach_hook_passes_by())
        return real.VirtualFree(address, size, type);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_FREE, forward_free, HF_HOOK_CALLED_FROM());
    return release(&hook, address, size, type);
}

static BOOL WINAPI virtual_free_ex(HANDLE process, LPVOID address, SIZE_T size, DWORD type)
{
    if (hf__attach_hook_passes_by() || !is_own_process(process))
        return real.VirtualFreeEx(process, address, size, type);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_FREE, forward_free, HF_HOOK_CALLED_FROM());
    return release(&hook, address, size, type);
}

/* VirtualProtect and VirtualQuery: of memory that came another way (images, stacks, files) they are foreign, and not faulted unless a rule says so.
 */

static HRESULT forward_protect(hf_shim_call *call)
{
    return hf__attach_hook_answer(call, real.VirtualProtect(HF_HOOK_ARGUMENT(call->call.address), call->call.size, call->call.protect, call->out));
}

static BOOL change_protection(hf__attach_hook_call *hook, void *address, SIZE_T size, DWORD protect, PDWORD old)
{
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.protect = protect;
    hook->shim.call.foreign = !hf__shim_region_has((uintptr_t)address);
    hook->shim.out = old;
    hook->shim.out_size = sizeof *old;
    return hf__attach_hook_run(hook);
}

static BOOL WINAPI virtual_protect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old)
{
    if (hf__attach_hook_passes_by())
        return real.VirtualProtect(address, size, protect, old);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_PROTECT, forward_protect, HF_HOOK_CALLED_FROM());
    return change_protection(&hook, address, size, protect, old);
}

static BOOL WINAPI virtual_protect_ex(HANDLE process, LPVOID address, SIZE_T size, DWORD protect, PDWORD old)
{
    if (hf__attach_hook_passes_by() || !is_own_process(process))
        return real.VirtualProtectEx(process, address, size, protect, old);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_PROTECT, forward_protect, HF_HOOK_CALLED_FROM());
    return change_protection(&hook, address, size, protect, old);
}

static HRESULT forward_query(hf_shim_call *call)
{
    SIZE_T *out = call->out;
    *out = real.VirtualQuery(HF_HOOK_ARGUMENT(call->call.address), HF_HOOK_ARGUMENT((uintptr_t)call->other), call->call.size);
    return hf__attach_hook_answer(call, *out != 0);
}

static SIZE_T WINAPI virtual_query(LPCVOID address, MEMORY_BASIC_INFORMATION *buffer, SIZE_T length)
{
    if (hf__attach_hook_passes_by())
        return real.VirtualQuery(address, buffer, length);
    hf__attach_hook_call hook;
    SIZE_T out = 0;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_QUERY, forward_query, HF_HOOK_CALLED_FROM());
    hook.shim.call.address = (uintptr_t)address;
    hook.shim.call.size = length;
    hook.shim.call.foreign = !hf__shim_region_has((uintptr_t)address);
    hook.shim.other = buffer;
    hook.shim.out = &out;
    hook.shim.out_size = sizeof out;
    return hf__attach_hook_run(&hook) ? out : 0;
}

/* Addresses of functions as the loader has them, filled in at the first use: a constant table could not convert them. */
#define HOOKS(row)                                                                                                                                   \
    row(VirtualAlloc, virtual_alloc) row(VirtualAllocEx, virtual_alloc_ex) row(VirtualAllocExNuma, virtual_alloc_numa)                               \
        row(VirtualAlloc2, virtual_alloc2) row(VirtualFree, virtual_free) row(VirtualFreeEx, virtual_free_ex) row(VirtualProtect, virtual_protect)   \
            row(VirtualProtectEx, virtual_protect_ex) row(VirtualQuery, virtual_query)
#define HOOK_COUNT (HOOKS(HF_HOOK_COUNT_ROW))

const hf__attach_redirection *hf__attach_hook_table(bool follows, size_t *count)
{
    static hf__attach_redirection table[HOOK_COUNT + HF_HOOK_HEAP_COUNT + HF_HOOK_LOCAL_COUNT + HF_HOOK_VIEWS_COUNT + HF_HOOK_FOLLOW_COUNT];
    hf__attach_redirection *at = table;
    HOOKS(HF_HOOK_FILL_ROW)
    hf__attach_hook_heap_rows(at);
    at += HF_HOOK_HEAP_COUNT;
    hf__attach_hook_local_rows(at);
    at += HF_HOOK_LOCAL_COUNT;
    hf__attach_hook_views_rows(at);
    hf__attach_hook_follow_rows(at + HF_HOOK_VIEWS_COUNT);
    *count = HF_COUNT_OF(table) - (follows ? 0 : HF_HOOK_FOLLOW_COUNT);
    return table;
}
