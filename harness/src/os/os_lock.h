/* SPDX-License-Identifier: MIT
 * A lock in one word, for the tool's own tables. It must never be taken in the program under test: a thread may die while it holds it there.
 *
 * Threads: thread-safe; not signal-safe.
 */
#ifndef HF_OS_LOCK_H
#define HF_OS_LOCK_H

#include "os_atomic.h"
#include "os_thread.h"

/* Zero is free. Waits by sleeping. */
static inline void hf__os_lock(uint32_t *word)
{
    while (hf__os_exchange_u32(word, 1) != 0)
        hf__os_wait(word, 1, 1); /* a millisecond at most: a wake between the two calls may be missed */
}

static inline void hf__os_unlock(uint32_t *word)
{
    hf__os_store_u32(word, 0);
    hf__os_wake(word);
}

#endif
