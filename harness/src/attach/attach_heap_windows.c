/* SPDX-License-Identifier: MIT
 * The heap's functions on their way through the shim, as IHostMalloc's: HeapAlloc is Alloc, HeapFree is Free, HeapCreate is CreateMalloc. HeapReAlloc
 * is an Alloc of the new size, which may fail; if it succeeds, a Free of the old block follows, which is over already and cannot fail.
 *
 * Blocks from before the hook was installed are freed like any other: their Free is recorded, and the missing Alloc is not a mistake of the program.
 * A Free of null, which C runtimes make by the hundred thousand, requests nothing and is not recorded. HeapDestroy is recorded as a Free of each
 * block that the heap still has. Not seen: what ntdll does for itself. If a function must raise an exception when there is no memory, it is raised
 * here, after the shim's record.
 */
#include "attach_call_windows.h"
#include "os_atomic.h"

#include "base_poison.h"

#define RAISING_MAX 64u
#define GONE 1u               /* was one; no heap has that handle */
#define NO_MEMORY 0xC0000017u /* STATUS_NO_MEMORY */

/* The system's own; NULL where this Windows has none of that name. DLLs of the system's also use the one of ntdll. */
static struct {
    LPVOID(WINAPI *HeapAlloc)(HANDLE, DWORD, SIZE_T);
    LPVOID(WINAPI *HeapReAlloc)(HANDLE, DWORD, LPVOID, SIZE_T);
    BOOL(WINAPI *HeapFree)(HANDLE, DWORD, LPVOID);
    BOOL(WINAPI *RtlFreeHeap)(HANDLE, DWORD, LPVOID);
    HANDLE(WINAPI *HeapCreate)(DWORD, SIZE_T, SIZE_T);
    BOOL(WINAPI *HeapDestroy)(HANDLE);
} real;

/* Heaps that were made to raise exceptions. */
static uint64_t raising[RAISING_MAX];

static bool raises(HANDLE heap, DWORD flags)
{
    for (unsigned i = 0; i < RAISING_MAX && (flags & HEAP_GENERATE_EXCEPTIONS) == 0; i++) {
        uint64_t found = hf__os_load_u64(&raising[i]);
        if (found == 0 || found == (uintptr_t)heap)
            return found != 0;
    }
    return (flags & HEAP_GENERATE_EXCEPTIONS) != 0;
}

static void note_raising(HANDLE heap)
{
    for (unsigned i = 0; heap != NULL && i < RAISING_MAX; i++) {
        if (hf__os_swap_if_u64(&raising[i], 0, (uintptr_t)heap))
            return;
    }
}

/* A heap that was destroyed may have left its handle to this one. */
static void forget_raising(HANDLE heap)
{
    for (unsigned i = 0; heap != NULL && i < RAISING_MAX; i++)
        (void)hf__os_swap_if_u64(&raising[i], (uintptr_t)heap, GONE);
}

HRESULT hf__attach_hook_answer_block(hf_shim_call *call, const void *block)
{
    HRESULT hr = hf__attach_hook_answer(call, block != NULL);
    return SUCCEEDED(hr) ? hr : E_OUTOFMEMORY;
}

static HRESULT forward_alloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    *out = real.HeapAlloc(hook->heap, hook->flags & ~(DWORD)HEAP_GENERATE_EXCEPTIONS, call->call.size);
    return hf__attach_hook_answer_block(call, *out);
}

static void *alloc(hf__attach_hook_call *hook, HANDLE heap, DWORD flags, SIZE_T size)
{
    void *out = NULL;
    hook->heap = heap;
    hook->flags = flags;
    hook->shim.call.size = size;
    hook->own_out = &out;
    hook->shim.out = &out;
    hook->shim.out_size = sizeof out;
    if (hf__attach_hook_run(hook) && out != NULL)
        return out;
    if (raises(heap, flags))
        RaiseException(NO_MEMORY, 0, 0, NULL);
    return NULL;
}

static LPVOID WINAPI heap_alloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    if (hf__attach_hook_passes_by())
        return real.HeapAlloc(heap, flags, size);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, forward_alloc, HF_HOOK_CALLED_FROM());
    return alloc(&hook, heap, flags, size);
}

static HRESULT forward_free(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    return hf__attach_hook_answer(call, real.HeapFree(hook->heap, hook->flags, HF_HOOK_ARGUMENT(call->call.address)));
}

static BOOL WINAPI heap_free(HANDLE heap, DWORD flags, LPVOID block)
{
    if (block == NULL || hf__attach_hook_passes_by())
        return real.HeapFree(heap, flags, block);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_FREE, forward_free, HF_HOOK_CALLED_FROM());
    hook.heap = heap;
    hook.flags = flags;
    hook.shim.call.address = (uintptr_t)block;
    return hf__attach_hook_run(&hook);
}

/* With `done: true` the program is told that realloc failed, so the old block must stay valid: the new one is a separate block. */
static HRESULT forward_realloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    DWORD flags = hook->flags & ~(DWORD)HEAP_GENERATE_EXCEPTIONS;
    void **out = call->out;
    bool is_aside = out != hook->own_out;
    *out = is_aside ? real.HeapAlloc(hook->heap, flags, call->call.size) : real.HeapReAlloc(hook->heap, flags, hook->parameters, call->call.size);
    return hf__attach_hook_answer_block(call, *out);
}

static HRESULT forward_nothing(hf_shim_call *call)
{
    return hf__attach_hook_answer(call, true);
}

void hf__attach_hook_note_given(const void *block, uintptr_t pc)
{
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_FREE, forward_nothing, pc);
    hook.shim.call.address = (uintptr_t)block;
    hf_pause();
    (void)hf__attach_hook_run(&hook);
    hf_resume();
}

static LPVOID WINAPI heap_realloc(HANDLE heap, DWORD flags, LPVOID old, SIZE_T size)
{
    if (hf__attach_hook_passes_by())
        return real.HeapReAlloc(heap, flags, old, size);
    hf__attach_hook_call hook;
    uintptr_t pc = HF_HOOK_CALLED_FROM();
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, forward_realloc, pc);
    hook.parameters = old;
    hook.shim.keeps = true;
    void *out = alloc(&hook, heap, flags, size);
    if (out != NULL && hook.is_forwarded)
        hf__attach_hook_note_given(old, pc); /* it has gone with the new one's coming */
    return out;
}

static HRESULT forward_create(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    *out = real.HeapCreate(hook->flags, hook->initial, hook->maximum);
    return hf__attach_hook_answer(call, *out != NULL);
}

/* One that is to raise exceptions is noted, and made without: the heap's own would leave the shim behind in the middle of a call. */
static HANDLE WINAPI heap_create(DWORD options, SIZE_T initial, SIZE_T maximum)
{
    if (hf__attach_hook_passes_by())
        return real.HeapCreate(options, initial, maximum);
    hf__attach_hook_call hook = {.flags = options & ~(DWORD)HEAP_GENERATE_EXCEPTIONS, .initial = initial, .maximum = maximum};
    void *out = NULL;
    hf__attach_hook_begin(&hook, HF_METHOD_CREATE_MALLOC, forward_create, HF_HOOK_CALLED_FROM());
    hook.shim.call.type = MALLOC_THREADSAFE; /* a trace does not say which heap a call is for, and most are */
    hook.shim.out = &out;
    hook.shim.out_size = sizeof out;
    if (!hf__attach_hook_run(&hook))
        return NULL;
    forget_raising(out);
    if ((options & HEAP_GENERATE_EXCEPTIONS) != 0)
        note_raising(out);
    return out;
}

/* The walk takes no memory, and what is recorded meanwhile none of this heap. */
static void note_all_given(HANDLE heap, uintptr_t pc)
{
    PROCESS_HEAP_ENTRY entry = {0};
    while (HeapWalk(heap, &entry)) {
        if ((entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0)
            hf__attach_hook_note_given(entry.lpData, pc);
    }
}

/* The system refuses to destroy the process's own heap. */
static BOOL WINAPI heap_destroy(HANDLE heap)
{
    if (heap == NULL || heap == GetProcessHeap() || hf__attach_hook_passes_by())
        return real.HeapDestroy(heap);
    DWORD kept = GetLastError();
    note_all_given(heap, HF_HOOK_CALLED_FROM());
    SetLastError(kept);
    return real.HeapDestroy(heap);
}

#define HOOKS(row)                                                                                                                                   \
    row(HeapAlloc, heap_alloc) row(HeapReAlloc, heap_realloc) row(HeapFree, heap_free) row(RtlFreeHeap, heap_free) row(HeapCreate, heap_create)      \
        row(HeapDestroy, heap_destroy)
HF_STATIC_ASSERT((HOOKS(HF_HOOK_COUNT_ROW)) == HF_HOOK_HEAP_COUNT, "the header says how many");

void hf__attach_hook_heap_rows(hf__attach_redirection *at)
{
    HOOKS(HF_HOOK_FILL_ROW)
}
