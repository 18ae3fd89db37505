/* SPDX-License-Identifier: MIT
 * The interposed IHostMemoryManager, and the fault model of its methods.
 *
 * Each method may fail with any result that its documentation lists (model_matrix.def), with its out-parameter null. A correct caller then uses
 * nothing of it, releases what earlier steps took, and reports the failure or does without. Callers may use VirtualQuery and VirtualProtect on memory
 * that the host did not give out (the CLR does so with stacks and images), so those calls are faulted only by a rule with `foreign`. A VirtualFree
 * that failed has freed nothing. This file only packs arguments; shim_call.c decides what happens to a call.
 */
#include "shim_call.h"
#include "host.h"

#include "base_poison.h"

#define INNER(call) ((IHostMemoryManager *)(call)->inner)
#define ARGUMENT(value) ((void *)(uintptr_t)(value))
#define RETURN_ADDRESS() ((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)))

static inline void begin(hf_shim_call *call, void *self, hf_method method, HRESULT (*forward)(hf_shim_call *), uintptr_t pc)
{
    hf__shim_begin(call, ((hf_wrapper *)self)->inner, hf__host_manager(), method, forward, pc);
}

static HRESULT STDMETHODCALLTYPE query_interface(IHostMemoryManager *self, REFIID riid, void **out)
{
    return hf__shim_query_interface((hf_wrapper *)(void *)self, riid, out);
}

static ULONG STDMETHODCALLTYPE add_ref(IHostMemoryManager *self)
{
    return hf__shim_add_ref((hf_wrapper *)(void *)self);
}

static ULONG STDMETHODCALLTYPE release(IHostMemoryManager *self)
{
    return hf__shim_release((hf_wrapper *)(void *)self);
}

static HRESULT forward_create_malloc(hf_shim_call *call)
{
    HRESULT hr = INNER(call)->lpVtbl->CreateMalloc(INNER(call), call->call.type, call->out);
    if (SUCCEEDED(hr) && call->out != NULL && *(void **)call->out != NULL) {
        void *wrapped = hf__shim_wrap(HF_WRAP_MALLOC, *(void **)call->out);
        if (wrapped != NULL)
            *(void **)call->out = wrapped;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE create_malloc(IHostMemoryManager *self, DWORD type, IHostMalloc **out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_CREATE_MALLOC, forward_create_malloc, RETURN_ADDRESS());
    call.call.type = type;
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_virtual_alloc(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->VirtualAlloc(INNER(call), ARGUMENT(call->call.address), call->call.size, call->call.type, call->call.protect,
                                             (EMemoryCriticalLevel)call->call.level, call->out);
}

/* NOLINTNEXTLINE(readability-function-size): IHostMemoryManager::VirtualAlloc */
static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_VIRTUAL_ALLOC, forward_virtual_alloc, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    call.call.size = size;
    call.call.type = type;
    call.call.protect = protect;
    call.call.level = (uint32_t)level;
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_virtual_free(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->VirtualFree(INNER(call), ARGUMENT(call->call.address), call->call.size, call->call.type);
}

static HRESULT STDMETHODCALLTYPE virtual_free(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_VIRTUAL_FREE, forward_virtual_free, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    call.call.size = size;
    call.call.type = type;
    return hf__shim_run(&call);
}

static bool is_foreign(const hf_shim_call *call)
{
    if (!hf__shim_attached())
        return false;
    return call->is_ours ? !hf__host_owns(ARGUMENT(call->call.address)) : !hf__shim_region_has(call->call.address);
}

static HRESULT forward_virtual_query(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->VirtualQuery(INNER(call), ARGUMENT(call->call.address), ARGUMENT((uintptr_t)call->other), call->call.size, call->out);
}

static HRESULT STDMETHODCALLTYPE virtual_query(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_VIRTUAL_QUERY, forward_virtual_query, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    call.call.size = length;
    call.call.foreign = is_foreign(&call);
    call.other = buffer;
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_virtual_protect(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->VirtualProtect(INNER(call), ARGUMENT(call->call.address), call->call.size, call->call.protect, call->out);
}

static HRESULT STDMETHODCALLTYPE virtual_protect(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *out)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_VIRTUAL_PROTECT, forward_virtual_protect, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    call.call.size = size;
    call.call.protect = protect;
    call.call.foreign = is_foreign(&call);
    call.out = out;
    call.out_size = sizeof *out;
    return hf__shim_run(&call);
}

static HRESULT forward_get_memory_load(hf_shim_call *call)
{
    SIZE_T *available = ARGUMENT((uintptr_t)call->other);
    HRESULT hr = INNER(call)->lpVtbl->GetMemoryLoad(INNER(call), call->out, available);
    if (SUCCEEDED(hr) && available != NULL)
        call->extra_out = *available;
    return hr;
}

static HRESULT STDMETHODCALLTYPE get_memory_load(IHostMemoryManager *self, DWORD *out, SIZE_T *available)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_GET_MEMORY_LOAD, forward_get_memory_load, RETURN_ADDRESS());
    call.out = out;
    call.out_size = sizeof *out;
    call.other = available;
    return hf__shim_run(&call);
}

static HRESULT forward_register_callback(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->RegisterMemoryNotificationCallback(INNER(call), ARGUMENT((uintptr_t)call->other));
}

/* The host gets the caller's callback wrapped, so that what it sends is recorded; the wrapper lives as long as the process. */
static HRESULT STDMETHODCALLTYPE register_callback(IHostMemoryManager *self, ICLRMemoryNotificationCallback *callback)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_REGISTER_NOTIFICATION, forward_register_callback, RETURN_ADDRESS());
    void *wrapped = callback != NULL && hf__shim_attached() ? hf__shim_wrap(HF_WRAP_CALLBACK, callback) : NULL;
    call.call.address = (uintptr_t)callback;
    call.other = wrapped != NULL ? wrapped : callback;
    return hf__shim_run(&call);
}

static HRESULT forward_needs(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->NeedsVirtualAddressSpace(INNER(call), ARGUMENT(call->call.address), call->call.size);
}

static HRESULT STDMETHODCALLTYPE needs_address_space(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_NEEDS_ADDRESS_SPACE, forward_needs, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    call.call.size = size;
    return hf__shim_run(&call);
}

static HRESULT forward_acquired(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->AcquiredVirtualAddressSpace(INNER(call), ARGUMENT(call->call.address), call->call.size);
}

static HRESULT STDMETHODCALLTYPE acquired_address_space(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_ACQUIRED_ADDRESS_SPACE, forward_acquired, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    call.call.size = size;
    return hf__shim_run(&call);
}

static HRESULT forward_released(hf_shim_call *call)
{
    return INNER(call)->lpVtbl->ReleasedVirtualAddressSpace(INNER(call), ARGUMENT(call->call.address));
}

static HRESULT STDMETHODCALLTYPE released_address_space(IHostMemoryManager *self, LPVOID address)
{
    hf_shim_call call;
    begin(&call, self, HF_METHOD_RELEASED_ADDRESS_SPACE, forward_released, RETURN_ADDRESS());
    call.call.address = (uintptr_t)address;
    return hf__shim_run(&call);
}

const IHostMemoryManagerVtbl hf__shim_memory_vtable = {
    .QueryInterface = query_interface,
    .AddRef = add_ref,
    .Release = release,
    .CreateMalloc = create_malloc,
    .VirtualAlloc = virtual_alloc,
    .VirtualFree = virtual_free,
    .VirtualQuery = virtual_query,
    .VirtualProtect = virtual_protect,
    .GetMemoryLoad = get_memory_load,
    .RegisterMemoryNotificationCallback = register_callback,
    .NeedsVirtualAddressSpace = needs_address_space,
    .AcquiredVirtualAddressSpace = acquired_address_space,
    .ReleasedVirtualAddressSpace = released_address_space,
};
