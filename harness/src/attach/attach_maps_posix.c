/* SPDX-License-Identifier: MIT
 * The map family on its way through the shim: mmap, mremap, brk and sbrk request memory, munmap releases it, mprotect and madvise change it.
 * Protections are recorded in Win32's terms, because rules filter on those.
 *
 * The shim sees what the program and its libraries call by these names. It does not see what the C library and the dynamic linker do internally:
 * thread stacks, growth of the heap, loading of libraries.
 */
#include "attach_call_posix.h"
#include "attach_next_posix.h"
#include "attach_protect_posix.h"

#include <errno.h>
#include <sys/mman.h>

#include "base_poison.h"

/* What a thread calls that bypasses the shim. */
static inline const hf__attach_next_functions *beyond(void)
{
    return hf__attach_hook_is_inside != 0 ? &hf__attach_next_system : &hf__attach_next;
}

#define PAGE_OF_MODEL 4096u /* model_function.def: old sizes are in pages of this size */

static HRESULT answer_mapping(hf_shim_call *call, void *got)
{
    HRESULT hr = hf__attach_hook_answer(call, got != MAP_FAILED);
    *(void **)call->out = got != MAP_FAILED ? got : NULL;
    return hr;
}

/* Runs a request and gives the mapping. */
static void *map_memory(hf__attach_hook_call *hook, const void *address, size_t size)
{
    void *out = NULL;
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.type = MEM_RESERVE | MEM_COMMIT;
    hook->shim.out = &out;
    hook->shim.out_size = sizeof out;
    hook->own_out = &out;
    return SUCCEEDED(hf__attach_hook_run(hook)) ? out : MAP_FAILED;
}

/* mmap, mmap64: the same where file offsets have 64 bits. The shim may ask for pages without access (`lie: uncommitted`). */

static HRESULT forward_mmap(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    int prot = call->call.protect == PAGE_NOACCESS ? PROT_NONE : hook->prot;
    hf__attach_hook_forward(hook);
    return answer_mapping(call,
                          hf__attach_next.mmap(HF_HOOK_ARGUMENT(call->call.address), call->call.size, prot, hook->flags, hook->file, hook->offset));
}

static inline void run_mmap(hf__attach_hook_call *hook, int prot, int flags, int file, long offset)
{
    hook->prot = prot;
    hook->flags = flags;
    hook->file = file;
    hook->offset = offset;
    hook->shim.call.protect = hf__attach_protect_of(prot);
}

void *hf__hook_mmap(void *address, size_t size, int prot, int flags, int file, long offset) HF_HOOK_NAMED("mmap");
void *hf__hook_mmap(void *address, size_t size, int prot, int flags, int file, long offset)
{
    if (hf__attach_hook_passes_by())
        return beyond()->mmap(address, size, prot, flags, file, offset);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_MMAP, forward_mmap, HF_HOOK_CALLED_FROM());
    run_mmap(&hook, prot, flags, file, offset);
    return map_memory(&hook, address, size);
}

void *hf__hook_mmap64(void *address, size_t size, int prot, int flags, int file, long offset) HF_HOOK_NAMED("mmap64");
void *hf__hook_mmap64(void *address, size_t size, int prot, int flags, int file, long offset)
{
    if (hf__attach_hook_passes_by())
        return beyond()->mmap64(address, size, prot, flags, file, offset);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_MMAP64, forward_mmap, HF_HOOK_CALLED_FROM());
    run_mmap(&hook, prot, flags, file, offset);
    return map_memory(&hook, address, size);
}

/* mremap: with `done: true` the program has the old mapping still, so a new one is made beside it. */

static HRESULT forward_mremap(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    bool is_aside = call->out != hook->own_out;
    hf__attach_hook_forward(hook);
    if (is_aside)
        return answer_mapping(call, hf__attach_next.mmap(NULL, call->call.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return answer_mapping(call, hf__attach_next.mremap(hook->old, hook->old_size, call->call.size, hook->flags, hook->wanted));
}

void *hf__hook_mremap(void *old, size_t old_size, size_t size, int flags, ...) HF_HOOK_NAMED("mremap");
void *hf__hook_mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
    __builtin_va_list rest;
    __builtin_va_start(rest, flags);
    /* mremap(2): the fifth argument is there with MREMAP_FIXED alone. */
    void *wanted = (flags & MREMAP_FIXED) != 0 ? __builtin_va_arg(rest, void *) : NULL;
    __builtin_va_end(rest);
    if (hf__attach_hook_passes_by())
        return beyond()->mremap(old, old_size, size, flags, wanted);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_MREMAP, forward_mremap, HF_HOOK_CALLED_FROM());
    hook.old = old;
    hook.old_size = old_size;
    hook.flags = flags;
    hook.wanted = wanted;
    hook.shim.call.protect = (uint32_t)(old_size / PAGE_OF_MODEL);
    hook.shim.keeps = true;
    void *out = map_memory(&hook, old, size);
    int error = errno;
    /* An old size of 0 makes a second mapping of shared pages, and leaves the old one (mremap(2)). */
    if (out != MAP_FAILED && old_size != 0)
        hf__attach_hook_note(HF_METHOD_VIRTUAL_FREE, HF_FUNCTION_MREMAP_UNMAP, old, old_size, hook.shim.pc);
    errno = error;
    return out;
}

/* brk, sbrk: only growth can fail for want of memory. */

static HRESULT forward_brk(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    int failed = hf__attach_next.brk(hook->wanted);
    return answer_mapping(call, failed == 0 ? hook->wanted : MAP_FAILED);
}

int hf__hook_brk(void *end) HF_HOOK_NAMED("brk");
int hf__hook_brk(void *end)
{
    if (hf__attach_hook_passes_by())
        return hf__attach_next.brk(end);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_BRK, forward_brk, HF_HOOK_CALLED_FROM());
    hook.wanted = end;
    return map_memory(&hook, end, 0) != MAP_FAILED ? 0 : -1;
}

static HRESULT forward_sbrk(hf_shim_call *call)
{
    hf__attach_hook_forward(hf__attach_hook_of(call));
    return answer_mapping(call, hf__attach_next.sbrk((intptr_t)call->call.size));
}

void *hf__hook_sbrk(intptr_t step) HF_HOOK_NAMED("sbrk");
void *hf__hook_sbrk(intptr_t step)
{
    /* 0 asks where the end is, less gives memory back (sbrk(2)). */
    if (step <= 0 || hf__attach_hook_passes_by())
        return hf__attach_next.sbrk(step);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_ALLOC, HF_FUNCTION_SBRK, forward_sbrk, HF_HOOK_CALLED_FROM());
    return map_memory(&hook, NULL, (size_t)step);
}

/* munmap, mprotect, madvise */

static int change(hf__attach_hook_call *hook, const void *address, size_t size, uint32_t type, uint32_t protect)
{
    hook->shim.call.address = (uintptr_t)address;
    hook->shim.call.size = size;
    hook->shim.call.type = type;
    hook->shim.call.protect = protect;
    return SUCCEEDED(hf__attach_hook_run(hook)) ? 0 : -1;
}

static HRESULT forward_munmap(hf_shim_call *call)
{
    hf__attach_hook_forward(hf__attach_hook_of(call));
    return hf__attach_hook_answer(call, hf__attach_next.munmap(HF_HOOK_ARGUMENT(call->call.address), call->call.size) == 0);
}

int hf__hook_munmap(void *address, size_t size) HF_HOOK_NAMED("munmap");
int hf__hook_munmap(void *address, size_t size)
{
    if (hf__attach_hook_passes_by())
        return beyond()->munmap(address, size);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_FREE, HF_FUNCTION_MUNMAP, forward_munmap, HF_HOOK_CALLED_FROM());
    return change(&hook, address, size, MEM_RELEASE, 0);
}

static HRESULT forward_mprotect(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    return hf__attach_hook_answer(call, hf__attach_next.mprotect(HF_HOOK_ARGUMENT(call->call.address), call->call.size, hook->prot) == 0);
}

int hf__hook_mprotect(void *address, size_t size, int prot) HF_HOOK_NAMED("mprotect");
int hf__hook_mprotect(void *address, size_t size, int prot)
{
    if (hf__attach_hook_passes_by())
        return beyond()->mprotect(address, size, prot);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_PROTECT, HF_FUNCTION_MPROTECT, forward_mprotect, HF_HOOK_CALLED_FROM());
    hook.prot = prot;
    return change(&hook, address, size, 0, hf__attach_protect_of(prot));
}

static HRESULT forward_madvise(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    return hf__attach_hook_answer(call, hf__attach_next.madvise(HF_HOOK_ARGUMENT(call->call.address), call->call.size, hook->prot) == 0);
}

int hf__hook_madvise(void *address, size_t size, int advice) HF_HOOK_NAMED("madvise");
int hf__hook_madvise(void *address, size_t size, int advice)
{
    if (hf__attach_hook_passes_by())
        return beyond()->madvise(address, size, advice);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_VIRTUAL_PROTECT, HF_FUNCTION_MADVISE, forward_madvise, HF_HOOK_CALLED_FROM());
    hook.prot = advice;
    return change(&hook, address, size, 0, (uint32_t)advice);
}
