/* SPDX-License-Identifier: MIT
 * Shared code of these small programs: hostfault's own host, wrapped, and one-line requests. A program prints one line and returns 0, or says why not
 * and returns 1; nothing here retries or cleans up. The helpers look like a program's own adapter: they pass requests on, and no report
 * may name them.
 */
#ifndef SMALL_HOST_H
#define SMALL_HOST_H

#include <hostfault/hostfault.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
/* What stands before it is done before it: a call before it is no tail call. */
#define BARRIER() __asm__ volatile("" ::: "memory")

static IHostMemoryManager *host;
static IHostMalloc *heap;

static inline int host_open(void)
{
    IHostMemoryManager *bare = NULL;
    if (FAILED(hf_host_create(&bare)) || FAILED(hf_wrap(bare, &host)))
        return 0;
    bare->lpVtbl->Release(bare);
    return SUCCEEDED(host->lpVtbl->CreateMalloc(host, MALLOC_THREADSAFE, &heap)) && heap != NULL;
}

static inline void host_close(void)
{
    if (heap != NULL)
        heap->lpVtbl->Release(heap);
    host->lpVtbl->Release(host);
}

static inline void *take(size_t size)
{
    void *out = NULL;
    return SUCCEEDED(heap->lpVtbl->Alloc(heap, size, eTaskCritical, &out)) ? out : NULL;
}

static inline void give(void *block)
{
    if (block != NULL)
        heap->lpVtbl->Free(heap, block);
}

static inline void *take_pages(void *at, size_t size, DWORD type)
{
    void *out = NULL;
    return SUCCEEDED(host->lpVtbl->VirtualAlloc(host, at, size, type, PAGE_READWRITE, eTaskCritical, &out)) ? out : NULL;
}

static inline HRESULT try_give_pages(void *at)
{
    return host->lpVtbl->VirtualFree(host, at, 0, MEM_RELEASE);
}

static inline void give_pages(void *at)
{
    if (at != NULL)
        (void)try_give_pages(at);
}

static inline int done(const char *text)
{
    hf_result(text, strlen(text));
    puts(text);
    host_close();
    return 0;
}

static inline int fail(const char *why)
{
    fprintf(stderr, "error: %s\n", why);
    host_close();
    return 1;
}

#endif
