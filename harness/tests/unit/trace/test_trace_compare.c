/* SPDX-License-Identifier: MIT
 * The place where two traces differ.
 */
#include "trace_compare.h"
#include "trace_print.h"

TestSuite(trace_compare, .timeout = 120);

Test(trace_compare, the_same_calls_at_other_addresses_are_the_same)
{
    trace_builder one;
    trace_builder two;
    init_with_rules(&one);
    init_with_rules(&two);
    builder_thread(&one, 0);
    builder_thread(&two, 0);
    alloc(&one, 8, HEAP);
    alloc(&two, 8, HEAP + 0x770);
    release(&one, HEAP);
    release(&two, HEAP + 0x770);
    hf_trace *a = builder_decode(&one);
    hf_trace *b = builder_decode(&two);
    cr_assert(eq(int, hf__trace_first_difference(a, b, NULL), 0));
    hf_trace_destroy(a);
    hf_trace_destroy(b);
    builder_clear(&one);
    builder_clear(&two);
}

Test(trace_compare, the_first_line_that_differs_is_told)
{
    trace_builder one;
    trace_builder two;
    init_with_rules(&one);
    init_with_rules(&two);
    builder_thread(&one, 0);
    builder_thread(&two, 0);
    builder_say(&one, HF_EVENT_ATTACH, 1, NULL, NULL);
    alloc(&one, 8, HEAP);
    alloc(&two, 8, HEAP);
    alloc(&one, 9, HEAP + 16);
    alloc(&two, 10, HEAP + 16);
    hf_trace *a = builder_decode(&one);
    hf_trace *b = builder_decode(&two);
    hf__trace_difference got;
    cr_assert(eq(int, hf__trace_first_difference(a, b, &got), 1));
    cr_assert(all(eq(sz, got.event_a, 2), eq(sz, got.event_b, 1)));
    cr_assert(eq(str, got.line_a, (char[]){"  Malloc.Alloc size=0x9 level=task -> S_OK out=H2"}));
    cr_assert(eq(str, got.line_b, (char[]){"  Malloc.Alloc size=0xA level=task -> S_OK out=H2"}));
    hf_trace_destroy(a);
    hf_trace_destroy(b);
    builder_clear(&one);
    builder_clear(&two);
}

Test(trace_compare, one_that_goes_on_differs_where_the_other_ends)
{
    trace_builder one;
    trace_builder two;
    init_with_rules(&one);
    init_with_rules(&two);
    builder_thread(&one, 0);
    builder_thread(&two, 0);
    alloc(&one, 8, HEAP);
    alloc(&two, 8, HEAP);
    release(&two, HEAP);
    hf_trace *a = builder_decode(&one);
    hf_trace *b = builder_decode(&two);
    hf__trace_difference got;
    cr_assert(eq(int, hf__trace_first_difference(a, b, &got), 1));
    cr_assert(all(eq(sz, got.event_a, SIZE_MAX), eq(sz, got.event_b, 1)));
    cr_assert(eq(str, got.line_a, (char[]){""}));
    hf_trace_destroy(a);
    hf_trace_destroy(b);
    builder_clear(&one);
    builder_clear(&two);
}

/* Two blocks, given back in turn or the other way round. */
static hf_trace *two_blocks(bool turned)
{
    trace_builder builder;
    init_with_rules(&builder);
    builder_thread(&builder, 0);
    alloc(&builder, 8, HEAP);
    alloc(&builder, 16, HEAP + 0x100);
    release(&builder, turned ? HEAP + 0x100 : HEAP);
    release(&builder, turned ? HEAP : HEAP + 0x100);
    hf_trace *trace = builder_decode(&builder);
    builder_clear(&builder);
    return trace;
}

Test(trace_compare, releases_in_another_order_are_no_other_requests)
{
    hf_trace *a = two_blocks(false);
    hf_trace *b = two_blocks(true);
    cr_assert(hf__trace_first_difference(a, b, NULL));
    cr_assert(hf__trace_first_call_difference(a, b, NULL));
    cr_assert(not(hf__trace_first_request_difference(a, b, NULL)));
    hf_trace_destroy(a);
    hf_trace_destroy(b);
}

static hf_trace *one_block(uint64_t size, const char *result)
{
    trace_builder builder;
    init_with_rules(&builder);
    builder_thread(&builder, 0);
    alloc(&builder, size, HEAP);
    builder_say(&builder, HF_EVENT_RESULT, 0, result, NULL);
    hf_trace *trace = builder_decode(&builder);
    builder_clear(&builder);
    return trace;
}

Test(trace_compare, another_result_is_no_other_call)
{
    hf_trace *a = one_block(8, "one");
    hf_trace *b = one_block(8, "two");
    hf_trace *larger = one_block(9, "one");
    cr_assert(hf__trace_first_difference(a, b, NULL));
    cr_assert(not(hf__trace_first_call_difference(a, b, NULL)));
    cr_assert(hf__trace_first_request_difference(a, larger, NULL));
    hf_trace_destroy(a);
    hf_trace_destroy(b);
    hf_trace_destroy(larger);
}
