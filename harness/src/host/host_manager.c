/* SPDX-License-Identifier: MIT
 * The host as the documented objects: IHostMemoryManager and IHostMalloc, one of each per process, and a second IHostMalloc for MALLOC_EXECUTABLE.
 * Win32 codes become HRESULTs here. A failure sets the last error and errno that belong to it, because the CLR reads the last error after
 * VirtualProtect (coreclr ceemain.cpp:709), although the interface does not mention it.
 *
 * COM rules: out-parameters are null on every failure; a null out-parameter is E_POINTER. The critical level is not used, as in every open host but
 * one, and no value of it is refused, because no documentation says so. Freeing what the host did not give out is HOST_E_INVALIDOPERATION, documented
 * for VirtualFree and IHostMalloc::Free.
 */
#include "host.h"
#include "host_commit.h"
#include "host_heap.h"
#include "host_vm.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

static HRESULT answer(DWORD code, HRESULT hr)
{
    hf__os_set_last_error(code);
    hf__os_set_errno(hf__model_errno_of(hr));
    return hr;
}

static HRESULT fail(HRESULT hr)
{
    return answer(hf__model_win32_of(hr), hr);
}

static HRESULT result_of(DWORD code)
{
    return code == ERROR_SUCCESS ? S_OK : answer(code, hf__model_hresult_of_win32(code));
}

static HRESULT give_interface(REFIID riid, const IID *own, void *self, uint32_t *references, void **out)
{
    if (out == NULL)
        return fail(E_POINTER);
    *out = NULL;
    if (riid == NULL)
        return fail(E_INVALIDARG);
    if (memcmp(riid, &HF_IID_IUnknown, sizeof *riid) != 0 && memcmp(riid, own, sizeof *riid) != 0)
        return fail(E_NOINTERFACE);
    hf__os_add_u32_atomic(references, 1);
    *out = self;
    return S_OK;
}

/* The count stops at 0: the objects live as long as the process, and one Release too many must not turn a small count into a huge one. */
static ULONG drop_reference(uint32_t *references)
{
    for (;;) {
        uint32_t now = hf__os_load_u32(references);
        if (now == 0)
            return 0;
        if (hf__os_swap_if_u32(references, now, now - 1))
            return now - 1;
    }
}

/* IHostMalloc */

typedef struct host_malloc {
    IHostMalloc object;
    uint32_t references;
    DWORD (*alloc)(size_t size, void **out);
} host_malloc;

static host_malloc *malloc_of(IHostMalloc *self)
{
    return (host_malloc *)(void *)self;
}

static HRESULT STDMETHODCALLTYPE malloc_query_interface(IHostMalloc *self, REFIID riid, void **out)
{
    return give_interface(riid, &HF_IID_IHostMalloc, self, &malloc_of(self)->references, out);
}

static ULONG STDMETHODCALLTYPE malloc_add_ref(IHostMalloc *self)
{
    return hf__os_add_u32_atomic(&malloc_of(self)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE malloc_release(IHostMalloc *self)
{
    return drop_reference(&malloc_of(self)->references);
}

static HRESULT STDMETHODCALLTYPE malloc_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    (void)level;
    return out == NULL ? fail(E_POINTER) : result_of(malloc_of(self)->alloc(size, out));
}

static HRESULT STDMETHODCALLTYPE malloc_debug_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    (void)file;
    (void)line;
    return malloc_alloc(self, size, level, out);
}

static HRESULT STDMETHODCALLTYPE malloc_free(IHostMalloc *self, void *memory)
{
    (void)self;
    return result_of(hf__host_heap_free(memory));
}

static const IHostMallocVtbl malloc_vtable = {
    .QueryInterface = malloc_query_interface,
    .AddRef = malloc_add_ref,
    .Release = malloc_release,
    .Alloc = malloc_alloc,
    .DebugAlloc = malloc_debug_alloc,
    .Free = malloc_free,
};
static host_malloc plain_malloc = {.object = {&malloc_vtable}, .references = 1, .alloc = hf__host_heap_alloc};
static host_malloc executable_malloc = {.object = {&malloc_vtable}, .references = 1, .alloc = hf__host_heap_alloc_executable};

IHostMalloc *hf__host_malloc(void)
{
    return &plain_malloc.object;
}

/* IHostMemoryManager */

static uint32_t manager_references = 1;
static uint64_t callback;

ICLRMemoryNotificationCallback *hf__host_callback(void)
{
    return (ICLRMemoryNotificationCallback *)(uintptr_t)hf__os_load_u64(&callback);
}

void hf__host_forget_callback(void)
{
    hf__os_store_u64(&callback, 0);
}

static HRESULT STDMETHODCALLTYPE query_interface(IHostMemoryManager *self, REFIID riid, void **out)
{
    return give_interface(riid, &HF_IID_IHostMemoryManager, self, &manager_references, out);
}

static ULONG STDMETHODCALLTYPE add_ref(IHostMemoryManager *self)
{
    (void)self;
    return hf__os_add_u32_atomic(&manager_references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE release(IHostMemoryManager *self)
{
    (void)self;
    return drop_reference(&manager_references);
}

static HRESULT STDMETHODCALLTYPE create_malloc(IHostMemoryManager *self, DWORD type, IHostMalloc **out)
{
    (void)self;
    if (out == NULL)
        return fail(E_POINTER);
    *out = NULL;
    if ((type & ~(DWORD)(MALLOC_THREADSAFE | MALLOC_EXECUTABLE)) != 0)
        return fail(E_INVALIDARG);
    IHostMalloc *object = (type & MALLOC_EXECUTABLE) != 0 ? &executable_malloc.object : &plain_malloc.object;
    malloc_add_ref(object);
    *out = object;
    return S_OK;
}

/* NOLINTNEXTLINE(readability-function-size): IHostMemoryManager::VirtualAlloc */
static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    (void)self;
    (void)level;
    return out == NULL ? fail(E_POINTER) : result_of(hf__host_alloc(address, size, type, protect, out));
}

static HRESULT STDMETHODCALLTYPE virtual_free(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    (void)self;
    bool is_foreign = false;
    DWORD code = hf__host_vm_free(address, size, type, &is_foreign);
    return result_of(code != ERROR_SUCCESS && is_foreign ? ERROR_INVALID_OPERATION : code);
}

static HRESULT STDMETHODCALLTYPE virtual_query(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    (void)self;
    if (out == NULL)
        return fail(E_POINTER);
    DWORD code = ERROR_SUCCESS;
    *out = hf__host_query(address, buffer, length, &code);
    return code == ERROR_NOACCESS ? fail(E_POINTER) : result_of(code);
}

static HRESULT STDMETHODCALLTYPE virtual_protect(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *out)
{
    (void)self;
    if (out == NULL)
        return fail(E_POINTER);
    *out = 0;
    return result_of(hf__host_protect(address, size, protect, out));
}

static HRESULT STDMETHODCALLTYPE get_memory_load(IHostMemoryManager *self, DWORD *load, SIZE_T *available)
{
    (void)self;
    if (load != NULL)
        *load = 0;
    if (available != NULL)
        *available = 0;
    if (load == NULL || available == NULL)
        return fail(E_POINTER);
    uint32_t percent = 0;
    uint64_t bytes = 0, left = hf__host_commit_left();
    hf__os_memory_load(&percent, &bytes);
    *load = percent;
    bytes = bytes < left ? bytes : left;
    *available = bytes < SIZE_MAX ? (SIZE_T)bytes : SIZE_MAX;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE register_callback(IHostMemoryManager *self, ICLRMemoryNotificationCallback *given)
{
    (void)self;
    if (given != NULL)
        given->lpVtbl->AddRef(given);
    uint64_t before;
    do
        before = hf__os_load_u64(&callback);
    while (!hf__os_swap_if_u64(&callback, before, (uintptr_t)given));
    ICLRMemoryNotificationCallback *old = (ICLRMemoryNotificationCallback *)(uintptr_t)before;
    if (old != NULL)
        old->lpVtbl->Release(old);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE needs_address_space(IHostMemoryManager *self, LPVOID start, SIZE_T size)
{
    (void)self;
    (void)start;
    (void)size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE acquired_address_space(IHostMemoryManager *self, LPVOID start, SIZE_T size)
{
    return needs_address_space(self, start, size);
}

static HRESULT STDMETHODCALLTYPE released_address_space(IHostMemoryManager *self, LPVOID start)
{
    return needs_address_space(self, start, 0);
}

static const IHostMemoryManagerVtbl manager_vtable = {
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
static IHostMemoryManager manager = {&manager_vtable};

IHostMemoryManager *hf__host_manager(void)
{
    return &manager;
}
