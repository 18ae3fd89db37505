/* SPDX-License-Identifier: MIT
 * The real allocator: Win32 virtual-memory semantics on every system, and a heap over it, as the documented interfaces. On Windows
 * it is the system's own VirtualAlloc; elsewhere it is made of os_memory.
 *
 * The functions below give Win32 error codes (0: done); the interface objects turn them into HRESULTs by the model. Errors leave nothing
 * changed. No heap.
 *
 * Threads: thread-safe. A call from a signal handler that interrupted the host on the same thread is refused with ERROR_NOT_READY.
 */
#ifndef HF_HOST_H
#define HF_HOST_H

#include "model.h"

DWORD hf__host_alloc(void *address, size_t size, DWORD type, DWORD protect, void **out);
DWORD hf__host_free(void *address, size_t size, DWORD type);
DWORD hf__host_protect(void *address, size_t size, DWORD protect, DWORD *old);
/* Bytes written (sizeof(MEMORY_BASIC_INFORMATION)) or 0 with *error set. Any address of the process. */
size_t hf__host_query(const void *address, MEMORY_BASIC_INFORMATION *buffer, size_t length, DWORD *error);
/* Does the address lie in a region that hf__host_alloc gave out and that is still there? Lock-free. */
bool hf__host_owns(const void *address);

/* Bytes that may be committed at once (1455 beyond); 0 no limit. What is committed now. */
void hf__host_set_commit_limit(uint64_t bytes);
uint64_t hf__host_committed(void);

/* The heap. DWORD as above: 8 no memory, 4317 (ERROR_INVALID_OPERATION) never given out, or given back already. size 0 gives a pointer. 16-aligned.
 */
DWORD hf__host_heap_alloc(size_t size, void **out);
DWORD hf__host_heap_free(void *memory);
/* Usable bytes of a live block; 0 if it is not ours. */
size_t hf__host_heap_size(const void *memory);

/* Canaries behind blocks, for those that are given out from now on; freed ones are filled. `report` is told of each that was written over: NULL
 * turns them off. It is called inside the host, and may call nothing of it. */
typedef enum hf_host_damage {
    HF_DAMAGE_BEHIND = 1,
    HF_DAMAGE_FREED = 2,
    HF_DAMAGE_TOUCHED_BEHIND = 3, /* as it happens, by a guard page: the process is about to die of it */
    HF_DAMAGE_TOUCHED_FREED = 4
} hf_host_damage;
typedef void hf_host_report_damage(hf_host_damage damage, const void *block, size_t offset);
void hf__host_heap_guard(hf_host_report_damage *report);
/* From now on each block ends at a page without access. Where the system has no such faults to watch (Windows), they are not reported. */
void hf__host_heap_guard_pages(bool on);
/* Looks at the canaries of all live blocks. While no other thread allocates. */
void hf__host_heap_inspect(void);

/* The objects: one manager and one malloc for the process, never destroyed; their AddRef and Release count but free nothing. */
IHostMemoryManager *hf__host_manager(void);
IHostMalloc *hf__host_malloc(void);
/* The callback that was registered, NULL if none. */
ICLRMemoryNotificationCallback *hf__host_callback(void);
/* As before one was registered: when the caller that did is gone, and the process goes on. */
void hf__host_forget_callback(void);

#endif
