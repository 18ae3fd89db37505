/* SPDX-License-Identifier: MIT
 * The host. Each method is here, in the order of the interface, with what the documentation asks of it: out-parameters null on failure, E_POINTER for
 * a null one, queries and protections of memory that it never gave out passed on to the system, because the CLR asks for its stacks and images too.
 *
 * What is committed is counted from outside: the pages of the range that VirtualQuery tells as committed, before and after. One lock is held
 * meanwhile; the caller is never called with it held (OnMemoryNotification), or a caller that answers by freeing would wait for itself.
 */
#include "budget_host.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PAGE ((size_t)4096)
#define BUCKETS 1024u
#define LOW_PERCENT 90u

/* Before each block of a heap. The chain is walked by address, so that Free never looks at what is not ours. */
typedef struct block {
    struct block *next;
    size_t size;
} block;

typedef struct budget_host budget_host;

/* A heap over one of the system's: plain, or executable. */
typedef struct budget_heap {
    IHostMalloc object;
    budget_host *host;
    IHostMalloc *system;
    block *blocks[BUCKETS];
} budget_heap;

struct budget_host {
    IHostMemoryManager object;
    atomic_uint references; /* the host's and its heaps' together: they live as one */
    atomic_flag lock;
    IHostMemoryManager *system;
    budget_heap heaps[2];
    ICLRMemoryNotificationCallback *callback;
    size_t budget, used;
    int is_low; /* as the callback was told */
};

static budget_host *host_of(IHostMemoryManager *self)
{
    return (budget_host *)(void *)self;
}

static budget_heap *heap_of(IHostMalloc *self)
{
    return (budget_heap *)(void *)self;
}

static void lock(budget_host *host)
{
    while (atomic_flag_test_and_set_explicit(&host->lock, memory_order_acquire))
        ;
}

static void unlock(budget_host *host)
{
    atomic_flag_clear_explicit(&host->lock, memory_order_release);
}

/* The budget, under the lock. */

static int take(budget_host *host, size_t bytes)
{
    if (bytes > host->budget - host->used)
        return 0;
    host->used += bytes;
    return 1;
}

/* Tells the caller when memory has become short, and when it is no longer. Without the lock. */
static void notify(budget_host *host)
{
    lock(host);
    int low = host->used > host->budget / 100 * LOW_PERCENT;
    ICLRMemoryNotificationCallback *callback = low != host->is_low ? host->callback : NULL;
    host->is_low = low;
    if (callback != NULL)
        callback->lpVtbl->AddRef(callback);
    unlock(host);
    if (callback == NULL)
        return;
    callback->lpVtbl->OnMemoryNotification(callback, low ? eMemoryAvailableLow : eMemoryAvailableNeutral);
    callback->lpVtbl->Release(callback);
}

/* IUnknown, for the host and its heaps. */

static HRESULT query(budget_host *host, REFIID riid, const IID *own, void *object, void **out)
{
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    if (memcmp(riid, &HF_IID_IUnknown, sizeof(IID)) != 0 && memcmp(riid, own, sizeof(IID)) != 0)
        return E_NOINTERFACE;
    atomic_fetch_add(&host->references, 1);
    *out = object;
    return S_OK;
}

static ULONG release(budget_host *host)
{
    ULONG left = atomic_fetch_sub(&host->references, 1) - 1;
    if (left > 0)
        return left;
    for (int i = 0; i < 2; i++)
        host->heaps[i].system->lpVtbl->Release(host->heaps[i].system);
    if (host->callback != NULL)
        host->callback->lpVtbl->Release(host->callback);
    host->system->lpVtbl->Release(host->system);
    free(host);
    return 0;
}

/* IHostMalloc */

static HRESULT STDMETHODCALLTYPE heap_query_interface(IHostMalloc *self, REFIID riid, void **out)
{
    return query(heap_of(self)->host, riid, &HF_IID_IHostMalloc, self, out);
}

static ULONG STDMETHODCALLTYPE heap_add_ref(IHostMalloc *self)
{
    return atomic_fetch_add(&heap_of(self)->host->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE heap_release(IHostMalloc *self)
{
    return release(heap_of(self)->host);
}

static block **bucket_of(budget_heap *heap, const void *memory)
{
    return &heap->blocks[((uintptr_t)memory >> 4) % BUCKETS];
}

/* A block of the system's with ours before it; NULL: there is none. */
static block *make_block(budget_heap *heap, size_t size)
{
    void *memory = NULL;
    if (size > SIZE_MAX - sizeof(block) || FAILED(heap->system->lpVtbl->Alloc(heap->system, size + sizeof(block), eTaskCritical, &memory)))
        return NULL;
    block *made = memory;
    made->size = size;
    return made;
}

static HRESULT STDMETHODCALLTYPE heap_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    budget_heap *heap = heap_of(self);
    budget_host *host = heap->host;
    (void)level; /* a host that has a reserve would keep it for the higher ones */
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    lock(host);
    block *made = take(host, size) ? make_block(heap, size) : NULL;
    if (made != NULL) {
        block **bucket = bucket_of(heap, made + 1);
        made->next = *bucket;
        *bucket = made;
        *out = made + 1;
    }
    unlock(host);
    notify(host);
    return made != NULL ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE heap_debug_alloc(IHostMalloc *self, SIZE_T size, EMemoryCriticalLevel level, char *file, int line, void **out)
{
    (void)file;
    (void)line;
    return heap_alloc(self, size, level, out);
}

static HRESULT STDMETHODCALLTYPE heap_free(IHostMalloc *self, void *memory)
{
    budget_heap *heap = heap_of(self);
    if (memory == NULL) /* the CLR does (hosting.cpp:658) */
        return S_OK;
    lock(heap->host);
    block **at = bucket_of(heap, memory);
    while (*at != NULL && (void *)(*at + 1) != memory)
        at = &(*at)->next;
    block *found = *at;
    if (found != NULL) {
        *at = found->next;
        heap->host->used -= found->size;
        heap->system->lpVtbl->Free(heap->system, found);
    }
    unlock(heap->host);
    notify(heap->host);
    return found != NULL ? S_OK : HOST_E_INVALIDOPERATION;
}

static const IHostMallocVtbl heap_vtable = {
    .QueryInterface = heap_query_interface,
    .AddRef = heap_add_ref,
    .Release = heap_release,
    .Alloc = heap_alloc,
    .DebugAlloc = heap_debug_alloc,
    .Free = heap_free,
};

/* IHostMemoryManager */

static HRESULT STDMETHODCALLTYPE query_interface(IHostMemoryManager *self, REFIID riid, void **out)
{
    return query(host_of(self), riid, &HF_IID_IHostMemoryManager, self, out);
}

static ULONG STDMETHODCALLTYPE add_ref(IHostMemoryManager *self)
{
    return atomic_fetch_add(&host_of(self)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE release_host(IHostMemoryManager *self)
{
    return release(host_of(self));
}

static HRESULT STDMETHODCALLTYPE create_malloc(IHostMemoryManager *self, DWORD type, IHostMalloc **out)
{
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    if ((type & ~(DWORD)(MALLOC_THREADSAFE | MALLOC_EXECUTABLE)) != 0)
        return E_INVALIDARG;
    *out = &host_of(self)->heaps[(type & MALLOC_EXECUTABLE) != 0].object;
    (*out)->lpVtbl->AddRef(*out);
    return S_OK;
}

/* Committed bytes of the pages that a range touches; with `whole`, of all its allocation from the address on. */
static size_t committed(budget_host *host, void *address, size_t size, int whole)
{
    uintptr_t at = (uintptr_t)address & ~(uintptr_t)(PAGE - 1), end = (uintptr_t)address + size;
    void *allocation = NULL;
    size_t bytes = 0, got = 0;
    MEMORY_BASIC_INFORMATION told;
    while ((whole || at < end) && SUCCEEDED(host->system->lpVtbl->VirtualQuery(host->system, (void *)at, &told, sizeof told, &got)) &&
           got >= sizeof told) {
        if (told.State == MEM_FREE || (allocation != NULL && told.AllocationBase != allocation))
            break;
        allocation = told.AllocationBase;
        uintptr_t next = (uintptr_t)told.BaseAddress + told.RegionSize;
        uintptr_t last = whole || next < end ? next : (end + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
        bytes += told.State == MEM_COMMIT ? last - at : 0;
        at = next;
    }
    return bytes;
}

/* What a request would commit, at most. */
static size_t touched(const void *address, size_t size)
{
    size_t before = (uintptr_t)address & (PAGE - 1);
    return size > SIZE_MAX - 2 * PAGE ? SIZE_MAX : (before + size + PAGE - 1) & ~(PAGE - 1);
}

static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    budget_host *host = host_of(self);
    if (out == NULL)
        return E_POINTER;
    *out = NULL;
    lock(host);
    int commits = (type & MEM_COMMIT) != 0 && size > 0;
    size_t asked = commits ? touched(address, size) : 0;
    size_t there = commits && address != NULL && asked < SIZE_MAX ? committed(host, address, size, 0) : 0;
    HRESULT hr = E_OUTOFMEMORY;
    if (take(host, asked - there)) {
        hr = host->system->lpVtbl->VirtualAlloc(host->system, address, size, type, protect, level, out);
        if (FAILED(hr))
            host->used -= asked - there;
    }
    unlock(host);
    notify(host);
    return hr;
}

static HRESULT STDMETHODCALLTYPE virtual_free(IHostMemoryManager *self, LPVOID address, SIZE_T size, DWORD type)
{
    budget_host *host = host_of(self);
    lock(host);
    size_t bytes = committed(host, address, size, size == 0);
    HRESULT hr = host->system->lpVtbl->VirtualFree(host->system, address, size, type);
    if (hr == S_OK)
        host->used -= bytes;
    unlock(host);
    notify(host);
    return hr;
}

static HRESULT STDMETHODCALLTYPE virtual_query(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    IHostMemoryManager *system = host_of(self)->system;
    return system->lpVtbl->VirtualQuery(system, address, buffer, length, out);
}

static HRESULT STDMETHODCALLTYPE virtual_protect(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *old)
{
    IHostMemoryManager *system = host_of(self)->system;
    return system->lpVtbl->VirtualProtect(system, address, size, protect, old);
}

static HRESULT STDMETHODCALLTYPE get_memory_load(IHostMemoryManager *self, DWORD *load, SIZE_T *available)
{
    budget_host *host = host_of(self);
    if (load == NULL || available == NULL)
        return E_POINTER;
    lock(host);
    *load = (DWORD)((double)host->used * 100 / (double)host->budget);
    *available = host->budget - host->used;
    unlock(host);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE register_callback(IHostMemoryManager *self, ICLRMemoryNotificationCallback *callback)
{
    budget_host *host = host_of(self);
    if (callback != NULL)
        callback->lpVtbl->AddRef(callback);
    lock(host);
    ICLRMemoryNotificationCallback *before = host->callback;
    host->callback = callback;
    unlock(host);
    if (before != NULL)
        before->lpVtbl->Release(before);
    return S_OK;
}

/* Files that the caller maps are not counted, so there is no reason to refuse one. */
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

static const IHostMemoryManagerVtbl host_vtable = {
    .QueryInterface = query_interface,
    .AddRef = add_ref,
    .Release = release_host,
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

static HRESULT make_heaps(budget_host *host)
{
    static const DWORD types[2] = {MALLOC_THREADSAFE, MALLOC_THREADSAFE | MALLOC_EXECUTABLE};
    for (int i = 0; i < 2; i++) {
        host->heaps[i].object.lpVtbl = &heap_vtable;
        host->heaps[i].host = host;
        HRESULT hr = host->system->lpVtbl->CreateMalloc(host->system, types[i], &host->heaps[i].system);
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

HRESULT budget_host_create(IHostMemoryManager *system, size_t budget_bytes, IHostMemoryManager **out)
{
    if (out == NULL || system == NULL)
        return E_POINTER;
    *out = NULL;
    budget_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return E_OUTOFMEMORY;
    host->object.lpVtbl = &host_vtable;
    host->system = system;
    host->budget = budget_bytes;
    atomic_init(&host->references, 1);
    atomic_flag_clear(&host->lock);
    HRESULT hr = make_heaps(host);
    if (FAILED(hr)) {
        if (host->heaps[0].system != NULL)
            host->heaps[0].system->lpVtbl->Release(host->heaps[0].system);
        free(host);
        return hr;
    }
    system->lpVtbl->AddRef(system);
    *out = &host->object;
    return S_OK;
}
