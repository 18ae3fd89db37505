/* SPDX-License-Identifier: MIT
 * Fork: the forking thread first takes every lock of the host, so parent and child both continue with consistent tables and free locks. A raw clone
 * runs none of this; it is correct only for a process with one thread that is outside the host and holds no lock.
 *
 * A thread that forks in a signal handler that interrupted the host may hold locks itself and would wait for them, so it takes none.
 */
#include "host_foreign.h"
#include "host_heap.h"
#include "host_region.h"

#include "base_poison.h"

static uint32_t prepared;
static HF_THREAD_LOCAL bool locked;

static void before_fork(void)
{
    locked = hf__host_enter();
    if (!locked)
        return;
    hf__host_foreign_lock();
    hf__host_heap_lock_all();
    hf__host_regions_lock_all();
}

static void after_fork(void)
{
    if (!locked)
        return;
    hf__host_regions_unlock_all();
    hf__host_heap_unlock_all();
    hf__host_foreign_unlock();
    hf__host_leave();
}

void hf__host_regions_prepare(void)
{
    if (hf__os_load_u32_relaxed(&prepared) == 0 && hf__os_exchange_u32(&prepared, 1) == 0)
        hf__os_around_fork(before_fork, after_fork, after_fork);
}
