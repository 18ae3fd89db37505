/* SPDX-License-Identifier: MIT
 * From chunks to events. Every number in the file is treated as a claim: extras end where the chunk ends or where a slot is none, counts are cut to
 * what a slot holds, rules that the plan does not have are dropped, unknown kinds are skipped. Unreadable parts mark the trace as cut; the rest is
 * still read.
 *
 * A chunk belongs to one stream (a thread, or the signal handlers of a thread). So the chunks are sorted by thread and number, and only a thread's
 * two streams are merged by time.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"
#include "base_text.h"
#include "heap_spill.h"
#include "trace_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* Room for what one event's extras hold. */
#define NOTE_BYTES_MAX (256u * 56u)
typedef struct scratch {
    hf_trace_ticket tickets[HF_RULES_MAX];
    uint64_t frames[HF_STACK_MAX];
    char notes[2][NOTE_BYTES_MAX];
    size_t note_bytes[2];
    hf_event_more more;
    bool has_more;
} scratch;

#define CHUNKS_READ 64u /* about 8 MiB of events */

/* Stacks that were met lately: a program asks from the same places again and again. */
#define KEPT_STACKS 64u
typedef struct kept_frames {
    const uint64_t *frames;
    uint32_t count;
} kept_frames;

typedef struct decoder {
    hf_trace *trace;
    kept_frames kept[KEPT_STACKS];
    uint32_t thread; /* the number of the one that is read */
    bool has_label;  /* it is given one */
    scratch scratch;
} decoder;

static uint32_t state_of(const hf_slot_main *slot)
{
    return slot->state & HF_SLOT_STATE_MASK;
}

static void read_tickets(decoder *self, const hf_slot_extra *slot, hf_event *event)
{
    for (unsigned i = 0; i < slot->count && i < HF_COUNT_OF(slot->u.tickets) && event->ticket_count < HF_RULES_MAX; i++) {
        hf_trace_ticket ticket = {.ordinal = slot->u.tickets[i].ordinal,
                                  .taken = slot->u.tickets[i].taken,
                                  .rule = slot->u.tickets[i].rule,
                                  .flags = slot->u.tickets[i].flags};
        if (ticket.rule < self->trace->plan->rule_count)
            self->scratch.tickets[event->ticket_count++] = ticket;
        else
            self->trace->is_cut = true;
    }
}

static void read_stack(decoder *self, const hf_slot_extra *slot, hf_event *event)
{
    for (unsigned i = 0; i < slot->count && i < HF_COUNT_OF(slot->u.frames) && event->frame_count < HF_STACK_MAX; i++)
        self->scratch.frames[event->frame_count++] = slot->u.frames[i];
}

static void read_note(decoder *self, const hf_slot_extra *slot, hf_event *event)
{
    (void)event;
    unsigned part = slot->part != 0;
    size_t size = slot->count < sizeof slot->u.text ? slot->count : sizeof slot->u.text;
    memcpy(self->scratch.notes[part] + self->scratch.note_bytes[part], slot->u.text, size);
    self->scratch.note_bytes[part] += size;
}

static void read_query(decoder *self, const hf_slot_extra *slot, hf_event *event)
{
    (void)event;
    hf_event_more *more = &self->scratch.more;
    self->scratch.has_more = true;
    more->query_base = slot->u.query.base;
    more->query_allocation_base = slot->u.query.allocation_base;
    more->query_region_size = slot->u.query.region_size;
    more->query_allocation_protect = slot->u.query.allocation_protect;
    more->query_state = slot->u.query.state;
    more->query_protect = slot->u.query.protect;
    more->query_type = slot->u.query.type;
}

static void read_decision(decoder *self, const hf_slot_extra *slot, hf_event *event)
{
    hf_event_more *more = &self->scratch.more;
    self->scratch.has_more = true;
    more->live = slot->u.decision.live;
    more->site = slot->u.decision.site;
    more->host_out = slot->u.decision.host_out;
    more->last_error = slot->u.decision.last_error;
    more->number = slot->u.decision.number;
    if (slot->u.decision.rule < self->trace->plan->rule_count)
        event->rule = (int32_t)slot->u.decision.rule;
    else
        self->trace->is_cut = true;
}

static void (*const extra_readers[])(decoder *self, const hf_slot_extra *slot, hf_event *event) = {
    [HF_EXTRA_TICKETS] = read_tickets, [HF_EXTRA_STACK] = read_stack,       [HF_EXTRA_NOTE] = read_note,
    [HF_EXTRA_QUERY] = read_query,     [HF_EXTRA_DECISION] = read_decision,
};

static hf_text keep_note(decoder *self, unsigned part)
{
    const char *bytes = hf__heap_arena_copy(&self->trace->arena, self->scratch.notes[part], self->scratch.note_bytes[part]);
    return (hf_text){bytes != NULL ? bytes : "", self->scratch.note_bytes[part]};
}

static const hf_event_more nothing = {.note = {"", 0}, .note2 = {"", 0}};

/* Only calls are injected, and only by a rule of the plan: readers index the plan by it without a check. */
static void check_event(decoder *self, hf_event *event)
{
    bool is_call = event->kind < HF_METHOD_COUNT;
    if (!is_call)
        event->sticky = event->paused = event->foreign = event->forwarded = 0;
    if (event->injected && (event->rule < 0 || !is_call)) {
        event->injected = 0;
        self->trace->is_cut = true;
    }
    if (!event->injected)
        event->rule = HF_RULE_NONE;
}

/* What an event has beside its main slot, in memory that lasts. */
static void keep_more(decoder *self, hf_event *event)
{
    hf_event_more *more = &self->scratch.more;
    if (!event->injected) { /* whatever a decision says that is not one */
        more->live = more->site = more->host_out = 0;
        more->number = more->last_error = 0;
    }
    more->note = keep_note(self, 0);
    more->note2 = keep_note(self, 1);
    bool is_used = self->scratch.has_more || more->note.size_bytes > 0 || more->note2.size_bytes > 0;
    event->more = is_used ? hf__heap_arena_copy(&self->trace->arena, more, sizeof *more) : &nothing;
}

/* A copy that lasts; equal stacks share one. */
static const uint64_t *keep_frames(decoder *self, uint32_t count)
{
    size_t size_bytes = count * sizeof(uint64_t);
    if (count == 0)
        return NULL;
    kept_frames *kept = &self->kept[hf__hash(HF_HASH_START, self->scratch.frames, size_bytes) % KEPT_STACKS];
    if (kept->count != count || memcmp(kept->frames, self->scratch.frames, size_bytes) != 0)
        *kept = (kept_frames){hf__heap_arena_copy(&self->trace->arena, self->scratch.frames, size_bytes), count};
    return kept->frames;
}

static void read_extras(decoder *self, const hf_slot_main *slot, uint32_t extras, hf_event *event)
{
    self->scratch.note_bytes[0] = 0;
    self->scratch.note_bytes[1] = 0;
    self->scratch.more = nothing;
    self->scratch.has_more = false;
    for (uint32_t i = 1; i <= extras; i++) {
        const hf_slot_extra *extra = (const hf_slot_extra *)(const void *)(slot + i);
        if (extra->what < HF_COUNT_OF(extra_readers) && extra_readers[extra->what] != NULL)
            extra_readers[extra->what](self, extra, event);
        else
            self->trace->is_cut = true;
    }
    event->tickets = hf__heap_arena_copy(&self->trace->arena, self->scratch.tickets, event->ticket_count * sizeof(hf_trace_ticket));
    event->frames = keep_frames(self, event->frame_count);
}

/* Field by field, into its place: events are large, and a sweep reads millions. */
static void read_main(const hf_slot_main *slot, uint32_t thread, bool in_signal, hf_event *event)
{
    bool done = state_of(slot) == HF_SLOT_DONE;
    bool is_function = slot->kind >= HF_EVENT_FUNCTION && slot->kind < HF_EVENT_FUNCTION + HF_FUNCTION_COUNT;
    event->function = is_function ? (uint8_t)(slot->kind - HF_EVENT_FUNCTION) : HF_FUNCTION_NONE;
    event->kind = event->function != HF_FUNCTION_NONE ? (uint16_t)hf__model_function((hf_function)event->function)->method : slot->kind;
    event->thread = thread;
    event->complete = done;
    event->injected = (slot->flags & HF_CALL_INJECTED) != 0;
    event->sticky = (slot->flags & HF_CALL_STICKY) != 0;
    event->paused = (slot->flags & HF_CALL_PAUSED) != 0;
    event->foreign = (slot->flags & HF_CALL_FOREIGN) != 0;
    event->forwarded = (slot->flags & HF_CALL_FORWARDED) != 0;
    event->in_signal = in_signal || (slot->flags & HF_CALL_SIGNAL) != 0;
    event->level = slot->level;
    event->type = slot->type;
    event->protect = slot->protect;
    event->start = slot->start;
    event->duration = done ? (uint64_t)(slot->state >> 3) << 8 : 0;
    event->address = slot->address;
    event->size = slot->size;
    event->out = slot->out;
    event->pc = slot->pc;
    event->host_hr = slot->host_hr;
    event->hr = slot->hr;
    event->rule = HF_RULE_NONE;
    event->ticket_count = 0;
    event->frame_count = 0;
    event->unused = 0;
    event->tickets = NULL;
    event->frames = NULL;
    event->more = &nothing;
}

/* May this stream contain an event of this kind? Only the tool writes end records; the process writes all others. */
static bool is_known_kind(uint32_t kind, bool is_tool)
{
    if (is_tool)
        return kind >= HF_EVENT_END_EXIT && kind <= HF_EVENT_END_WAIT;
    bool is_function = kind > HF_EVENT_FUNCTION && kind < HF_EVENT_FUNCTION + HF_FUNCTION_COUNT;
    return kind < HF_METHOD_COUNT || is_function || (kind >= HF_EVENT_ATTACH && kind <= HF_EVENT_HANDLER);
}

/* The extra slots that follow and really are extras, at most what the main slot says. */
static uint32_t count_extras(const hf_slot_main *slot, uint32_t left)
{
    uint32_t most = slot->extras < left ? slot->extras : left;
    uint32_t count = 0;
    while (count < most && state_of(slot + 1 + count) == HF_SLOT_EXTRA)
        count++;
    return count;
}

/* The position of the next event in its stream. */
static void note_slot(hf__trace_event_list *events, uint32_t slot)
{
    if (!events->keeps_slots)
        return;
    HF_GROW(events->slots, events->slot_count, events->slot_capacity);
    events->slots[events->slot_count++] = events->slot_base + slot;
}

static void read_chunk(decoder *self, const hf__trace_chunk *from, hf__trace_event_list *events)
{
    for (uint32_t at = from->first_slot; at < from->slot_count; at++) {
        const hf_slot_main *slot = &from->slots[at];
        uint32_t state = state_of(slot);
        if (state == HF_SLOT_PAD)
            return;
        if (state != HF_SLOT_STARTED && state != HF_SLOT_DONE) {
            self->trace->is_cut |= state >= HF_SLOT_HEAD;
            continue;
        }
        uint32_t extras = count_extras(slot, from->slot_count - at - 1);
        self->trace->is_cut |= extras != slot->extras;
        if (is_known_kind(slot->kind, from->thread == HF_THREAD_TOOL)) {
            HF_GROW(events->items, events->count, events->capacity);
            note_slot(events, at);
            hf_event *event = &events->items[events->count++];
            read_main(slot, self->thread, from->is_signal != 0, event);
            self->has_label |= event->kind == HF_EVENT_THREAD;
            if (extras > 0)
                read_extras(self, slot, extras, event);
            check_event(self, event);
            if (extras > 0)
                keep_more(self, event);
        } else {
            self->trace->is_cut = true;
        }
        at += extras;
    }
}

static int compare_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_chunks(const void *left, const void *right)
{
    const hf__trace_chunk *a = left;
    const hf__trace_chunk *b = right;
    if (a->thread != b->thread)
        return compare_u32(a->thread, b->thread);
    if (a->is_signal != b->is_signal)
        return compare_u32(a->is_signal, b->is_signal);
    if (a->number != b->number)
        return compare_u32(a->number, b->number);
    return (a->slots > b->slots) - (a->slots < b->slots);
}

bool hf__trace_chunk_at(const hf_slot_main *slots, uint32_t slot_count, hf__trace_chunk *out)
{
    const hf_slot_head *head = (const hf_slot_head *)(const void *)slots;
    if (slot_count == 0 || (head->state & HF_SLOT_STATE_MASK) != HF_SLOT_HEAD)
        return false;
    *out = (hf__trace_chunk){.thread = head->thread & ~HF_THREAD_SIGNAL,
                             .is_signal = (head->thread & HF_THREAD_SIGNAL) != 0,
                             .number = head->number,
                             .system_thread = head->system_thread,
                             .first_slot = 1,
                             .slot_count = slot_count,
                             .slots = slots};
    return true;
}

/* The chunks that have a head. */
static hf__trace_chunk *find_chunks(hf_trace *trace, const hf_slot_main *slots, size_t slot_count, size_t *count)
{
    size_t present = (slot_count + HF_CHUNK_SLOTS - 1) / HF_CHUNK_SLOTS;
    hf__trace_chunk *chunks = hf__allocate(present + 1, sizeof *chunks);
    size_t found = 0;
    for (size_t i = 0; i < present; i++) {
        const hf_slot_main *first = slots + i * HF_CHUNK_SLOTS;
        size_t left = slot_count - i * HF_CHUNK_SLOTS;
        if (hf__trace_chunk_at(first, left < HF_CHUNK_SLOTS ? (uint32_t)left : HF_CHUNK_SLOTS, &chunks[found]))
            found++;
        else if (i < trace->control.chunks_taken && state_of(first) != HF_SLOT_EMPTY)
            trace->is_cut = true;
    }
    trace->is_cut |= trace->control.chunks_taken > present || slot_count % HF_CHUNK_SLOTS != 0;
    *count = found;
    return chunks;
}

/* Puts the signal handlers' events, which stand from `middle` on, among the thread's own, each before the first that began after it. */
static void merge_by_start(hf_event *events, size_t middle, size_t count)
{
    hf_event *own = hf__allocate(middle, sizeof *own);
    memcpy(own, events, middle * sizeof *own);
    size_t out = 0;
    size_t signal = middle;
    for (size_t i = 0; i < middle; i++) {
        while (signal < count && events[signal].start < own[i].start)
            events[out++] = events[signal++];
        events[out++] = own[i];
    }
    hf__free(own);
}

void hf__trace_print_default_label(uint32_t id, hf__builder *out)
{
    if (id == HF_THREAD_TOOL)
        hf__builder_append(out, hf__text("tool"));
    else if (id == 0)
        hf__builder_append(out, hf__text("main"));
    else
        hf__builder_print(out, "t%u", id + 1);
}

static hf_text default_label(hf_trace *trace, uint32_t id)
{
    char text[16];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__trace_print_default_label(id, &builder);
    return (hf_text){hf__heap_arena_copy(&trace->arena, text, builder.length), builder.length};
}

/* What its events from `from` on say, the last of them last. */
static hf_text last_label(const hf_event *events, size_t from, size_t end, hf_text label)
{
    for (size_t i = from; i < end; i++)
        label = events[i].kind == HF_EVENT_THREAD ? events[i].more->note : label;
    return label;
}

/* Of a clone's trace: is this chunk the caller's? The clone's own are numbered on from there. */
static bool is_before_continuation(const hf_trace *trace, const hf__trace_chunk *chunk)
{
    const hf_session_clone *continuation = &trace->control.clone;
    return continuation->slot != 0 && chunk->thread == 0 && chunk->is_signal == 0 && chunk->number <= continuation->chunk;
}

/* Reads both streams of one thread, which are chunks[0, count), behind what it has: the thread's own come first. */
static void read_thread(decoder *self, const hf__trace_chunk *chunks, size_t count, hf__trace_event_list *events, hf__trace_thread *thread)
{
    size_t from = events->count;
    size_t own = 0;
    self->thread = (uint32_t)(thread - self->trace->threads);
    self->has_label = false;
    for (size_t i = 0; i < count; i++) {
        read_chunk(self, &chunks[i], events);
        if (i % CHUNKS_READ == CHUNKS_READ - 1)
            hf__heap_rest();
        if (chunks[i].is_signal == 0)
            own = events->count - from;
        if (is_before_continuation(self->trace, &chunks[i]))
            self->trace->prefix_end = events->count;
    }

    if (own != 0 && own != events->count - from)
        merge_by_start(events->items + from, own, events->count - from);
    if (self->has_label)
        thread->label = last_label(events->items, from, events->count, thread->label);
}

static size_t count_streams(const hf__trace_chunk *chunks, size_t count)
{
    size_t streams = 0;
    for (size_t i = 0; i < count; i++)
        streams += i == 0 || chunks[i].thread != chunks[i - 1].thread;
    return streams;
}

/* Chunks from `first` on that are of the same thread. */
static size_t end_of_thread(const hf__trace_chunk *chunks, size_t count, size_t first)
{
    size_t end = first;
    while (end < count && chunks[end].thread == chunks[first].thread)
        end++;
    return end;
}

/* The next thread, whose events begin at `first`. */
static hf__trace_thread *add_thread(hf_trace *trace, const hf__trace_chunk *chunk, size_t first, hf_text label)
{
    hf__trace_thread *thread = &trace->threads[trace->thread_count++];
    *thread = (hf__trace_thread){.id = chunk->thread, .system_thread = chunk->system_thread, .first = first, .label = label};
    return thread;
}

static void finish_thread(hf_trace *trace, hf__trace_thread *thread, const hf__trace_event_list *events)
{
    thread->count = events->count - thread->first;
    if (thread->label.pointer == NULL)
        thread->label = default_label(trace, thread->id);
}

void hf__trace_read_streams(hf_trace *trace, hf__trace_chunk *chunks, size_t count, hf__trace_event_list *events, hf_text prefix_label)
{
    static const hf_text no_label = {NULL, 0};
    decoder *self = hf__allocate(1, sizeof *self);
    self->trace = trace;
    qsort(chunks, count, sizeof *chunks, compare_chunks);
    trace->threads = hf__allocate(count_streams(chunks, count) + 2, sizeof *trace->threads);
    size_t first = 0;

    if (events->count > 0) {
        const hf__trace_chunk prefix = {.system_thread = count > 0 && chunks[0].thread == 0 ? chunks[0].system_thread : 0};
        hf__trace_thread *thread = add_thread(trace, &prefix, 0, prefix_label);
        if (count > 0 && chunks[0].thread == 0) {
            first = end_of_thread(chunks, count, 0);
            read_thread(self, chunks, first, events, thread);
        }
        finish_thread(trace, thread, events);
    }

    for (size_t end; first < count; first = end) {
        hf__trace_thread *thread = add_thread(trace, &chunks[first], events->count, no_label);
        end = end_of_thread(chunks, count, first);
        read_thread(self, &chunks[first], end - first, events, thread);
        finish_thread(trace, thread, events);
    }

    trace->events = events->items;
    trace->event_count = events->count;
    hf__free(self);
}

void hf__trace_decode_chunks(hf_trace *trace, const void *bytes, size_t slot_count)
{
    size_t count;
    hf__trace_event_list events = {.count = 0};
    hf__trace_chunk *chunks = find_chunks(trace, bytes, slot_count, &count);
    hf__trace_read_streams(trace, chunks, count, &events, (hf_text){NULL, 0});
    hf__free(chunks);
}
