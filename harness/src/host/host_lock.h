/* SPDX-License-Identifier: MIT
 * The host's locks, and how the host notices that it was interrupted.
 *
 * A lock is one word: 0 free, 1 held, 2 held with waiters. Each region has a lock and holds it across its system calls. The tables that all regions
 * share have one lock, held for a few memory accesses except when a table must grow. Order: a region's lock, then the tables'.
 *
 * A signal handler may call the host while the same thread is inside it, perhaps holding a lock. So each thread marks itself busy on entry, and a
 * second entry is refused instead of waiting for itself. Only the thread's own handlers read the mark, so it is not atomic.
 */
#ifndef HF_HOST_LOCK_H
#define HF_HOST_LOCK_H

#include "os_atomic.h"
#include "os_thread.h"

#include <stddef.h>

struct hf_heap_cache;

/* What the host keeps per thread. */
typedef struct hf_host_thread {
    uint32_t busy;
    uint32_t disarmed_seen; /* host_guard.c: guard pages that were disarmed when this thread was last told to touch again */
    struct hf_heap_cache *cache;
} hf_host_thread;
extern HF_THREAD_LOCAL hf_host_thread hf__host_thread;

/* False: this thread is inside already, refuse with ERROR_NOT_READY. */
static inline bool hf__host_enter(void)
{
    if (hf__host_thread.busy != 0)
        return false;
    hf__host_thread.busy = 1;
    hf__os_signal_fence();
    return true;
}

static inline void hf__host_leave(void)
{
    hf__os_signal_fence();
    hf__host_thread.busy = 0;
}

void hf__host_lock_wait(uint32_t *word);

static inline void hf__host_lock(uint32_t *word)
{
    if (!hf__os_swap_if_u32(word, 0, 1))
        hf__host_lock_wait(word);
}

static inline void hf__host_unlock(uint32_t *word)
{
    if (hf__os_exchange_u32(word, 0) == 2)
        hf__os_wake(word);
}

#endif
