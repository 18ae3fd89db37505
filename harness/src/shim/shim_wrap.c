/* SPDX-License-Identifier: MIT
 * The wrapped interfaces: which wrapper stands for which object, their reference counts, and the public functions that return them. Wrappers come
 * from a fixed pool. The same inner object always gets the same wrapper, so COM identity holds. Counts are forwarded, so a caller sees the inner
 * object's own.
 */
#include "shim_below.h"
#include "host.h"
#include "shim_rearm.h"

#include <string.h>

#include "base_poison.h"

#define WRAPPERS_MAX 64u

static hf_wrapper wrappers[WRAPPERS_MAX];

static const void *vtable_of(hf_wrap_kind kind)
{
    switch (kind) {
    case HF_WRAP_NONE: return NULL;
    case HF_WRAP_MEMORY: return &hf__shim_memory_vtable;
    case HF_WRAP_MALLOC: return &hf__shim_malloc_vtable;
    case HF_WRAP_CONTROL: return &hf__shim_control_vtable;
    case HF_WRAP_CALLBACK: return &hf__shim_callback_vtable;
    }
    return NULL;
}

static const IID *iid_of(hf_wrap_kind kind)
{
    switch (kind) {
    case HF_WRAP_NONE: return &HF_IID_IUnknown;
    case HF_WRAP_MEMORY: return &HF_IID_IHostMemoryManager;
    case HF_WRAP_MALLOC: return &HF_IID_IHostMalloc;
    case HF_WRAP_CONTROL: return &HF_IID_IHostControl;
    case HF_WRAP_CALLBACK: return &HF_IID_ICLRMemoryNotificationCallback;
    }
    return &HF_IID_IUnknown;
}

bool hf__shim_same_iid(REFIID a, const IID *b)
{
    return a != NULL && memcmp(a, b, sizeof *b) == 0;
}

void hf__shim_forget_wrappers(void)
{
    for (uint32_t i = 0; i < WRAPPERS_MAX && wrappers[i].vtable != NULL; i++)
        hf__os_store_u32(&wrappers[i].references, 0);
}

static bool is_wrapper(const void *object)
{
    uintptr_t at = (uintptr_t)object;
    return at >= (uintptr_t)wrappers && at < (uintptr_t)(wrappers + WRAPPERS_MAX);
}

/* Values of `references`: FREE, BEING_FILLED (its other members are not to be read yet), or how many references the program holds. */
#define FREE 0u
#define BEING_FILLED UINT32_MAX
#define FILLING_YIELDS 10000u /* a thread that was killed while it filled one must not hold up the others */

static bool is_published(uint32_t references)
{
    return references != FREE && references != BEING_FILLED;
}

/* Adds a reference unless the wrapper is free: from then on nobody fills it again. */
static bool pin(hf_wrapper *wrapper)
{
    uint32_t references = hf__os_load_u32(&wrapper->references);
    for (uint32_t i = 0; references == BEING_FILLED && i < FILLING_YIELDS; i++) {
        hf__os_yield();
        references = hf__os_load_u32(&wrapper->references);
    }
    while (is_published(references)) {
        if (hf__os_swap_if_u32(&wrapper->references, references, references + 1))
            return true;
        references = hf__os_load_u32(&wrapper->references);
    }
    return false;
}

static void unpin(hf_wrapper *wrapper)
{
    hf__os_add_u32_atomic(&wrapper->references, (uint32_t)-1);
}

/* A new reference to the wrapper of inner among the first `count`, NULL if there is none. */
static hf_wrapper *find_wrapper(hf_wrap_kind kind, const void *inner, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!pin(&wrappers[i]))
            continue;
        if (wrappers[i].inner == inner && wrappers[i].kind == (uint32_t)kind)
            return &wrappers[i];
        unpin(&wrappers[i]);
    }
    return NULL;
}

/* NULL: all are in use. Readers look at the members only once `references`, which is stored last, says that they are there. */
static hf_wrapper *fill_wrapper(hf_wrap_kind kind, void *inner)
{
    for (uint32_t i = 0; i < WRAPPERS_MAX; i++) {
        if (!hf__os_swap_if_u32(&wrappers[i].references, FREE, BEING_FILLED))
            continue;
        wrappers[i].vtable = vtable_of(kind);
        wrappers[i].inner = inner;
        wrappers[i].kind = (uint32_t)kind;
        hf__os_store_u32(&wrappers[i].references, 1);
        return &wrappers[i];
    }
    return NULL;
}

/* The new reference that came with inner goes over to the wrapper. Of two threads that wrap one object for the first time at the same moment, both
 * get the wrapper that stands first. */
void *hf__shim_wrap(hf_wrap_kind kind, void *inner)
{
    if (is_wrapper(inner))
        return inner;
    hf_wrapper *wrapper = find_wrapper(kind, inner, WRAPPERS_MAX);
    if (wrapper != NULL)
        return wrapper;
    wrapper = fill_wrapper(kind, inner);
    hf_wrapper *first = wrapper != NULL ? find_wrapper(kind, inner, (uint32_t)(wrapper - wrappers)) : NULL;
    if (first == NULL)
        return wrapper;
    unpin(wrapper);
    return first;
}

const void *hf__shim_adapted_heap;

uint32_t hf__shim_heaps_held(void)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < WRAPPERS_MAX; i++) {
        uint32_t references = hf__os_load_u32(&wrappers[i].references);
        if (is_published(references) && wrappers[i].kind == HF_WRAP_MALLOC && &wrappers[i] != hf__shim_adapted_heap)
            held += references;
    }
    return held;
}

HRESULT hf__shim_query_interface(hf_wrapper *self, REFIID riid, void **out)
{
    IUnknown *inner = self->inner;
    HRESULT hr = inner->lpVtbl->QueryInterface(inner, riid, out);
    bool own = hf__shim_same_iid(riid, &HF_IID_IUnknown) || hf__shim_same_iid(riid, iid_of((hf_wrap_kind)self->kind));
    if (SUCCEEDED(hr) && own && out != NULL && *out != NULL) {
        hf__os_add_u32_atomic(&self->references, 1);
        *out = self;
    }
    return hr;
}

ULONG hf__shim_add_ref(hf_wrapper *self)
{
    IUnknown *inner = self->inner;
    hf__os_add_u32_atomic(&self->references, 1);
    return inner->lpVtbl->AddRef(inner);
}

ULONG hf__shim_release(hf_wrapper *self)
{
    IUnknown *inner = self->inner;
    hf__os_add_u32_atomic(&self->references, (uint32_t)-1);
    return inner->lpVtbl->Release(inner);
}

static HRESULT wrap(hf_wrap_kind kind, void *inner, void **out)
{
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    if (inner == NULL)
        return E_POINTER;
    (void)hf_attach(NULL);
    IUnknown *object = inner;
    object->lpVtbl->AddRef(object);
    *out = hf_attached() || hf__shim_below != NULL ? hf__shim_wrap(kind, inner) : inner;
    if (*out != NULL)
        return S_OK;
    object->lpVtbl->Release(object);
    return E_OUTOFMEMORY;
}

HRESULT hf_wrap(IHostMemoryManager *inner, IHostMemoryManager **out)
{
    hf__shim_contract_if_asked(inner);
    return wrap(HF_WRAP_MEMORY, inner, (void **)out);
}

HRESULT hf_wrap_control(IHostControl *inner, IHostControl **out)
{
    hf__shim_contract_of_control_if_asked(inner);
    return wrap(HF_WRAP_CONTROL, inner, (void **)out);
}

void hf__shim_notify(EMemoryAvailable available)
{
    ICLRMemoryNotificationCallback *callback = hf__host_callback();
    for (uint32_t i = 0; callback == NULL && i < WRAPPERS_MAX; i++) {
        if (is_published(hf__os_load_u32(&wrappers[i].references)) && wrappers[i].kind == HF_WRAP_CALLBACK)
            callback = (ICLRMemoryNotificationCallback *)(void *)&wrappers[i];
    }
    hf_shim_thread *thread = hf__shim_here();
    if (callback == NULL || thread->notifying != 0)
        return;
    thread->notifying = 1;
    callback->lpVtbl->OnMemoryNotification(callback, available);
    thread->notifying = 0;
}

/* Our host as a control: one object for the process. */

static HRESULT STDMETHODCALLTYPE control_query_interface(IHostControl *self, REFIID riid, void **out)
{
    if (out == NULL)
        return E_POINTER;
    bool known = hf__shim_same_iid(riid, &HF_IID_IUnknown) || hf__shim_same_iid(riid, &HF_IID_IHostControl);
    *out = known ? self : NULL;
    return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE control_count(IHostControl *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE control_get_host_manager(IHostControl *self, REFIID riid, void **out)
{
    (void)self;
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    if (!hf__shim_same_iid(riid, &HF_IID_IHostMemoryManager))
        return E_NOINTERFACE;
    return hf_host_create((IHostMemoryManager **)out);
}

static HRESULT STDMETHODCALLTYPE control_set_app_domain_manager(IHostControl *self, DWORD domain, IUnknown *manager)
{
    (void)self;
    (void)domain;
    (void)manager;
    return S_OK;
}

static const IHostControlVtbl own_control_vtable = {
    .QueryInterface = control_query_interface,
    .AddRef = control_count,
    .Release = control_count,
    .GetHostManager = control_get_host_manager,
    .SetAppDomainManager = control_set_app_domain_manager,
};
static IHostControl own_control = {&own_control_vtable};

HRESULT hf_host_create(IHostMemoryManager **out)
{
    if (out == NULL)
        return E_POINTER;
    *out = hf__host_manager();
    (*out)->lpVtbl->AddRef(*out);
    return S_OK;
}

HRESULT hf_host_control_create(IHostControl **out)
{
    if (out == NULL)
        return E_POINTER;
    *out = &own_control;
    return S_OK;
}
