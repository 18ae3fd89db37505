/* SPDX-License-Identifier: MIT
 * The malloc family over a wrapped host, for a library that lets its user provide the allocation functions. The hook then takes one line:
 *
 *     XML_ParserCreate_MM(NULL, &(XML_Memory_Handling_Suite){hf_adapt_malloc, hf_adapt_realloc, hf_adapt_free}, NULL);
 *     json_set_alloc_funcs(hf_adapt_malloc, hf_adapt_free);
 *
 * No initialisation is needed. The first request attaches (hf_attach), wraps the host (hf_host_create, unless hf_adapt_begin named another) and
 * creates a heap. These calls are not counted and never fail by a fault. Each request is then one Malloc.Alloc, each free one Malloc.Free, and a
 * sweep names the caller of the function here as their place. The program can only see a null pointer (HF_SEES_NULL), so a sweep fails it by
 * E_OUTOFMEMORY alone.
 *
 * A block of n bytes is an Alloc of n + HF_ADAPT_OVERHEAD bytes, plus the alignment if that is above 16: 32 bytes stand before the block, at least 8
 * after it. Blocks are aligned to 16 bytes. New memory is filled with 0xA5 (calloc: 0), freed memory with 0xDD before the host gets it back. The
 * bytes after a block are checked when it is freed or resized: if they were written, that is a failed check of the run (outcome corrupted); without a
 * session it is a line on stderr. A pointer that was freed before, or never was a block, is passed to the host unchanged, so that the verdict reports
 * it.
 *
 * Errors: a request that fails returns NULL and sets errno to ENOMEM. After a request failed with E_FAIL or HOST_E_CLRNOTAVAILABLE all later requests
 * fail without asking the host, because the CLR is then unusable (documentation: IHostMemoryManager, E_FAIL).
 *
 * Without a session everything works the same, over the unwrapped host.
 *
 * Threads: thread-safe, except hf_adapt_begin and hf_adapt_end: call those while no other thread uses these functions or their blocks.
 */
#ifndef HF_ADAPT_H
#define HF_ADAPT_H

#include <hostfault/hostfault.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that each block takes from the host beyond its own size. */
#define HF_ADAPT_OVERHEAD 48u

/* A block of `size` bytes. Size 0 gives a distinct pointer too. To be freed by hf_adapt_free. */
HF_API void *hf_adapt_malloc(size_t size);
/* A zeroed block of count * size bytes. If the product overflows, it fails without a request. */
HF_API void *hf_adapt_calloc(size_t count, size_t size);
/* Moves the contents to a new block, always at another address, so that uses of the old pointer are found; the old block is freed. On failure the old
 * block stays unchanged. block NULL: as hf_adapt_malloc. Size 0 gives a block of size 0, and frees the old one. */
HF_API void *hf_adapt_realloc(void *block, size_t size);
/* The same for count * size bytes; if the product overflows, it fails without a request. */
HF_API void *hf_adapt_reallocarray(void *block, size_t count, size_t size);
/* A block aligned to `alignment` bytes, a power of two; otherwise NULL with errno EINVAL. To be freed by hf_adapt_free. */
HF_API void *hf_adapt_aligned_alloc(size_t alignment, size_t size);
/* Frees a block. Does nothing for NULL. Does not change errno. */
HF_API void hf_adapt_free(void *block);
/* The same. If `size` differs from the size that was requested, that is a failed check, like a write past the end. */
HF_API void hf_adapt_free_sized(void *block, size_t size);
/* A copy of a NUL-terminated text. To be freed by hf_adapt_free. */
HF_API char *hf_adapt_strdup(const char *text);
/* The size that was requested for the block; 0 for NULL and for a freed block. */
HF_API size_t hf_adapt_size(const void *block);

/* Sets the host that the memory comes from. Call it before the first request, with the unwrapped host: it is wrapped here. The host is borrowed until
 * the first request, which takes a reference. HF_ERROR_STATE: memory was requested already. */
HF_API HF_CHECK_RESULT hf_status hf_adapt_begin(IHostMemoryManager *host);
/* Releases the heap and the host. Blocks that were not freed count as leaks of the program; none may be used or freed afterwards. A later
 * request starts again, over hf_host_create's host. May be called more than once. */
HF_API void hf_adapt_end(void);

#ifdef __cplusplus
}
#endif
#endif
