/*
 * The page table of a region. Up to 128 pages are bytes in the region itself. Beyond that the region holds 32 entries, each for 4096 pages
 * times 1024 per further level; an entry is either the state that all its pages share or the number of a chunk: 4096 states, or 1024 entries
 * of the level below. So a gibibyte in one state costs nothing beyond the region, and a page in the middle of it two chunks of 4 KiB.
 *
 * Readers may come without a lock and then see chunks that serve another region already. Whatever they read leads to mapped memory or
 * to nothing; the caller's look at the sequence tells them that it did not count. All accesses are atomic words for that reason.
 */
#include "host_pages.h"
#include "base_check.h"
#include "host_pool.h"

#include "base_poison.h"

#define INLINE_PAGES ((uint64_t)HF_REGION_WORDS * 8)
#define ROOT_ENTRIES (HF_REGION_WORDS * 2)
#define CHUNK_BYTES 4096u
#define CHUNK_ENTRIES (CHUNK_BYTES / sizeof(uint32_t))
#define LEAF_SHIFT 12u
#define LEVEL_SHIFT 10u
#define IS_CHUNK 0x80000000u

static hf_pool chunks = {.item_bytes = CHUNK_BYTES, .segment_shift = 5};

/* log2 of the pages that an entry of that level is for; level 1 is the lowest. */
static unsigned shift_of(uint32_t level)
{
    return LEAF_SHIFT + LEVEL_SHIFT * (level - 1);
}

static void *chunk_of(uint32_t entry)
{
    return (entry & IS_CHUNK) != 0 ? hf__pool_item(&chunks, entry & ~IS_CHUNK) : NULL;
}

static uint64_t repeat(hf_page_code code)
{
    return code * 0x0101010101010101u;
}

/* Bytes [first, end) of an array of states. */
static void set_bytes(uint64_t *words, uint64_t first, uint64_t end, hf_page_code code)
{
    while (first < end) {
        uint64_t *word = &words[first / 8];
        uint64_t from = first % 8;
        uint64_t to = end - (first - from) < 8 ? end - (first - from) : 8;
        uint64_t mask = to - from == 8 ? UINT64_MAX : (((uint64_t)1 << (to - from) * 8) - 1) << from * 8;
        hf__store_u64(word, (hf__load_u64_relaxed(word) & ~mask) | (repeat(code) & mask));
        first += to - from;
    }
}

static hf_page_code get_byte(const uint64_t *words, uint64_t at)
{
    return (hf_page_code)(hf__load_u64(&words[at / 8]) >> at % 8 * 8);
}

/* The first of [at, end) whose state is not `code`, or end. */
static uint64_t skip_bytes(const uint64_t *words, uint64_t at, uint64_t end, hf_page_code code)
{
    while (at < end) {
        uint64_t from = at % 8;
        uint64_t differs = (hf__load_u64(&words[at / 8]) ^ repeat(code)) >> from * 8;
        if (differs != 0) {
            at += (uint64_t)__builtin_ctzll(differs) / 8;
            return at < end ? at : end;
        }
        at += 8 - from;
    }
    return end;
}

void hf__pages_init(hf_region *region, hf_page_code code)
{
    uint32_t depth = region->pages <= INLINE_PAGES ? 0 : 1;
    while (depth > 0 && region->pages > (uint64_t)ROOT_ENTRIES << shift_of(depth))
        depth++;
    hf__store_u32(&region->depth, depth);
    if (depth == 0)
        set_bytes(region->state.words, 0, INLINE_PAGES, code);
    for (uint32_t i = 0; depth > 0 && i < ROOT_ENTRIES; i++)
        hf__store_u32(&region->state.entries[i], code);
}

/* Gives back the chunk in an entry and all below it. */
static void free_entry(uint32_t entry, uint32_t level)
{
    uint32_t *below = chunk_of(entry);
    if (below == NULL)
        return;
    for (uint32_t i = 0; level > 1 && i < CHUNK_ENTRIES; i++)
        free_entry(below[i], level - 1);
    hf__lock(&hf__tables_lock);
    hf__pool_give(&chunks, entry & ~IS_CHUNK);
    hf__unlock(&hf__tables_lock);
}

void hf__pages_clear(hf_region *region)
{
    for (uint32_t i = 0; region->depth > 0 && i < ROOT_ENTRIES; i++)
        free_entry(region->state.entries[i], region->depth);
}

/* Puts a chunk in the place of an entry for equal pages; its contents say the same. */
static bool split_entry(uint32_t *entry, uint32_t level)
{
    hf_page_code code = (hf_page_code)*entry;
    hf__lock(&hf__tables_lock);
    uint32_t number = hf__pool_take(&chunks);
    hf__unlock(&hf__tables_lock);
    if (number == 0)
        return false;
    void *chunk = hf__pool_item(&chunks, number);
    if (level == 1)
        set_bytes(chunk, 0, CHUNK_BYTES, code);
    for (uint32_t i = 0; level > 1 && i < CHUNK_ENTRIES; i++)
        hf__store_u32((uint32_t *)chunk + i, code);
    hf__store_u32(entry, number | IS_CHUNK);
    return true;
}

/* Makes the page `at` the first of an entry or of a byte, unless the pages around it have the state that they are to get. */
static bool split_at(hf_region *region, uint64_t at, hf_page_code code)
{
    uint32_t *entries = region->state.entries;
    for (uint32_t level = region->depth; level > 0; level--) {
        unsigned shift = shift_of(level);
        uint64_t inside = at & (((uint64_t)1 << shift) - 1);
        uint32_t *entry = &entries[at >> shift];
        if (inside == 0 || *entry == code)
            return true;
        if ((*entry & IS_CHUNK) == 0 && !split_entry(entry, level))
            return false;
        entries = chunk_of(*entry);
        at = inside;
    }
    return true;
}

/* The end of a range, moved to the end of the last root entry where it is the region's: what is beyond does not matter. */
static uint64_t stretch(const hf_region *region, uint64_t end)
{
    if (region->depth == 0 || end != region->pages)
        return end;
    uint64_t per_entry = (uint64_t)1 << shift_of(region->depth);
    return (end + per_entry - 1) & ~(per_entry - 1);
}

bool hf__pages_prepare(hf_region *region, uint64_t first, uint64_t end, hf_page_code code)
{
    end = stretch(region, end);
    bool ends_inside = region->depth > 0 && end >> shift_of(region->depth) < ROOT_ENTRIES;
    return split_at(region, first, code) && (!ends_inside || split_at(region, end, code));
}

static void set_entries(uint32_t *entries, uint32_t level, uint64_t first, uint64_t end, hf_page_code code)
{
    unsigned shift = shift_of(level);
    uint64_t per_entry = (uint64_t)1 << shift;
    while (first < end) {
        uint32_t *entry = &entries[first >> shift];
        uint64_t from = first & (per_entry - 1);
        uint64_t left = end - (first - from);
        uint64_t to = left < per_entry ? left : per_entry;
        uint32_t old = *entry;
        void *chunk = chunk_of(old);
        if (from == 0 && to == per_entry) {
            hf__store_u32(entry, code);
            free_entry(old, level);
        } else if (chunk != NULL && level == 1)
            set_bytes(chunk, from, to, code);
        else if (chunk != NULL)
            set_entries(chunk, level - 1, from, to, code);
        else
            HF_ASSERT(old == code);
        first += to - from;
    }
}

void hf__pages_set(hf_region *region, uint64_t first, uint64_t end, hf_page_code code)
{
    if (region->depth == 0)
        set_bytes(region->state.words, first, end, code);
    else
        set_entries(region->state.entries, region->depth, first, stretch(region, end), code);
}

/* The state of a page, and how far it is known to go on without looking into another entry. */
static hf_page_code get_run(const hf_region *region, uint64_t page, uint64_t *end)
{
    const uint32_t *entries = region->state.entries;
    uint64_t inside = page;
    uint32_t depth = hf__load_u32(&region->depth);
    for (uint32_t level = depth; level > 0; level--) {
        unsigned shift = shift_of(level);
        if (inside >> shift >= (level == depth ? ROOT_ENTRIES : CHUNK_ENTRIES)) { /* the region changed under a reader without lock */
            *end = page + 1;
            return HF_PAGE_RESERVED;
        }
        uint32_t entry = hf__load_u32(&entries[inside >> shift]);
        inside &= ((uint64_t)1 << shift) - 1;
        entries = chunk_of(entry);
        if (entries == NULL) {
            *end = page - inside + ((uint64_t)1 << shift);
            return (hf_page_code)entry;
        }
    }
    const uint64_t *bytes = depth == 0 ? region->state.words : (const uint64_t *)(const void *)entries;
    uint64_t limit = depth == 0 ? INLINE_PAGES : CHUNK_BYTES;
    inside &= limit - 1;
    hf_page_code code = get_byte(bytes, inside);
    *end = page - inside + skip_bytes(bytes, inside + 1, limit, code);
    return code;
}

hf_page_code hf__pages_get(const hf_region *region, uint64_t page)
{
    uint64_t end;
    return get_run(region, page, &end);
}

uint64_t hf__pages_run_end(const hf_region *region, uint64_t page)
{
    uint64_t end, pages = hf__load_u64(&region->pages);
    hf_page_code code = get_run(region, page, &end);
    while (end < pages) {
        uint64_t next;
        if (get_run(region, end, &next) != code)
            return end;
        end = next;
    }
    return pages;
}
