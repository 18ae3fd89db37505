/* SPDX-License-Identifier: MIT
 * Damaged or hostile files: false values in chunks and headers, truncation, flipped bits. The reader trusts none of it, and reads the parts that
 * make sense.
 */
#include "hf_rows.h"
#include "trace_builder.h"
#include "trace_compare.h"
#include "session_record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(trace_hostile, .timeout = 120);

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
    builder_event(builder, (hf_slot_main){.kind = 60});
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
HF_ROWS(trace_hostile, lies_are_survived_and_noticed, lies)
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
    cr_assert(le(sz, hf_trace_event(trace, 1)->more->note.size_bytes, 56), "%s", lies[*number].label);
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
    header->version = 99;
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
HF_ROWS(trace_hostile, damaged_headers_are_refused, headers)
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

/* Whatever was accepted can be walked over from end to end. */
static uint64_t walk(const hf_trace *trace)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        sum += hf_trace_thread_label(trace, event->thread).size_bytes + event->more->note.size_bytes + event->more->note2.size_bytes;
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

Test(trace_hostile, cut_at_every_byte)
{
    trace_builder builder;
    builder_small(&builder);
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

Test(trace_hostile, every_single_bit_flipped)
{
    trace_builder builder;
    builder_small(&builder);
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

Test(trace_hostile, every_byte_of_the_slots_replaced, .timeout = 100)
{
    trace_builder builder;
    builder_small(&builder);
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
