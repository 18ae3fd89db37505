/* SPDX-License-Identifier: MIT
 * The malloc family of adapt.h over our host: each function's promises, the detection of a caller that writes past a block's end, and the behaviour
 * when the host fails.
 */
#include "fake_host.h"
#include "hf_rows.h"

#include <criterion/redirect.h>
#include <errno.h>
#include <hostfault/adapt.h>
#include <stdint.h>
#include <string.h>

TestSuite(shim_adapt, .timeout = 120);

Test(shim_adapt, blocks_are_aligned_apart_and_filled)
{
    unsigned char *first = hf_adapt_malloc(100), *second = hf_adapt_malloc(0), *third = hf_adapt_malloc(0);
    cr_assert(eq(u64, (uintptr_t)first % 16 + (uintptr_t)second % 16, 0));
    cr_assert(second != third);
    cr_assert(first[0] == 0xA5 && first[99] == 0xA5);
    cr_assert(eq(sz, hf_adapt_size(first), 100));
    cr_assert(eq(sz, hf_adapt_size(NULL), 0));
    hf_adapt_free(first);
    hf_adapt_free(second);
    hf_adapt_free(third);
    hf_adapt_free(NULL);
}

Test(shim_adapt, calloc_is_zero_and_counts)
{
    const char *block = hf_adapt_calloc(7, 9);
    for (size_t i = 0; i < 63; i++)
        cr_assert(eq(chr, block[i], 0));
    errno = 0;
    cr_assert(eq(ptr, hf_adapt_calloc(SIZE_MAX / 2, 3), NULL));
    cr_assert(eq(int, errno, ENOMEM));
    cr_assert(eq(ptr, hf_adapt_malloc(SIZE_MAX - 10), NULL));
    hf_adapt_free((void *)(uintptr_t)block);
}

Test(shim_adapt, realloc_moves_and_keeps)
{
    char *block = hf_adapt_strdup("twelve bytes");
    char *more = hf_adapt_realloc(block, 1000);
    cr_assert(more != block);
    cr_assert(eq(str, more, (char[]){"twelve bytes"}));
    char *less = hf_adapt_realloc(more, 3);
    cr_assert(eq(int, memcmp(less, "twe", 3), 0));
    char *none = hf_adapt_realloc(less, 0);
    cr_assert(none != NULL);
    char *fresh = hf_adapt_realloc(NULL, 5);
    cr_assert(fresh != NULL);
    cr_assert(eq(ptr, hf_adapt_reallocarray(fresh, SIZE_MAX, 2), NULL));
    hf_adapt_free(none);
    hf_adapt_free(fresh);
}

Test(shim_adapt, aligned_blocks_are_aligned)
{
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        void *block = hf_adapt_aligned_alloc(alignment, 33);
        cr_assert(block != NULL && (uintptr_t)block % alignment == 0, "%zu", alignment);
        hf_adapt_free(block);
    }
    errno = 0;
    cr_assert(eq(ptr, hf_adapt_aligned_alloc(24, 100), NULL));
    cr_assert(eq(int, errno, EINVAL));
    cr_assert(eq(ptr, hf_adapt_aligned_alloc(0, 100), NULL));
}

Test(shim_adapt, free_keeps_errno)
{
    void *block = hf_adapt_malloc(10);
    errno = 77;
    hf_adapt_free(block);
    cr_assert(eq(int, errno, 77));
}

Test(shim_adapt, a_write_past_the_end_is_told_when_the_block_is_given_back)
{
    cr_redirect_stderr();
    char *block = hf_adapt_malloc(24);
    block[24] = 0;
    hf_adapt_free(block);
    cr_assert_stderr_eq_str("hostfault: a block of 24 bytes was written to past its end: byte 24 is 0x00\n");
}

Test(shim_adapt, a_write_past_the_end_is_told_when_the_block_is_resized)
{
    cr_redirect_stderr();
    char *block = hf_adapt_aligned_alloc(64, 3);
    block[3] = 'x';
    hf_adapt_free(hf_adapt_realloc(block, 100));
    cr_assert_stderr_eq_str("hostfault: a block of 3 bytes was written to past its end: byte 3 is 0x78\n");
}

Test(shim_adapt, the_wrong_size_of_a_block_is_told)
{
    cr_redirect_stderr();
    hf_adapt_free_sized(hf_adapt_malloc(7), 7);
    hf_adapt_free_sized(hf_adapt_malloc(7), 8);
    cr_assert_stderr_eq_str("hostfault: a block of 7 bytes was given back as one of 8\n");
}

Test(shim_adapt, a_failure_is_null_and_enomem_whatever_the_host_says)
{
    hf_rule rule = failing(HF_METHOD_MALLOC_ALLOC, HOST_E_TIMEOUT);
    rule.last = 1;
    attach_rule(&rule);
    errno = 0;
    cr_assert(eq(ptr, hf_adapt_malloc(10), NULL));
    cr_assert(eq(int, errno, ENOMEM));
    void *block = hf_adapt_malloc(10);
    cr_assert(block != NULL);
    hf_adapt_free(block);
}

Test(shim_adapt, a_failed_realloc_leaves_the_block)
{
    hf_rule rule = failing(HF_METHOD_MALLOC_ALLOC, E_OUTOFMEMORY);
    rule.first = 2;
    attach_rule(&rule);
    char *block = hf_adapt_strdup("kept");
    cr_assert(eq(ptr, hf_adapt_realloc(block, 1000), NULL));
    cr_assert(eq(str, block, (char[]){"kept"}));
    hf_adapt_free(block);
}

Test(shim_adapt, after_e_fail_the_host_is_not_asked_again)
{
    hf_rule rule = failing(HF_METHOD_MALLOC_ALLOC, E_FAIL);
    rule.sticks = 0;
    attach_rule(&rule);
    cr_assert(eq(ptr, hf_adapt_malloc(10), NULL));
    cr_assert(eq(ptr, hf_adapt_calloc(1, 10), NULL));
    cr_assert(eq(uint, hf_fired(), 1));
}

Test(shim_adapt, what_it_needs_for_itself_never_fails)
{
    hf_rule rule = failing(HF_METHOD_CREATE_MALLOC, E_OUTOFMEMORY);
    attach_rule(&rule);
    cr_assert(hf_adapt_malloc(10) != NULL);
    cr_assert(eq(uint, hf_fired(), 0));
}

Test(shim_adapt, memory_comes_from_the_host_that_was_named)
{
    cr_assert(eq(int, hf_adapt_begin(fake_manager()), HF_OK));
    const unsigned char *block = hf_adapt_malloc(100);
    cr_assert(block > fake.block && block < fake.block + sizeof fake.block);
    cr_assert(eq(uint, fake.calls[HF_METHOD_MALLOC_ALLOC], 1));
    cr_assert(eq(u64, fake.size, 100 + HF_ADAPT_OVERHEAD));
    cr_assert(eq(int, hf_adapt_begin(fake_manager()), HF_ERROR_STATE));
    hf_adapt_end();
    cr_assert(eq(int, hf_adapt_begin(NULL), HF_OK));
}
