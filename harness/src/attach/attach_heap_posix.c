/* SPDX-License-Identifier: MIT
 * The malloc family on its way through the shim: functions that allocate are Alloc, free is Free. realloc is an Alloc of the new size, which may fail
 * and then leaves the old block unchanged; if it succeeds, the end of the old block is recorded as a Free that is over already.
 *
 * Requests that the C library rejects do not reach the shim: a product that overflows, an invalid alignment. free(NULL) requests nothing.
 * realloc(block, 0) frees. Blocks from before the shim was attached are freed like any other, and their missing Alloc is not a mistake of the
 * program.
 */
#include "attach_call_posix.h"
#include "attach_next_posix.h"

#include <errno.h>

#include "base_poison.h"

static HRESULT answer_block(hf_shim_call *call, void *block)
{
    *(void **)call->out = block;
    return hf__attach_hook_answer(call, block != NULL || call->call.size == 0);
}

/* Runs a request and gives the block. */
static void *allocate(hf__attach_hook_call *hook, size_t size)
{
    void *out = NULL;
    hook->shim.call.size = size;
    hook->shim.out = &out;
    hook->shim.out_size = sizeof out;
    hook->own_out = &out;
    return SUCCEEDED(hf__attach_hook_run(hook)) ? out : NULL;
}

static uint32_t clip(size_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/* malloc, valloc, pvalloc */

static HRESULT forward_sized(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    return answer_block(call, hook->sized(call->call.size));
}

static inline void *run_sized(hf_function function, void *(*next)(size_t), size_t size, uintptr_t pc)
{
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, function, forward_sized, pc);
    hook.sized = next;
    return allocate(&hook, size);
}

void *hf__hook_malloc(size_t size) HF_HOOK_NAMED("malloc");
void *hf__hook_malloc(size_t size)
{
    if (hf__attach_hook_passes_by() || hf__attach_hook_is_from_linker(HF_HOOK_CALLED_FROM()))
        return hf__attach_next.malloc(size);
    return run_sized(HF_FUNCTION_MALLOC, hf__attach_next.malloc, size, HF_HOOK_CALLED_FROM());
}

void *hf__hook_valloc(size_t size) HF_HOOK_NAMED("valloc");
void *hf__hook_valloc(size_t size)
{
    if (hf__attach_hook_passes_by())
        return hf__attach_next.valloc(size);
    return run_sized(HF_FUNCTION_VALLOC, hf__attach_next.valloc, size, HF_HOOK_CALLED_FROM());
}

void *hf__hook_pvalloc(size_t size) HF_HOOK_NAMED("pvalloc");
void *hf__hook_pvalloc(size_t size)
{
    if (hf__attach_hook_passes_by())
        return hf__attach_next.pvalloc(size);
    return run_sized(HF_FUNCTION_PVALLOC, hf__attach_next.pvalloc, size, HF_HOOK_CALLED_FROM());
}

/* calloc. The shim may ask for less than the program did (`lie: short`), and then it is a block of that many bytes. */

static HRESULT forward_calloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    return answer_block(call, hf__attach_next.calloc(1, call->call.size));
}

void *hf__hook_calloc(size_t count, size_t size) HF_HOOK_NAMED("calloc");
void *hf__hook_calloc(size_t count, size_t size)
{
    size_t bytes = 0;
    if (hf__attach_hook_passes_by() || hf__attach_hook_is_from_linker(HF_HOOK_CALLED_FROM()) || __builtin_mul_overflow(count, size, &bytes))
        return hf__attach_next.calloc(count, size);
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, HF_FUNCTION_CALLOC, forward_calloc, HF_HOOK_CALLED_FROM());
    hook.shim.call.type = clip(count);
    return allocate(&hook, bytes);
}

/* realloc, reallocarray */

/* With `done: true` the program is told that realloc failed, so the old block must stay valid: the new one is a separate block. */
static HRESULT forward_realloc(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    bool is_aside = call->out != hook->own_out;
    hf__attach_hook_forward(hook);
    return answer_block(call, is_aside ? hf__attach_next.malloc(call->call.size) : hf__attach_next.realloc(hook->old, call->call.size));
}

static void *run_realloc(hf__attach_hook_call *hook, void *old, size_t size)
{
    hook->old = old;
    hook->shim.call.address = (uintptr_t)old;
    hook->shim.keeps = true;
    void *out = allocate(hook, size);
    int error = errno;
    /* realloc(3): on failure the old block stays, and is still the program's. */
    if (out != NULL && old != NULL)
        hf__attach_hook_note(HF_METHOD_MALLOC_FREE, HF_FUNCTION_REALLOC_FREE, old, 0, hook->shim.pc);
    errno = error;
    return out;
}

static HRESULT forward_realloc_to_nothing(hf_shim_call *call)
{
    hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    hook->old = hf__attach_next.realloc(hook->old, 0);
    return hf__attach_hook_answer(call, true);
}

static void *free_by_realloc(void *old, uintptr_t pc)
{
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_FREE, HF_FUNCTION_REALLOC_FREE, forward_realloc_to_nothing, pc);
    hook.old = old;
    hook.shim.call.address = (uintptr_t)old;
    (void)hf__attach_hook_run(&hook);
    return hook.old;
}

/* A block of the arena must not be passed to the next definition. */
static void *move_early(const void *old, size_t size)
{
    size_t old_size = 0;
    __builtin_memcpy(&old_size, (const char *)old - sizeof old_size, sizeof old_size);
    void *out = hf__attach_next.malloc(size);
    if (out != NULL)
        __builtin_memcpy(out, old, old_size < size ? old_size : size);
    return out;
}

void *hf__hook_realloc(void *old, size_t size) HF_HOOK_NAMED("realloc");
void *hf__hook_realloc(void *old, size_t size)
{
    if (hf__attach_next_is_early(old))
        return move_early(old, size);
    if (hf__attach_hook_passes_by() || hf__attach_hook_is_from_linker(HF_HOOK_CALLED_FROM()))
        return hf__attach_next.realloc(old, size);
    /* glibc frees the block and returns null (malloc(3)); to fail that would be to fail a free. */
    if (size == 0 && old != NULL)
        return free_by_realloc(old, HF_HOOK_CALLED_FROM());
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, HF_FUNCTION_REALLOC, forward_realloc, HF_HOOK_CALLED_FROM());
    return run_realloc(&hook, old, size);
}

void *hf__hook_reallocarray(void *old, size_t count, size_t size) HF_HOOK_NAMED("reallocarray");
void *hf__hook_reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes = 0;
    if (hf__attach_hook_passes_by() || __builtin_mul_overflow(count, size, &bytes) || hf__attach_next_is_early(old))
        return hf__attach_next.reallocarray(old, count, size);
    if (bytes == 0 && old != NULL)
        return free_by_realloc(old, HF_HOOK_CALLED_FROM());
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, HF_FUNCTION_REALLOCARRAY, forward_realloc, HF_HOOK_CALLED_FROM());
    hook.shim.call.type = clip(count);
    return run_realloc(&hook, old, bytes);
}

/* aligned_alloc, memalign, posix_memalign */

static HRESULT forward_aligned(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hf__attach_hook_forward(hook);
    return answer_block(call, hook->aligned(hook->alignment, call->call.size));
}

static bool is_alignment(size_t alignment)
{
    return alignment != 0 && (alignment & (alignment - 1)) == 0;
}

static inline void *run_aligned(hf_function function, void *(*next)(size_t, size_t), size_t alignment, size_t size, uintptr_t pc)
{
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, function, forward_aligned, pc);
    hook.aligned = next;
    hook.alignment = alignment;
    hook.shim.call.type = clip(alignment);
    return allocate(&hook, size);
}

void *hf__hook_aligned_alloc(size_t alignment, size_t size) HF_HOOK_NAMED("aligned_alloc");
void *hf__hook_aligned_alloc(size_t alignment, size_t size)
{
    if (hf__attach_hook_passes_by() || !is_alignment(alignment))
        return hf__attach_next.aligned_alloc(alignment, size);
    return run_aligned(HF_FUNCTION_ALIGNED_ALLOC, hf__attach_next.aligned_alloc, alignment, size, HF_HOOK_CALLED_FROM());
}

void *hf__hook_memalign(size_t alignment, size_t size) HF_HOOK_NAMED("memalign");
void *hf__hook_memalign(size_t alignment, size_t size)
{
    if (hf__attach_hook_passes_by() || !is_alignment(alignment))
        return hf__attach_next.memalign(alignment, size);
    return run_aligned(HF_FUNCTION_MEMALIGN, hf__attach_next.memalign, alignment, size, HF_HOOK_CALLED_FROM());
}

/* posix_memalign gives its error as its result, and leaves errno and *out alone. */

static HRESULT forward_posix_memalign(hf_shim_call *call)
{
    const hf__attach_hook_call *hook = hf__attach_hook_of(call);
    void *block = NULL;
    hf__attach_hook_forward(hook);
    int code = hf__attach_next.posix_memalign(&block, hook->alignment, call->call.size);
    *(void **)call->out = block;
    HRESULT hr = hf__attach_hook_answer(call, code == 0);
    return code == 0 ? hr : HF_RESULT_OF_ERRNO(code);
}

int hf__hook_posix_memalign(void **out, size_t alignment, size_t size) HF_HOOK_NAMED("posix_memalign");
int hf__hook_posix_memalign(void **out, size_t alignment, size_t size)
{
    if (hf__attach_hook_passes_by() || !is_alignment(alignment) || alignment % sizeof(void *) != 0)
        return hf__attach_next.posix_memalign(out, alignment, size);
    hf__attach_hook_call hook;
    void *block = NULL;
    int error = errno;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_ALLOC, HF_FUNCTION_POSIX_MEMALIGN, forward_posix_memalign, HF_HOOK_CALLED_FROM());
    hook.alignment = alignment;
    hook.shim.call.type = clip(alignment);
    hook.shim.call.size = size;
    hook.shim.out = &block;
    hook.shim.out_size = sizeof block;
    HRESULT hr = hf__attach_hook_run(&hook);
    errno = error; /* posix_memalign(3): "errno is not set" */
    if (FAILED(hr))
        return hf__model_errno_of(hr);
    *out = block;
    return 0;
}

/* free */

static HRESULT forward_free(hf_shim_call *call)
{
    hf__attach_hook_forward(hf__attach_hook_of(call));
    hf__attach_next.free(HF_HOOK_ARGUMENT(call->call.address));
    return hf__attach_hook_answer(call, true);
}

void hf__hook_free(void *block) HF_HOOK_NAMED("free");
void hf__hook_free(void *block)
{
    if (block == NULL || hf__attach_next_is_early(block))
        return;
    if (hf__attach_hook_passes_by()) {
        hf__attach_next.free(block);
        return;
    }
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, HF_METHOD_MALLOC_FREE, HF_FUNCTION_FREE, forward_free, HF_HOOK_CALLED_FROM());
    hook.shim.call.address = (uintptr_t)block;
    (void)hf__attach_hook_run(&hook);
}
