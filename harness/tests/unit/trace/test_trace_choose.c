/* SPDX-License-Identifier: MIT
 * Parts of canonical text: the lines near a fault, the result of a filter, the notes beside a line.
 */
#include "trace_print.h"

TestSuite(trace_choose, .timeout = 120);

/* Ten calls, of which the fifth is injected. */
static void build_ten(trace_builder *builder)
{
    init_with_rules(builder);
    builder_thread(builder, 0);
    for (unsigned i = 1; i <= 10; i++) {
        builder_event(builder, (hf_slot_main){.kind = i % 2 ? HF_METHOD_MALLOC_DEBUG_ALLOC : HF_METHOD_MALLOC_ALLOC,
                                              .size = i,
                                              .hr = E_OUTOFMEMORY,
                                              .host_hr = E_OUTOFMEMORY,
                                              .flags = HF_CALL_FORWARDED});
        if (i == 5)
            builder_inject(builder, 0, 1);
    }
}

Test(trace_choose, around_shows_what_is_near_a_fault)
{
    trace_builder builder;
    build_ten(&builder);
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.around = 1;
    output got = print(&builder, &options);
    char *hash = strstr(got.text, "hash=");
    cr_assert(not(zero(ptr, hash)));
    cr_assert(eq(sz, strlen(hash), strlen("hash=0123456789abcdef\n")));
    *hash = '\0';
    ASSERT_TEXT(got.text, "trace 1 caller=specimen seed=7\n"
                          "thread main\n"
                          "  ...\n"
                          "  Malloc.Alloc size=0x4 level=task -> E_OUTOFMEMORY 0x8007000E out=null\n"
                          "! Malloc.DebugAlloc size=0x5 level=task -> E_OUTOFMEMORY 0x8007000E out=null rule=fault-1\n"
                          "  Malloc.Alloc size=0x6 level=task -> E_OUTOFMEMORY 0x8007000E out=null\n"
                          "  ...\n"
                          "end calls=10 fired=1 ");
    builder_clear(&builder);
}

Test(trace_choose, around_keeps_threads_apart_and_the_end)
{
    trace_builder builder;
    build_ten(&builder);
    builder_thread(&builder, 1);
    alloc(&builder, 8, HEAP);
    builder_thread(&builder, HF_THREAD_TOOL);
    builder_say(&builder, HF_EVENT_END_SIGNAL, 11, NULL, NULL);
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.around = 6;
    output got = print(&builder, &options);
    const char *last = strstr(got.text, "size=0xA");
    cr_assert(not(zero(ptr, (void *)(uintptr_t)last)));
    *strstr(got.text, "hash=") = '\0';
    ASSERT_TEXT(last, "size=0xA level=task -> E_OUTOFMEMORY 0x8007000E out=null\nthread t2\n  ...\n  signal 11\nend calls=11 fired=1 ");
    builder_clear(&builder);
}

Test(trace_choose, the_hash_is_of_what_is_left_out_too)
{
    trace_builder builder;
    build_ten(&builder);
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.around = 1;
    output before = print(&builder, &options);
    builder.last->size = 11; /* the tenth call, out of sight */
    output after = print(&builder, &options);
    cr_assert(eq(sz, after.length, before.length));
    cr_assert(ne(int, strcmp(after.text, before.text), 0));
    options.around = 2;
    output wider = print(&builder, &options);
    cr_assert(zero(int, strcmp(strstr(wider.text, "hash="), strstr(after.text, "hash="))));
    builder_clear(&builder);
}

static const struct {
    const char *label;
    const char *thread, *method;
    int injected;
    int lines; /* of calls */
} filters[] = {
    {"all", NULL, NULL, 0, 10},           {"injected only", NULL, NULL, 1, 1},       {"a method", NULL, "Malloc.Alloc", 0, 5},
    {"a pattern", NULL, "M*", 0, 10},     {"none of these", NULL, "Virtual*", 0, 0}, {"the thread", "main", NULL, 0, 10},
    {"another thread", "t2", NULL, 0, 0}, {"two filters", "main", "*Debug*", 1, 1},
};
HF_ROWS(trace_choose, filters_choose_lines, filters)
{
    trace_builder builder;
    build_ten(&builder);
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.only_thread = filters[*number].thread;
    options.only_method = filters[*number].method;
    options.only_injected = (uint8_t)filters[*number].injected;
    output got = print(&builder, &options);
    int count = 0;
    for (const char *at = got.text; (at = strstr(at, "Malloc.")) != NULL; at++)
        count++;
    cr_assert(eq(int, count, filters[*number].lines), "%s:\n%s", filters[*number].label, got.text);
    cr_assert(not(zero(ptr, strstr(got.text, "end calls=10 fired=1\n"))), "%s", filters[*number].label);
    builder_clear(&builder);
}

Test(trace_choose, stacks_and_times_stand_beside_the_line)
{
    trace_builder builder;
    init_with_rules(&builder);
    builder_thread(&builder, 0);
    builder_say(&builder, HF_EVENT_MODULE, 0x400000, "/usr/bin/caller", "cafe");
    builder.last->size = 0x500000;
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .start = 1002000, .flags = HF_CALL_FORWARDED});
    builder_extra(&builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 2, .u.frames = {0x401001, 0x900001}});
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.with_stacks = 1;
    options.with_times = 1;
    output got = print(&builder, &options);
    ASSERT_TEXT(got.text, "trace 1 caller=specimen seed=7\n"
                          "thread main\n"
                          "  Malloc.Free address=null -> S_OK @2.0us +0.3us\n"
                          "      caller+0x1000\n"
                          "      +0x900000\n"
                          "end calls=1 fired=0\n");
    builder_clear(&builder);
}

Test(trace_choose, an_empty_trace_says_so)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    output got = print(&builder, NULL);
    ASSERT_TEXT(got.text, "trace 1 caller=specimen seed=0\nend calls=0 fired=0\n");
    builder_clear(&builder);
}
