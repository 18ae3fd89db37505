/* SPDX-License-Identifier: MIT
 * The commit charge. One compare-and-swap keeps the sum below the limit, so two threads together never exceed it. The heap's share is counted
 * separately.
 */
#include "host_commit.h"
#include "host.h"
#include "os_atomic.h"
#include "os_memory.h"

#include "base_poison.h"

static uint64_t limit;
static uint64_t total;
static uint64_t of_heap;

bool hf__host_commit_charge(hf_commit_use use, uint64_t bytes)
{
    uint64_t set = hf__os_load_u64(&limit);
    uint64_t most = set != 0 ? set : hf__os_commit_limit();
    for (;;) {
        uint64_t now = hf__os_load_u64(&total);
        if (bytes > most || now > most - bytes)
            return bytes == 0;
        if (hf__os_swap_if_u64(&total, now, now + bytes))
            break;
    }
    if (use == HF_COMMIT_HEAP)
        hf__os_add_u64_atomic(&of_heap, bytes);
    return true;
}

void hf__host_commit_refund(hf_commit_use use, uint64_t bytes)
{
    if (use == HF_COMMIT_HEAP)
        hf__os_add_u64_atomic(&of_heap, 0 - bytes);
    hf__os_add_u64_atomic(&total, 0 - bytes);
}

uint64_t hf__host_commit_left(void)
{
    uint64_t set = hf__os_load_u64(&limit);
    uint64_t now = hf__os_load_u64(&total);
    if (set == 0)
        return UINT64_MAX;
    return now < set ? set - now : 0;
}

void hf__host_set_commit_limit(uint64_t bytes)
{
    hf__os_store_u64(&limit, bytes);
}

uint64_t hf__host_committed(void)
{
    uint64_t heap = hf__os_load_u64(&of_heap), all = hf__os_load_u64(&total);
    return all > heap ? all - heap : 0; /* two looks: another thread may be between its two */
}
