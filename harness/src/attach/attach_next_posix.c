/* SPDX-License-Identifier: MIT
 * dlsym may allocate memory itself (its error message; a sanitizer's start), and that allocation may arrive here while its own target is still being
 * looked up. Such requests are served from a small arena, whose blocks are never freed.
 */
#include "attach_next_posix.h"
#include "base_check.h"
#include "os_thread.h"
#include "session_format.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_poison.h"

#define ARENA_BYTES 65536u
#define ALIGNMENT 16u

static _Alignas(64) char arena[ARENA_BYTES];
static size_t arena_used;
static bool is_looking;

bool hf__attach_next_is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)arena < ARENA_BYTES;
}

/* Zeroed: the arena is used once. The size stands before the block, for realloc. */
static void *take_early(size_t size, size_t alignment)
{
    size_t at = (arena_used + ALIGNMENT + alignment - 1) & ~(alignment - 1);
    if (size > ARENA_BYTES || at + size > ARENA_BYTES) {
        hf__os_complain("hostfault: the dynamic linker asked for more memory than the shim keeps for it\n");
        hf__os_exit_now(HF_EXIT_HARNESS);
    }
    memcpy(arena + at - sizeof size, &size, sizeof size);
    arena_used = at + size;
    return arena + at;
}

/* Until they are known */

static void *first_malloc(size_t size)
{
    if (is_looking)
        return take_early(size, ALIGNMENT);
    hf__attach_next_find();
    return hf__attach_next.malloc(size);
}

static void *first_calloc(size_t count, size_t size)
{
    if (is_looking)
        return take_early(count * size, ALIGNMENT);
    hf__attach_next_find();
    return hf__attach_next.calloc(count, size);
}

static void *first_realloc(void *old, size_t size)
{
    if (!is_looking) {
        hf__attach_next_find();
        return hf__attach_next.realloc(old, size);
    }
    size_t old_size = 0;
    if (old != NULL)
        memcpy(&old_size, (char *)old - sizeof old_size, sizeof old_size);
    void *block = take_early(size, ALIGNMENT);
    if (old != NULL)
        memcpy(block, old, old_size < size ? old_size : size);
    return block;
}

static void *first_reallocarray(void *old, size_t count, size_t size)
{
    hf__attach_next_find();
    return hf__attach_next.reallocarray(old, count, size);
}

static void first_free(void *block)
{
    if (is_looking || hf__attach_next_is_early(block))
        return;
    hf__attach_next_find();
    hf__attach_next.free(block);
}

static void *first_aligned_alloc(size_t alignment, size_t size)
{
    if (is_looking)
        return take_early(size, alignment < ALIGNMENT ? ALIGNMENT : alignment);
    hf__attach_next_find();
    return hf__attach_next.aligned_alloc(alignment, size);
}

static void *first_memalign(size_t alignment, size_t size)
{
    if (is_looking)
        return take_early(size, alignment < ALIGNMENT ? ALIGNMENT : alignment);
    hf__attach_next_find();
    return hf__attach_next.memalign(alignment, size);
}

static int first_posix_memalign(void **out, size_t alignment, size_t size)
{
    if (!is_looking) {
        hf__attach_next_find();
        return hf__attach_next.posix_memalign(out, alignment, size);
    }
    *out = take_early(size, alignment < ALIGNMENT ? ALIGNMENT : alignment);
    return 0;
}

static void *first_valloc(size_t size)
{
    hf__attach_next_find();
    return hf__attach_next.valloc(size);
}

static void *first_pvalloc(size_t size)
{
    hf__attach_next_find();
    return hf__attach_next.pvalloc(size);
}

/* Mappings need nobody: the system is asked where nothing else is known. */

static void *system_mmap(void *address, size_t size, int prot, int flags, int file, long offset)
{
    return (void *)syscall(SYS_mmap, address, size, prot, flags, file, offset);
}

static void *system_mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
    __builtin_va_list rest;
    __builtin_va_start(rest, flags);
    void *wanted = __builtin_va_arg(rest, void *);
    __builtin_va_end(rest);
    return (void *)syscall(SYS_mremap, old, old_size, size, flags, wanted);
}

static int system_munmap(void *address, size_t size)
{
    return (int)syscall(SYS_munmap, address, size);
}

static int system_mprotect(void *address, size_t size, int prot)
{
    return (int)syscall(SYS_mprotect, address, size, prot);
}

static int system_madvise(void *address, size_t size, int advice)
{
    return (int)syscall(SYS_madvise, address, size, advice);
}

static int first_brk(void *end)
{
    hf__attach_next_find();
    return hf__attach_next.brk(end);
}

static void *first_sbrk(intptr_t step)
{
    hf__attach_next_find();
    return hf__attach_next.sbrk(step);
}

hf__attach_next_functions hf__attach_next = {
    .malloc = first_malloc,
    .calloc = first_calloc,
    .realloc = first_realloc,
    .reallocarray = first_reallocarray,
    .free = first_free,
    .aligned_alloc = first_aligned_alloc,
    .memalign = first_memalign,
    .posix_memalign = first_posix_memalign,
    .valloc = first_valloc,
    .pvalloc = first_pvalloc,
    .mmap = system_mmap,
    .mmap64 = system_mmap,
    .mremap = system_mremap,
    .munmap = system_munmap,
    .mprotect = system_mprotect,
    .madvise = system_madvise,
    .brk = first_brk,
    .sbrk = first_sbrk,
};

const hf__attach_next_functions hf__attach_next_system = {.mmap = system_mmap,
                                                          .mmap64 = system_mmap,
                                                          .mremap = system_mremap,
                                                          .munmap = system_munmap,
                                                          .mprotect = system_mprotect,
                                                          .madvise = system_madvise};

/* A name that no library has keeps what it leads to; only what the program itself would not have found can come to that. */
static void look_up(const char *name, void *entry)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found != NULL)
        memcpy(entry, &found, sizeof found);
}

void hf__attach_next_find(void)
{
    static bool is_done;
    hf__attach_next_functions found = hf__attach_next;
    int kept = errno;
    if (is_done || is_looking)
        return;
    is_looking = true;
#define LOOK_UP(name) look_up(#name, &found.name)
    LOOK_UP(malloc);
    LOOK_UP(calloc);
    LOOK_UP(realloc);
    LOOK_UP(reallocarray);
    LOOK_UP(free);
    LOOK_UP(aligned_alloc);
    LOOK_UP(memalign);
    LOOK_UP(posix_memalign);
    LOOK_UP(valloc);
    LOOK_UP(pvalloc);
    LOOK_UP(mmap);
    LOOK_UP(mmap64);
    LOOK_UP(mremap);
    LOOK_UP(munmap);
    LOOK_UP(mprotect);
    LOOK_UP(madvise);
    LOOK_UP(brk);
    LOOK_UP(sbrk);
    hf__attach_next = found;
    is_done = true;
    is_looking = false;
    errno = kept;
}
