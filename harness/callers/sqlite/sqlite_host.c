/* SPDX-License-Identifier: MIT
 * The hosting calls, each in one place, and the binding of SQLite to them.
 *
 * Two rules are kept here and nowhere else: after E_FAIL nothing more is requested (giving back goes on), and a pointer that is NULL in
 * spite of success is nothing. What to do without the memory is SQLite's decision, never this file's.
 */
#include "sqlite_host.h"
#include "sqlite_heap.h"
#include "sqlite_pages.h"
#include <sqlite3.h>
#include "base_poison.h"

static struct {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    bool gone;
    sqlite_host_state state;
    sqlite3_mem_methods own_heap; /* SQLite's */
    sqlite3_pcache_methods2 own_pages;
} host;

static bool took(HRESULT hr)
{
    host.gone = host.gone || hr == E_FAIL || hr == HOST_E_CLRNOTAVAILABLE;
    return SUCCEEDED(hr);
}

bool sqlite_host_set_gone(bool gone)
{
    bool was = host.gone;
    host.gone = gone;
    return was;
}

sqlite_host_state sqlite_host_look(void)
{
    return host.state;
}

void sqlite_host_note_foreign(void)
{
    host.state.foreign++;
}

void *sqlite_host_heap_alloc(size_t size_bytes)
{
    void *block = NULL;
    if (host.gone || !took(host.heap->lpVtbl->Alloc(host.heap, size_bytes, eTaskCritical, &block)) || block == NULL)
        return NULL;
    host.state.blocks++;
    return block;
}

/* A release that the host refuses cannot be mended here, and SQLite has forgotten the block: it counts as given back. */
void sqlite_host_heap_free(void *block)
{
    host.state.blocks--;
    took(host.heap->lpVtbl->Free(host.heap, block));
}

static void *request(void *address, size_t size_bytes, DWORD type, DWORD protect)
{
    void *got = NULL;
    if (host.gone || !took(host.manager->lpVtbl->VirtualAlloc(host.manager, address, size_bytes, type, protect, eTaskCritical, &got)))
        return NULL;
    return got;
}

void *sqlite_host_reserve(size_t size_bytes)
{
    void *region = request(NULL, size_bytes, MEM_RESERVE, PAGE_NOACCESS);
    host.state.slabs += region != NULL;
    return region;
}

bool sqlite_host_commit(void *address, size_t size_bytes)
{
    return request(address, size_bytes, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

bool sqlite_host_decommit(void *address, size_t size_bytes)
{
    return took(host.manager->lpVtbl->VirtualFree(host.manager, address, size_bytes, MEM_DECOMMIT));
}

void sqlite_host_release(void *region)
{
    host.state.slabs--;
    took(host.manager->lpVtbl->VirtualFree(host.manager, region, 0, MEM_RELEASE));
}

/* xInit and xShutdown of the heap, which SQLite calls first and last of all. */
static int open_heap(void *user)
{
    (void)user;
    return !host.gone && took(host.manager->lpVtbl->CreateMalloc(host.manager, MALLOC_THREADSAFE, &host.heap)) && host.heap != NULL ? SQLITE_OK
                                                                                                                                    : SQLITE_NOMEM;
}

static void close_heap(void *user)
{
    (void)user;
    if (host.heap != NULL)
        host.heap->lpVtbl->Release(host.heap);
    host.heap = NULL;
}

bool sqlite_host_bind(IHostMemoryManager *manager)
{
    sqlite3_mem_methods heap = *sqlite_heap_methods();
    heap.xInit = open_heap;
    heap.xShutdown = close_heap;
    host.manager = manager;
    host.heap = NULL;
    host.gone = false;
    host.state = (sqlite_host_state){0};
    return sqlite3_config(SQLITE_CONFIG_GETMALLOC, &host.own_heap) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &host.own_pages) == SQLITE_OK && sqlite3_config(SQLITE_CONFIG_MALLOC, &heap) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_PCACHE2, sqlite_pages_methods()) == SQLITE_OK;
}

void sqlite_host_unbind(void)
{
    sqlite3_config(SQLITE_CONFIG_MALLOC, &host.own_heap);
    sqlite3_config(SQLITE_CONFIG_PCACHE2, &host.own_pages);
}
