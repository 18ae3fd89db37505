/* SPDX-License-Identifier: MIT
 * The reader: events in order, from hand-made files and from files that no recorder would write. It must never crash, read past the end, or
 * return a number that is not a valid index.
 */
#include "hf_rows.h"
#include "trace_builder.h"
#include "trace_compare.h"
#include "session_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(trace_read, .timeout = 120);

static bool note_is(hf_text text, const char *want)
{
    return text.size_bytes == strlen(want) && memcmp(text.pointer, want, text.size_bytes) == 0;
}

Test(trace_read, one_call_is_read_whole)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_ALLOC,
                                           .address = 0x10000,
                                           .size = 0x2000,
                                           .out = 0x20000,
                                           .pc = 77,
                                           .type = MEM_COMMIT,
                                           .protect = PAGE_READWRITE,
                                           .level = 2,
                                           .flags = HF_CALL_FORWARDED,
                                           .host_hr = S_OK,
                                           .hr = S_FALSE,
                                           .state = 3u << 3 | HF_SLOT_DONE});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(eq(sz, hf_trace_event_count(trace), 1));
    const hf_event *event = hf_trace_event(trace, 0);
    cr_assert(all(eq(u32, event->kind, HF_METHOD_VIRTUAL_ALLOC), eq(int, event->complete, 1), eq(int, event->forwarded, 1)));
    cr_assert(all(eq(u64, event->address, 0x10000), eq(u64, event->size, 0x2000), eq(u64, event->out, 0x20000), eq(u64, event->pc, 77)));
    cr_assert(all(eq(u32, event->type, MEM_COMMIT), eq(u32, event->protect, PAGE_READWRITE), eq(int, event->level, 2)));
    cr_assert(all(eq(int, event->hr, S_FALSE), eq(u64, event->duration, 768), eq(int, event->rule, -1)));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, extras_are_gathered)
{
    hf_rule rules[4] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    hf__model_plan_parts parts = {.rule_count = 4, .rules = rules, .rule_names = (const char *const[]){"a", "b", "c", "d"}};
    trace_builder builder;
    builder_init(&builder, &parts);
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .hr = E_OUTOFMEMORY});
    for (unsigned rule = 0; rule < 4; rule++)
        builder_ticket(&builder, rule, 10 + rule, rule, rule == 2);
    builder_inject(&builder, 2, 5);
    builder_extra(&builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 7, .u.frames = {1, 2, 3, 4, 5, 6, 7}});
    builder_extra(&builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 1, .u.frames = {8}});
    builder_extra(&builder, HF_EXTRA_QUERY, (hf_slot_extra){.u.query = {.base = 9, .region_size = 10, .state = MEM_FREE}});
    hf_trace *trace = builder_decode(&builder);
    const hf_event *event = hf_trace_event(trace, 0);
    cr_assert(all(eq(u32, event->ticket_count, 4), eq(u64, event->tickets[3].ordinal, 13), eq(int, event->tickets[3].rule, 3)));
    cr_assert(all(eq(int, event->injected, 1), eq(int, event->rule, 2), eq(u32, event->more->number, 5), eq(u32, event->more->last_error, 8)));
    cr_assert(all(eq(u32, event->frame_count, 8), eq(u64, event->frames[6], 7), eq(u64, event->frames[7], 8)));
    cr_assert(all(eq(u64, event->more->query_base, 9), eq(u64, event->more->query_region_size, 10), eq(u32, event->more->query_state, MEM_FREE)));
    cr_assert(zero(int, strcmp(hf_trace_rule_name(trace, 2), "c")));
    cr_assert(zero(int, strcmp(hf_trace_rule_name(trace, 4), "")));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, notes_are_joined_from_their_pieces)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    const char *path = "/a/very/long/path/that/does/not/fit/into/one/slot/of/the/trace/libhost.so.1";
    builder_say(&builder, HF_EVENT_MODULE, 0x7000, path, "beef");
    builder.last->size = 0x9000;
    hf_trace *trace = builder_decode(&builder);
    cr_assert(note_is(hf_trace_event(trace, 0)->more->note, path));
    cr_assert(note_is(hf_trace_event(trace, 0)->more->note2, "beef"));
    cr_assert(eq(sz, hf_trace_module_count(trace), 1));
    cr_assert(all(eq(u64, hf_trace_module_at(trace, 0)->base, 0x7000), eq(u64, hf_trace_module_at(trace, 0)->end, 0x9000)));
    cr_assert(note_is(hf_trace_module_at(trace, 0)->build_id, "beef"));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

/* Chunks lie in the file in the order they were taken; threads and their chunks come out in theirs. */
Test(trace_read, streams_are_put_together)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 1);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 1});
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 2});
    builder_thread(&builder, HF_THREAD_TOOL);
    builder_event(&builder, (hf_slot_main){.kind = HF_EVENT_END_EXIT, .address = 1});
    builder_thread(&builder, 1);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 3});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(eq(sz, hf_trace_thread_count(trace), 3));
    cr_assert(eq(sz, hf_trace_event_count(trace), 4));
    cr_assert(all(eq(u64, hf_trace_event(trace, 0)->size, 2), eq(u32, hf_trace_event(trace, 0)->thread, 0)));
    cr_assert(all(eq(u64, hf_trace_event(trace, 1)->size, 1), eq(u32, hf_trace_event(trace, 1)->thread, 1)));
    cr_assert(all(eq(u64, hf_trace_event(trace, 2)->size, 3), eq(u32, hf_trace_event(trace, 2)->thread, 1)));
    cr_assert(all(eq(u32, hf_trace_event(trace, 3)->kind, HF_EVENT_END_EXIT), eq(u32, hf_trace_event(trace, 3)->thread, 2)));
    cr_assert(note_is(hf_trace_thread_label(trace, 0), "main"));
    cr_assert(note_is(hf_trace_thread_label(trace, 1), "t2"));
    cr_assert(note_is(hf_trace_thread_label(trace, 2), "tool"));
    cr_assert(note_is(hf_trace_thread_label(trace, 3), ""));
    cr_assert(zero(ptr, (void *)(uintptr_t)hf_trace_event(trace, 4)));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, chunks_count_by_their_number_not_their_place)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder.numbers[0] = 1;
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 2});
    builder.numbers[0] = 0;
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 1});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(all(eq(u64, hf_trace_event(trace, 0)->size, 1), eq(u64, hf_trace_event(trace, 1)->size, 2)));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, a_signal_handlers_calls_are_merged_by_time)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 1, .start = 100});
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 3, .start = 300});
    builder_thread(&builder, 0u | HF_THREAD_SIGNAL);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 2, .start = 200});
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 4, .start = 400});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(eq(sz, hf_trace_event_count(trace), 4));
    cr_assert(all(eq(u64, hf_trace_event(trace, 0)->size, 1), eq(u64, hf_trace_event(trace, 1)->size, 2)));
    cr_assert(all(eq(u64, hf_trace_event(trace, 2)->size, 3), eq(u64, hf_trace_event(trace, 3)->size, 4)));
    cr_assert(all(eq(int, hf_trace_event(trace, 0)->in_signal, 0), eq(int, hf_trace_event(trace, 1)->in_signal, 1)));
    cr_assert(eq(sz, hf_trace_thread_count(trace), 1));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, the_last_label_names_the_thread)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    builder_say(&builder, HF_EVENT_THREAD, 0, "starter", NULL);
    builder_say(&builder, HF_EVENT_THREAD, 0, "worker", NULL);
    hf_trace *trace = builder_decode(&builder);
    cr_assert(note_is(hf_trace_thread_label(trace, 0), "worker"));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, a_process_that_died_inside_a_call_leaves_it_incomplete)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_control(&builder)->attached = 1;
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .state = HF_SLOT_STARTED});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(eq(int, hf_trace_event(trace, 0)->complete, 0));
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    cr_assert(all(eq(int, summary.attached, 1), eq(int, summary.ended_in_order, 0), eq(int, summary.lost, 0), eq(u64, summary.calls, 1)));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, a_slot_that_was_never_published_is_stepped_over)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 1});
    builder_extra(&builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 1});
    builder.last->state = HF_SLOT_EMPTY;
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 2});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(eq(sz, hf_trace_event_count(trace), 1));
    cr_assert(eq(u64, hf_trace_event(trace, 0)->size, 2));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, what_stands_behind_a_pad_is_not_read)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 1});
    builder_event(&builder, (hf_slot_main){.state = HF_SLOT_PAD});
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 2});
    hf_trace *trace = builder_decode(&builder);
    cr_assert(eq(sz, hf_trace_event_count(trace), 1));
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

Test(trace_read, files_are_opened_and_missing_ones_told)
{
    trace_builder builder;
    builder_small(&builder);
    char path[] = "/tmp/hf-trace-XXXXXX";
    int file = mkstemp(path);
    cr_assert(eq(sz, (size_t)write(file, builder.bytes, builder_size(&builder)), builder_size(&builder)));
    close(file);
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(eq(int, hf_trace_open(path, &trace, &err), HF_OK));
    cr_assert(eq(sz, hf_trace_event_count(trace), 7));
    hf_trace_destroy(trace);
    unlink(path);
    cr_assert(eq(int, hf_trace_open(path, &trace, &err), HF_ERROR_NOT_FOUND));
    cr_assert(zero(ptr, trace));
    builder_clear(&builder);
}

/* A tool may look at a run that is still going on: what is complete by then is there. */
Test(trace_read, a_session_that_is_still_written_to)
{
    char folder[] = "/tmp/hf-session-XXXXXX";
    char path[64];
    cr_assert(not(zero(ptr, mkdtemp(folder))));
    snprintf(path, sizeof path, "%s/trace", folder);
    static const hf__model_plan_parts nothing;
    static _Alignas(8) char plan[4096];
    size_t plan_bytes;
    hf_error err;
    hf_session session;
    cr_assert(eq(int, hf__model_plan_build(&nothing, plan, sizeof plan, &plan_bytes, &err), HF_OK));
    cr_assert(eq(int, hf__session_create(&(hf_session_request){path, "specimen", plan, plan_bytes, 0, {NULL, 0, 0}, false}, &session, &err), HF_OK),
              "%s", err.message);
    hf_stream stream = {.thread = 0};
    for (unsigned i = 0; i < 3000; i++) {
        cr_assert(eq(int, hf__session_feed(&session, path, &err), HF_OK), "%s", err.message);
        hf__session_record_event(&session, &stream, &(hf_slot_main){.kind = HF_EVENT_PHASE}, (hf_text){"p", 1}, (hf_text){"", 0});
    }
    hf_slot_main *started = hf__session_record_reserve(&session, &stream, 2);
    started->kind = HF_METHOD_MALLOC_ALLOC;
    started->state = HF_SLOT_STARTED;
    hf_trace *trace = NULL;
    cr_assert(eq(int, hf_trace_open(path, &trace, &err), HF_OK), "%s", err.message);
    cr_assert(eq(sz, hf_trace_event_count(trace), 3001));
    cr_assert(eq(int, hf_trace_event(trace, 2999)->complete, 1));
    cr_assert(eq(int, hf_trace_event(trace, 3000)->complete, 0));
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    cr_assert(eq(int, summary.lost, 0));
    hf_trace_destroy(trace);
    hf__session_leave(&session);
    unlink(path);
    rmdir(folder);
}

Test(trace_read, nothing_is_no_trace)
{
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(eq(int, hf_trace_decode(NULL, 0, &trace, &err), HF_ERROR_FORMAT));
    hf_trace_destroy(NULL);
}
