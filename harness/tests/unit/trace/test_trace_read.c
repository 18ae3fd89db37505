/*
 * The reader: events in order from files made by hand, and from files that no recorder ever wrote. What it must never do is to crash, to read
 * past the end, or to give out a number that is no index.
 */
#include "hf_rows.h"
#include "trace_builder.h"
#include "trace_compare.h"
#include "trace_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(trace_read, .timeout = 60);

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
    hf_rule rules[4] = {hf__rule_init(), hf__rule_init(), hf__rule_init(), hf__rule_init()};
    hf__plan_parts parts = {.rule_count = 4, .rules = rules, .rule_names = (const char *const[]){"a", "b", "c", "d"}};
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
    cr_assert(all(eq(int, event->injected, 1), eq(int, event->rule, 2), eq(u32, event->number, 5), eq(u32, event->last_error, 8)));
    cr_assert(all(eq(u32, event->frame_count, 8), eq(u64, event->frames[6], 7), eq(u64, event->frames[7], 8)));
    cr_assert(all(eq(u64, event->query_base, 9), eq(u64, event->query_region_size, 10), eq(u32, event->query_state, MEM_FREE)));
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
    cr_assert(note_is(hf_trace_event(trace, 0)->note, path));
    cr_assert(note_is(hf_trace_event(trace, 0)->note2, "beef"));
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

/* Lies that a chunk can tell. Each is read as far as it makes sense, and the summary says that something is missing. */
static void lie_about_extras(trace_builder *builder)
{
    builder->last->extras = 200;
}
static void lie_about_the_last_slot(trace_builder *builder)
{
    hf_slot_main *chunk = (hf_slot_main *)(void *)(builder->bytes + builder->chunks_offset);
    chunk[HF_CHUNK_SLOTS - 1] = (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .extras = 255, .state = HF_SLOT_DONE};
}
static void lie_about_the_kind(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = 50});
}
static void lie_about_the_end(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_EVENT_END_EXIT});
}
static void lie_about_the_rule(trace_builder *builder)
{
    builder_inject(builder, 99, 1);
}
static void lie_about_a_ticket(trace_builder *builder)
{
    builder_ticket(builder, 99, 1, 0, 0);
}
static void lie_about_injection(trace_builder *builder)
{
    builder->last->flags |= HF_CALL_INJECTED;
}
static void lie_about_an_injected_phase(trace_builder *builder)
{
    builder_say(builder, HF_EVENT_PHASE, 0, NULL, NULL);
    builder->last->flags |= HF_CALL_INJECTED;
}
static void lie_about_an_extra(trace_builder *builder)
{
    builder_extra(builder, (hf_extra)77, (hf_slot_extra){.count = 255});
}
static void lie_about_counts(trace_builder *builder)
{
    builder_extra(builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 255});
    builder_extra(builder, HF_EXTRA_NOTE, (hf_slot_extra){.count = 255});
    builder_extra(builder, (hf_extra)0, (hf_slot_extra){.count = 255});
}
static void lie_about_chunks_taken(trace_builder *builder)
{
    builder_control(builder)->chunks_taken = 4000000000u;
}
static void lie_with_a_second_head(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.state = HF_SLOT_HEAD});
}
static void lie_with_an_unknown_state(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.state = 7});
}
static void lie_about_the_chunk(trace_builder *builder)
{
    builder_thread(builder, 3);
    (builder->next - 1)->state = HF_SLOT_DONE;
}

static const struct {
    const char *label;
    void (*tell)(trace_builder *builder);
    int events;
} lies[] = {
    {"more extras than follow", lie_about_extras, 2},
    {"extras beyond the chunk", lie_about_the_last_slot, 3},
    {"a kind that nobody knows", lie_about_the_kind, 2},
    {"an end record from the process", lie_about_the_end, 2},
    {"a rule that the plan does not have", lie_about_the_rule, 2},
    {"a ticket of such a rule", lie_about_a_ticket, 2},
    {"injected by no rule", lie_about_injection, 2},
    {"an injected phase", lie_about_an_injected_phase, 3},
    {"an extra that nobody knows", lie_about_an_extra, 2},
    {"counts larger than a slot", lie_about_counts, 2},
    {"more chunks than the file holds", lie_about_chunks_taken, 2},
    {"a head in the middle", lie_with_a_second_head, 2},
    {"a state that nobody knows", lie_with_an_unknown_state, 2},
    {"a chunk without a head", lie_about_the_chunk, 2},
};
HF_ROWS(trace_read, lies_are_survived_and_noticed, lies)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    builder_thread(&builder, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC});
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE});
    lies[*number].tell(&builder);
    hf_trace *trace = builder_decode(&builder);
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    cr_assert(eq(int, (int)hf_trace_event_count(trace), lies[*number].events), "%s", lies[*number].label);
    cr_assert(eq(int, summary.lost, 1), "%s", lies[*number].label);
    cr_assert(le(u32, hf_trace_event(trace, 1)->frame_count, 7), "%s", lies[*number].label);
    cr_assert(le(sz, hf_trace_event(trace, 1)->note.size_bytes, 56), "%s", lies[*number].label);
    cr_assert(eq(u32, hf_trace_event(trace, 1)->ticket_count, 0), "%s", lies[*number].label);
    cr_assert(eq(int, hf_trace_event(trace, 1)->rule, -1), "%s", lies[*number].label);
    cr_assert(eq(u64, summary.fired, 0), "%s", lies[*number].label);
    cr_assert(eq(int, hf_trace_event(trace, hf_trace_event_count(trace) - 1)->injected, 0), "%s", lies[*number].label);
    hf_trace_destroy(trace);
    builder_clear(&builder);
}

/* Headers that are refused. */
static void spoil_magic(hf_session_header *header)
{
    header->magic++;
}
static void spoil_version(hf_session_header *header)
{
    header->version++;
}
static void spoil_header_bytes(hf_session_header *header)
{
    header->header_bytes--;
}
static void spoil_plan_offset(hf_session_header *header)
{
    header->plan_offset = UINT64_MAX - 4095;
}
static void spoil_plan_bytes(hf_session_header *header)
{
    header->plan_bytes = UINT64_MAX;
}
static void spoil_plan_sum(hf_session_header *header)
{
    header->plan_offset = UINT64_MAX - 4095;
    header->plan_bytes = 8192;
}
static void spoil_plan_alignment(hf_session_header *header)
{
    header->plan_offset += 8;
}
static void spoil_chunks_offset(hf_session_header *header)
{
    header->chunks_offset = 4096;
}
static void spoil_chunk_count(hf_session_header *header)
{
    header->chunk_count_max++;
}
static const struct {
    const char *label;
    void (*spoil)(hf_session_header *header);
    hf_status status;
} headers[] = {
    {"another magic", spoil_magic, HF_ERROR_FORMAT},
    {"another version", spoil_version, HF_ERROR_VERSION},
    {"another header size", spoil_header_bytes, HF_ERROR_VERSION},
    {"plan beyond the end", spoil_plan_offset, HF_ERROR_FORMAT},
    {"plan of endless size", spoil_plan_bytes, HF_ERROR_FORMAT},
    {"plan around the end of numbers", spoil_plan_sum, HF_ERROR_FORMAT},
    {"plan between pages", spoil_plan_alignment, HF_ERROR_FORMAT},
    {"chunks over the plan", spoil_chunks_offset, HF_ERROR_FORMAT},
    {"chunk count that does not fit the size", spoil_chunk_count, HF_ERROR_FORMAT},
};
HF_ROWS(trace_read, damaged_headers_are_refused, headers)
{
    trace_builder builder;
    builder_init(&builder, NULL);
    headers[*number].spoil(builder_header(&builder));
    hf_error err = {0};
    hf_trace *trace = (hf_trace *)8;
    hf_status got = hf_trace_decode(builder.bytes, builder_size(&builder), &trace, &err);
    cr_assert(eq(int, got, headers[*number].status), "%s", headers[*number].label);
    cr_assert(zero(ptr, trace), "%s", headers[*number].label);
    cr_assert(eq(int, err.status, got), "%s", headers[*number].label);
    builder_clear(&builder);
}

/* A small trace with one of everything. */
static void build_small(trace_builder *builder)
{
    hf_rule rule = hf__rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.returns = 1;
    rule.hr = E_OUTOFMEMORY;
    hf__plan_parts parts = {
        .rule_count = 1, .rules = &rule, .rule_names = (const char *const[]){"fault-1"}, .thread_count = 1, .threads = (const char *const[]){"main"}};
    builder_init(builder, &parts);
    builder_thread(builder, 0);
    builder_say(builder, HF_EVENT_ATTACH, 1234, NULL, NULL);
    builder_say(builder, HF_EVENT_MODULE, 0x400000, "/usr/bin/caller", "cafe");
    builder->last->size = 0x500000;
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_ALLOC,
                                          .size = 0x10000,
                                          .out = 0x7f0000000000,
                                          .type = MEM_RESERVE,
                                          .protect = PAGE_NOACCESS,
                                          .flags = HF_CALL_FORWARDED});
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .address = 0x7f0000001000, .size = 48, .out = 48});
    builder_extra(builder, HF_EXTRA_QUERY, (hf_slot_extra){.u.query = {.base = 0x7f0000001000, .region_size = 0xF000, .state = MEM_RESERVE}});
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 24, .hr = E_OUTOFMEMORY});
    builder_ticket(builder, 0, 3, 0, 1);
    builder_inject(builder, 0, 1);
    builder_extra(builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 2, .u.frames = {0x401000, 0x402000}});
    builder_say(builder, HF_EVENT_RESULT, 0, "forty-two", NULL);
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .address = 0x7f0000000000, .state = HF_SLOT_STARTED});
}

/* Whatever was accepted can be walked over from end to end. */
static uint64_t walk(const hf_trace *trace)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        sum += hf_trace_thread_label(trace, event->thread).size_bytes + event->note.size_bytes + event->note2.size_bytes;
        for (uint32_t k = 0; k < event->ticket_count; k++)
            sum += event->tickets[k].ordinal + strlen(hf_trace_rule_name(trace, event->tickets[k].rule));
        for (uint32_t k = 0; k < event->frame_count; k++)
            sum += event->frames[k];
    }
    return sum;
}

static void count_bytes(const char *text, size_t size_bytes, void *user)
{
    (void)text;
    *(size_t *)user += size_bytes;
}

/* Decodes and walks over what is accepted. */
static hf_status try_bytes(const void *bytes, size_t size_bytes, unsigned *accepted)
{
    hf_trace *trace = NULL;
    hf_error err;
    hf_status status = hf_trace_decode(bytes, size_bytes, &trace, &err);
    if (status == HF_OK) {
        *accepted += walk(trace) != 0;
        hf_trace_destroy(trace);
    }
    return status;
}

/* The same; what is accepted is printed, compared with itself and verified too, whatever that gives. */
static hf_status try_everything(const void *bytes, size_t size_bytes, unsigned *accepted)
{
    hf_trace *trace = NULL;
    hf_error err;
    hf_status status = hf_trace_decode(bytes, size_bytes, &trace, &err);
    if (status == HF_OK) {
        size_t printed = 0;
        hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
        options.with_stacks = options.with_times = 1;
        options.around = 1;
        hf_trace_print(trace, &options, count_bytes, &printed);
        hf_status verified = hf_trace_verify(trace, &err);
        bool differs = hf__trace_first_difference(trace, trace, NULL);
        *accepted += walk(trace) != 0 && printed > 0 && !differs && (verified == HF_OK || verified == HF_ERROR_FORMAT);
        hf_trace_destroy(trace);
    }
    return status;
}

Test(trace_read, cut_at_every_byte)
{
    trace_builder builder;
    build_small(&builder);
    size_t size = builder_size(&builder);
    unsigned accepted = 0, refused = 0, other = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        char *exact = malloc(cut + 1); /* so that a read past the end is seen by the sanitizer */
        memcpy(exact, builder.bytes, cut);
        hf_status status = try_bytes(exact, cut, &accepted);
        refused += status == HF_ERROR_FORMAT;
        other += status != HF_OK && status != HF_ERROR_FORMAT;
        free(exact);
    }
    cr_assert(eq(uint, other, 0));
    cr_assert(lt(uint, 8192, refused));
    cr_assert(lt(uint, 500, accepted));
    builder_clear(&builder);
}

Test(trace_read, every_single_bit_flipped)
{
    trace_builder builder;
    build_small(&builder);
    size_t size = builder_size(&builder);
    unsigned accepted = 0, refused = 0;
    for (size_t bit = 0; bit < size * 8; bit++) {
        builder.bytes[bit / 8] ^= (char)(1u << bit % 8);
        const hf_session_header *header = builder_header(&builder);
        bool is_plan = bit / 8 >= header->plan_offset && bit / 8 < header->plan_offset + header->plan_bytes;
        bool is_interesting = is_plan || bit / 8 >= builder.chunks_offset;
        refused += (is_interesting ? try_everything : try_bytes)(builder.bytes, size, &accepted) != HF_OK;
        builder.bytes[bit / 8] ^= (char)(1u << bit % 8);
    }
    cr_assert(lt(uint, 500, refused));
    cr_assert(lt(uint, 10000, accepted));
    builder_clear(&builder);
}

Test(trace_read, every_byte_of_the_slots_replaced, .timeout = 100)
{
    trace_builder builder;
    build_small(&builder);
    size_t size = builder_size(&builder);
    unsigned accepted = 0;
    for (size_t at = builder.chunks_offset; at < size; at++) {
        char kept = builder.bytes[at];
        for (unsigned value = 0; value < 256; value += 15) {
            builder.bytes[at] = (char)value;
            try_everything(builder.bytes, size, &accepted);
        }
        builder.bytes[at] = kept;
    }
    cr_assert(lt(uint, 15000, accepted));
    builder_clear(&builder);
}

Test(trace_read, files_are_opened_and_missing_ones_told)
{
    trace_builder builder;
    build_small(&builder);
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
    static const hf__plan_parts nothing;
    static _Alignas(8) char plan[4096];
    size_t plan_bytes;
    hf_error err;
    hf_session session;
    cr_assert(eq(int, hf__plan_build(&nothing, plan, sizeof plan, &plan_bytes, &err), HF_OK));
    cr_assert(eq(int, hf__session_create(path, "specimen", plan, plan_bytes, 0, &session, &err), HF_OK), "%s", err.message);
    hf_stream stream = {.thread = 0};
    for (unsigned i = 0; i < 3000; i++) {
        cr_assert(eq(int, hf__session_feed(&session, path, &err), HF_OK), "%s", err.message);
        hf__record_event(&session, &stream, HF_EVENT_PHASE, 0, 0, (hf_text){"p", 1}, (hf_text){"", 0});
    }
    hf_slot_main *started = hf__record_reserve(&session, &stream, 2);
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
