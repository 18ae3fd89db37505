/* SPDX-License-Identifier: MIT
 * The heap: sizes, contents, what free rejects, and that threads return the blocks that they kept.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "host.h"
#include "host_heap.h"
#include "os_memory.h"

#include <pthread.h>
#include <string.h>

TestSuite(host_heap, .timeout = 120);

static char *take(size_t size)
{
    void *block = NULL;
    cr_assert(eq(u32, hf__host_heap_alloc(size, &block), 0), "alloc %zu", size);
    return block;
}

static size_t misfits(size_t limit)
{
    size_t wrong = 0;
    for (size_t size = 1; size <= limit; size++) {
        uint32_t class_ = hf__host_heap_class_of(size);
        bool fits = hf__host_heap_size_of(class_) >= size && class_ < HF_HEAP_CLASSES;
        bool is_smallest = class_ == 1 || hf__host_heap_size_of(class_ - 1) < size;
        wrong += !(fits && is_smallest && hf__host_heap_size_of(class_) % 16 == 0);
    }
    return wrong;
}

Test(host_heap, every_size_has_the_smallest_class_that_holds_it)
{
    cr_assert(eq(sz, misfits(HF_HEAP_SMALL_MAX), 0));
    cr_assert(eq(u32, hf__host_heap_class_of(HF_HEAP_SMALL_MAX), HF_HEAP_CLASSES - 1));
}

static const struct {
    const char *label;
    size_t size, usable;
} sizes[] = {
    {"nothing", 0, 16},
    {"one byte", 1, 16},
    {"sixteen", 16, 16},
    {"seventeen", 17, 32},
    {"129", 129, 160},
    {"a page", 4096, 4096},
    {"a page and one", 4097, 5120},
    {"largest small", 131072, 131072},
    {"smallest large", 131073, 135168},
    {"large", 5u << 20, 5u << 20},
};

HF_ROWS(host_heap, blocks_are_usable_to_their_last_byte, sizes)
{
    char *block = take(sizes[*number].size);
    cr_assert(eq(sz, hf__host_heap_size(block), sizes[*number].usable), "%s", sizes[*number].label);
    cr_assert(eq(sz, (uintptr_t)block % 16, 0), "%s", sizes[*number].label);
    memset(block, 0xAB, sizes[*number].usable);
    cr_assert(eq(u32, hf__host_heap_free(block), 0), "%s", sizes[*number].label);
    cr_assert(eq(sz, hf__host_heap_size(block), 0), "%s", sizes[*number].label);
    cr_assert(eq(u32, hf__host_heap_free(block), ERROR_INVALID_OPERATION), "%s: the second time", sizes[*number].label);
}

Test(host_heap, free_of_null_is_done)
{
    cr_assert(eq(u32, hf__host_heap_free(NULL), 0));
}

Test(host_heap, more_than_there_is_fails)
{
    void *block = (void *)16;
    cr_assert(eq(u32, hf__host_heap_alloc(SIZE_MAX, &block), ERROR_NOT_ENOUGH_MEMORY));
    cr_assert(eq(ptr, block, NULL));
    cr_assert(eq(u32, hf__host_heap_alloc((size_t)1 << 46, &block), ERROR_NOT_ENOUGH_MEMORY));
    hf__host_set_commit_limit(1u << 20);
    cr_assert(eq(u32, hf__host_heap_alloc(2u << 20, &block), ERROR_NOT_ENOUGH_MEMORY));
    cr_assert(eq(ptr, block, NULL));
}

static size_t fill_up(size_t size, char **last)
{
    void *block = NULL;
    size_t count = 0;
    for (; hf__host_heap_alloc(size, &block) == 0; count++)
        *last = block;
    return count;
}

Test(host_heap, limit_holds_for_small_blocks_and_what_is_freed_can_be_had_again)
{
    char *last = NULL;
    hf__host_set_commit_limit(1u << 20);
    size_t count = fill_up(1024, &last);
    cr_assert(all(lt(sz, 500, count), le(sz, count, 1024)));
    cr_assert(eq(u32, hf__host_heap_free(last), 0));
    cr_assert(eq(ptr, take(1024), last));
}

/* Pointers that were never given out, near to one that was. */
static const struct {
    const char *label;
    long offset;
} near[] = {{"inside", 16},        {"inside, odd", 1},     {"before", -16},      {"last byte", 47},
            {"far behind", 60000}, {"next span", 1 << 20}, {"outside", 1L << 33}};

HF_ROWS(host_heap, pointers_that_were_never_given_out_are_refused, near)
{
    char *block = take(48);
    cr_assert(eq(u32, hf__host_heap_free(block + near[*number].offset), ERROR_INVALID_OPERATION), "%s", near[*number].label);
    cr_assert(eq(sz, hf__host_heap_size(block + near[*number].offset), 0), "%s", near[*number].label);
    cr_assert(eq(u32, hf__host_heap_free(block), 0), "%s: the block is still there", near[*number].label);
}

static size_t accepted_garbage(size_t count)
{
    size_t accepted = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = hf__random(5, 0, i) >> (hf__random(5, 1, i) % 40);
        accepted += value != 0 && hf__host_heap_free((void *)(uintptr_t)value) != ERROR_INVALID_OPERATION;
    }
    return accepted;
}

Test(host_heap, any_garbage_is_refused)
{
    char *large = take(1u << 20), *small = take(100);
    void *region = NULL;
    char here;
    cr_assert(eq(sz, accepted_garbage(200000), 0));
    cr_assert(eq(u32, hf__host_alloc(NULL, 1, MEM_RESERVE, PAGE_NOACCESS, &region), 0));
    cr_assert(eq(u32, hf__host_heap_free(region), ERROR_INVALID_OPERATION), "a region is no block");
    cr_assert(eq(u32, hf__host_heap_free(&here), ERROR_INVALID_OPERATION));
    cr_assert(eq(u32, hf__host_heap_free(large + 4096), ERROR_INVALID_OPERATION));
    cr_assert(eq(u32, hf__host_heap_free(large), 0));
    cr_assert(eq(u32, hf__host_heap_free(small), 0));
}

Test(host_heap, blocks_are_not_regions)
{
    MEMORY_BASIC_INFORMATION told;
    DWORD error;
    char *blocks[] = {take(64), take(1u << 20)};
    uint64_t before = hf__host_committed();
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, hf__host_owns(blocks[i]), 0));
        cr_assert(eq(u32, hf__host_free(blocks[i], 0, MEM_RELEASE), ERROR_INVALID_ADDRESS));
        cr_assert(eq(sz, hf__host_query(blocks[i], &told, sizeof told, &error), sizeof told));
        cr_assert(eq(u32, told.State, MEM_COMMIT));
        cr_assert(eq(u32, told.Protect, PAGE_READWRITE));
        cr_assert(eq(u32, hf__host_heap_free(blocks[i]), 0), "%u %p", i, (void *)blocks[i]);
    }
    cr_assert(eq(u64, hf__host_committed(), before), "nor are they counted as such");
}

/* Random blocks, each filled with its own number while it lives. */
enum { LIVE = 512 };
typedef struct live_block {
    unsigned char *memory;
    size_t size;
} live_block;

static bool is_filled(const live_block *block, unsigned char with)
{
    for (size_t i = 0; i < block->size; i += 61) {
        if (block->memory[i] != with)
            return false;
    }
    return block->size == 0 || block->memory[block->size - 1] == with;
}

static size_t churn(unsigned operations)
{
    static live_block live[LIVE];
    size_t wrong = 0;
    for (unsigned i = 0; i < operations; i++) {
        unsigned at = (unsigned)(hf__random(9, 0, i) % LIVE);
        live_block *block = &live[at];
        if (block->memory != NULL) {
            wrong += !is_filled(block, (unsigned char)at) || hf__host_heap_free(block->memory) != 0;
            block->memory = NULL;
            continue;
        }
        block->size = (size_t)(hf__random(9, 1, i) >> (40 + hf__random(9, 2, i) % 24));
        block->memory = (unsigned char *)take(block->size);
        memset(block->memory, (int)at, block->size);
    }
    for (unsigned at = 0; at < LIVE; at++)
        wrong += live[at].memory != NULL && (!is_filled(&live[at], (unsigned char)at) || hf__host_heap_free(live[at].memory) != 0);
    return wrong;
}

Test(host_heap, blocks_keep_their_contents_while_others_come_and_go)
{
    cr_assert(eq(sz, churn(40000), 0));
}

Test(host_heap, same_calls_give_the_same_block)
{
    char *first = take(200);
    char *second = take(200);
    cr_assert(lt(ptr, first, second), "lowest first");
    cr_assert(eq(u32, hf__host_heap_free(first), 0));
    cr_assert(eq(ptr, take(200), first), "what was freed last comes first");
}

static void *free_it(void *block)
{
    return (void *)(uintptr_t)hf__host_heap_free(block);
}

static uintptr_t on_thread(void *(*work)(void *), void *with)
{
    pthread_t thread;
    void *result = NULL;
    cr_assert(eq(int, pthread_create(&thread, NULL, work, with), 0));
    pthread_join(thread, &result);
    return (uintptr_t)result;
}

Test(host_heap, another_thread_may_free)
{
    char *block = take(77);
    cr_assert(eq(sz, on_thread(free_it, block), 0));
    cr_assert(eq(u32, hf__host_heap_free(block), ERROR_INVALID_OPERATION));
}

static void *use_all_classes(void *unused)
{
    (void)unused;
    uintptr_t highest = 0;
    for (uint32_t class_ = 1; class_ < HF_HEAP_CLASSES; class_++) {
        void *block = NULL;
        (void)hf__host_heap_alloc(hf__host_heap_size_of(class_), &block);
        highest = (uintptr_t)block > highest ? (uintptr_t)block : highest;
        (void)hf__host_heap_free(block);
    }
    return (void *)highest;
}

Test(host_heap, threads_that_end_give_back_what_they_kept)
{
    uintptr_t first = on_thread(use_all_classes, NULL), highest = first;
    for (unsigned i = 0; i < 200; i++) {
        uintptr_t reached = on_thread(use_all_classes, NULL);
        highest = reached > highest ? reached : highest;
    }
    cr_assert(eq(sz, highest, first), "two hundred threads need no more than one");
}

Test(host_heap, executable_blocks_can_be_run)
{
    void *block = NULL;
    void (*run)(void);
    cr_assert(eq(u32, hf__host_heap_alloc_executable(10, &block), 0));
    *(unsigned char *)block = 0xC3;
    memcpy(&run, &block, sizeof run);
    run();
    cr_assert(eq(sz, hf__host_heap_size(block), 4096));
    cr_assert(eq(u32, hf__host_heap_free(block), 0));
}

static struct seen {
    unsigned count;
    hf_host_damage damage;
    const void *block;
    size_t offset;
} seen;

static void see(hf_host_damage damage, const void *block, size_t offset)
{
    seen = (struct seen){seen.count + 1, damage, block, offset};
}

static const struct {
    const char *label;
    size_t size, at; /* written to, from the block's beginning; SIZE_MAX: not */
    bool is_freed_first;
    unsigned count;
    int damage; /* hf_host_damage; 0: none */
    size_t offset;
} writes[] = {
    {"not at all", 100, SIZE_MAX, false, 0, 0, 0},
    {"its last byte", 100, 99, false, 0, 0, 0},
    {"the byte behind", 100, 100, false, 1, HF_DAMAGE_BEHIND, 0},
    {"of a size that fills its class", 32, 33, false, 1, HF_DAMAGE_BEHIND, 1},
    {"nothing, behind nothing", 0, 0, false, 1, HF_DAMAGE_BEHIND, 0},
    {"far enough to reach the size", 40, 46, false, 1, HF_DAMAGE_BEHIND, SIZE_MAX},
    {"behind a large block", 200000, 200000, false, 1, HF_DAMAGE_BEHIND, 0},
    {"a page further, behind one that fills its pages", 262144, 262148, false, 1, HF_DAMAGE_BEHIND, 4},
    {"the last byte of a large block", 262144, 262143, false, 0, 0, 0},
    {"freed, its first byte", 100, 0, true, 1, HF_DAMAGE_FREED, 0},
    {"freed, in the middle", 100, 50, true, 1, HF_DAMAGE_FREED, 50},
    {"freed, and not touched", 100, SIZE_MAX, true, 0, 0, 0},
};
HF_ROWS(host_heap, canaries_show_what_was_written, writes)
{
    seen = (struct seen){0};
    hf__host_heap_guard(see);
    char *block = take(writes[*number].size);
    if (writes[*number].is_freed_first)
        cr_assert(eq(u32, hf__host_heap_free(block), 0));
    if (writes[*number].at != SIZE_MAX)
        ((volatile char *)block)[writes[*number].at] = 7;
    char *again = writes[*number].is_freed_first ? take(writes[*number].size) : block;
    hf__host_heap_inspect();
    hf__host_heap_inspect(); /* told once */
    cr_assert(eq(ptr, again, block), "%s", writes[*number].label);
    cr_assert(all(eq(uint, seen.count, writes[*number].count), eq(int, (int)seen.damage, (int)writes[*number].damage)), "%s", writes[*number].label);
    cr_assert(eq(sz, seen.offset, writes[*number].offset), "%s", writes[*number].label);
    cr_assert(eq(u32, hf__host_heap_free(again), 0));
    cr_assert(eq(u32, hf__host_heap_free(again), 4317), "freed twice");
    hf__host_heap_guard(NULL);
}

/* Blocks before guard pages */

static const struct {
    const char *label;
    size_t size, behind; /* the first byte that no access reaches */
} guarded[] = {
    {"nothing", 0, 0},      {"a byte", 1, 16},           {"aligned", 64, 64},           {"not aligned", 100, 112},
    {"a page", 4096, 4096}, {"over a page", 4097, 4112}, {"large", 1u << 20, 1u << 20},
};
HF_ROWS(host_heap, guarded_blocks_end_at_a_page, guarded)
{
    size_t size = guarded[*number].size;
    seen = (struct seen){0};
    hf__host_heap_guard(see);
    hf__host_heap_guard_pages(true);
    char *block = take(size);
    hf_map_entry behind = {0};
    memset(block, 1, size);
    cr_assert(all(eq(u64, (uintptr_t)block % 16, 0), eq(u64, ((uintptr_t)block + guarded[*number].behind) % 4096, 0)), "%s", guarded[*number].label);
    cr_assert(all(eq(int, hf__os_map_at((uintptr_t)block + guarded[*number].behind, &behind), 0), eq(uint, behind.access, HF_ACCESS_NONE)), "%s",
              guarded[*number].label);
    cr_assert(eq(sz, hf__host_heap_size(block), size), "%s", guarded[*number].label);
    cr_assert(eq(u32, hf__host_heap_free(block + 16), 4317), "not where it begins");
    cr_assert(eq(u32, hf__host_heap_free(block), 0));
    cr_assert(eq(u32, hf__host_heap_free(block), 4317), "freed twice");
    cr_assert(eq(sz, hf__host_heap_size(block), 0), "none of ours any more");
    cr_assert(zero(uint, seen.count), "%s", guarded[*number].label);
    hf__host_heap_guard_pages(false);
    hf__host_heap_guard(NULL);
}

Test(host_heap, guarded_blocks_are_watched_up_to_the_page)
{
    seen = (struct seen){0};
    hf__host_heap_guard(see);
    hf__host_heap_guard_pages(true);
    char *block = take(100);
    ((volatile char *)block)[103] = 7;
    cr_assert(eq(u32, hf__host_heap_free(block), 0));
    cr_assert(all(eq(uint, seen.count, 1), eq(int, (int)seen.damage, HF_DAMAGE_BEHIND), eq(sz, seen.offset, 3)));
    hf__host_heap_guard_pages(false);
    hf__host_heap_guard(NULL);
}

/* Address space is kept for the last few thousand only, and what cannot be guarded any more is an ordinary block. */
Test(host_heap, guarded_blocks_do_not_run_out)
{
    enum { COUNT = 40000 };
    static char *blocks[COUNT];
    uint64_t before = hf__host_committed();
    hf__host_heap_guard_pages(true);
    for (unsigned round = 0; round < 10000; round++)
        cr_assert(eq(u32, hf__host_heap_free(take(64)), 0));
    for (unsigned i = 0; i < COUNT; i++)
        blocks[i] = take(64);
    for (unsigned i = 0; i < COUNT; i++)
        cr_assert(eq(u32, hf__host_heap_free(blocks[i]), 0), "%u %p", i, (void *)blocks[i]);
    hf__host_heap_guard_pages(false);
    cr_assert(le(u64, hf__host_committed(), before + (8u << 20)));
}
