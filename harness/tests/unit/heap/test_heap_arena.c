/* SPDX-License-Identifier: MIT
 * The arena: aligned and zeroed memory, pieces larger than a chunk.
 */
#include "heap_arena.h"
#include "base_text.h"
#include "hf_rows.h"

#include <string.h>

TestSuite(heap_arena, .timeout = 120);

Test(heap_arena, memory_is_zeroed_and_aligned)
{
    hf__heap_arena arena = {NULL};
    hf__heap_arena_copy_text(&arena, hf__text("abc"));
    uint64_t *numbers = hf__heap_arena_take(&arena, 4, sizeof *numbers);
    cr_assert(eq(sz, (uintptr_t)numbers % 8, 0));
    cr_assert(eq(u64, numbers[0] | numbers[1] | numbers[2] | numbers[3], 0));
    hf__heap_arena_clear(&arena);
}

Test(heap_arena, what_is_larger_than_a_chunk_fits)
{
    hf__heap_arena arena = {NULL};
    char *small = hf__heap_arena_copy_text(&arena, hf__text("before"));
    char *large = hf__heap_arena_take(&arena, 1, 1000000);
    memset(large, 'x', 1000000);
    cr_assert(zero(int, strcmp(small, "before")));
    hf__heap_arena_clear(&arena);
    cr_assert(arena.chunks == NULL);
}

Test(heap_arena, many_small_pieces_do_not_touch_each_other)
{
    enum { COUNT = 5000 };
    static char *pieces[COUNT];
    hf__heap_arena arena = {NULL};
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = hf__heap_arena_take(&arena, 1, i % 37 + 1);
        memset(pieces[i], (int)(i % 251), i % 37 + 1);
    }
    for (size_t i = 0; i < COUNT; i++)
        wrong += (unsigned char)pieces[i][i % 37] != i % 251;
    cr_assert(eq(sz, wrong, 0));
    hf__heap_arena_clear(&arena);
}
