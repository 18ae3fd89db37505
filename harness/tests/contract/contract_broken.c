/* SPDX-License-Identifier: MIT
 * Bugs of real hosts, each as a method that replaces the correct one. A comment names the host where the bug was seen; no code is copied.
 */
#include "contract_broken.h"

#include <hostfault/hostfault.h>
#include <signal.h>
#include <stdlib.h>

static IHostMemoryManager *real;

static HRESULT STDMETHODCALLTYPE success_with_null(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                                   EMemoryCriticalLevel level, void **out)
{
    (void)self;
    (void)real->lpVtbl->VirtualAlloc(real, address, size, type, protect, level, out);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE success_with_address(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                                      EMemoryCriticalLevel level, void **out)
{
    (void)self;
    if (FAILED(real->lpVtbl->VirtualAlloc(real, address, size, type, protect, level, out)))
        *out = address;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE failure_untouched(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                                   EMemoryCriticalLevel level, void **out)
{
    void *got = NULL;
    (void)self;
    HRESULT hr = real->lpVtbl->VirtualAlloc(real, address, size, type, protect, level, &got);
    if (SUCCEEDED(hr))
        *out = got;
    return hr;
}

static HRESULT STDMETHODCALLTYPE free_never_fails(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    (void)self;
    (void)real->lpVtbl->VirtualFree(real, address, size, type);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE free_does_nothing(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    (void)self;
    return (type & MEM_DECOMMIT) != 0 ? S_OK : real->lpVtbl->VirtualFree(real, address, size, type);
}

static HRESULT STDMETHODCALLTYPE protect_forgets_old(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *out)
{
    (void)self;
    HRESULT hr = real->lpVtbl->VirtualProtect(real, address, size, protect, out);
    *out = 0;
    return hr;
}

static HRESULT STDMETHODCALLTYPE protect_refuses_others(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *out)
{
    MEMORY_BASIC_INFORMATION told;
    SIZE_T bytes = 0;
    (void)self;
    HRESULT hr = real->lpVtbl->VirtualQuery(real, address, &told, sizeof told, &bytes);
    if (FAILED(hr) || told.Type == MEM_IMAGE)
        return HOST_E_INVALIDOPERATION;
    return real->lpVtbl->VirtualProtect(real, address, size, protect, out);
}

static HRESULT STDMETHODCALLTYPE query_tells_nothing(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    (void)self;
    (void)address;
    (void)buffer;
    (void)length;
    *out = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE interface_never(IHostMemoryManager *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    return E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE interface_for_free(IHostMemoryManager *self, REFIID riid, void **out)
{
    HRESULT hr = real->lpVtbl->QueryInterface(real, riid, out);
    if (SUCCEEDED(hr))
        real->lpVtbl->Release(real);
    if (SUCCEEDED(hr))
        *out = self;
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_released(IHostMemoryManager *self, ICLRMemoryNotificationCallback *given)
{
    (void)self;
    given->lpVtbl->Release(given);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE need_denied_by_s_false(IHostMemoryManager *self, LPVOID start, SIZE_T size)
{
    (void)self;
    (void)start;
    (void)size;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE load_in_fractions(IHostMemoryManager *self, DWORD *load, SIZE_T *available)
{
    (void)self;
    *load = 3000;
    *available = 100u << 20;
    return S_OK;
}

/* Releases what is not its own as if it were. */
static HRESULT STDMETHODCALLTYPE free_crashes(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    (void)self;
    HRESULT hr = real->lpVtbl->VirtualFree(real, address, size, type);
    if (hr == HOST_E_INVALIDOPERATION)
        raise(SIGSEGV);
    return hr;
}

static HRESULT STDMETHODCALLTYPE interface_writes(IHostMemoryManager *self, REFIID riid, void **out)
{
    (void)self;
    if (out == NULL)
        raise(SIGSEGV);
    return real->lpVtbl->QueryInterface(real, riid, out);
}

static HRESULT STDMETHODCALLTYPE load_aborts(IHostMemoryManager *self, DWORD *load, SIZE_T *available)
{
    (void)self;
    (void)load;
    (void)available;
    abort();
}

static HRESULT STDMETHODCALLTYPE need_exits(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    (void)self;
    (void)address;
    (void)size;
    exit(7);
}

#define BREAKS(function, slot)                                                                                                                       \
    static void breaks_##function(IHostMemoryManagerVtbl *vtable)                                                                                    \
    {                                                                                                                                                \
        vtable->slot = function;                                                                                                                     \
    }
BREAKS(success_with_null, VirtualAlloc)
BREAKS(success_with_address, VirtualAlloc)
BREAKS(failure_untouched, VirtualAlloc)
BREAKS(free_never_fails, VirtualFree)
BREAKS(free_does_nothing, VirtualFree)
BREAKS(protect_forgets_old, VirtualProtect)
BREAKS(protect_refuses_others, VirtualProtect)
BREAKS(query_tells_nothing, VirtualQuery)
BREAKS(interface_never, QueryInterface)
BREAKS(interface_for_free, QueryInterface)
BREAKS(callback_released, RegisterMemoryNotificationCallback)
BREAKS(need_denied_by_s_false, NeedsVirtualAddressSpace)
BREAKS(load_in_fractions, GetMemoryLoad)
BREAKS(free_crashes, VirtualFree)
BREAKS(interface_writes, QueryInterface)
BREAKS(load_aborts, GetMemoryLoad)
BREAKS(need_exits, NeedsVirtualAddressSpace)

const broken_host broken_hosts[] = {
    /* Being-A-Good-CLR-Host, MemoryManager.c, and four others */
    {"S_OK and null where VirtualAlloc failed", "VirtualAlloc refuses size 0", NULL, breaks_success_with_null},
    /* C2Core, DotnetExec/MemoryManager.cpp (28a010f4) */
    {"S_OK and the address asked for where VirtualAlloc failed", "VirtualAlloc refuses to commit free memory", NULL, breaks_success_with_address},
    /* eight of ten do not clear it first */
    {"the out-parameter untouched where VirtualAlloc failed", "VirtualAlloc refuses protection 0", NULL, breaks_failure_untouched},
    /* Being-A-Good-CLR-Host; Ten18, HostMemoryManager.cpp */
    {"S_OK from every VirtualFree", "VirtualFree refuses to release twice", NULL, breaks_free_never_fails},
    /* decommit reported, not done: what the CLR's collector would read stale contents from */
    {"a decommit that is not done", "memory is zero when it is committed again", NULL, breaks_free_does_nothing},
    /* CLR_Heap_encryption, main.rs */
    {"old protection always 0", "VirtualProtect returns the first page's old protection", NULL, breaks_protect_forgets_old},
    /* what follows from taking the rule for foreign memory for all methods */
    {"VirtualProtect refused outside the host's memory", "VirtualProtect serves memory that the host never gave out", NULL,
     breaks_protect_refuses_others},
    /* Being-A-Good-CLR-Host; Non-paged CLR Host, HostControl.cpp */
    {"VirtualQuery with S_OK and no bytes", "VirtualQuery describes a stack", NULL, breaks_query_tells_nothing},
    /* PEP, PepAppHostMemoryManager.cpp */
    {"no interface at all", "QueryInterface of the manager gives IUnknown", NULL, breaks_interface_never},
    /* Non-paged CLR Host */
    {"QueryInterface without AddRef", "QueryInterface of the manager takes a reference", NULL, breaks_interface_for_free},
    /* PEP */
    {"the callback released that was just given", "RegisterMemoryNotificationCallback does not release what it is given", NULL,
     breaks_callback_released},
    /* HostedPumpkin, MemoryMgr.cpp */
    {"S_FALSE for no", "NeedsVirtualAddressSpace answers S_OK or E_OUTOFMEMORY", NULL, breaks_need_denied_by_s_false},
    {"a load above 100 per cent", "GetMemoryLoad reports a percentage and bytes", NULL, breaks_load_in_fractions},
    /* hosts that die of a clause: a foreign address handed on to the system's free, a null out-parameter written to, an assertion, exit() */
    {"a crash at memory of others", "VirtualFree of a stack gives HOST_E_INVALIDOPERATION", "crashed (SIGSEGV)", breaks_free_crashes},
    {"a null out-parameter written to", "QueryInterface of the manager refuses a null out-pointer with E_POINTER", "crashed (SIGSEGV)",
     breaks_interface_writes},
    {"an assertion", "GetMemoryLoad reports a percentage and bytes", "crashed (SIGABRT)", breaks_load_aborts},
    {"an end by exit()", "NeedsVirtualAddressSpace answers S_OK or E_OUTOFMEMORY", "ended the process: exit status 7", breaks_need_exits},
};
const unsigned broken_host_count = sizeof broken_hosts / sizeof *broken_hosts;

IHostMemoryManager *broken_host_make(const broken_host *row)
{
    static IHostMemoryManagerVtbl vtable;
    static IHostMemoryManager made = {&vtable};
    if (real == NULL)
        (void)hf_host_create(&real);
    vtable = *real->lpVtbl;
    row->breaks(&vtable);
    return &made;
}
