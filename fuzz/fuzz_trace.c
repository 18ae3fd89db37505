/* SPDX-License-Identifier: MIT
 * The trace reader, over sessions with slots from the input: every accepted trace can be printed, verified and judged, and if it is written again, it
 * reads back the same. Every other one is rejected with an error, without other effects.
 *
 *     input = flips (1 byte: how many, modulo 8; 3 bytes each: where in header, control and plan, and the bits), cut (2 bytes: how much the end
 * lacks), chunks (1 byte each: whose; how many slots), slots (64 bytes each), and a schedule, which is the plan
 */
#include "codec.h"
#include "trace_compare.h"
#include "session_format.h"

#include <hostfault/trace.h>
#include <hostfault/verdict.h>
#include <hostfault/fuzz.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNKS 4u
#define PLAN_OFFSET 8192u
#define CHUNKS_WRITTEN 64u

typedef struct bytes {
    const uint8_t *at, *end;
} bytes;

static unsigned take(bytes *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static unsigned take_two(bytes *input)
{
    unsigned low = take(input);
    return low | take(input) << 8;
}

/* A session in memory. */
typedef struct session {
    char *bytes;
    size_t chunks_offset, size_bytes;
    uint32_t chunks;
} session;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "trace: %s\n", what);
    abort();
}

static void begin(session *self, const void *plan, size_t plan_bytes, uint32_t chunk_room)
{
    self->chunks_offset = PLAN_OFFSET + (plan_bytes + 4095) / 4096 * 4096;
    self->chunks = 0;
    size_t whole = self->chunks_offset + (size_t)chunk_room * HF_CHUNK_BYTES;
    self->bytes = calloc(1, whole);
    if (self->bytes == NULL)
        fail("no memory");
    const hf_session_header header = {.magic = HF_SESSION_MAGIC,
                                      .version = HF_SESSION_VERSION,
                                      .header_bytes = sizeof header,
                                      .plan_offset = PLAN_OFFSET,
                                      .plan_bytes = plan_bytes,
                                      .points_offset = self->chunks_offset,
                                      .chunks_offset = self->chunks_offset,
                                      .file_bytes = whole,
                                      .chunk_count_max = chunk_room,
                                      .counter_hz = 1000000000};
    const hf_session_control control = {.claimed = 1, .attached = 2, .chunks_ready = chunk_room};
    memcpy(self->bytes, &header, sizeof header);
    memcpy(self->bytes + HF_SESSION_CONTROL_OFFSET, &control, sizeof control);
    memcpy(self->bytes + PLAN_OFFSET, plan, plan_bytes);
    self->size_bytes = self->chunks_offset;
}

static hf_slot_main *add_chunk(session *self, uint32_t thread, uint32_t number)
{
    hf_slot_head *head = (hf_slot_head *)(void *)(self->bytes + self->chunks_offset + (size_t)self->chunks++ * HF_CHUNK_BYTES);
    head->thread = thread;
    head->number = number;
    head->state = HF_SLOT_HEAD;
    ((hf_session_control *)(void *)(self->bytes + HF_SESSION_CONTROL_OFFSET))->chunks_taken = self->chunks;
    self->size_bytes += HF_CHUNK_BYTES;
    return (hf_slot_main *)(void *)head + 1;
}

/* As the input says. */
static void build(session *self, bytes input, const void *plan, size_t plan_bytes)
{
    static const uint32_t threads[] = {0, 1, 2, HF_THREAD_SIGNAL, HF_THREAD_SIGNAL | 1, HF_THREAD_TOOL, 77, UINT32_MAX};
    unsigned flips = take(&input) % 8, numbers = 0;
    bytes flipped = input;
    for (unsigned i = 0; i < 3 * flips; i++)
        (void)take(&input);
    unsigned cut = take_two(&input);
    begin(self, plan, plan_bytes, CHUNKS);
    while (self->chunks < CHUNKS && input.at < input.end) {
        hf_slot_main *slots = add_chunk(self, threads[take(&input) % 8], numbers++);
        size_t wanted = (size_t)take(&input) * HF_SLOT_BYTES;
        size_t there = (size_t)(input.end - input.at) < wanted ? (size_t)(input.end - input.at) : wanted;
        memcpy(slots, input.at, there);
        input.at += there;
    }
    for (unsigned i = 0; i < flips; i++) {
        unsigned where = take_two(&flipped);
        self->bytes[where % self->chunks_offset] ^= (char)take(&flipped);
    }
    self->size_bytes -= cut < self->size_bytes ? cut : self->size_bytes;
}

/* Writing an event as the recorder does. */
static hf_slot_extra *put_extra(hf_slot_main *event, hf_extra what)
{
    hf_slot_extra *slot = (hf_slot_extra *)(void *)(event + 1 + event->extras++);
    slot->what = (uint8_t)what;
    slot->state = HF_SLOT_EXTRA;
    return slot;
}

static void put_note(hf_slot_main *slot, hf_text note, uint16_t part)
{
    for (size_t at = 0; at < note.size_bytes; at += 56) {
        hf_slot_extra *extra = put_extra(slot, HF_EXTRA_NOTE);
        extra->part = part;
        extra->count = (uint8_t)(note.size_bytes - at < 56 ? note.size_bytes - at : 56);
        memcpy(extra->u.text, note.pointer + at, extra->count);
    }
}

static void put_extras(hf_slot_main *slot, const hf_event *event)
{
    for (uint32_t i = 0; i < event->ticket_count; i++) {
        hf_slot_extra *extra = i % 3 == 0 ? put_extra(slot, HF_EXTRA_TICKETS) : (hf_slot_extra *)(void *)(slot + slot->extras);
        extra->u.tickets[i % 3].ordinal = event->tickets[i].ordinal;
        extra->u.tickets[i % 3].taken = event->tickets[i].taken;
        extra->u.tickets[i % 3].rule = event->tickets[i].rule;
        extra->u.tickets[i % 3].flags = event->tickets[i].flags;
        extra->count++;
    }
    if (event->injected) {
        hf_slot_extra *extra = put_extra(slot, HF_EXTRA_DECISION);
        extra->count = 1;
        extra->u.decision.live = event->more->live;
        extra->u.decision.site = event->more->site;
        extra->u.decision.host_out = hf_event_host_out(event);
        extra->u.decision.rule = (uint32_t)event->rule;
        extra->u.decision.last_error = event->more->last_error;
        extra->u.decision.number = event->more->number;
    }
    for (uint32_t i = 0; i < event->frame_count; i++) {
        hf_slot_extra *extra = i % 7 == 0 ? put_extra(slot, HF_EXTRA_STACK) : (hf_slot_extra *)(void *)(slot + slot->extras);
        extra->u.frames[i % 7] = event->frames[i];
        extra->count++;
    }
    hf_slot_extra *query = put_extra(slot, HF_EXTRA_QUERY);
    query->count = 1;
    query->u.query.base = event->more->query_base;
    query->u.query.allocation_base = event->more->query_allocation_base;
    query->u.query.region_size = event->more->query_region_size;
    query->u.query.allocation_protect = event->more->query_allocation_protect;
    query->u.query.state = event->more->query_state;
    query->u.query.protect = event->more->query_protect;
    query->u.query.type = event->more->query_type;
    put_note(slot, event->more->note, 0);
    put_note(slot, event->more->note2, 1);
}

static uint8_t flags_of(const hf_event *event)
{
    return (uint8_t)((event->injected ? HF_CALL_INJECTED : 0) | (event->sticky ? HF_CALL_STICKY : 0) | (event->paused ? HF_CALL_PAUSED : 0) |
                     (event->foreign ? HF_CALL_FOREIGN : 0) | (event->forwarded ? HF_CALL_FORWARDED : 0) | (event->in_signal ? HF_CALL_SIGNAL : 0));
}

/* 0: it needs more slots than an event can have. */
static uint32_t put_event(hf_slot_main *slot, const hf_event *event)
{
    size_t extras = (event->ticket_count + 2) / 3 + (event->frame_count + 6) / 7 + 2 + (event->more->note.size_bytes + 55) / 56 +
                    (event->more->note2.size_bytes + 55) / 56;
    if (extras > 255)
        return 0;
    *slot = (hf_slot_main){.start = event->start,
                           .address = event->address,
                           .size = event->size,
                           .out = event->out,
                           .pc = event->pc,
                           .type = event->type,
                           .protect = event->protect,
                           .host_hr = event->host_hr,
                           .kind = (uint8_t)event->kind,
                           .level = event->level,
                           .flags = flags_of(event),
                           .hr = event->hr};
    put_extras(slot, event);
    uint64_t steps = event->duration >> 8;
    slot->state = event->complete ? (uint32_t)steps << 3 | HF_SLOT_DONE : HF_SLOT_STARTED;
    return 1u + slot->extras;
}

/* The thread's events, in a stream that no signal handler is told apart in: they are merged already. False: there are too many. */
static bool write_thread(session *self, const hf_trace *trace, uint32_t thread, uint32_t name)
{
    if (self->chunks == CHUNKS_WRITTEN)
        return false;
    hf_slot_main *slots = add_chunk(self, name, 0); /* a thread that did nothing counts as well */
    uint32_t used = 0, number = 1;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->thread != thread)
            continue;
        if (used + 256 > HF_CHUNK_SLOTS - 1) {
            if (self->chunks == CHUNKS_WRITTEN)
                return false;
            slots = add_chunk(self, name, number++);
            used = 0;
        }
        uint32_t more = put_event(slots + used, event);
        if (more == 0)
            return false;
        used += more;
    }
    return true;
}

static bool write_again(session *self, const hf_trace *trace)
{
    size_t plan_bytes = 0;
    const void *plan = hf_trace_plan(trace, &plan_bytes);
    begin(self, plan, plan_bytes, CHUNKS_WRITTEN);
    uint32_t threads = (uint32_t)hf_trace_thread_count(trace);
    bool fits = true;
    for (uint32_t i = 0; i < threads && fits; i++) {
        bool is_tool = hf_trace_event_count(trace) > 0 && hf_trace_event(trace, hf_trace_event_count(trace) - 1)->thread == i &&
                       hf_trace_event(trace, hf_trace_event_count(trace) - 1)->kind >= HF_EVENT_END_EXIT;
        fits = write_thread(self, trace, i, is_tool ? HF_THREAD_TOOL : i);
    }
    return fits;
}

static bool same_text(hf_text a, hf_text b)
{
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.pointer, b.pointer, a.size_bytes) == 0);
}

static void must_agree(bool same, const char *what)
{
    if (same)
        return;
    fprintf(stderr, "trace: written and read again, '%s' of an event differs\n", what);
    abort();
}
#define AGREE(member) must_agree(a->member == b->member, #member)

static void compare_record(const hf_event *a, const hf_event *b)
{
    AGREE(kind);
    AGREE(thread);
    AGREE(complete);
    AGREE(injected);
    AGREE(sticky);
    AGREE(paused);
    AGREE(foreign);
    AGREE(forwarded);
    AGREE(in_signal);
    AGREE(level);
    AGREE(type);
    AGREE(protect);
    AGREE(start);
    AGREE(address);
    AGREE(size);
    AGREE(pc);
    AGREE(rule);
    if (!a->injected) /* the rest says nothing */
        return;
    AGREE(more->number);
    AGREE(more->last_error);
    AGREE(more->live);
    AGREE(more->site);
}

static void compare(const hf_event *a, const hf_event *b)
{
    compare_record(a, b);
    must_agree(same_text(a->more->note, b->more->note) && same_text(a->more->note2, b->more->note2), "note");
    AGREE(frame_count);
    must_agree(a->frame_count == 0 || memcmp(a->frames, b->frames, a->frame_count * sizeof a->frames[0]) == 0, "frames");
    AGREE(ticket_count);
    must_agree(a->ticket_count == 0 || memcmp(a->tickets, b->tickets, a->ticket_count * sizeof a->tickets[0]) == 0, "tickets");
    if (!a->complete) /* the rest says nothing */
        return;
    AGREE(hr);
    AGREE(host_hr);
    AGREE(duration);
    AGREE(out);
    must_agree(hf_event_host_out(a) == hf_event_host_out(b), "host_out");
    AGREE(more->query_base);
    AGREE(more->query_region_size);
    AGREE(more->query_state);
    AGREE(more->query_type);
}

static void count(const char *text, size_t size_bytes, void *user)
{
    (void)text;
    *(size_t *)user += size_bytes;
}

/* Everything that is done with traces. */
static void use(const hf_trace *trace)
{
    hf_error err;
    size_t printed = 0;
    hf_verdict *verdict = NULL;
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.with_stacks = options.with_times = 1;
    hf_trace_print(trace, &options, count, &printed);
    hf_status verified = hf_trace_verify(trace, &err);
    hf_status judged = hf_verdict_judge(trace, trace, NULL, NULL, &verdict, &err);
    if (printed == 0 || (verified != HF_OK && verified != HF_ERROR_FORMAT) || (judged != HF_OK && judged != HF_ERROR_FORMAT))
        fail("what was accepted cannot be used");
    if (hf__trace_first_difference(trace, trace, NULL))
        fail("a trace differs from itself");
    hf_verdict_destroy(verdict);
}

static void check_again(const hf_trace *trace)
{
    session written;
    hf_trace *again = NULL;
    hf_error err;
    if (write_again(&written, trace)) {
        if (hf_trace_decode(written.bytes, written.size_bytes, &again, &err) != HF_OK)
            fail(err.message);
        if (hf_trace_event_count(again) != hf_trace_event_count(trace))
            fail("written and read again it has another number of events");
        for (size_t i = 0; i < hf_trace_event_count(trace); i++)
            compare(hf_trace_event(trace, i), hf_trace_event(again, i));
    }
    free(written.bytes);
    hf_trace_destroy(again);
}

static void check(const session *self)
{
    hf_trace *trace = NULL;
    hf_error err;
    char *exact = malloc(self->size_bytes + 1); /* so that a read past the end is seen by a sanitizer */
    if (exact == NULL)
        fail("no memory");
    memcpy(exact, self->bytes, self->size_bytes);
    hf_status status = hf_trace_decode(exact, self->size_bytes, &trace, &err);
    free(exact);
    if (status != HF_OK) {
        if (trace != NULL || (status != HF_ERROR_FORMAT && status != HF_ERROR_VERSION) || err.message[0] == '\0')
            fail("not refused as it should be");
        return;
    }
    use(trace);
    check_again(trace);
    hf_trace_destroy(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hf_schedule schedule;
    static uint64_t plan[HF_PLAN_BYTES_MAX / sizeof(uint64_t)];
    size_t plan_bytes = 0;
    hf_error err;
    session self;
    size_t operations = hf__codec_decode(data, size, &schedule);
    if (hf__codec_compile(&schedule, plan, sizeof plan, &plan_bytes, &err) != HF_OK)
        fail(err.message);
    build(&self, (bytes){data, data + operations}, plan, plan_bytes);
    check(&self);
    free(self.bytes);
    return 0;
}

HF_FUZZ_MUTATORS(0)
