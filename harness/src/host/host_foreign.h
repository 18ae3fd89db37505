/* SPDX-License-Identifier: MIT
 * Memory of the process that the host did not give out: stacks, images, mapped files, pages of other allocators. A host must answer for it, because
 * the CLR calls VirtualQuery and VirtualProtect on its stacks and its image all the time (coreclr threads.cpp:7281, ceemain.cpp:707).
 *
 * The kernel knows its place and access. A table here holds what Linux cannot express: guard pages, and committed pages without access.
 *
 * Threads: thread-safe; protecting and disarming take one lock.
 */
#ifndef HF_HOST_FOREIGN_H
#define HF_HOST_FOREIGN_H

#include "host_access.h"

/* The region of a page, in VirtualQuery's terms. False: the kernel does not tell. */
bool hf__host_foreign_query(uintptr_t page, MEMORY_BASIC_INFORMATION *out);
/* Changes the protection of [first, end), all of which must be committed and none of which the host's. */
DWORD hf__host_foreign_protect(uintptr_t first, uintptr_t end, DWORD protect, DWORD *old);
/* The error with which Windows refuses to free that memory: free, mapped and images differ. */
DWORD hf__host_foreign_free_error(uintptr_t page);
/* Is the whole range private memory that is there? */
bool hf__host_foreign_is_private(uintptr_t first, uintptr_t end);

/* The state that the table here holds for a page; HF_PAGE_RESERVED if none. */
hf_page_code hf__host_foreign_code(uintptr_t page);
/* Makes a guard page an ordinary one. False: the kernel refuses. */
bool hf__host_foreign_disarm(uintptr_t page);

/* For fork. */
void hf__host_foreign_lock(void);
void hf__host_foreign_unlock(void);

#endif
