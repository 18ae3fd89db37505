/* SPDX-License-Identifier: MIT
 * Live memory, as far as the shim must know it. Our own host is asked. For a user's host, a table here holds its regions and, if a rule says `live`,
 * another holds the sizes of its heap blocks. A user's host is never called unless the caller called it: it must not notice that it is wrapped.
 *
 * The tables are allocated at attach and never grow; lookups take no lock. What does not fit is counted as lost.
 */
#include "shim_call.h"
#include "base_check.h"
#include "base_error.h"
#include "host.h"
#include "os_memory.h"
#include "shim_rearm.h"

#include "base_poison.h"

#define REGIONS_MAX 65536u
#define BLOCKS_MAX (1u << 20)
#define GONE 1u /* key of a block that was given back; no block has that address */

typedef struct region {
    uint64_t base; /* 0 free */
    uint64_t size;
    uint64_t committed;
} region;

typedef struct block {
    uint64_t key;
    uint64_t size;
} block;

static region *regions;
static uint32_t region_high; /* entries that were ever in use */
static block *blocks;

hf_status hf__shim_live_prepare(hf_error *err)
{
    region_high = 0;
    if (regions == NULL)
        regions = hf__os_pages(REGIONS_MAX * sizeof *regions);
    if (hf__shim.tracks_live != 0 && blocks == NULL)
        blocks = hf__os_pages(BLOCKS_MAX * sizeof *blocks);
    bool complete = regions != NULL && (hf__shim.tracks_live == 0 || blocks != NULL);
    return complete ? HF_OK : HF_FAIL(err, HF_ERROR_MEMORY, "no memory for the shim's tables");
}

hf_status hf__shim_live_restart(hf_error *err)
{
    for (uint32_t i = 0; i < region_high && i < REGIONS_MAX; i++)
        hf__os_store_u64(&regions[i].base, 0);
    if (blocks != NULL) {
        hf__os_pages_free(blocks, BLOCKS_MAX * sizeof *blocks);
        blocks = NULL;
    }
    return hf__shim_live_prepare(err);
}

void hf__shim_live_discard(void)
{
    if (regions != NULL)
        hf__os_pages_free(regions, REGIONS_MAX * sizeof *regions);
    if (blocks != NULL)
        hf__os_pages_free(blocks, BLOCKS_MAX * sizeof *blocks);
    regions = NULL;
    blocks = NULL;
}

static void lose(void)
{
    hf__os_add_u32_atomic(&hf__shim.session.control->lost, 1);
}

static uint32_t regions_in_use(void)
{
    uint32_t high = hf__os_load_u32(&region_high);
    return high < REGIONS_MAX ? high : REGIONS_MAX;
}

static region *find_region(uint64_t address)
{
    uint32_t high = regions_in_use();
    for (uint32_t i = 0; i < high; i++) {
        uint64_t base = hf__os_load_u64(&regions[i].base);
        if (base != 0 && address >= base && address - base < hf__os_load_u64(&regions[i].size))
            return &regions[i];
    }
    return NULL;
}

bool hf__shim_region_has(uint64_t address)
{
    return regions != NULL && find_region(address) != NULL;
}

static void fill_region(region *entry, uint64_t size)
{
    hf__os_store_u64(&entry->committed, 0);
    hf__os_store_u64(&entry->size, size);
}

/* A host that returns one base twice has lost the first region: the entry is reused. */
static void add_region(uint64_t base, uint64_t size)
{
    uint32_t high = regions_in_use();
    for (uint32_t i = 0; i < high; i++) {
        uint64_t found = hf__os_load_u64(&regions[i].base);
        if (found == base || (found == 0 && hf__os_swap_if_u64(&regions[i].base, 0, base))) {
            fill_region(&regions[i], size);
            return;
        }
    }
    uint32_t at = hf__os_add_u32_atomic(&region_high, 1);
    if (at >= REGIONS_MAX) {
        hf__os_store_u32(&region_high, REGIONS_MAX);
        lose();
        return;
    }
    fill_region(&regions[at], size);
    hf__os_store_u64(&regions[at].base, base);
}

static void count(uint64_t *of, uint64_t added, uint64_t removed)
{
    hf__os_add_u64_atomic(of, added - removed);
    hf__os_store_u64(&hf__shim.session.control->live_bytes, hf__os_load_u64(&hf__shim.live));
}

static uint64_t block_slot(uint64_t address, uint32_t probe)
{
    return ((address >> 4) * 0x9E3779B97F4A7C15u + probe) % BLOCKS_MAX;
}

static void add_block(uint64_t address, uint64_t size)
{
    for (uint32_t probe = 0; probe < 1024; probe++) {
        block *slot = &blocks[block_slot(address, probe)];
        uint64_t key = hf__os_load_u64(&slot->key);
        if (key <= GONE && hf__os_swap_if_u64(&slot->key, key, address)) {
            hf__os_store_u64(&slot->size, size);
            return;
        }
    }
    lose();
}

static uint64_t take_block(uint64_t address)
{
    for (uint32_t probe = 0; probe < 1024; probe++) {
        block *slot = &blocks[block_slot(address, probe)];
        uint64_t key = hf__os_load_u64(&slot->key);
        if (key == address) {
            uint64_t size = hf__os_load_u64(&slot->size);
            hf__os_store_u64(&slot->key, GONE);
            return size;
        }
        if (key == 0)
            break;
    }
    return 0;
}

uint64_t hf__shim_live_now(void)
{
    if (hf__shim.tracks_live == 0)
        return 0;
    return hf__os_load_u64(&hf__shim.live) + hf__host_committed();
}

void hf__shim_live_before(hf_shim_call *call)
{
    if (call->call.method == HF_METHOD_MALLOC_FREE && call->is_ours)
        call->freed = hf__host_heap_size((const void *)(uintptr_t)call->call.address);
}

static void after_alloc(const hf_shim_call *call, uint64_t out)
{
    if (call->is_ours || out == 0)
        return;
    bool fresh = (call->call.type & MEM_RESERVE) != 0 || call->call.address == 0;
    if (fresh)
        add_region(out, call->call.size);
    region *in = find_region(out);
    if (in != NULL && (call->call.type & MEM_COMMIT) != 0) {
        hf__os_add_u64_atomic(&in->committed, call->call.size);
        count(&hf__shim.live, call->call.size, 0);
    }
}

static void after_free(const hf_shim_call *call)
{
    region *in = call->is_ours ? NULL : find_region(call->call.address);
    if (in == NULL)
        return;
    uint64_t committed = hf__os_load_u64(&in->committed);
    bool whole = (call->call.type & MEM_RELEASE) != 0 || call->call.size == 0;
    uint64_t bytes = whole || call->call.size > committed ? committed : call->call.size;
    hf__os_add_u64_atomic(&in->committed, 0 - bytes);
    count(&hf__shim.live, 0, bytes);
    if ((call->call.type & MEM_RELEASE) != 0)
        hf__os_store_u64(&in->base, 0);
}

static void after_heap_alloc(const hf_shim_call *call, uint64_t out)
{
    if (hf__shim.tracks_live == 0 || out == 0)
        return;
    uint64_t size = call->is_ours ? hf__host_heap_size((const void *)(uintptr_t)out) : call->call.size;
    if (!call->is_ours)
        add_block(out, size);
    count(&hf__shim.live, size, 0);
}

void hf__shim_live_after(const hf_shim_call *call, HRESULT host_hr, uint64_t out)
{
    if (FAILED(host_hr))
        return;
    hf_method method = call->call.method;
    if (method == HF_METHOD_VIRTUAL_ALLOC)
        after_alloc(call, out);
    else if (method == HF_METHOD_VIRTUAL_FREE)
        after_free(call);
    else if (method == HF_METHOD_MALLOC_ALLOC || method == HF_METHOD_MALLOC_DEBUG_ALLOC)
        after_heap_alloc(call, out);
    else if (method == HF_METHOD_MALLOC_FREE && hf__shim.tracks_live != 0)
        count(&hf__shim.live, 0, call->is_ours ? call->freed : take_block(call->call.address));
}
