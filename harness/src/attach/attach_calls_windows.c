/*
 * VirtualAlloc and its companions, and the heap's, on their way through the shim: VirtualAlloc is IHostMemoryManager's, HeapAlloc IHostMalloc's. What
 * the system answers becomes an HRESULT on the way in, and what the shim answers a null or FALSE with its last error on the way out.
 *
 * What the shim itself causes below (thread-local storage of gcc takes memory from the heap) goes straight to the system. A call for another process
 * is not ours. Here the host is Windows, and a program may ask it anything: no argument is looked at before the system has.
 */
#include "attach_calls_windows.h"
#include "shim_call.h"

#include <string.h>

#include "base_poison.h"

#define RETURN_ADDRESS() ((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)))
#define ARGUMENT(value) ((void *)(uintptr_t)(value))

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

static DWORD inside_slot = TLS_OUT_OF_INDEXES;

bool hf__hook_prepare(void)
{
    inside_slot = TlsAlloc();
    return inside_slot != TLS_OUT_OF_INDEXES;
}

void hf__hook_inside(bool inside)
{
    TlsSetValue(inside_slot, inside ? &inside_slot : NULL);
}

/* A call of the program's, and what only this function's forwarding needs. */
typedef struct hook_call {
    hf_shim_call shim; /* first */
    HANDLE process;
    DWORD node;
    void *parameters;
    ULONG parameter_count;
    bool is_forwarded;
    DWORD last_error; /* the program's before the call; the system's after it has failed */
} hook_call;

static hook_call *hook_of(hf_shim_call *call)
{
    return (hook_call *)(void *)call;
}

/* Is this thread in the shim already, or are we not attached? Then the system is asked, and nobody hears of it. TlsGetValue clears the last error. */
static bool passes_by(void)
{
    DWORD kept = GetLastError();
    bool passes = !hf__shim_attached() || TlsGetValue(inside_slot) != NULL;
    SetLastError(kept);
    return passes;
}

static void begin(hook_call *hook, hf_method method, HRESULT (*forward)(hf_shim_call *), uintptr_t pc)
{
    hook->last_error = GetLastError();
    hook->is_forwarded = false;
    hf__shim_begin(&hook->shim, NULL, &inside_slot, method, forward, pc);
}

/* The system's answer: it failed for the reason that it says, or the last error is what it was. */
static HRESULT answer(hf_shim_call *call, bool succeeded)
{
    hook_call *hook = hook_of(call);
    hook->is_forwarded = true;
    if (succeeded)
        return S_OK;
    hook->last_error = GetLastError();
    return hf__model_hresult_of_win32(hook->last_error);
}

/* Runs it; true if it succeeded. The last error is then the program's own, else the system's or the rule's. */
static bool run(hook_call *hook)
{
    TlsSetValue(inside_slot, hook);
    HRESULT hr = hf__shim_run(&hook->shim);
    DWORD injected = GetLastError();
    TlsSetValue(inside_slot, NULL);
    bool made_up = FAILED(hr) && !hook->is_forwarded;
    SetLastError(made_up ? injected : hook->last_error);
    return SUCCEEDED(hr);
}

static bool is_own_process(HANDLE process)
{
    return process == GetCurrentProcess() || process == NULL || GetProcessId(process) == GetCurrentProcessId();
}

/* VirtualAlloc, under its names */

static HRESULT forward_alloc(hf_shim_call *call)
{
    const hook_call *hook = hook_of(call);
    void **out = call->out;
    *out = hook->node == MAXDWORD ? real.VirtualAlloc(ARGUMENT(call->call.address), call->call.size, call->call.type, call->call.protect)
                                  : real.VirtualAllocExNuma(hook->process, ARGUMENT(call->call.address), call->call.size, call->call.type,
                                                            call->call.protect, hook->node);
    return answer(call, *out != NULL);
}

static HRESULT forward_alloc2(hf_shim_call *call)
{
    const hook_call *hook = hook_of(call);
    void **out = call->out;
    *out = real.VirtualAlloc2(hook->process, ARGUMENT(call->call.address), call->call.size, call->call.type, call->call.protect, hook->parameters,
                              hook->parameter_count);
    return answer(call, *out != NULL);
}

static void *alloc(hook_call *hook, void *address, SIZE_T size, DWORD type, DWORD protect)
{
    void *out = NULL;
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.type = type;
    hook->shim.call.protect = protect;
    hook->shim.out = &out;
    hook->shim.out_size = sizeof out;
    return run(hook) ? out : NULL;
}

static LPVOID WINAPI virtual_alloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (passes_by())
        return real.VirtualAlloc(address, size, type, protect);
    hook_call hook = {.node = MAXDWORD};
    begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc, RETURN_ADDRESS());
    return alloc(&hook, address, size, type, protect);
}

static LPVOID WINAPI virtual_alloc_ex(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    if (passes_by() || !is_own_process(process))
        return real.VirtualAllocEx(process, address, size, type, protect);
    hook_call hook = {.node = MAXDWORD};
    begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc, RETURN_ADDRESS());
    return alloc(&hook, address, size, type, protect);
}

static LPVOID WINAPI virtual_alloc_numa(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect, DWORD node)
{
    if (passes_by() || !is_own_process(process))
        return real.VirtualAllocExNuma(process, address, size, type, protect, node);
    hook_call hook = {.process = process, .node = node};
    begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc, RETURN_ADDRESS());
    return alloc(&hook, address, size, type, protect);
}

static PVOID WINAPI virtual_alloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect, void *parameters, ULONG count)
{
    if (passes_by() || !is_own_process(process))
        return real.VirtualAlloc2(process, address, size, type, protect, parameters, count);
    hook_call hook = {.process = process, .parameters = parameters, .parameter_count = count};
    begin(&hook, HF_METHOD_VIRTUAL_ALLOC, forward_alloc2, RETURN_ADDRESS());
    return alloc(&hook, address, size, type, protect);
}

/* VirtualFree */

static HRESULT forward_free(hf_shim_call *call)
{
    return answer(call, real.VirtualFree(ARGUMENT(call->call.address), call->call.size, call->call.type));
}

static BOOL release(hook_call *hook, void *address, SIZE_T size, DWORD type)
{
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.type = type;
    return run(hook);
}

static BOOL WINAPI virtual_free(LPVOID address, SIZE_T size, DWORD type)
{
    if (passes_by())
        return real.VirtualFree(address, size, type);
    hook_call hook;
    begin(&hook, HF_METHOD_VIRTUAL_FREE, forward_free, RETURN_ADDRESS());
    return release(&hook, address, size, type);
}

static BOOL WINAPI virtual_free_ex(HANDLE process, LPVOID address, SIZE_T size, DWORD type)
{
    if (passes_by() || !is_own_process(process))
        return real.VirtualFreeEx(process, address, size, type);
    hook_call hook;
    begin(&hook, HF_METHOD_VIRTUAL_FREE, forward_free, RETURN_ADDRESS());
    return release(&hook, address, size, type);
}

/* VirtualProtect and VirtualQuery: of memory that came another way (images, stacks, files) they are foreign, and not faulted unless a rule says so.
 */

static HRESULT forward_protect(hf_shim_call *call)
{
    return answer(call, real.VirtualProtect(ARGUMENT(call->call.address), call->call.size, call->call.protect, call->out));
}

static BOOL change_protection(hook_call *hook, void *address, SIZE_T size, DWORD protect, PDWORD old)
{
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.protect = protect;
    hook->shim.call.foreign = !hf__shim_region_has((uintptr_t)address);
    hook->shim.out = old;
    hook->shim.out_size = sizeof *old;
    return run(hook);
}

static BOOL WINAPI virtual_protect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old)
{
    if (passes_by())
        return real.VirtualProtect(address, size, protect, old);
    hook_call hook;
    begin(&hook, HF_METHOD_VIRTUAL_PROTECT, forward_protect, RETURN_ADDRESS());
    return change_protection(&hook, address, size, protect, old);
}

static BOOL WINAPI virtual_protect_ex(HANDLE process, LPVOID address, SIZE_T size, DWORD protect, PDWORD old)
{
    if (passes_by() || !is_own_process(process))
        return real.VirtualProtectEx(process, address, size, protect, old);
    hook_call hook;
    begin(&hook, HF_METHOD_VIRTUAL_PROTECT, forward_protect, RETURN_ADDRESS());
    return change_protection(&hook, address, size, protect, old);
}

static HRESULT forward_query(hf_shim_call *call)
{
    SIZE_T *out = call->out;
    *out = real.VirtualQuery(ARGUMENT(call->call.address), ARGUMENT((uintptr_t)call->other), call->call.size);
    return answer(call, *out != 0);
}

static SIZE_T WINAPI virtual_query(LPCVOID address, MEMORY_BASIC_INFORMATION *buffer, SIZE_T length)
{
    if (passes_by())
        return real.VirtualQuery(address, buffer, length);
    hook_call hook;
    SIZE_T out = 0;
    begin(&hook, HF_METHOD_VIRTUAL_QUERY, forward_query, RETURN_ADDRESS());
    hook.shim.call.address = (uintptr_t)address;
    hook.shim.call.size = length;
    hook.shim.call.foreign = !hf__shim_region_has((uintptr_t)address);
    hook.shim.other = buffer;
    hook.shim.out = &out;
    hook.shim.out_size = sizeof out;
    return run(&hook) ? out : 0;
}

/* Addresses of functions as the loader has them, filled in at the first use: a constant table could not convert them. */
#define HOOKS(row)                                                                                                                                   \
    row(VirtualAlloc, virtual_alloc) row(VirtualAllocEx, virtual_alloc_ex) row(VirtualAllocExNuma, virtual_alloc_numa)                               \
        row(VirtualAlloc2, virtual_alloc2) row(VirtualFree, virtual_free) row(VirtualFreeEx, virtual_free_ex) row(VirtualProtect, virtual_protect)   \
            row(VirtualProtectEx, virtual_protect_ex) row(VirtualQuery, virtual_query)
#define COUNT_ROW(name, function) +1u
#define HOOK_COUNT (HOOKS(COUNT_ROW))

const hf__redirection *hf__hook_table(size_t *count)
{
    static hf__redirection table[HOOK_COUNT];
    size_t at = 0;
#define FILL_ROW(function_name, function)                                                                                                            \
    table[at].name = #function_name;                                                                                                                 \
    table[at].ours = (FARPROC)(uintptr_t)function;                                                                                                   \
    table[at++].real = (FARPROC *)(void *)&real.function_name;
    HOOKS(FILL_ROW)
#undef FILL_ROW
    *count = at;
    return table;
}
