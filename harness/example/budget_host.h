/* SPDX-License-Identifier: MIT
 * A host as someone else would write it: an IHostMemoryManager that lets its caller have so much memory and no more, tells it when that gets short,
 * and refuses to free what it never gave out. It knows nothing of hostfault.
 *
 * Threads: thread-safe.
 */
#ifndef BUDGET_HOST_H
#define BUDGET_HOST_H

#include <hostfault/hosting.h>

/* A host that takes its memory from `system` and gives out at most budget_bytes of it, committed pages and heap blocks together. *out is the only
 * reference; the last Release ends it. E_POINTER, E_OUTOFMEMORY, or what `system` answers when it is asked for its heaps. */
HRESULT budget_host_create(IHostMemoryManager *system, size_t budget_bytes, IHostMemoryManager **out);

#endif
