/* SPDX-License-Identifier: MIT
 * malloc's family over a wrapped host: for a library that lets its user say where its memory comes from. Such a hook is one line then:
 *
 *     XML_ParserCreate_MM(NULL, &(XML_Memory_Handling_Suite){hf_adapt_malloc, hf_adapt_realloc, hf_adapt_free}, NULL);
 *     json_set_alloc_funcs(hf_adapt_malloc, hf_adapt_free);
 *
 * Nothing has to be opened. The first request attaches (hf_attach), wraps the host (ours, unless hf_adapt_begin named another) and makes a heap; none
 * of that is recorded as the program's. Each request is one Malloc.Alloc, each free one Malloc.Free; the place that a sweep names is the caller of
 * the function here, and the program is known to see null and nothing else (HF_SEES_NULL), so a sweep fails it by E_OUTOFMEMORY.
 *
 * A block of n bytes is an Alloc of n + HF_ADAPT_OVERHEAD (and alignment, where that is above 16): 32 bytes stand before it, at least 8 after it. It
 * is aligned to 16. New memory is filled with 0xA5, but for calloc; memory that is given back with 0xDD, before the host has it. The bytes behind a
 * block are looked at when it is given back or resized: what was written there is a failed check of the run (outcome corrupted), and without a
 * session a line on stderr. A block that is given back twice, or was never one, goes to the host as it is, so that the verdict has it.
 *
 * Failure is null and errno ENOMEM. After E_FAIL or HOST_E_CLRNOTAVAILABLE the host is not asked again: every request fails.
 *
 * Without a session all of it works, over the bare host.
 *
 * Threads: thread-safe, but hf_adapt_begin and hf_adapt_end: call those while no other thread uses the functions or a block of theirs.
 */
#ifndef HF_ADAPT_H
#define HF_ADAPT_H

#include <hostfault/hostfault.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_ADAPT_OVERHEAD 48u

/* A pointer for any size, 0 too; each another one. */
HF_API void *hf_adapt_malloc(size_t size);
/* Zeroed. A product that does not fit fails without a request. */
HF_API void *hf_adapt_calloc(size_t count, size_t size);
/* Always another block, so that who keeps the old pointer is seen; on failure the old one stays. NULL is malloc. Size 0 gives a block of size 0. */
HF_API void *hf_adapt_realloc(void *block, size_t size);
HF_API void *hf_adapt_reallocarray(void *block, size_t count, size_t size);
/* alignment: a power of two; NULL and EINVAL otherwise. Given back by hf_adapt_free. */
HF_API void *hf_adapt_aligned_alloc(size_t alignment, size_t size);
/* NULL is fine. errno is kept. */
HF_API void hf_adapt_free(void *block);
/* The same; another size than the block was asked for with is a failed check, as a write past the end is. */
HF_API void hf_adapt_free_sized(void *block, size_t size);
HF_API char *hf_adapt_strdup(const char *text);
/* The size that the block was asked for with. NULL: 0. */
HF_API size_t hf_adapt_size(const void *block);

/* Names the host that the memory comes from, before the first request: bare, it is wrapped here. HF_ERROR_STATE: memory was asked for already. */
HF_API HF_CHECK_RESULT hf_status hf_adapt_begin(IHostMemoryManager *host);
/* Gives the heap and the host back. Blocks that are left are the program's leaks; none may be used or given back afterwards. Fine twice. */
HF_API void hf_adapt_end(void);

#ifdef __cplusplus
}
#endif
#endif
