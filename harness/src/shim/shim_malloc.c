/* SPDX-License-Identifier: MIT
 * The interposed IHostMalloc, IHostControl and ICLRMemoryNotificationCallback, and the fault model of their methods.
 *
 * Alloc and DebugAlloc may fail with any documented result, and ppMem is null then. A Free that failed has freed nothing. A GetHostManager that
 * failed has given no manager. A notification that is faulted does not reach the CLR. This file only packs arguments; shim_call.c decides what
 * happens to a call.
 */
#include "shim_call.h"
#include "host.h"

#include "base_poison.h"

#define ARGUMENT(value) ((void *)(uintptr_t)(value))
#define RETURN_ADDRESS() ((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)))

static inline void begin(hf_shim_call *call, void *self, hf_method method, HRESULT (*forward)(hf_shim_call *), uintptr_t pc)
{
    hf__shim_begin(call, ((hf_wrapper *)self)->inner, hf__host_malloc(), method, forward, pc);
}

/* IHostMalloc */

static HRESULT STDMETHODCALLTYPE malloc_query_interface(IHostMalloc *self, REFIID riid, void **out)
{
    return hf__shim_query_interface((hf_wrapper *)(void *)self, riid, out);
}

static ULONG STDMETHODCALLTYPE malloc_add_ref(IHostMalloc *self)
{
    return hf__shim_add_ref((hf_wrapper *)(void *)self);
}

static ULONG STDMETHODCALLTYPE malloc_release(IHostMalloc *self)
{
    return hf__shim_release((hf_wrapper *)(void *)self);
}

/* Which object a call is for, in the field that no method of it has: enough of its address to tell those of a process apart. */
static inline uint32_t number_of(const IHostMalloc *self)
{
    return (uint32_t)(uintptr_t)self;
}

static HRESULT forward_alloc(hf_shim_call *call)
{
    IHostMalloc *inner = call->inner;
    return inner->lpVtbl->Alloc(inner, call->call.size, (EMemoryCriticalLevel)call->call.level, call->out);
}

static HRESULT STDMETHODCALLTYPE malloc_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_MALLOC_ALLOC, forward_alloc, RETURN_ADDRESS());
    call.call.protect = number_of(self);
    call.call.size = size;
    call.call.level = (uint32_t)level;
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_debug_alloc(hf_shim_call *call)
{
    IHostMalloc *inner = call->inner;
    return inner->lpVtbl->DebugAlloc(inner, call->call.size, (EMemoryCriticalLevel)call->call.level, ARGUMENT((uintptr_t)call->other), call->line,
                                     call->out);
}

static HRESULT STDMETHODCALLTYPE malloc_debug_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_MALLOC_DEBUG_ALLOC, forward_debug_alloc, RETURN_ADDRESS());
    call.call.protect = number_of(self);
    call.call.size = size;
    call.call.level = (uint32_t)level;
    call.other = file;
    call.line = line;
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_free(hf_shim_call *call)
{
    IHostMalloc *inner = call->inner;
    return inner->lpVtbl->Free(inner, ARGUMENT(call->call.address));
}

static HRESULT STDMETHODCALLTYPE malloc_free(IHostMalloc *self, void *memory)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_MALLOC_FREE, forward_free, RETURN_ADDRESS());
    call.call.protect = number_of(self);
    call.call.address = (uintptr_t)memory;
    return hf__shim_run(&call);
}

const IHostMallocVtbl hf__shim_malloc_vtable = {
    .QueryInterface = malloc_query_interface,
    .AddRef = malloc_add_ref,
    .Release = malloc_release,
    .Alloc = malloc_alloc,
    .DebugAlloc = malloc_debug_alloc,
    .Free = malloc_free,
};

/* IHostControl */

static HRESULT STDMETHODCALLTYPE control_query_interface(IHostControl *self, REFIID riid, void **out)
{
    return hf__shim_query_interface((hf_wrapper *)(void *)self, riid, out);
}

static ULONG STDMETHODCALLTYPE control_add_ref(IHostControl *self)
{
    return hf__shim_add_ref((hf_wrapper *)(void *)self);
}

static ULONG STDMETHODCALLTYPE control_release(IHostControl *self)
{
    return hf__shim_release((hf_wrapper *)(void *)self);
}

static HRESULT forward_get_host_manager(hf_shim_call *call)
{
    IHostControl *inner = call->inner;
    REFIID riid = (REFIID)call->other;
    HRESULT hr = inner->lpVtbl->GetHostManager(inner, riid, call->out);
    if (SUCCEEDED(hr) && call->out != NULL && *(void **)call->out != NULL && hf__shim_same_iid(riid, &HF_IID_IHostMemoryManager)) {
        void *wrapped = hf__shim_wrap(HF_WRAP_MEMORY, *(void **)call->out);
        if (wrapped != NULL)
            *(void **)call->out = wrapped;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE control_get_host_manager(IHostControl *self, REFIID riid, void **out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_GET_HOST_MANAGER, forward_get_host_manager, RETURN_ADDRESS());
    call.call.type = riid != NULL ? riid->Data1 : 0;
    call.other = riid;
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_set_app_domain_manager(hf_shim_call *call)
{
    IHostControl *inner = call->inner;
    return inner->lpVtbl->SetAppDomainManager(inner, call->call.level, ARGUMENT((uintptr_t)call->other));
}

static HRESULT STDMETHODCALLTYPE control_set_app_domain_manager(IHostControl *self, DWORD domain, IUnknown *manager)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_SET_APP_DOMAIN_MANAGER, forward_set_app_domain_manager, RETURN_ADDRESS());
    call.call.level = domain;
    call.call.protect = domain;
    call.other = manager;
    return hf__shim_run(&call);
}

const IHostControlVtbl hf__shim_control_vtable = {
    .QueryInterface = control_query_interface,
    .AddRef = control_add_ref,
    .Release = control_release,
    .GetHostManager = control_get_host_manager,
    .SetAppDomainManager = control_set_app_domain_manager,
};

/* ICLRMemoryNotificationCallback: the host calls, the CLR's object is behind it. */

static HRESULT STDMETHODCALLTYPE callback_query_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    return hf__shim_query_interface((hf_wrapper *)(void *)self, riid, out);
}

static ULONG STDMETHODCALLTYPE callback_add_ref(ICLRMemoryNotificationCallback *self)
{
    return hf__shim_add_ref((hf_wrapper *)(void *)self);
}

static ULONG STDMETHODCALLTYPE callback_release(ICLRMemoryNotificationCallback *self)
{
    return hf__shim_release((hf_wrapper *)(void *)self);
}

/* While the CLR handles a notification its own hosting calls are ordinary ones, though one of this thread is under way. */
static HRESULT forward_notification(hf_shim_call *call)
{
    ICLRMemoryNotificationCallback *inner = call->inner;
    uint32_t depth = hf__shim_thread.depth;
    hf__shim_thread.depth = 0;
    HRESULT hr = inner->lpVtbl->OnMemoryNotification(inner, (EMemoryAvailable)call->call.level);
    hf__shim_thread.depth = depth;
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_on_memory_notification(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_ON_MEMORY_NOTIFICATION, forward_notification, RETURN_ADDRESS());
    call.call.level = (uint32_t)available;
    uint32_t depth = hf__shim_thread.depth;
    hf__shim_thread.depth = 0;
    HRESULT hr = hf__shim_run(&call);
    hf__shim_thread.depth = depth;
    return hr;
}

const ICLRMemoryNotificationCallbackVtbl hf__shim_callback_vtable = {
    .QueryInterface = callback_query_interface,
    .AddRef = callback_add_ref,
    .Release = callback_release,
    .OnMemoryNotification = callback_on_memory_notification,
};
