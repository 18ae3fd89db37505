/* SPDX-License-Identifier: MIT
 * The log. What a caller of a host has to get right is in open_log, which gives back the first thing when the second cannot be had, and in grow,
 * which leaves the log as it was.
 */
#include "log.h"

#include <stdio.h>
#include <string.h>

#define RESERVED ((size_t)4 << 20)
#define STEP ((size_t)64 << 10)

typedef struct record {
    char *text; /* of the heap */
    unsigned number;
} record;

typedef struct log {
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    record *records;
    size_t committed;
    unsigned count;
} log_book;

static HRESULT commit(log_book *log, size_t bytes)
{
    void *got = NULL;
    HRESULT hr = log->manager->lpVtbl->VirtualAlloc(log->manager, (char *)log->records + log->committed, bytes, MEM_COMMIT, PAGE_READWRITE,
                                                    eTaskCritical, &got);
    if (hr == S_OK)
        log->committed += bytes;
    return hr;
}

static HRESULT reserve(log_book *log)
{
    void *got = NULL;
    HRESULT hr = log->manager->lpVtbl->VirtualAlloc(log->manager, NULL, RESERVED, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &got);
    if (hr != S_OK)
        return hr;
    log->records = got;
    hr = commit(log, STEP);
    if (hr != S_OK)
        log->manager->lpVtbl->VirtualFree(log->manager, got, 0, MEM_RELEASE);
    return hr;
}

static HRESULT open_log(log_book *log, IHostMemoryManager *manager)
{
    memset(log, 0, sizeof *log);
    log->manager = manager;
    HRESULT hr = manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &log->heap);
    if (hr != S_OK)
        return hr;
    hr = reserve(log);
    if (hr != S_OK)
        log->heap->lpVtbl->Release(log->heap);
    return hr;
}

static HRESULT add(log_book *log, unsigned number)
{
    char text[32];
    size_t size = (size_t)snprintf(text, sizeof text, "record %u", number) + 1;
    void *copy = NULL;
    HRESULT hr = (log->count + 1) * sizeof(record) > log->committed ? commit(log, STEP) : S_OK;
    if (hr == S_OK)
        hr = log->heap->lpVtbl->Alloc(log->heap, size, eTaskCritical, &copy);
    if (hr != S_OK)
        return hr;
    memcpy(copy, text, size);
    log->records[log->count++] = (record){.text = copy, .number = number};
    return S_OK;
}

static void close_log(log_book *log)
{
    for (unsigned i = 0; i < log->count; i++)
        log->heap->lpVtbl->Free(log->heap, log->records[i].text);
    log->manager->lpVtbl->VirtualFree(log->manager, log->records, 0, MEM_RELEASE);
    log->heap->lpVtbl->Release(log->heap);
}

HRESULT log_run(IHostMemoryManager *manager, unsigned count, unsigned *written)
{
    log_book log;
    *written = 0;
    HRESULT hr = open_log(&log, manager);
    if (hr != S_OK)
        return hr;
    while (hr == S_OK && log.count < count)
        hr = add(&log, log.count);
    *written = log.count;
    close_log(&log);
    return hr;
}
