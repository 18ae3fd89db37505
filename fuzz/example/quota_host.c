/* SPDX-License-Identifier: MIT
 * A custom host: it passes every call on to another host, but allocates no more than its quota. It implements only the method that matters;
 * the others are the inner host's.
 *
 * It has a bug: when the quota is used up exactly, VirtualAlloc reports success and returns null.
 */
#include "quota_host.h"

#include <hostfault/hostfault.h>

#define QUOTA ((size_t)64 * 4096)

static IHostMemoryManagerVtbl vtable;
static IHostMemoryManager host = {&vtable};
static IHostMemoryManager *inner;
static size_t left;

static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    (void)self;
    if ((type & MEM_RESERVE) == 0)
        return inner->lpVtbl->VirtualAlloc(inner, address, size, type, protect, level, out);
    *out = NULL;
    if (size > left)
        return E_OUTOFMEMORY;
    if (left == 0 || size == left)
        return S_OK; /* the bug */
    HRESULT hr = inner->lpVtbl->VirtualAlloc(inner, address, size, type, protect, level, out);
    if (SUCCEEDED(hr))
        left -= size;
    return hr;
}

HRESULT quota_host_create(IHostMemoryManager **out)
{
    HRESULT hr = hf_host_create(&inner);
    if (FAILED(hr))
        return hr;
    left = QUOTA;
    vtable = *inner->lpVtbl;
    vtable.VirtualAlloc = virtual_alloc;
    *out = &host;
    return S_OK;
}
