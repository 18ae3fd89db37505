/* SPDX-License-Identifier: MIT
 * The prefix and its continuations. The events of a continuation are stored after the prefix's in the same array, over later events of the prefix;
 * these are saved and restored by the next call. All bytes are copied before they are read, because the caller is still running.
 */
#include "trace_prefix.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "os_atomic.h"
#include "os_spill.h"
#include "os_thread.h"
#include "system_file.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

struct hf__trace_prefix {
    const hf_session *session;
    char *bytes;          /* the chunk that is read */
    uint32_t chunk, slot; /* read up to here */
    hf_trace trace;       /* what the prefix itself has: arena, plan, modules */
    hf__trace_event_list events;
    size_t *marks; /* events that name the thread or a module */
    size_t mark_count, mark_capacity;
    hf_trace continuation;
    bool has_continuation, has_aside;
    hf_event *aside; /* the prefix's events from `aside_at` on */
    size_t aside_at, aside_count, aside_capacity;
    char *clone_slot_bytes;
    size_t clone_slot_capacity;
    uint64_t plan[HF_PLAN_FEW_BYTES / 8];
};

hf__trace_prefix *hf__trace_prefix_create(const hf_session *session)
{
    hf__trace_prefix *prefix = hf__allocate(1, sizeof *prefix);
    prefix->session = session;
    prefix->bytes = hf__allocate(1, HF_CHUNK_BYTES);
    prefix->slot = 1;
    prefix->events.keeps_slots = true;
    prefix->trace.plan_bytes = session->laid_out.plan_bytes;
    prefix->trace.plan = hf__allocate(prefix->trace.plan_bytes, 1);
    memcpy(prefix->trace.plan, session->plan, prefix->trace.plan_bytes);
    return prefix;
}

/* Gives back what the continuation has of its own, and puts the prefix's events where they were. */
static void drop_continuation(hf__trace_prefix *prefix)
{
    if (!prefix->has_continuation)
        return;
    hf__free(prefix->continuation.threads);
    if (prefix->continuation.modules != prefix->trace.modules)
        hf__free(prefix->continuation.modules);
    hf__heap_arena_clear(&prefix->continuation.arena);
    prefix->has_continuation = false;
    if (!prefix->has_aside)
        return;
    prefix->has_aside = false;
    if (prefix->aside_count > 0)
        memcpy(prefix->events.items + prefix->aside_at, prefix->aside, prefix->aside_count * sizeof *prefix->aside);
    prefix->events.count = prefix->aside_at + prefix->aside_count;
}

void hf__trace_prefix_destroy(hf__trace_prefix *prefix)
{
    if (prefix == NULL)
        return;
    drop_continuation(prefix);
    hf__free(prefix->bytes);
    hf__free(prefix->trace.plan);
    hf__free(prefix->trace.modules);
    hf__free(prefix->trace.threads);
    hf__heap_arena_clear(&prefix->trace.arena);
    hf__free(prefix->events.items);
    hf__free(prefix->events.slots);
    hf__free(prefix->marks);
    hf__free(prefix->aside);
    hf__free(prefix->clone_slot_bytes);
    hf__free(prefix);
}

static void remember_marks(hf__trace_prefix *prefix, size_t from)
{
    bool modules = false;
    for (size_t i = from; i < prefix->events.count; i++) {
        uint32_t kind = prefix->events.items[i].kind;
        if (kind != HF_EVENT_MODULE && kind != HF_EVENT_THREAD)
            continue;
        HF_GROW(prefix->marks, prefix->mark_count, prefix->mark_capacity);
        prefix->marks[prefix->mark_count++] = i;
        modules |= kind == HF_EVENT_MODULE;
    }
    if (!modules)
        return;
    hf__free(prefix->trace.modules);
    prefix->trace.modules = NULL;
    prefix->trace.module_count = 0;
    hf__trace_learn_modules(&prefix->trace);
}

/* Reads slots [prefix->slot, end) of the chunk that the prefix is in. False: it is not a chunk of the caller's only thread. */
static bool read_part(hf__trace_prefix *prefix, uint32_t end)
{
    size_t in_session = (size_t)prefix->chunk * HF_CHUNK_BYTES;
    size_t from = prefix->slot == 1 ? 0 : (size_t)prefix->slot * HF_SLOT_BYTES;
    hf__trace_chunk chunk;
    memcpy(prefix->bytes + from, prefix->session->chunks + in_session + from, (size_t)end * HF_SLOT_BYTES - from);
    bool sound = hf__trace_chunk_at((const hf_slot_main *)(const void *)prefix->bytes, end, &chunk) && chunk.thread == 0 && !chunk.is_signal &&
                 chunk.number == prefix->chunk;
    if (!sound)
        return false;

    chunk.first_slot = prefix->slot;
    prefix->events.slot_base = prefix->chunk * HF_CHUNK_SLOTS;
    size_t before = prefix->events.count;
    hf__free(prefix->trace.threads);
    prefix->trace.threads = NULL;
    prefix->trace.thread_count = 0;
    hf__trace_read_streams(&prefix->trace, &chunk, 1, &prefix->events, (hf_text){"", 0});
    prefix->slot = end;
    remember_marks(prefix, before);
    return true;
}

#define CHUNKS_READ 64u /* 4 MiB */

/* What was read is in memory twice: the session's part of it may go, as the session is a file. */
static void let_rest(const hf_session *session, uint32_t first)
{
    if (!session->is_private)
        hf__os_spill_rest(&(hf_os_spill){.base = session->chunks + (size_t)first * HF_CHUNK_BYTES, .size_bytes = CHUNKS_READ * HF_CHUNK_BYTES});
}

static bool read_to(hf__trace_prefix *prefix, uint32_t chunk, uint32_t slot)
{
    while (prefix->chunk < chunk || (prefix->chunk == chunk && prefix->slot < slot)) {
        uint32_t end = prefix->chunk < chunk ? HF_CHUNK_SLOTS : slot;
        if (prefix->slot < end && !read_part(prefix, end))
            return false;
        if (prefix->chunk == chunk)
            break;
        prefix->chunk++;
        prefix->slot = 1;
        if (prefix->chunk % CHUNKS_READ == 0)
            let_rest(prefix->session, prefix->chunk - CHUNKS_READ);
    }
    return true;
}

/* Events of the prefix that stand before that slot. */
static size_t count_before(const hf__trace_prefix *prefix, uint32_t slot)
{
    size_t low = 0;
    size_t high = prefix->events.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (prefix->events.slots[middle] < slot)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#define PAGE_SLOTS 64u

/* Slots of a chunk up to the first page that nothing was written to. */
static uint32_t count_used(const char *chunk)
{
    static const char zeros[PAGE_SLOTS * HF_SLOT_BYTES];
    uint32_t slots = 0;
    while (slots < HF_CHUNK_SLOTS && memcmp(chunk + (size_t)slots * HF_SLOT_BYTES, zeros, sizeof zeros) != 0)
        slots += PAGE_SLOTS;
    return slots;
}

static uint32_t clone_slot_chunks(const hf_session *clone_slot)
{
    uint32_t taken = hf__os_load_u32(&clone_slot->control->chunks_taken);
    return taken < clone_slot->made_ready ? taken : clone_slot->made_ready;
}

/* Copies what was recorded in a clone slot; the chunks that have a head, for hf__free. */
static hf__trace_chunk *copy_clone_slot(hf__trace_prefix *prefix, const hf_session *clone_slot, size_t *count)
{
    uint32_t taken = clone_slot_chunks(clone_slot);
    *count = 0;
    if (taken > prefix->clone_slot_capacity) {
        hf__free(prefix->clone_slot_bytes);
        prefix->clone_slot_bytes = hf__reallocate(NULL, taken, HF_CHUNK_BYTES);
        prefix->clone_slot_capacity = taken;
    }

    hf__trace_chunk *chunks = hf__allocate(taken + 1, sizeof *chunks);
    for (uint32_t i = 0; i < taken; i++) {
        const char *from = clone_slot->chunks + (size_t)i * HF_CHUNK_BYTES;
        char *to = prefix->clone_slot_bytes + (size_t)i * HF_CHUNK_BYTES;
        uint32_t used = count_used(from);
        memcpy(to, from, (size_t)used * HF_SLOT_BYTES);
        if (hf__trace_chunk_at((const hf_slot_main *)(const void *)to, used, &chunks[*count]))
            ++*count;
        else
            prefix->continuation.is_cut = true;
    }

    return chunks;
}

static void put_aside(hf__trace_prefix *prefix, size_t from)
{
    size_t count = prefix->events.count - from;
    if (count > prefix->aside_capacity) {
        prefix->aside = hf__reallocate(prefix->aside, count, sizeof *prefix->aside);
        prefix->aside_capacity = count;
    }
    if (count > 0)
        memcpy(prefix->aside, prefix->events.items + from, count * sizeof *prefix->aside);
    prefix->has_aside = true;
    prefix->aside_at = from;
    prefix->aside_count = count;
    prefix->events.count = from;
}

/* Modules that the continuation does not have in common with the prefix make it learn its own. */
static bool shares_modules(const hf__trace_prefix *prefix, size_t prefix_count)
{
    for (size_t i = 0; i < prefix->mark_count; i++) {
        if (prefix->marks[i] >= prefix_count)
            return false;
    }
    for (size_t i = prefix_count; i < prefix->continuation.event_count; i++) {
        if (prefix->continuation.events[i].kind == HF_EVENT_MODULE)
            return false;
    }
    return true;
}

static hf_text label_at(const hf__trace_prefix *prefix, size_t prefix_count)
{
    for (size_t i = prefix->mark_count; i > 0; i--) {
        size_t mark = prefix->marks[i - 1];
        if (mark < prefix_count && prefix->events.items[mark].kind == HF_EVENT_THREAD)
            return prefix->events.items[mark].more->note;
    }
    return (hf_text){NULL, 0};
}

static void read_continuation(hf__trace_prefix *prefix, const hf_session *clone_slot, size_t prefix_count)
{
    size_t count = 0;
    hf_trace *continuation = &prefix->continuation;
    hf_text label = label_at(prefix, prefix_count);
    put_aside(prefix, prefix_count);
    hf__trace_chunk *chunks = copy_clone_slot(prefix, clone_slot, &count);
    prefix->events.keeps_slots = false;
    hf__trace_read_streams(continuation, chunks, count, &prefix->events, label);
    prefix->events.keeps_slots = true;
    continuation->prefix_end = prefix_count;
    hf__free(chunks);
    continuation->modules = prefix->trace.modules;
    continuation->module_count = prefix->trace.module_count;
    if (shares_modules(prefix, prefix_count))
        return;
    continuation->module_count = 0;
    hf__trace_learn_modules(continuation);
}

/* How fast the counter runs, by the two clocks of the session that is not over yet. */
static hf_session_header header_of(const hf__trace_prefix *prefix)
{
    hf_session_header header = prefix->session->laid_out;
    uint64_t spent_us = hf__os_now_us() - prefix->session->created_us;
    header.counter_hz = spent_us >= 100 ? (hf__os_counter() - prefix->session->created_counter) / spent_us * 1000000 : 0;
    header.clone_slot_count = 0;
    header.point_count = 0;
    return header;
}

static hf_status begin_continuation(hf__trace_prefix *prefix, const hf_session *clone_slot, hf_error *err)
{
    hf_trace *continuation = &prefix->continuation;
    *continuation = (hf_trace){.header = header_of(prefix), .plan = (hf_plan_image *)(void *)prefix->plan};
    prefix->has_continuation = true;
    memcpy(&continuation->control, clone_slot->control, sizeof continuation->control);
    memcpy(continuation->caller, prefix->session->laid_out.caller, HF_NAME_BYTES);
    uint32_t point = continuation->control.clone.point;
    if (point >= prefix->session->laid_out.point_count)
        return HF_FAIL(err, HF_ERROR_FORMAT, "a clone claims fault point %u, which does not exist", point);
    return hf__session_fork_point_plan(prefix->trace.plan, &prefix->session->points[point], prefix->plan, &continuation->plan_bytes, err);
}

hf_status hf__trace_prefix_continuation(hf__trace_prefix *prefix, const hf_session *clone_slot, const hf_trace **out, hf_error *err)
{
    *out = NULL;
    drop_continuation(prefix);
    hf_status status = begin_continuation(prefix, clone_slot, err);
    if (status != HF_OK)
        return status;
    const hf_session_clone *continuation = &prefix->continuation.control.clone;
    bool sound = continuation->chunk < prefix->session->made_ready && continuation->slot > 0 && continuation->slot <= HF_CHUNK_SLOTS &&
                 read_to(prefix, continuation->chunk, continuation->slot);
    if (!sound)
        return HF_FAIL(err, HF_ERROR_FORMAT, "a clone claims to have left the caller at slot %u of chunk %u, where the caller made no call",
                       continuation->slot, continuation->chunk);
    read_continuation(prefix, clone_slot, count_before(prefix, continuation->chunk * HF_CHUNK_SLOTS + continuation->slot));
    *out = &prefix->continuation;
    return HF_OK;
}

/* What the caller recorded before it went on is there for good, and a copy of all of it would be as large as a trace may get. A caller that writes
 * over it gives a file that says something else, which the reader checks as any other.
 * The bytes of the file: header, control words, plan, the prefix's chunks up to the continuation, the clone slot's. hf__free. */
static char *assemble(const hf__trace_prefix *prefix, const hf_session *clone_slot, size_t *size_bytes)
{
    const hf_trace *continuation = &prefix->continuation;
    const hf_session_clone *at = &continuation->control.clone;
    uint32_t own = clone_slot_chunks(clone_slot);
    uint32_t chunks = at->chunk + 1 + own;
    hf_session_header header = continuation->header;
    header.plan_bytes = continuation->plan_bytes;
    header.chunk_count_max = chunks;
    header.file_bytes = header.chunks_offset + (uint64_t)chunks * HF_CHUNK_BYTES;
    hf_session_control control = continuation->control;
    control.chunks_taken = control.chunks_ready = chunks;
    char *bytes = hf__allocate(header.file_bytes, 1);
    char *to = bytes + header.chunks_offset;
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + HF_SESSION_CONTROL_OFFSET, &control, sizeof control);
    memcpy(bytes + header.plan_offset, continuation->plan, continuation->plan_bytes);
    memcpy(to, prefix->session->chunks, (size_t)at->chunk * HF_CHUNK_BYTES + (size_t)at->slot * HF_SLOT_BYTES);
    memcpy(to + (size_t)(at->chunk + 1) * HF_CHUNK_BYTES, clone_slot->chunks, (size_t)own * HF_CHUNK_BYTES);
    *size_bytes = header.file_bytes;

    return bytes;
}

hf_status hf__trace_prefix_save(hf__trace_prefix *prefix, const hf_session *clone_slot, const char *path, hf_error *err)
{
    const hf_trace *continuation = NULL;
    hf_status status = hf__trace_prefix_continuation(prefix, clone_slot, &continuation, err);
    if (status != HF_OK)
        return status;
    size_t size_bytes = 0;
    char *bytes = assemble(prefix, clone_slot, &size_bytes);
    status = hf__system_file_write(path, bytes, size_bytes, err);
    hf__free(bytes);
    return status;
}
