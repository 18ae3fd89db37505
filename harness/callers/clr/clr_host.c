/* SPDX-License-Identifier: MIT
 * The wrappers through which the whole runtime reaches its host, and the level that goes with each request. CLR: src/vm/hosting.cpp.
 *
 * What they must never do is be careful. The tests for success differ from method to method, the out-parameters of VirtualAlloc and
 * VirtualQuery are locals that nobody wrote, no HRESULT is kept, nothing is tried again: all that is what a host has to live with.
 *
 * One idea is easily missed: virtual memory goes to the host once m_HostMemoryManager is set, the heap already when m_HostMalloc is.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

void clr_crst_enter(clr_thread *thread, clr_crst *crst)
{
    clr_os_mutex_lock(&crst->mutex);
    thread->lock_count++;
}

void clr_crst_leave(clr_thread *thread, clr_crst *crst)
{
    thread->lock_count--;
    clr_os_mutex_unlock(&crst->mutex);
}

void clr_monitor_enter(clr_thread *thread)
{
    thread->lock_count++;
}

void clr_monitor_leave(clr_thread *thread)
{
    thread->lock_count--;
}

/* hosting.cpp:243-262 and, the same again for the heap, 520-538: the request itself plays no part. The runtime's own critical
 * sections count as locks (crst.cpp:458). The finalizer thread is no special case, whatever the documentation says. */
EMemoryCriticalLevel clr_critical_level(const clr_thread *thread)
{
    if (!thread->clr->started)
        return eProcessCritical;
    if (!thread->managed || thread->lock_count == 0)
        return eTaskCritical;
    if (thread->domain == NULL || thread->domain->is_default)
        return eProcessCritical;
    return eAppDomainCritical;
}

/* EEVirtualAlloc, hosting.cpp:214-321. S_OK alone is success, and then the pointer is believed, null or not; any other success code
 * drops what the host allocated. The local is not initialised (242). */
void *clr_virtual_alloc(clr_thread *thread, void *address, size_t size, DWORD type, DWORD protect)
{
    IHostMemoryManager *host = thread->clr->manager;
    void *memory = (void *)CLR_GARBAGE;
    if (host == NULL) {
        IHostMemoryManager *os = clr_os_memory();
        return os->lpVtbl->VirtualAlloc(os, address, size, type, protect, eTaskCritical, &memory) == S_OK ? memory : NULL;
    }
    HRESULT hr = host->lpVtbl->VirtualAlloc(host, address, size, type, protect, clr_critical_level(thread), &memory);
    return hr == S_OK ? memory : NULL;
}

/* EEVirtualFree, hosting.cpp:329-361. */
bool clr_virtual_free(clr_thread *thread, void *address, size_t size, DWORD type)
{
    IHostMemoryManager *host = thread->clr->manager != NULL ? thread->clr->manager : clr_os_memory();
    return host->lpVtbl->VirtualFree(host, address, size, type) == S_OK;
}

/* EEVirtualQuery, hosting.cpp:366-390. Here every success code counts (FAILED is the test), and the result is a local that is not
 * initialised (379). The caller's buffer is not initialised either. */
size_t clr_virtual_query(clr_thread *thread, void *address, MEMORY_BASIC_INFORMATION *buffer)
{
    IHostMemoryManager *host = thread->clr->manager != NULL ? thread->clr->manager : clr_os_memory();
    SIZE_T result = CLR_GARBAGE;
    memset(buffer, CLR_GARBAGE_BYTE, sizeof *buffer);
    HRESULT hr = host->lpVtbl->VirtualQuery(host, address, buffer, sizeof *buffer, &result);
    return FAILED(hr) ? 0 : result;
}

/* EEVirtualProtect, hosting.cpp:392-421. */
bool clr_virtual_protect(clr_thread *thread, void *address, size_t size, DWORD protect, DWORD *old_protect)
{
    IHostMemoryManager *host = thread->clr->manager != NULL ? thread->clr->manager : clr_os_memory();
    return host->lpVtbl->VirtualProtect(host, address, size, protect, old_protect) == S_OK;
}

/* EEHeapAllocHosted, hosting.cpp:514-560. Unlike VirtualAlloc's, this local begins as null (544). The flags, HEAP_ZERO_MEMORY among them,
 * never reach the host. While the host works the stress log must not allocate (CantAllocHolder). */
void *clr_heap_alloc(clr_thread *thread, DWORD flags, size_t size)
{
    void *memory = NULL;
    IHostMalloc *host = thread->clr->malloc;
    if (host == NULL) {
        IHostMalloc *os = clr_os_heap();
        bool given = os->lpVtbl->Alloc(os, size, eTaskCritical, &memory) == S_OK && memory != NULL;
        if (given && (flags & CLR_HEAP_ZERO_MEMORY) != 0)
            memset(memory, 0, size);
        return given ? memory : NULL;
    }
    thread->in_host_malloc = true;
    HRESULT hr = host->lpVtbl->Alloc(host, size, clr_critical_level(thread), &memory);
    thread->in_host_malloc = false;
    return hr == S_OK ? memory : NULL;
}

/* EEHeapFree, hosting.cpp:640-683. A null pointer is a success before the host is asked, and the host is asked all the same (658-668). */
bool clr_heap_free(clr_thread *thread, void *memory)
{
    IHostMalloc *host = thread->clr->malloc != NULL ? thread->clr->malloc : clr_os_heap();
    return host->lpVtbl->Free(host, memory) == S_OK;
}

/* operator new, src/utilcode/clrhost_nodependencies.cpp:401-440. Only null is failure, so a request for 0 bytes must give a pointer. */
void *clr_new(clr_thread *thread, size_t size)
{
    void *memory = clr_heap_alloc(thread, 0, size);
    if (memory == NULL)
        clr_throw_out_of_memory(thread);
    return memory;
}

/* operator new(nothrow), 444-480. */
void *clr_new_nothrow(clr_thread *thread, size_t size)
{
    return clr_heap_alloc(thread, 0, size);
}

/* operator delete keeps null from the host, and ignores the result. */
void clr_delete(clr_thread *thread, void *memory)
{
    if (memory != NULL)
        clr_heap_free(thread, memory);
}

/* corhost.cpp:7211-7248. The host's numbers replace the system's on S_OK alone; the locals it writes to are not initialised. */
clr_memory_status clr_global_memory_status(clr_thread *thread)
{
    clr_memory_status status = {50, (uint64_t)1 << 32};
    DWORD load = (DWORD)CLR_GARBAGE;
    SIZE_T available = CLR_GARBAGE;
    IHostMemoryManager *host = thread->clr->manager;
    if (host != NULL && host->lpVtbl->GetMemoryLoad(host, &load, &available) == S_OK)
        status = (clr_memory_status){load, available};
    return status;
}
