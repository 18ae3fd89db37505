/* SPDX-License-Identifier: MIT
 * Creating, extending and joining a session. Space in the file is always allocated before a chunk is marked ready, so a writer never touches a page
 * that a full disk could refuse. Everything in a hostile or damaged file is checked before it is used.
 */
#include "session.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_memory.h"
#include "os_thread.h"
#include "session_ring.h"

#include <stddef.h>
#include <string.h>

#include "base_poison.h"

static uint64_t round_to_page(uint64_t bytes)
{
    uint64_t page = hf__os_page_size();
    return (bytes + page - 1) / page * page;
}

/* Chunks at the end that only the tool's end records may take, so that they fit into a trace that is full. */
#define TOOL_CHUNKS 1u

/* Fills in everything but the mapping's contents. */
static hf_session_header lay_out(const char *caller, size_t plan_bytes, const hf_session_points *points, uint64_t trace_bytes, bool is_ring)
{
    uint32_t chunks = (uint32_t)(trace_bytes / HF_CHUNK_BYTES);
    hf_session_header header;
    memset(&header, 0, sizeof header);
    header.magic = HF_SESSION_MAGIC;
    header.version = is_ring ? HF_SESSION_VERSION_RING : HF_SESSION_VERSION;
    header.header_bytes = sizeof header;
    header.plan_offset = round_to_page(HF_SESSION_CONTROL_OFFSET + sizeof(hf_session_control));
    header.plan_bytes = plan_bytes;
    header.points_offset = round_to_page(header.plan_offset + plan_bytes);
    header.point_count = points->count;
    header.clone_slot_count = points->clone_slots;
    header.chunks_offset = round_to_page(header.points_offset + (is_ring ? chunks * sizeof(uint32_t) : points->count * sizeof(hf_fork_point)));
    header.chunk_count_max = chunks + TOOL_CHUNKS;
    header.file_bytes = header.chunks_offset + (uint64_t)header.chunk_count_max * HF_CHUNK_BYTES;
    header.tool_pid = hf__os_process_id();
    if (caller != NULL)
        hf__text_copy(header.caller, sizeof header.caller, hf__text(caller));
    return header;
}

static void point(hf_session *session)
{
    char *map = session->map;
    session->header = (hf_session_header *)(void *)map;
    session->control = (hf_session_control *)(void *)(map + HF_SESSION_CONTROL_OFFSET);
    session->plan = (const hf_plan_image *)(const void *)(map + session->header->plan_offset);
    session->points = (const hf_fork_point *)(const void *)(map + session->header->points_offset);
    session->chunks = map + session->header->chunks_offset;
    session->order = (uint32_t *)(void *)(map + session->header->points_offset);
}

static uint64_t end_of_chunk(const hf_session *session, uint32_t chunks)
{
    return session->laid_out.chunks_offset + (uint64_t)chunks * HF_CHUNK_BYTES;
}

/* A clone has no stack, thread or phase of the caller's plan to go by: its own plan has the point's rules alone. */
static bool can_stand_alone(const hf_rule *rule)
{
    return rule->from_count == 0 && rule->not_from_count == 0 && !rule->has_site && rule->thread == 0 && rule->phase == 0 &&
           rule->per == HF_PER_RUN && !rule->has_live;
}

static hf_status check_points(const hf_plan_image *plan, const hf_session_points *points, hf_error *err)
{
    const hf_rule *rules = hf__model_plan_rules(plan);
    if (points->clone_slots > HF_CLONE_SLOTS_MAX)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "at most %u clones can run at once", HF_CLONE_SLOTS_MAX);
    for (uint32_t i = 0; i < points->count; i++) {
        const hf_fork_point *one = &points->items[i];
        bool has_second = one->second_ordinal != 0;
        if (one->rule >= plan->rule_count || one->ordinal == 0 || !can_stand_alone(&rules[one->rule]) ||
            (has_second && (one->second_rule >= plan->rule_count || !can_stand_alone(&rules[one->second_rule]))))
            return HF_FAIL(err, HF_ERROR_ARGUMENT, "fork point %u: its rule is not there, or looks at more than a call's arguments", i);
        if (i > 0 && (one[-1].rule > one->rule || (one[-1].rule == one->rule && one[-1].ordinal > one->ordinal)))
            return HF_FAIL(err, HF_ERROR_ARGUMENT, "fork point %u is out of order", i);
    }
    return HF_OK;
}

hf_status hf__session_fork_point_plan(const hf_plan_image *plan, const hf_fork_point *point, void *buffer, size_t *size_bytes, hf_error *err)
{
    const hf__model_plan_one few[HF_PLAN_FEW_MAX] = {{point->ordinal, point->rule, point->onwards != 0},
                                                     {point->second_ordinal, point->second_rule, point->second_onwards != 0}};
    return hf__model_plan_narrow(plan, few, point->second_ordinal != 0 ? 2 : 1, buffer, size_bytes, err);
}

/* The file, with room for its first chunks, and the mapping of all it may become. */
static hf_status make_file(const char *path, const hf_session_header *header, uint32_t ready, hf_session *out, hf_error *err)
{
    hf_status status = hf__os_file_create(path, err);
    if (status == HF_OK)
        status = hf__os_file_extend(path, 0, header->chunks_offset + (uint64_t)ready * HF_CHUNK_BYTES, err);
    if (status == HF_OK)
        status = hf__os_map_shared(path, header->file_bytes, NULL, &out->map, err);
    return status;
}

hf_status hf__session_create(const hf_session_request *wanted, hf_session *out, hf_error *err)
{
    const hf_session_points *points = &wanted->points;
    memset(out, 0, sizeof *out);
    hf_status status = hf__model_plan_validate(wanted->plan, wanted->plan_bytes, err);
    if (status == HF_OK)
        status = check_points(wanted->plan, points, err);
    if (status != HF_OK)
        return status;

    uint64_t trace_bytes = wanted->trace_bytes != 0 ? wanted->trace_bytes : HF_SESSION_TRACE_DEFAULT;
    if (trace_bytes < HF_CHUNK_BYTES * 2)
        trace_bytes = HF_CHUNK_BYTES * 2;
    hf_session_header header = lay_out(wanted->caller, wanted->plan_bytes, points, trace_bytes, wanted->is_ring);
    uint32_t most = header.chunk_count_max - TOOL_CHUNKS;
    uint32_t ready = most < HF_SESSION_CHUNKS_FIRST || wanted->is_ring ? most : HF_SESSION_CHUNKS_FIRST;
    status = make_file(wanted->path, &header, ready, out, err);
    if (status != HF_OK)
        return status;
    out->map_bytes = header.file_bytes;
    out->created_us = hf__os_now_us();
    out->created_counter = hf__os_counter();
    memcpy(out->map, &header, sizeof header);
    memcpy((char *)out->map + header.plan_offset, wanted->plan, wanted->plan_bytes);
    if (points->count > 0)
        memcpy((char *)out->map + header.points_offset, points->items, points->count * sizeof *points->items);
    point(out);
    out->laid_out = header;
    out->made_ready = ready;
    out->ring_chunks = wanted->is_ring ? ready : 0;
    if (wanted->is_ring)
        return hf__session_ring_begin(out, err);
    hf__os_store_u32(&out->control->chunks_ready, ready);
    return HF_OK;
}

bool hf__session_clone_slot_path(const char *path, uint32_t clone_slot, const char *suffix, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "%s-%u%s", path, clone_slot, suffix);
    return !builder.cut;
}

#define CLEAR_BYTES 4096u

static bool is_clear(const char *bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, CLEAR_BYTES - 1) == 0;
}

/* A stream is written from its chunk's start without leaving out a page, so behind the first page of zeros there is nothing. */
static void clear_chunk(char *chunk, bool all)
{
    for (size_t at = 0; at < HF_CHUNK_BYTES; at += CLEAR_BYTES) {
        if (!is_clear(chunk + at))
            memset(chunk + at, 0, CLEAR_BYTES);
        else if (!all)
            return;
    }
}

void hf__session_clone_slot_clear(hf_session *clone_slot, bool all)
{
    uint32_t taken = hf__os_load_u32(&clone_slot->control->chunks_taken);
    uint32_t dirty = all || taken > clone_slot->made_ready ? clone_slot->made_ready : taken;
    for (uint32_t i = 0; i < dirty; i++)
        clear_chunk(clone_slot->chunks + (uint64_t)i * HF_CHUNK_BYTES, all);
    *clone_slot->header = clone_slot->laid_out;
    hf_session_control *control = clone_slot->control;
    memset(control, 0, offsetof(hf_session_control, clone)); /* its state says whose all this is, so it comes last */
    control->clone.pid = 0;
    control->clone.failed = 0;
    hf__os_store_u32(&control->chunks_ready, clone_slot->made_ready);
    hf__os_store_u32(&control->clone.state, HF_CLONE_SLOT_FREE);
}

/* How many chunks to keep ready beyond those taken: writing them costs as much as filling them, so a small caller gets none. */
static uint32_t chunks_ahead(uint32_t taken)
{
    uint32_t ahead = taken < HF_SESSION_CHUNKS_FIRST ? 1 : taken * 2 + 8;
    return ahead < HF_SESSION_CHUNKS_AHEAD ? ahead : HF_SESSION_CHUNKS_AHEAD;
}

hf_status hf__session_feed(hf_session *session, const char *path, hf_error *err)
{
    if (session->ring_chunks != 0)
        return hf__session_ring_feed(session, err);
    uint32_t taken = hf__os_load_u32(&session->control->chunks_taken);
    uint32_t ready = session->made_ready;
    uint32_t most = session->laid_out.chunk_count_max - TOOL_CHUNKS;
    uint32_t ahead = chunks_ahead(taken);
    if ((uint64_t)taken + ahead / 2 < ready || hf__os_load_u32(&session->control->gave_up) != 0)
        return HF_OK;
    uint32_t wanted = taken < most && ahead < most - taken ? taken + ahead : most;
    if (wanted <= ready && taken <= ready)
        return HF_OK;
    hf_status status = wanted > ready
                           ? hf__os_file_extend(path, end_of_chunk(session, ready), end_of_chunk(session, wanted), err)
                           : HF_FAIL(err, HF_ERROR_LIMIT, "the trace has reached its limit of %llu bytes; raise it with 'limits: { trace: SIZE }'",
                                     (unsigned long long)most * HF_CHUNK_BYTES);
    if (status == HF_OK)
        session->made_ready = wanted;
    if (status == HF_OK)
        hf__os_store_u32(&session->control->chunks_ready, wanted);
    else
        hf__os_store_u32(&session->control->gave_up, 1);
    hf__os_wake(&session->control->chunks_ready);
    return status;
}

#define NOTE_SLOTS_MAX 40u /* of 56 bytes */

/* Writes a note's text into the extra slots at `slots`; returns how many were used. */
static uint8_t put_note(hf_slot_extra *slots, hf_text note)
{
    uint8_t used = 0;
    while (note.size_bytes > 0 && used < NOTE_SLOTS_MAX) {
        size_t piece = note.size_bytes < sizeof slots->u.text ? note.size_bytes : sizeof slots->u.text;
        memcpy(slots[used].u.text, note.pointer, piece);
        slots[used].count = (uint8_t)piece;
        slots[used].what = HF_EXTRA_NOTE;
        slots[used].state = HF_SLOT_EXTRA;
        note.pointer += piece;
        note.size_bytes -= piece;
        used++;
    }
    return used;
}

/* Empties `slots` slots and the one behind them, where a wild pointer of the program may have written. */
static hf_slot_main *clear_slots(hf_slot_main *chunk, uint32_t at, uint32_t slots)
{
    uint32_t count = at + slots < HF_CHUNK_SLOTS ? slots + 1 : slots;
    memset(&chunk[at], 0, count * sizeof chunk[0]);
    return &chunk[at];
}

/* The tool's own chunk: the last one taken if it is the tool's, else a new one. */
static hf_slot_main *tool_slot(hf_session *session, const char *path, uint32_t slots, hf_error *err)
{
    if (session->ring_chunks != 0) /* the process is gone, and no chunk goes round any more */
        hf__session_ring_end(session);
    uint32_t taken = hf__os_load_u32(&session->control->chunks_taken);
    uint32_t ready = session->made_ready;
    if (taken > ready)
        taken = ready;
    if (taken > 0) {
        hf_slot_main *chunk = (hf_slot_main *)(void *)(session->chunks + (uint64_t)(taken - 1) * HF_CHUNK_BYTES);
        const hf_slot_head *head = (const hf_slot_head *)(const void *)chunk;
        uint32_t at = 1;
        while (at + slots <= HF_CHUNK_SLOTS && (chunk[at].state & HF_SLOT_STATE_MASK) != HF_SLOT_EMPTY)
            at++;
        if (head->thread == HF_THREAD_TOOL && at + slots <= HF_CHUNK_SLOTS)
            return clear_slots(chunk, at, slots);
    }

    if (taken == session->laid_out.chunk_count_max)
        return NULL;
    if (taken + 1 > ready) {
        if (hf__os_file_extend(path, end_of_chunk(session, ready), end_of_chunk(session, taken + 1), err) != HF_OK)
            return NULL;
        session->made_ready = taken + 1;
        hf__os_store_u32(&session->control->chunks_ready, taken + 1);
    }

    hf__os_store_u32(&session->control->chunks_taken, taken + 1);
    hf_slot_main *chunk = (hf_slot_main *)(void *)(session->chunks + (uint64_t)taken * HF_CHUNK_BYTES);
    hf_slot_main *first = clear_slots(chunk, 0, slots + 1) + 1;
    hf_slot_head *head = (hf_slot_head *)(void *)chunk;
    head->thread = HF_THREAD_TOOL;
    head->state = HF_SLOT_HEAD;
    return first;
}

/* The same for a stack. */
static uint8_t put_frames(hf_slot_extra *slots, const hf_session_end *end)
{
    uint8_t used = 0;
    uint32_t most = HF_COUNT_OF(slots->u.frames);
    for (uint32_t at = 0; at < end->frame_count && at < HF_STACK_MAX; at += most) {
        uint32_t count = end->frame_count - at < most ? end->frame_count - at : most;
        memcpy(slots[used].u.frames, end->frames + at, count * sizeof slots->u.frames[0]);
        slots[used].count = (uint8_t)count;
        slots[used].what = HF_EXTRA_STACK;
        slots[used].state = HF_SLOT_EXTRA;
        used++;
    }
    return used;
}

#define END_SLOTS_MAX (1 + NOTE_SLOTS_MAX + (HF_STACK_MAX + 6) / 7)

hf_status hf__session_append_end(hf_session *session, const char *path, const hf_session_end *end, hf_error *err)
{
    hf_slot_main *slot = tool_slot(session, path, END_SLOTS_MAX, err);
    if (slot == NULL)
        return HF_FAIL(err, HF_ERROR_SYSTEM, "no room in %s for the record of how the run ended", path);
    hf_slot_extra *extras = (hf_slot_extra *)(void *)(slot + 1);
    slot->start = hf__os_counter();
    slot->address = end->address;
    slot->size = end->size;
    slot->type = end->type;
    slot->kind = (uint8_t)end->kind;
    slot->extras = put_note(extras, hf__text(end->note != NULL ? end->note : ""));
    slot->extras = (uint8_t)(slot->extras + put_frames(extras + slot->extras, end));
    hf__os_store_u32(&slot->state, HF_SLOT_DONE);
    return HF_OK;
}

/* Two readings apart by the whole run give the rate without waiting for it; too close together they give none. */
static uint64_t counter_rate(const hf_session *session)
{
    uint64_t spent_us = hf__os_now_us() - session->created_us;
    return spent_us >= 100 ? (hf__os_counter() - session->created_counter) / spent_us * 1000000 : 0;
}

hf_status hf__session_close(hf_session *session, const char *path, hf_error *err)
{
    if (session->ring_chunks != 0)
        hf__session_ring_end(session);
    *session->header = session->laid_out;
    session->header->counter_hz = counter_rate(session);
    uint32_t taken = hf__os_load_u32(&session->control->chunks_taken);
    uint32_t ready = session->made_ready;
    uint64_t end = end_of_chunk(session, taken < ready ? taken : ready);
    hf__session_leave(session);
    return hf__os_file_truncate(path, end, err);
}

/* Does the header describe a file that can be mapped and obeyed? size_bytes is the file's length. */
static hf_status check_header(const hf_session_header *header, uint64_t size_bytes, const char *path, hf_error *err)
{
    if (size_bytes < HF_SESSION_CONTROL_OFFSET + sizeof(hf_session_control) || header->magic != HF_SESSION_MAGIC)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is not a hostfault session", path);
    if ((header->version != HF_SESSION_VERSION && header->version != HF_SESSION_VERSION_RING) || header->header_bytes != sizeof *header)
        return HF_FAIL(err, HF_ERROR_VERSION,
                       "session version %u (header of %u bytes), this build understands %u (%zu); build tool and program from the same version: %s",
                       header->version, header->header_bytes, HF_SESSION_VERSION, sizeof *header, path);
    bool sound = header->plan_offset >= HF_SESSION_CONTROL_OFFSET && header->plan_offset <= size_bytes &&
                 header->plan_bytes <= size_bytes - header->plan_offset && header->plan_bytes <= HF_PLAN_BYTES_MAX &&
                 header->points_offset >= header->plan_offset + header->plan_bytes && header->points_offset % hf__os_page_size() == 0 &&
                 header->points_offset <= size_bytes && header->clone_slot_count <= HF_CLONE_SLOTS_MAX &&
                 header->chunks_offset >= header->points_offset + header->point_count * sizeof(hf_fork_point) &&
                 header->chunks_offset % hf__os_page_size() == 0 &&
                 header->file_bytes == header->chunks_offset + (uint64_t)header->chunk_count_max * HF_CHUNK_BYTES;
    return sound ? HF_OK : HF_FAIL(err, HF_ERROR_FORMAT, "the header of session %s is damaged", path);
}

hf_status hf__session_join(const char *path, void *wanted, hf_session *out, hf_error *err)
{
    memset(out, 0, sizeof *out);
    const void *peek = NULL;
    uint64_t size_bytes = 0;
    hf_status status = hf__os_map_read(path, &peek, &size_bytes, err);
    if (status != HF_OK)
        return status;
    hf_session_header header;
    memset(&header, 0, sizeof header);
    if (size_bytes >= sizeof header)
        memcpy(&header, peek, sizeof header);
    status = check_header(&header, size_bytes, path, err);
    if (status == HF_OK)
        status = hf__model_plan_validate((const char *)peek + header.plan_offset, header.plan_bytes, err);
    hf__os_unmap(peek, size_bytes);
    if (status == HF_OK)
        status = hf__os_map_shared(path, header.file_bytes, wanted != NULL ? wanted : HF_MAP_APART, &out->map, err);
    if (status != HF_OK)
        return status;
    out->map_bytes = header.file_bytes;
    point(out);
    out->laid_out = header;
    uint64_t chunks = size_bytes > header.chunks_offset ? (size_bytes - header.chunks_offset) / HF_CHUNK_BYTES : 0;
    out->made_ready = chunks < header.chunk_count_max ? (uint32_t)chunks : header.chunk_count_max;
    return HF_OK;
}

static hf_status make_in_memory(const void *plan, size_t plan_bytes, size_t trace_bytes, void *(*take)(size_t), hf_session *out, hf_error *err)
{
    memset(out, 0, sizeof *out);
    hf_status status = hf__model_plan_validate(plan, plan_bytes, err);
    if (status != HF_OK)
        return status;
    const hf_session_points none = {.count = 0};
    hf_session_header header = lay_out("", plan_bytes, &none, trace_bytes < HF_CHUNK_BYTES ? HF_CHUNK_BYTES : trace_bytes, false);
    out->map = take(header.file_bytes);
    if (out->map == NULL)
        return HF_FAIL(err, HF_ERROR_MEMORY, "no memory for a trace of %zu bytes", trace_bytes);
    out->map_bytes = header.file_bytes;
    out->is_private = true;
    out->laid_out = header;
    out->made_ready = header.chunk_count_max;
    memcpy(out->map, &header, sizeof header);
    memcpy((char *)out->map + header.plan_offset, plan, plan_bytes);
    point(out);
    hf__os_store_u32(&out->control->chunks_ready, header.chunk_count_max - TOOL_CHUNKS);
    return HF_OK;
}

hf_status hf__session_private(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_session *out, hf_error *err)
{
    return make_in_memory(plan, plan_bytes, trace_bytes, hf__os_pages, out, err);
}

hf_status hf__session_shared(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_session *out, hf_error *err)
{
    return make_in_memory(plan, plan_bytes, trace_bytes, hf__os_pages_shared, out, err);
}

bool hf__session_was_cut(const hf_session *session, const char *path)
{
    char last = 0;
    return hf__os_file_read_at(path, end_of_chunk(session, session->made_ready) - 1, &last, 1) != 1;
}

void hf__session_leave(hf_session *session)
{
    hf__session_ring_clear(session);
    if (session->map != NULL && session->is_private)
        hf__os_pages_free(session->map, session->map_bytes);
    else if (session->map != NULL)
        hf__os_unmap(session->map, session->map_bytes);
    memset(session, 0, sizeof *session);
}
