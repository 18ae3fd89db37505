/* SPDX-License-Identifier: MIT
 * The system under the model: what the real runtime asks Windows for without going through the host. Virtual memory and the process heap
 * for a runtime without a host, mapped images, stacks, its own image, threads and locks.
 *
 * None of these calls reaches the host under test, so none is counted or faulted.
 *
 * Threads: thread-safe.
 */
#ifndef CLR_OS_H
#define CLR_OS_H

#include <hostfault/caller.h>
#include <pthread.h>
#include <stdbool.h>

/* As large everywhere, so that what the runtime asks for is the same. */
typedef union clr_os_mutex {
    pthread_mutex_t mutex;
    char room[40];
} clr_os_mutex;
void clr_os_mutex_init(clr_os_mutex *mutex);
void clr_os_mutex_lock(clr_os_mutex *mutex);
void clr_os_mutex_unlock(clr_os_mutex *mutex);

/* ::VirtualAlloc and the like: the system's own, for a runtime whose host gave no memory manager. */
IHostMemoryManager *clr_os_memory(void);
/* The process heap, for the same. */
IHostMalloc *clr_os_heap(void);

/* Maps an image of `size` bytes, read-only, and fills it with `contents` repeated; at `base`, or anywhere for NULL. NULL if that place is taken
 * or there is no room. It stands for MapViewOfFileEx: private to the process, and memory that the host never gave out. */
void *clr_os_map_image(void *base, size_t size, uint64_t contents);
void clr_os_unmap_image(void *address, size_t size);

/* Memory of the system's that stands for a thread's stack. */
void *clr_os_stack_create(size_t size);
void clr_os_stack_destroy(void *stack, size_t size);

/* Where the runtime's own image lies, and one page of its data (the security cookie's) that nothing else uses. */
void clr_os_own_image(char **base, size_t *size);
void *clr_os_own_data_page(void);

/* Runs body(user, 0) .. body(user, count - 1), each on a thread of its own, and waits for all. false: a thread could not be started (those
 * that were have ended). At most 64. in_turns: one at a time in order of their index, each until it passes its turn on or ends, so that what
 * they do together repeats. */
bool clr_os_run_threads(uint32_t count, bool in_turns, void (*body)(void *user, uint32_t index), void *user);
/* The running thread of `index` lets the next one go on, and waits until it is its turn again. Nothing if they do not take turns. */
void clr_os_pass_turn(uint32_t index);

#endif
