/* SPDX-License-Identifier: MIT
 * A caller without hostfault, as torture tests have it: fail_nth lua|sqlite N once|onwards [libfiu|clones]. Its host is ours, bare; the N-th request
 * for memory fails (0: none, and the requests are counted on stdout), by a counter of its own or by a failure point of libfiu. Exit status: the
 * caller's. With "clones" every N-th request fails in a clone of the process, which is what any tool has to make and wait for.
 */
#include "caller_lua.h"
#include "caller_sqlite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HF_HAVE_FIU
#define FIU_ENABLE
#include <fiu-control.h>
#include <fiu.h>
#endif

static struct {
    unsigned long requests, nth;
    unsigned long every, next; /* clones; 0: none are made */
    long running, at_once;
    bool onwards, by_fiu, paused;
    const IHostMemoryManagerVtbl *manager;
    const IHostMallocVtbl *heap;
    IHostMemoryManagerVtbl failing_manager;
    IHostMallocVtbl failing_heap;
} self;

/* The callers check themselves with calls that are not to fail. */
void __wrap_hf_pause(void);
void __wrap_hf_resume(void);

void __wrap_hf_pause(void)
{
    self.paused = true;
}

void __wrap_hf_resume(void)
{
    self.paused = false;
}

static void wait_for_one(void)
{
    if (waitpid(-1, NULL, 0) > 0)
        self.running--;
}

/* True in the clone. */
static bool make_clone(void)
{
    self.next += self.every;
    if (self.running == self.at_once)
        wait_for_one();
    self.running++;
    if (syscall(SYS_clone, (long)SIGCHLD, NULL, NULL, NULL, NULL) != 0)
        return false;
    self.every = 0;
    self.nth = self.requests;
    return true;
}

static bool is_chosen(void)
{
    if (self.paused)
        return false;
    self.requests++;
    if (self.every != 0)
        return self.requests == self.next && make_clone();
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

static bool use_mode(const char *mode)
{
    if (strcmp(mode, "clones") != 0)
        return use_fiu();
    self.every = self.next = self.nth;
    self.nth = 0;
    self.at_once = sysconf(_SC_NPROCESSORS_ONLN);
    return true;
}

int main(int argc, char **argv)
{
    IHostMemoryManager *manager = NULL;
    bool known = argc >= 4 && (strcmp(argv[1], "lua") == 0 || strcmp(argv[1], "sqlite") == 0);
    if (!known || FAILED(hf_host_create(&manager)))
        return 2;
    self.nth = strtoul(argv[2], NULL, 10);
    self.onwards = strcmp(argv[3], "onwards") == 0;
    if (argc == 5 && !use_mode(argv[4]))
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
    bool counts = self.nth == 0 && self.every == 0;
    unsigned long requests = self.requests;
    self.paused = true; /* the check is not to fail */
    bool passed = caller->check == NULL || caller->check(&run, &why) != 0;
    manager->lpVtbl->Release(manager);
    while (self.every != 0 && self.running > 0)
        wait_for_one();
    if (counts)
        printf("%lu\n", requests);
    return passed ? (int)end : 3;
}
