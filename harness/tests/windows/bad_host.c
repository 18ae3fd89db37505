/* SPDX-License-Identifier: MIT
 * A host over VirtualAlloc with one defect, which its argument names, and the caller that shows it. It is linked with the shim and runs with the hook
 * under it. Every error here is the host's; the caller reacts correctly.
 */
#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

#define BYTES ((SIZE_T)0x20000)

static const char *defect;

static int has(const char *name)
{
    return strcmp(defect, name) == 0;
}

static HRESULT STDMETHODCALLTYPE query_interface(IHostMemoryManager *self, REFIID riid, void **out)
{
    (void)riid;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IHostMemoryManager *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE create_malloc(IHostMemoryManager *self, DWORD type, IHostMalloc **out)
{
    (void)self;
    (void)type;
    *out = NULL;
    return has("null-heap") ? S_OK : E_NOTIMPL;
}

/* Reserves first and commits then, so that a failure can come between. */
static HRESULT reserve_and_commit(SIZE_T size, DWORD protect, void **out)
{
    void *base = VirtualAlloc(NULL, size, MEM_RESERVE, protect);
    if (base != NULL && VirtualAlloc(base, size, MEM_COMMIT, protect) == NULL) {
        if (has("absent")) {
            *out = base;
            return S_OK;
        }
        if (!has("leaks"))
            VirtualFree(base, 0, MEM_RELEASE);
        base = NULL;
    }
    *out = base;
    return base != NULL || has("null") ? S_OK : E_OUTOFMEMORY;
}

/* NOLINTNEXTLINE(readability-function-size): IHostMemoryManager::VirtualAlloc */
static HRESULT STDMETHODCALLTYPE virtual_alloc(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type, DWORD protect,
                                               EMemoryCriticalLevel level, void **out)
{
    (void)self;
    (void)level;
    if (address == NULL && (type & MEM_COMMIT) != 0)
        return reserve_and_commit(size, protect, out);
    *out = VirtualAlloc(address, size, type, protect);
    return *out != NULL ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE virtual_free(IHostMemoryManager *self, void *address, SIZE_T size, DWORD type)
{
    (void)self;
    return (has("keeps") ? VirtualFree(address, BYTES, MEM_DECOMMIT) : VirtualFree(address, size, type)) ? S_OK : HOST_E_INVALIDOPERATION;
}

static HRESULT STDMETHODCALLTYPE virtual_query(IHostMemoryManager *self, void *address, void *buffer, SIZE_T length, SIZE_T *out)
{
    (void)self;
    *out = VirtualQuery(address, buffer, length);
    return *out != 0 ? S_OK : E_FAIL;
}

static HRESULT STDMETHODCALLTYPE virtual_protect(IHostMemoryManager *self, void *address, SIZE_T size, DWORD protect, DWORD *old)
{
    (void)self;
    return has("accepts") || VirtualProtect(address, size, protect, old) ? S_OK : HOST_E_INVALIDOPERATION;
}

static const IHostMemoryManagerVtbl vtable = {
    .QueryInterface = query_interface,
    .AddRef = add_ref,
    .Release = add_ref,
    .CreateMalloc = create_malloc,
    .VirtualAlloc = virtual_alloc,
    .VirtualFree = virtual_free,
    .VirtualQuery = virtual_query,
    .VirtualProtect = virtual_protect,
};

/* A caller that asks for memory and gives it back. In one case it also asks what is to be refused, which the host does not pass on. */
static int work(IHostMemoryManager *host)
{
    void *memory = NULL;
    DWORD old = 0;
    IHostMalloc *heap = NULL;
    (void)host->lpVtbl->CreateMalloc(host, MALLOC_THREADSAFE, &heap);
    if (FAILED(host->lpVtbl->VirtualAlloc(host, NULL, BYTES, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory)) || memory == NULL) {
        printf("no memory\n");
        return 3;
    }
    HRESULT released = host->lpVtbl->VirtualFree(host, memory, 0, MEM_RELEASE);
    HRESULT again = has("accepts") ? host->lpVtbl->VirtualProtect(host, memory, BYTES, PAGE_READONLY, &old) : E_FAIL;
    printf("released 0x%08X, protected 0x%08X\n", (unsigned)released, (unsigned)again);
    return 0;
}

int main(int argc, char **argv)
{
    IHostMemoryManager inner = {.lpVtbl = &vtable}, *host = NULL;
    defect = argc > 1 ? argv[1] : "good";
    return SUCCEEDED(hf_wrap(&inner, &host)) ? work(host) : 2;
}
