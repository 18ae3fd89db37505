/* SPDX-License-Identifier: MIT
 * One call of an unmodified Linux program, as the replacements of C library functions share it.
 *
 * Each replacement forwards to the next definition of its name: the C library's, or that of an allocator which the program brings (jemalloc,
 * tcmalloc, a sanitizer's).
 *
 * Threads: as the functions they replace.
 */
#ifndef HF_ATTACH_CALL_POSIX_H
#define HF_ATTACH_CALL_POSIX_H

#include "os_thread.h"
#include "shim_call.h"

#include <stddef.h>

/* A function that the program finds under a name of the C library's. The name is given to the linker only, so that neither the compiler nor the rest
 * of the shim takes this for what the C standard says of it. */
#define HF_HOOK_NAMED(name) __asm__(name) __attribute__((visibility("default"), used, nothrow))
#define HF_HOOK_CALLED_FROM() ((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)))
#define HF_HOOK_ARGUMENT(value) ((void *)(uintptr_t)(value))

/* A call of the program's, and what only its own function's forwarding needs. */
typedef struct hf__attach_hook_call {
    hf_shim_call shim; /* first */
    void *old;         /* realloc, mremap: what the program had; mremap: its new place as well, in `wanted` */
    void *wanted;
    size_t old_size, alignment;
    int prot, flags, file;
    long offset;
    void *(*sized)(size_t); /* the next definition, where several functions share a forwarding */
    void *(*aligned)(size_t, size_t);
    const void *own_out; /* the out-parameter of the function's own, to tell it from one that the shim puts in its place */
    bool has_failed;     /* the next definition was asked, and failed */
    int error;           /* errno: the program's before the call, then what the next definition left */
    int *error_place;    /* errno of this thread: finding it is a call */
} hf__attach_hook_call;

static inline hf__attach_hook_call *hf__attach_hook_of(hf_shim_call *call)
{
    return (hf__attach_hook_call *)(void *)call;
}

/* Nonzero while this thread is inside the shim. */
extern HF_THREAD_LOCAL uint8_t hf__attach_hook_is_inside;

/* 1: what this process forks is to attach as a process of its own (--follow-children) at its first call, where it is detached. */
extern uint32_t hf__attach_hook_follows;
/* Does so, once. False: it runs without. */
bool hf__attach_hook_follow(void);
/* If coverage is asked for (HF_COVERAGE), this process writes its counters however it ends, as far as it can. */
void hf__attach_coverage_prepare(void);
/* Joins the session, or one of those that are kept for processes that the program starts. */
void hf__attach_hook_join(void);

/* Is this thread in the shim already, or are we not attached? Then the next definition is asked, and nobody hears of it. */
static inline bool hf__attach_hook_passes_by(void)
{
    if (!hf__shim_attached())
        return hf__os_load_u32_relaxed(&hf__attach_hook_follows) == 0 || !hf__attach_hook_follow();
    return hf__attach_hook_is_inside != 0;
}

/* Where the dynamic linker's code is, if LeakSanitizer is in the process: it knows the linker's blocks, which nothing it looks at points to, by their
 * caller alone. So the linker's requests go to the next definition by a jump. */
extern struct hf__attach_hook_linker {
    uintptr_t start, size;
} hf__attach_hook_linker;
static inline bool hf__attach_hook_is_from_linker(uintptr_t pc)
{
    return pc - hf__attach_hook_linker.start < hf__attach_hook_linker.size;
}

/* Begins a call of a function that was made from pc. */
void hf__attach_hook_begin(hf__attach_hook_call *hook, hf_method method, hf_function function, HRESULT (*forward)(hf_shim_call *), uintptr_t pc);
/* Gives errno back as the program had it, before the next definition is asked. */
void hf__attach_hook_forward(const hf__attach_hook_call *hook);
/* The next definition's answer: it failed for the reason that errno says, or errno is what it left. */
HRESULT hf__attach_hook_answer(hf_shim_call *call, bool succeeded);
/* Runs it and gives what the program is to get; errno is then the program's own, the next definition's, or the rule's. */
HRESULT hf__attach_hook_run(hf__attach_hook_call *hook);
/* Records a call that is over already: what a realloc or mremap gave up. It is not counted and not faulted. */
void hf__attach_hook_note(hf_method method, hf_function function, const void *address, size_t size, uintptr_t pc);

#endif
