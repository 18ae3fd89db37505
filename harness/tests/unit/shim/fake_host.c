/* SPDX-License-Identifier: MIT
 * The fake host of the shim's tests.
 */
#include "fake_host.h"

#include <criterion/criterion.h>
#include <string.h>

fake_host fake;

static HRESULT note(hf_method method)
{
    fake.calls[method]++;
    return fake.answer;
}

static HRESULT STDMETHODCALLTYPE query_interface(IHostMemoryManager *self, REFIID riid, void **out)
{
    *out = memcmp(riid, &HF_IID_IHostMemoryManager, sizeof *riid) == 0 ? self : NULL;
    return *out != NULL ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE count(IHostMemoryManager *self)
{
    (void)self;
    return 7;
}

static HRESULT STDMETHODCALLTYPE alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    (void)self;
    fake.size = size;
    fake.level = (uint32_t)level;
    if (out != NULL)
        *out = SUCCEEDED(fake.answer) ? fake.block : NULL;
    return note(HF_METHOD_MALLOC_ALLOC);
}

static HRESULT STDMETHODCALLTYPE debug_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    (void)file;
    (void)line;
    HRESULT hr = alloc(self, size, level, out);
    fake.calls[HF_METHOD_MALLOC_ALLOC]--;
    note(HF_METHOD_MALLOC_DEBUG_ALLOC);
    return hr;
}

static HRESULT STDMETHODCALLTYPE heap_free(IHostMalloc *self, void *memory)
{
    (void)self;
    fake.address = (uintptr_t)memory;
    return note(HF_METHOD_MALLOC_FREE);
}

static HRESULT STDMETHODCALLTYPE malloc_query_interface(IHostMalloc *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE malloc_count(IHostMalloc *self)
{
    (void)self;
    return 3;
}

static const IHostMallocVtbl malloc_vtable = {malloc_query_interface, malloc_count, malloc_count, alloc, debug_alloc, heap_free};
static IHostMalloc fake_malloc = {&malloc_vtable};

static HRESULT STDMETHODCALLTYPE create_malloc(IHostMemoryManager *self, DWORD type, IHostMalloc **out)
{
    (void)self;
    fake.type = type;
    *out = SUCCEEDED(fake.answer) ? &fake_malloc : NULL;
    return note(HF_METHOD_CREATE_MALLOC);
}

static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    (void)self;
    fake.address = (uintptr_t)address;
    fake.size = size;
    fake.type = type;
    fake.protect = protect;
    fake.level = (uint32_t)level;
    *out = SUCCEEDED(fake.answer) ? fake.block : NULL;
    return note(HF_METHOD_VIRTUAL_ALLOC);
}

static HRESULT STDMETHODCALLTYPE virtual_free(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    (void)self;
    fake.address = (uintptr_t)address;
    fake.size = size;
    fake.type = type;
    return note(HF_METHOD_VIRTUAL_FREE);
}

static HRESULT STDMETHODCALLTYPE virtual_query(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    (void)self;
    fake.address = (uintptr_t)address;
    memset(buffer, 0, length);
    *out = length;
    return note(HF_METHOD_VIRTUAL_QUERY);
}

static HRESULT STDMETHODCALLTYPE virtual_protect(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *out)
{
    (void)self;
    fake.address = (uintptr_t)address;
    fake.size = size;
    fake.protect = protect;
    *out = PAGE_READONLY;
    return note(HF_METHOD_VIRTUAL_PROTECT);
}

static HRESULT STDMETHODCALLTYPE get_memory_load(IHostMemoryManager *self, DWORD *out, SIZE_T *available)
{
    (void)self;
    *out = 42;
    *available = 4096;
    return note(HF_METHOD_GET_MEMORY_LOAD);
}

static HRESULT STDMETHODCALLTYPE register_callback(IHostMemoryManager *self, ICLRMemoryNotificationCallback *callback)
{
    (void)self;
    fake.callback = callback;
    return note(HF_METHOD_REGISTER_NOTIFICATION);
}

static HRESULT STDMETHODCALLTYPE needs(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    (void)self;
    (void)address;
    (void)size;
    return note(HF_METHOD_NEEDS_ADDRESS_SPACE);
}

static HRESULT STDMETHODCALLTYPE acquired(IHostMemoryManager *self, LPVOID address, SIZE_T size)
{
    (void)self;
    (void)address;
    (void)size;
    return note(HF_METHOD_ACQUIRED_ADDRESS_SPACE);
}

static HRESULT STDMETHODCALLTYPE released(IHostMemoryManager *self, LPVOID address)
{
    (void)self;
    (void)address;
    return note(HF_METHOD_RELEASED_ADDRESS_SPACE);
}

static const IHostMemoryManagerVtbl vtable = {query_interface, count,         count,           create_malloc,   virtual_alloc,
                                              virtual_free,    virtual_query, virtual_protect, get_memory_load, register_callback,
                                              needs,           acquired,      released};
static IHostMemoryManager manager = {&vtable};

IHostMemoryManager *fake_manager(void)
{
    return &manager;
}

static HRESULT STDMETHODCALLTYPE control_query_interface(IHostControl *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE control_count(IHostControl *self)
{
    (void)self;
    return 2;
}

static HRESULT STDMETHODCALLTYPE get_host_manager(IHostControl *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = SUCCEEDED(fake.answer) ? &manager : NULL;
    return note(HF_METHOD_GET_HOST_MANAGER);
}

static HRESULT STDMETHODCALLTYPE set_app_domain_manager(IHostControl *self, DWORD domain, IUnknown *object)
{
    (void)self;
    (void)object;
    fake.level = domain;
    return note(HF_METHOD_SET_APP_DOMAIN_MANAGER);
}

static const IHostControlVtbl control_vtable = {control_query_interface, control_count, control_count, get_host_manager, set_app_domain_manager};
static IHostControl control = {&control_vtable};

IHostControl *fake_control(void)
{
    return &control;
}

void attach_rule(const hf_rule *rule)
{
    static uint64_t image[1024];
    const char *name = "rule";
    const hf__model_plan_parts parts = {.seed = 1, .rule_count = 1, .rules = rule, .rule_names = &name};
    size_t size_bytes = 0;
    hf_error err;
    cr_assert_eq(hf__model_plan_build(&parts, image, sizeof image, &size_bytes, &err), HF_OK, "%s", err.message);
    cr_assert_eq(hf_attach_plan(image, size_bytes, 1 << 20, &err), HF_OK, "%s", err.message);
}

hf_rule failing(hf_method method, HRESULT hr)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = 1u << method;
    rule.returns = 1;
    rule.hr = hr;
    rule.foreign = 1;
    return rule;
}

static HRESULT call_malloc(IHostMemoryManager *through, hf_method method, uint64_t *out)
{
    IHostMalloc *heap = NULL;
    through->lpVtbl->CreateMalloc(through, MALLOC_THREADSAFE, &heap);
    cr_assert_not_null(heap);
    if (method == HF_METHOD_MALLOC_ALLOC)
        return heap->lpVtbl->Alloc(heap, 24, eTaskCritical, (void **)out);
    if (method == HF_METHOD_MALLOC_DEBUG_ALLOC)
        return heap->lpVtbl->DebugAlloc(heap, 24, eTaskCritical, NULL, 1, (void **)out);
    return heap->lpVtbl->Free(heap, fake.block);
}

HRESULT call_method(IHostMemoryManager *through, IHostControl *over, hf_method method, uint64_t *out)
{
    static MEMORY_BASIC_INFORMATION buffer;
    static SIZE_T available;
    *out = OUT_BEFORE;
    void *at = fake.block;
    switch (method) {
    case HF_METHOD_CREATE_MALLOC: return through->lpVtbl->CreateMalloc(through, MALLOC_THREADSAFE, (IHostMalloc **)out);
    case HF_METHOD_VIRTUAL_ALLOC: return through->lpVtbl->VirtualAlloc(through, NULL, 4096, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, (void **)out);
    case HF_METHOD_VIRTUAL_FREE: return through->lpVtbl->VirtualFree(through, at, 0, MEM_RELEASE);
    case HF_METHOD_VIRTUAL_QUERY: return through->lpVtbl->VirtualQuery(through, at, &buffer, sizeof buffer, out);
    case HF_METHOD_VIRTUAL_PROTECT: return through->lpVtbl->VirtualProtect(through, at, 4096, PAGE_READWRITE, (DWORD *)out);
    case HF_METHOD_GET_MEMORY_LOAD: return through->lpVtbl->GetMemoryLoad(through, (DWORD *)out, &available);
    case HF_METHOD_REGISTER_NOTIFICATION: return through->lpVtbl->RegisterMemoryNotificationCallback(through, NULL);
    case HF_METHOD_NEEDS_ADDRESS_SPACE: return through->lpVtbl->NeedsVirtualAddressSpace(through, at, 4096);
    case HF_METHOD_ACQUIRED_ADDRESS_SPACE: return through->lpVtbl->AcquiredVirtualAddressSpace(through, at, 4096);
    case HF_METHOD_RELEASED_ADDRESS_SPACE: return through->lpVtbl->ReleasedVirtualAddressSpace(through, at);
    case HF_METHOD_MALLOC_ALLOC:
    case HF_METHOD_MALLOC_DEBUG_ALLOC:
    case HF_METHOD_MALLOC_FREE: return call_malloc(through, method, out);
    case HF_METHOD_GET_HOST_MANAGER: return over->lpVtbl->GetHostManager(over, &HF_IID_IHostMemoryManager, (void **)out);
    case HF_METHOD_SET_APP_DOMAIN_MANAGER: return over->lpVtbl->SetAppDomainManager(over, 1, NULL);
    case HF_METHOD_ON_MEMORY_NOTIFICATION: return fake.callback->lpVtbl->OnMemoryNotification(fake.callback, eMemoryAvailableLow);
    case HF_METHOD_COUNT: break;
    }
    cr_assert_fail("no such method");
    return E_FAIL;
}
