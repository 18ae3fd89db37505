/* SPDX-License-Identifier: MIT
 * The page table of a region. Up to 128 pages are bytes in the region itself. A larger region holds 32 entries, each for 256 pages times 64 per
 * further level. An entry is either the state that all its pages share, or the number of a chunk: 256 states, or 64 entries of the level below. So a
 * gibibyte in one state costs nothing beyond the region, and a page in the middle of it costs two chunks of four cache lines.
 *
 * Readers may come without a lock and see chunks that already serve another region. Whatever they read leads to mapped memory or to nothing; the
 * region's sequence tells them to discard it. That is why all accesses are atomic words.
 */
#include "host_pages.h"
#include "base_check.h"
#include "host_pool.h"

#include "base_poison.h"

#define INLINE_PAGES ((uint64_t)HF_REGION_WORDS * 8)
#define ROOT_ENTRIES (HF_REGION_WORDS * 2)
#define CHUNK_BYTES 256u
#define CHUNK_ENTRIES (CHUNK_BYTES / sizeof(uint32_t))
#define LEAF_SHIFT 8u
#define LEVEL_SHIFT 6u
#define IS_CHUNK 0x80000000u

static hf_pool chunks = {.item_bytes = CHUNK_BYTES, .segment_shift = 9};

/* log2 of the pages that an entry of that level is for; level 1 is the lowest. */
static unsigned shift_of(uint32_t level)
{
    return LEAF_SHIFT + LEVEL_SHIFT * (level - 1);
}

static void *chunk_of(uint32_t entry)
{
    return (entry & IS_CHUNK) != 0 ? hf__host_pool_item(&chunks, entry & ~IS_CHUNK) : NULL;
}

static uint64_t repeat(hf_page_code code)
{
    return code * 0x0101010101010101u;
}

/* Bytes [from, to) of one word. */
static void set_in_word(uint64_t *word, uint64_t from, uint64_t to, uint64_t pattern)
{
    uint64_t mask = (UINT64_MAX >> (64 - (to - from) * 8)) << from * 8;
    hf__os_store_u64(word, (hf__os_load_u64_relaxed(word) & ~mask) | (pattern & mask));
}

/* Bytes [first, end) of an array of states. */
static void set_bytes(uint64_t *words, uint64_t first, uint64_t end, hf_page_code code)
{
    uint64_t pattern = repeat(code), word = first / 8, last = end / 8;
    if (word == last) {
        if (first < end)
            set_in_word(&words[word], first % 8, end % 8, pattern);
        return;
    }
    if (first % 8 != 0)
        set_in_word(&words[word++], first % 8, 8, pattern);
    for (; word < last; word++)
        hf__os_store_u64(&words[word], pattern);
    if (end % 8 != 0)
        set_in_word(&words[last], 0, end % 8, pattern);
}

static hf_page_code get_byte(const uint64_t *words, uint64_t at)
{
    return (hf_page_code)(hf__os_load_u64(&words[at / 8]) >> at % 8 * 8);
}

/* The first of [at, end) whose state is not `code`, or end. */
static uint64_t skip_bytes(const uint64_t *words, uint64_t at, uint64_t end, hf_page_code code)
{
    while (at < end) {
        uint64_t from = at % 8;
        uint64_t differs = (hf__os_load_u64(&words[at / 8]) ^ repeat(code)) >> from * 8;
        if (differs != 0) {
            at += (uint64_t)__builtin_ctzll(differs) / 8;
            return at < end ? at : end;
        }
        at += 8 - from;
    }
    return end;
}

void hf__host_pages_init(hf_region *region, hf_page_code code)
{
    uint32_t depth = region->pages <= INLINE_PAGES ? 0 : 1;
    while (depth > 0 && region->pages > (uint64_t)ROOT_ENTRIES << shift_of(depth))
        depth++;
    hf__os_store_u32(&region->depth, depth);
    if (depth == 0)
        set_bytes(region->state.words, 0, INLINE_PAGES, code);
    for (uint32_t i = 0; depth > 0 && i < ROOT_ENTRIES; i++)
        hf__os_store_u32(&region->state.entries[i], code);
}

/* Gives back the chunk in an entry and all below it. */
static void free_entry(uint32_t entry, uint32_t level)
{
    uint32_t *below = chunk_of(entry);
    if (below == NULL)
        return;
    for (uint32_t i = 0; level > 1 && i < CHUNK_ENTRIES; i++)
        free_entry(below[i], level - 1);
    hf__host_lock(&hf__host_tables_lock);
    hf__host_pool_give(&chunks, entry & ~IS_CHUNK);
    hf__host_unlock(&hf__host_tables_lock);
}

void hf__host_pages_clear(hf_region *region)
{
    for (uint32_t i = 0; region->depth > 0 && i < ROOT_ENTRIES; i++)
        free_entry(region->state.entries[i], region->depth);
}

/* Puts a chunk in the place of an entry for equal pages; its contents say the same. */
static bool split_entry(uint32_t *entry, uint32_t level)
{
    hf_page_code code = (hf_page_code)*entry;
    hf__host_lock(&hf__host_tables_lock);
    uint32_t number = hf__host_pool_take(&chunks);
    hf__host_unlock(&hf__host_tables_lock);
    if (number == 0)
        return false;
    void *chunk = hf__host_pool_item(&chunks, number);
    if (level == 1)
        set_bytes(chunk, 0, CHUNK_BYTES, code);
    for (uint32_t i = 0; level > 1 && i < CHUNK_ENTRIES; i++)
        hf__os_store_u32((uint32_t *)chunk + i, code);
    hf__os_store_u32(entry, number | IS_CHUNK);
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

bool hf__host_pages_prepare(hf_region *region, uint64_t first, uint64_t end, hf_page_code code)
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
            hf__os_store_u32(entry, code);
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

void hf__host_pages_set(hf_region *region, uint64_t first, uint64_t end, hf_page_code code)
{
    if (region->depth == 0)
        set_bytes(region->state.words, first, end, code);
    else
        set_entries(region->state.entries, region->depth, first, stretch(region, end), code);
}

/* Where the table speaks of a page: in bytes, of which it is number `inside`, or in an entry for all pages up to `end`. */
typedef struct place {
    const uint64_t *bytes; /* NULL: an entry */
    uint64_t inside;
    uint64_t end; /* of the bytes or the entry, as a page */
    hf_page_code code;
} place;

/* Entries that say the same follow each other: they are taken together up to `limit`. */
static uint64_t end_of_entries(const uint32_t *entries, uint64_t at, uint64_t count, uint64_t most)
{
    uint32_t entry = hf__os_load_u32(&entries[at]);
    uint64_t end = at + 1;
    most = at + most < count ? at + most : count;
    while (end < most && hf__os_load_u32(&entries[end]) == entry)
        end++;
    return end;
}

static place find_place(const hf_region *region, uint64_t page, uint64_t limit)
{
    const uint32_t *entries = region->state.entries;
    uint64_t inside = page;
    uint32_t depth = hf__os_load_u32(&region->depth);

    for (uint32_t level = depth; level > 0; level--) {
        unsigned shift = shift_of(level);
        if (inside >> shift >= (level == depth ? ROOT_ENTRIES : CHUNK_ENTRIES)) /* the region changed under a reader without lock */
            return (place){.end = page + 1};
        uint64_t at = inside >> shift;
        uint32_t entry = hf__os_load_u32(&entries[at]);
        inside &= ((uint64_t)1 << shift) - 1;
        if ((entry & IS_CHUNK) == 0) {
            uint64_t wanted = (limit - page + inside) >> shift;
            uint64_t end = end_of_entries(entries, at, level == depth ? ROOT_ENTRIES : CHUNK_ENTRIES, wanted + 1);
            return (place){.end = page - inside + ((end - at) << shift), .code = (hf_page_code)entry};
        }
        entries = chunk_of(entry);
        if (entries == NULL)
            return (place){.end = page + 1};
    }

    const uint64_t *bytes = depth == 0 ? region->state.words : (const uint64_t *)(const void *)entries;
    uint64_t size = depth == 0 ? INLINE_PAGES : CHUNK_BYTES;
    inside &= size - 1;
    return (place){.bytes = bytes, .inside = inside, .end = page - inside + size, .code = get_byte(bytes, inside)};
}

hf_page_code hf__host_pages_get(const hf_region *region, uint64_t page)
{
    return find_place(region, page, page + 1).code;
}

uint64_t hf__host_pages_run(const hf_region *region, uint64_t page, uint64_t limit, hf_page_code *run_code)
{
    place at = find_place(region, page, limit);
    hf_page_code code = *run_code = at.code;
    while (at.code == code) {
        uint64_t end = at.end < limit ? at.end : limit;
        if (at.bytes != NULL)
            end = page + (skip_bytes(at.bytes, at.inside + 1, at.inside + (end - page), code) - at.inside);
        if (end < at.end || end >= limit)
            return end;
        page = end;
        at = find_place(region, page, limit);
    }
    return page;
}
