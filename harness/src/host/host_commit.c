/*
 * The commit charge as two counters whose sum is held under the limit: the sum is taken first, so that two threads together never pass it.
 */
#include "host_commit.h"
#include "host.h"
#include "os_atomic.h"
#include "os_memory.h"

#include "base_poison.h"

static uint64_t limit;
static uint64_t total;
static uint64_t by_use[2];

bool hf__commit_charge(hf_commit_use use, uint64_t bytes)
{
    uint64_t set = hf__load_u64(&limit);
    uint64_t most = set != 0 ? set : hf__os_commit_limit();
    for (;;) {
        uint64_t now = hf__load_u64(&total);
        if (bytes > most || now > most - bytes)
            return bytes == 0;
        if (hf__swap_if_u64(&total, now, now + bytes))
            break;
    }
    hf__add_u64_atomic(&by_use[use], bytes);
    return true;
}

void hf__commit_refund(hf_commit_use use, uint64_t bytes)
{
    hf__add_u64_atomic(&by_use[use], 0 - bytes);
    hf__add_u64_atomic(&total, 0 - bytes);
}

uint64_t hf__commit_left(void)
{
    uint64_t set = hf__load_u64(&limit);
    uint64_t now = hf__load_u64(&total);
    if (set == 0)
        return UINT64_MAX;
    return now < set ? set - now : 0;
}

void hf__host_set_commit_limit(uint64_t bytes)
{
    hf__store_u64(&limit, bytes);
}

uint64_t hf__host_committed(void)
{
    return hf__load_u64(&by_use[HF_COMMIT_VIRTUAL]);
}
