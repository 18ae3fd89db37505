/*
 * A caller without hostfault, as torture tests have it: fail_nth lua|sqlite N once|onwards [libfiu]. Its host is ours, bare; the N-th request for
 * memory fails (0: none, and the requests are counted on stdout), by a counter of its own or by a failure point of libfiu. Exit status: the caller's.
 */
#include "caller_lua.h"
#include "caller_sqlite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HF_HAVE_FIU
#define FIU_ENABLE
#include <fiu-control.h>
#include <fiu.h>
#endif

static struct {
    unsigned long requests, nth;
    bool onwards, by_fiu;
    const IHostMemoryManagerVtbl *manager;
    const IHostMallocVtbl *heap;
    IHostMemoryManagerVtbl failing_manager;
    IHostMallocVtbl failing_heap;
} self;

static bool is_chosen(void)
{
    self.requests++;
    return self.onwards ? self.nth != 0 && self.requests >= self.nth : self.requests == self.nth;
}

#ifdef HF_HAVE_FIU
static int decide(const char *name, int *number, void **info, unsigned *flags)
{
    (void)name, (void)number, (void)info, (void)flags;
    return is_chosen();
}

static bool fails(void)
{
    return self.by_fiu ? fiu_fail("host/request") != 0 : is_chosen();
}

static bool use_fiu(void)
{
    self.by_fiu = fiu_init(0) == 0 && fiu_enable_external("host/request", 1, NULL, 0, decide) == 0;
    return self.by_fiu;
}
#else
static bool fails(void)
{
    return is_chosen();
}

static bool use_fiu(void)
{
    return false;
}
#endif

static HRESULT STDMETHODCALLTYPE fail_alloc(IHostMalloc *This, SIZE_T size, EMemoryCriticalLevel level, void **out)
{
    *out = NULL;
    return fails() ? E_OUTOFMEMORY : self.heap->Alloc(This, size, level, out);
}

static HRESULT STDMETHODCALLTYPE fail_create_malloc(IHostMemoryManager *This, DWORD type, IHostMalloc **out)
{
    *out = NULL;
    HRESULT hr = fails() ? E_OUTOFMEMORY : self.manager->CreateMalloc(This, type, out);
    if (FAILED(hr))
        return hr;
    self.heap = (*out)->lpVtbl != &self.failing_heap ? (*out)->lpVtbl : self.heap;
    self.failing_heap = *self.heap;
    self.failing_heap.Alloc = fail_alloc;
    (*out)->lpVtbl = &self.failing_heap;
    return hr;
}

static HRESULT STDMETHODCALLTYPE fail_virtual_alloc(IHostMemoryManager *This, void *address, SIZE_T size, DWORD type, DWORD protect,
                                                    EMemoryCriticalLevel level, void **out)
{
    *out = NULL;
    return fails() ? E_OUTOFMEMORY : self.manager->VirtualAlloc(This, address, size, type, protect, level, out);
}

int main(int argc, char **argv)
{
    IHostMemoryManager *manager = NULL;
    bool known = argc >= 4 && (strcmp(argv[1], "lua") == 0 || strcmp(argv[1], "sqlite") == 0);
    if (!known || FAILED(hf_host_create(&manager)))
        return 2;
    self.nth = strtoul(argv[2], NULL, 10);
    self.onwards = strcmp(argv[3], "onwards") == 0;
    if (argc == 5 && !use_fiu())
        return 77;
    self.manager = manager->lpVtbl;
    self.failing_manager = *self.manager;
    self.failing_manager.CreateMalloc = fail_create_malloc;
    self.failing_manager.VirtualAlloc = fail_virtual_alloc;
    manager->lpVtbl = &self.failing_manager;
    const hf_caller *caller = strcmp(argv[1], "lua") == 0 ? &hf_caller_lua : &hf_caller_sqlite;
    hf_caller_run run = {.manager = manager};
    hf_caller_end end = caller->run(&run);
    const char *why = "";
    bool counts = self.nth == 0;
    unsigned long requests = self.requests;
    self.nth = 0; /* the check is not to fail */
    bool passed = caller->check == NULL || caller->check(&run, &why) != 0;
    manager->lpVtbl->Release(manager);
    if (counts)
        printf("%lu\n", requests);
    return passed ? (int)end : 3;
}
