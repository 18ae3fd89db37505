/* SPDX-License-Identifier: MIT
 * A host as C has it, and as C++ has it with CINTERFACE: tables of functions. Compiled with HF_ORDER 1 (hosting.h alone), 2 (hosting.h, then
 * mscoree.h), 3 (mscoree.h, then hosting.h). It tests constant tables: hosting.h promises that lpVtbl accepts them if hosting.h comes first.
 */
#if HF_ORDER == 3
#include "mscoree.h"
#endif
#include <hostfault/hostfault.h>
#if HF_ORDER == 2
#include "mscoree.h"
#endif

#if HF_HOSTING_CLASSES
#error an interface is a structure here
#endif

#if HF_ORDER == 3
#define HF_TABLE
#else
#define HF_TABLE const
#endif

static HRESULT STDMETHODCALLTYPE query(IHostMalloc *self, REFIID riid, void **out)
{
    (void)riid;
    *out = self;
    return S_OK;
}
static ULONG STDMETHODCALLTYPE count(IHostMalloc *self)
{
    return self != NULL;
}
static HRESULT STDMETHODCALLTYPE take(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    (void)size, (void)level;
    *out = self;
    return S_OK;
}
static HRESULT STDMETHODCALLTYPE debug_take(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    (void)file, (void)line;
    return take(self, size, level, out);
}
static HRESULT STDMETHODCALLTYPE give_back(IHostMalloc *self, void *block)
{
    return block == (void *)self ? S_OK : HOST_E_INVALIDOPERATION;
}
static HF_TABLE IHostMallocVtbl table = {query, count, count, take, debug_take, give_back};
static IHostMalloc heap = {&table};

HRESULT use(IHostMemoryManager *host, IHostControl *control, ICLRMemoryNotificationCallback *callback);
HRESULT use(IHostMemoryManager *host, IHostControl *control, ICLRMemoryNotificationCallback *callback)
{
    IHostMemoryManager *wrapped = NULL;
    void *block = NULL;
    HRESULT hr = hf_wrap(host, &wrapped);
    if (FAILED(hr) || FAILED(heap.lpVtbl->Alloc(&heap, 1, eAppDomainCritical, &block)))
        return hr;
    wrapped->lpVtbl->RegisterMemoryNotificationCallback(wrapped, callback);
    callback->lpVtbl->OnMemoryNotification(callback, eMemoryAvailableLow);
    control->lpVtbl->SetAppDomainManager(control, 0, NULL);
    return wrapped->lpVtbl->VirtualAlloc(wrapped, NULL, 4096, 0x3000, 4, eTaskCritical, &block);
}
