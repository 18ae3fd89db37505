/* SPDX-License-Identifier: MIT
 * LocalAlloc and GlobalAlloc with their companions, treated like the heap's functions (attach_heap_windows.c): kernelbase reaches the heap in a way
 * that the hook does not see. A movable block is identified by its handle, which is what the program frees; nothing is ever written to it.
 *
 * Blocks that the system allocates for the program (FormatMessage, CommandLineToArgvW) are freed by LocalFree; their missing Alloc is not a mistake
 * of the program.
 */
#include "attach_call_windows.h"

#include "base_poison.h"

static struct {
    HLOCAL(WINAPI *LocalAlloc)(UINT, SIZE_T);
    HLOCAL(WINAPI *LocalReAlloc)(HLOCAL, SIZE_T, UINT);
    HLOCAL(WINAPI *LocalFree)(HLOCAL);
    HGLOBAL(WINAPI *GlobalAlloc)(UINT, SIZE_T);
    HGLOBAL(WINAPI *GlobalReAlloc)(HGLOBAL, SIZE_T, UINT);
    HGLOBAL(WINAPI *GlobalFree)(HGLOBAL);
} real;

_Static_assert(GMEM_MOVEABLE == LMEM_MOVEABLE && GMEM_MODIFY == LMEM_MODIFY, "both families have the same flags");

static void *allocate(const hf__attach_hook_call *hook, UINT flags, SIZE_T size)
{
    return hook->is_global ? real.GlobalAlloc(flags, size) : real.LocalAlloc(flags, size);
}

static HRESULT forward_alloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    *out = allocate(hook, hook->flags, call->call.size);
    return hf__attach_hook_answer_block(call, *out);
}

/* With `done: true` the program has the old block still, so the new one is made beside it. */
static HRESULT forward_realloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void **out = call->out;
    if (out != hook->own_out)
        *out = allocate(hook, hook->flags, call->call.size);
    else
        *out = hook->is_global ? real.GlobalReAlloc(hook->parameters, call->call.size, hook->flags)
                               : real.LocalReAlloc(hook->parameters, call->call.size, hook->flags);
    return hf__attach_hook_answer_block(call, *out);
}

static HRESULT forward_free(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void *block = HF_HOOK_ARGUMENT(call->call.address);
    void *left = hook->is_global ? real.GlobalFree(block) : real.LocalFree(block);
    return hf__attach_hook_answer(call, left == NULL);
}

/* old: NULL for a new block. */
static void *alloc(bool is_global, void *old, SIZE_T size, UINT flags, uintptr_t pc)
{
    void *out = NULL;
    hf__attach_hook_call hook = {.is_global = is_global, .flags = flags, .parameters = old};
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, old != NULL ? forward_realloc : forward_alloc, pc);
    hook.shim.call.size = size;
    hook.shim.keeps = old != NULL || (flags & LMEM_MOVEABLE) != 0;
    hook.shim.out = &out;
    hook.shim.out_size = sizeof out;
    hook.own_out = &out;
    if (!hf__attach_hook_run(&hook))
        return NULL;
    if (old != NULL && out != NULL && hook.is_forwarded)
        hf__attach_hook_note_given(old, pc);
    return out;
}

/* NULL: it was given back. */
static void *release(bool is_global, void *block, uintptr_t pc)
{
    hf__attach_hook_call hook = {.is_global = is_global};
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_FREE, forward_free, pc);
    hook.shim.call.address = (uintptr_t)block;
    return hf__attach_hook_run(&hook) ? NULL : block;
}

static HLOCAL WINAPI local_alloc(UINT flags, SIZE_T size)
{
    return hf__attach_hook_passes_by() ? real.LocalAlloc(flags, size) : alloc(false, NULL, size, flags, HF_HOOK_CALLED_FROM());
}

static HGLOBAL WINAPI global_alloc(UINT flags, SIZE_T size)
{
    return hf__attach_hook_passes_by() ? real.GlobalAlloc(flags, size) : alloc(true, NULL, size, flags, HF_HOOK_CALLED_FROM());
}

/* One that only changes the flags asks for nothing. */
static HLOCAL WINAPI local_realloc(HLOCAL old, SIZE_T size, UINT flags)
{
    if (hf__attach_hook_passes_by() || old == NULL || (flags & LMEM_MODIFY) != 0)
        return real.LocalReAlloc(old, size, flags);
    return alloc(false, old, size, flags, HF_HOOK_CALLED_FROM());
}

static HGLOBAL WINAPI global_realloc(HGLOBAL old, SIZE_T size, UINT flags)
{
    if (hf__attach_hook_passes_by() || old == NULL || (flags & GMEM_MODIFY) != 0)
        return real.GlobalReAlloc(old, size, flags);
    return alloc(true, old, size, flags, HF_HOOK_CALLED_FROM());
}

static HLOCAL WINAPI local_free(HLOCAL block)
{
    return block == NULL || hf__attach_hook_passes_by() ? real.LocalFree(block) : release(false, block, HF_HOOK_CALLED_FROM());
}

static HGLOBAL WINAPI global_free(HGLOBAL block)
{
    return block == NULL || hf__attach_hook_passes_by() ? real.GlobalFree(block) : release(true, block, HF_HOOK_CALLED_FROM());
}

#define HOOKS(row)                                                                                                                                   \
    row(LocalAlloc, local_alloc) row(LocalReAlloc, local_realloc) row(LocalFree, local_free) row(GlobalAlloc, global_alloc)                          \
        row(GlobalReAlloc, global_realloc) row(GlobalFree, global_free)
HF_STATIC_ASSERT((HOOKS(HF_HOOK_COUNT_ROW)) == HF_HOOK_LOCAL_COUNT, "the header says how many");

void hf__attach_hook_local_rows(hf__attach_redirection *at)
{
    HOOKS(HF_HOOK_FILL_ROW)
}
