/* SPDX-License-Identifier: MIT
 * The objects of our own host, beyond what the contract suite requires of any host: exact HRESULTs, last errors, errno, null arguments.
 */
#include "hf_rows.h"
#include "host.h"
#include "host_lock.h"

#include <errno.h>
#include <string.h>

#define PAGE 0x1000u
#define WIN32(code) ((HRESULT)(0x80070000u | (code)))

TestSuite(host_manager, .timeout = 120);

static IHostMemoryManager *manager(void)
{
    hf__os_set_last_error(4711);
    hf__os_set_errno(4711);
    return hf__host_manager();
}

static char *region(void)
{
    static char *base;
    void *got = NULL;
    if (base != NULL)
        return base;
    (void)hf__host_alloc(NULL, 16 * PAGE, MEM_RESERVE, PAGE_READWRITE, &got);
    base = got;
    (void)hf__host_alloc(base, PAGE, MEM_COMMIT, PAGE_READWRITE, &got);
    return base;
}

/* Each call fails, with an out-parameter that must be null afterwards. */
static HRESULT alloc_nothing(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    return m->lpVtbl->VirtualAlloc(m, NULL, 0, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, (void **)out);
}
static HRESULT alloc_taken(uintptr_t *out)
{
    char *base = region();
    IHostMemoryManager *m = manager();
    return m->lpVtbl->VirtualAlloc(m, base, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, (void **)out);
}
static HRESULT alloc_past_limit(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    return m->lpVtbl->VirtualAlloc(m, NULL, (size_t)1 << 44, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, (void **)out);
}
static HRESULT alloc_large_pages(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    return m->lpVtbl->VirtualAlloc(m, NULL, 1u << 21, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, PAGE_READWRITE, eTaskCritical, (void **)out);
}
static HRESULT alloc_interrupted(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    hf__host_thread.busy = 1;
    HRESULT hr = m->lpVtbl->VirtualAlloc(m, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, (void **)out);
    hf__host_thread.busy = 0;
    return hr;
}
static HRESULT alloc_without_out(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->VirtualAlloc(m, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, NULL);
}
static HRESULT free_foreign(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    HRESULT hr = m->lpVtbl->VirtualFree(m, out, 0, MEM_RELEASE);
    *out = 0;
    return hr;
}
static HRESULT free_null(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->VirtualFree(m, NULL, 0, MEM_RELEASE);
}
static HRESULT free_with_size(uintptr_t *out)
{
    char *base = region();
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->VirtualFree(m, base, PAGE, MEM_RELEASE);
}
static HRESULT free_inside(uintptr_t *out)
{
    char *base = region();
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->VirtualFree(m, base + PAGE, 0, MEM_RELEASE);
}
static HRESULT protect_reserved(uintptr_t *out)
{
    DWORD old = 77;
    char *base = region();
    IHostMemoryManager *m = manager();
    HRESULT hr = m->lpVtbl->VirtualProtect(m, base + PAGE, PAGE, PAGE_READONLY, &old);
    *out = old;
    return hr;
}
static HRESULT protect_without_out(uintptr_t *out)
{
    char *base = region();
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->VirtualProtect(m, base, PAGE, PAGE_READONLY, NULL);
}
static HRESULT query_short(uintptr_t *out)
{
    char buffer[8], *base = region();
    SIZE_T bytes = 5;
    IHostMemoryManager *m = manager();
    HRESULT hr = m->lpVtbl->VirtualQuery(m, base, buffer, sizeof buffer, &bytes);
    *out = bytes;
    return hr;
}
static HRESULT query_without_buffer(uintptr_t *out)
{
    SIZE_T bytes = 5;
    char *base = region();
    IHostMemoryManager *m = manager();
    HRESULT hr = m->lpVtbl->VirtualQuery(m, base, NULL, 48, &bytes);
    *out = bytes;
    return hr;
}
static HRESULT query_without_out(uintptr_t *out)
{
    MEMORY_BASIC_INFORMATION told;
    char *base = region();
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->VirtualQuery(m, base, &told, sizeof told, NULL);
}
static HRESULT load_without_out(uintptr_t *out)
{
    DWORD load = 5;
    IHostMemoryManager *m = manager();
    HRESULT hr = m->lpVtbl->GetMemoryLoad(m, &load, NULL);
    *out = load;
    return hr;
}
static HRESULT create_unknown_type(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    return m->lpVtbl->CreateMalloc(m, 4, (IHostMalloc **)out);
}
static HRESULT create_without_out(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    *out = 0;
    return m->lpVtbl->CreateMalloc(m, MALLOC_THREADSAFE, NULL);
}
static HRESULT interface_unknown(uintptr_t *out)
{
    IHostMemoryManager *m = manager();
    return m->lpVtbl->QueryInterface(m, &HF_IID_IHostControl, (void **)out);
}
static HRESULT heap_too_much(uintptr_t *out)
{
    IHostMalloc *m = hf__host_malloc();
    (void)manager();
    return m->lpVtbl->Alloc(m, SIZE_MAX / 2, eProcessCritical, (void **)out);
}
static HRESULT heap_debug_too_much(uintptr_t *out)
{
    char file[] = "x.c";
    IHostMalloc *m = hf__host_malloc();
    (void)manager();
    return m->lpVtbl->DebugAlloc(m, SIZE_MAX / 2, eProcessCritical, file, 1, (void **)out);
}
static HRESULT heap_without_out(uintptr_t *out)
{
    IHostMalloc *m = hf__host_malloc();
    (void)manager();
    *out = 0;
    return m->lpVtbl->Alloc(m, 8, eTaskCritical, NULL);
}
static HRESULT heap_free_foreign(uintptr_t *out)
{
    IHostMalloc *m = hf__host_malloc();
    (void)manager();
    HRESULT hr = m->lpVtbl->Free(m, out);
    *out = 0;
    return hr;
}

static const struct {
    const char *label;
    HRESULT (*call)(uintptr_t *out);
    HRESULT hr;
    DWORD last_error;
    int errno_code;
} failures[] = {
    {"VirtualAlloc of nothing", alloc_nothing, E_INVALIDARG, 87, EINVAL},
    {"VirtualAlloc where something is", alloc_taken, WIN32(487), 487, EINVAL},
    {"VirtualAlloc past the commit limit", alloc_past_limit, E_OUTOFMEMORY, 1455, ENOMEM},
    {"VirtualAlloc of large pages", alloc_large_pages, WIN32(1314), 1314, EIO},
    {"VirtualAlloc that interrupts another", alloc_interrupted, WIN32(21), 21, EIO},
    {"VirtualAlloc without ppMem", alloc_without_out, E_POINTER, 998, EFAULT},
    {"VirtualFree of what is not the host's", free_foreign, HOST_E_INVALIDOPERATION, 4317, EINVAL},
    {"VirtualFree of null", free_null, HOST_E_INVALIDOPERATION, 4317, EINVAL},
    {"VirtualFree with a size", free_with_size, E_INVALIDARG, 87, EINVAL},
    {"VirtualFree inside a region", free_inside, WIN32(487), 487, EINVAL},
    {"VirtualProtect of reserved pages", protect_reserved, WIN32(487), 487, EINVAL},
    {"VirtualProtect without pflOldProtect", protect_without_out, E_POINTER, 998, EFAULT},
    {"VirtualQuery with a short buffer", query_short, WIN32(24), 24, EIO},
    {"VirtualQuery without a buffer", query_without_buffer, E_POINTER, 998, EFAULT},
    {"VirtualQuery without pResult", query_without_out, E_POINTER, 998, EFAULT},
    {"GetMemoryLoad without pAvailableBytes", load_without_out, E_POINTER, 998, EFAULT},
    {"CreateMalloc of an unknown type", create_unknown_type, E_INVALIDARG, 87, EINVAL},
    {"CreateMalloc without ppMalloc", create_without_out, E_POINTER, 998, EFAULT},
    {"QueryInterface for something else", interface_unknown, E_NOINTERFACE, 50, ENOTSUP},
    {"Alloc of too much", heap_too_much, E_OUTOFMEMORY, 8, ENOMEM},
    {"DebugAlloc of too much", heap_debug_too_much, E_OUTOFMEMORY, 8, ENOMEM},
    {"Alloc without ppMem", heap_without_out, E_POINTER, 998, EFAULT},
    {"Free of what is not the heap's", heap_free_foreign, HOST_E_INVALIDOPERATION, 4317, EINVAL},
};

HF_ROWS(host_manager, failure_tells_everywhere, failures)
{
    uintptr_t out = 0xDEAD;
    HRESULT hr = failures[*number].call(&out);
    int errno_code = hf__os_errno();
    cr_assert(eq(u32, (DWORD)hr, (DWORD)failures[*number].hr), "%s", failures[*number].label);
    cr_assert(eq(u32, hf__os_last_error(), failures[*number].last_error), "%s: last error", failures[*number].label);
    cr_assert(eq(int, errno_code, failures[*number].errno_code), "%s: errno", failures[*number].label);
    cr_assert(eq(sz, out, 0), "%s: the out-parameter", failures[*number].label);
}

Test(host_manager, success_leaves_last_error_and_errno)
{
    void *got = NULL;
    DWORD old = 0;
    IHostMemoryManager *m = manager();
    cr_assert(eq(u32, (DWORD)m->lpVtbl->VirtualAlloc(m, NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &got), S_OK));
    cr_assert(eq(u32, (DWORD)m->lpVtbl->VirtualProtect(m, got, PAGE, PAGE_READONLY, &old), S_OK));
    cr_assert(eq(u32, (DWORD)m->lpVtbl->VirtualFree(m, got, 0, MEM_RELEASE), S_OK));
    cr_assert(eq(u32, hf__os_last_error(), 4711));
    cr_assert(eq(int, hf__os_errno(), 4711));
}

Test(host_manager, memory_load_respects_the_commit_limit)
{
    DWORD load = 0;
    SIZE_T available = 0;
    IHostMemoryManager *m = manager();
    (void)region();
    hf__host_set_commit_limit(hf__host_committed() + 3 * PAGE);
    cr_assert(eq(u32, (DWORD)m->lpVtbl->GetMemoryLoad(m, &load, &available), S_OK));
    cr_assert(eq(sz, available, 3 * PAGE));
    cr_assert(le(u32, load, 100));
}

/* Callbacks that count. */
static ULONG references[2];

static ULONG *count_of(ICLRMemoryNotificationCallback *self);

static HRESULT STDMETHODCALLTYPE query_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    (void)riid;
    *out = self;
    return S_OK;
}
static ULONG STDMETHODCALLTYPE add_ref(ICLRMemoryNotificationCallback *self)
{
    return ++*count_of(self);
}
static ULONG STDMETHODCALLTYPE release(ICLRMemoryNotificationCallback *self)
{
    return --*count_of(self);
}
static HRESULT STDMETHODCALLTYPE notify(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    (void)self;
    (void)available;
    return S_OK;
}
static const ICLRMemoryNotificationCallbackVtbl vtable = {query_interface, add_ref, release, notify};
static ICLRMemoryNotificationCallback callbacks[2] = {{&vtable}, {&vtable}};

static ULONG *count_of(ICLRMemoryNotificationCallback *self)
{
    return &references[self - callbacks];
}

Test(host_manager, callback_is_kept_until_the_next_one)
{
    IHostMemoryManager *m = manager();
    cr_assert(eq(ptr, hf__host_callback(), NULL));
    cr_assert(eq(u32, (DWORD)m->lpVtbl->RegisterMemoryNotificationCallback(m, &callbacks[0]), S_OK));
    cr_assert(eq(ptr, hf__host_callback(), &callbacks[0]));
    cr_assert(eq(u32, references[0], 1));
    cr_assert(eq(u32, (DWORD)m->lpVtbl->RegisterMemoryNotificationCallback(m, &callbacks[1]), S_OK));
    cr_assert(eq(u32, references[0], 0));
    cr_assert(eq(u32, references[1], 1));
    cr_assert(eq(u32, (DWORD)m->lpVtbl->RegisterMemoryNotificationCallback(m, NULL), S_OK));
    cr_assert(eq(u32, references[1], 0));
    cr_assert(eq(ptr, hf__host_callback(), NULL));
}

Test(host_manager, one_release_too_many_does_no_harm)
{
    IHostMalloc *heap = hf__host_malloc();
    void *block = NULL;
    for (int i = 0; i < 5; i++)
        heap->lpVtbl->Release(heap);
    cr_assert(eq(u32, heap->lpVtbl->Release(heap), 0));
    cr_assert(eq(u32, (DWORD)heap->lpVtbl->Alloc(heap, 8, eTaskCritical, &block), S_OK));
    cr_assert(eq(u32, heap->lpVtbl->AddRef(heap), 1));
}
