/*
 * The stem and its branches. The events of a branch stand behind the stem's in the same array, over those of the stem that come after the branch;
 * these are put aside and come back with the next call. All bytes are copied before they are read: the caller is still running.
 */
#include "trace_stem.h"
#include "base_alloc.h"
#include "base_error.h"
#include "os_atomic.h"
#include "os_thread.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

struct hf__trace_stem {
    const hf_session *session;
    char *bytes; /* the chunks so far, as many as `chunk_capacity` */
    size_t chunk_capacity;
    uint32_t chunk, slot; /* read up to here */
    hf_trace trace;       /* what the stem itself has: arena, plan, modules */
    hf__event_list events;
    size_t *marks; /* events that name the thread or a module */
    size_t mark_count, mark_capacity;
    hf_trace branch;
    bool has_branch, has_aside;
    hf_event *aside; /* the stem's events from `aside_at` on */
    size_t aside_at, aside_count, aside_capacity;
    char *berth_bytes;
    size_t berth_capacity;
    uint64_t plan[HF_PLAN_FEW_BYTES / 8];
};

hf__trace_stem *hf__trace_stem_create(const hf_session *session)
{
    hf__trace_stem *stem = hf__allocate(1, sizeof *stem);
    stem->session = session;
    stem->slot = 1;
    stem->events.keeps_slots = true;
    stem->trace.plan_bytes = session->laid_out.plan_bytes;
    stem->trace.plan = hf__allocate(stem->trace.plan_bytes, 1);
    memcpy(stem->trace.plan, session->plan, stem->trace.plan_bytes);
    return stem;
}

/* Gives back what the branch has of its own, and puts the stem's events where they were. */
static void drop_branch(hf__trace_stem *stem)
{
    if (!stem->has_branch)
        return;
    hf__free(stem->branch.threads);
    if (stem->branch.modules != stem->trace.modules)
        hf__free(stem->branch.modules);
    hf__arena_clear(&stem->branch.arena);
    stem->has_branch = false;
    if (!stem->has_aside)
        return;
    stem->has_aside = false;
    if (stem->aside_count > 0)
        memcpy(stem->events.items + stem->aside_at, stem->aside, stem->aside_count * sizeof *stem->aside);
    stem->events.count = stem->aside_at + stem->aside_count;
}

void hf__trace_stem_destroy(hf__trace_stem *stem)
{
    if (stem == NULL)
        return;
    drop_branch(stem);
    hf__free(stem->bytes);
    hf__free(stem->trace.plan);
    hf__free(stem->trace.modules);
    hf__free(stem->trace.threads);
    hf__arena_clear(&stem->trace.arena);
    hf__free(stem->events.items);
    hf__free(stem->events.slots);
    hf__free(stem->marks);
    hf__free(stem->aside);
    hf__free(stem->berth_bytes);
    hf__free(stem);
}

static void make_room(hf__trace_stem *stem, uint32_t chunks)
{
    if (chunks <= stem->chunk_capacity)
        return;
    size_t wanted = stem->chunk_capacity * 2 > chunks ? stem->chunk_capacity * 2 : chunks;
    stem->bytes = hf__reallocate(stem->bytes, wanted, HF_CHUNK_BYTES);
    memset(stem->bytes + stem->chunk_capacity * HF_CHUNK_BYTES, 0, (wanted - stem->chunk_capacity) * HF_CHUNK_BYTES);
    stem->chunk_capacity = wanted;
}

static void remember_marks(hf__trace_stem *stem, size_t from)
{
    bool modules = false;
    for (size_t i = from; i < stem->events.count; i++) {
        uint32_t kind = stem->events.items[i].kind;
        if (kind != HF_EVENT_MODULE && kind != HF_EVENT_THREAD)
            continue;
        HF_GROW(stem->marks, stem->mark_count, stem->mark_capacity);
        stem->marks[stem->mark_count++] = i;
        modules |= kind == HF_EVENT_MODULE;
    }
    if (!modules)
        return;
    hf__free(stem->trace.modules);
    stem->trace.modules = NULL;
    stem->trace.module_count = 0;
    hf__trace_learn_modules(&stem->trace);
}

/* Reads slots [stem->slot, end) of the chunk that the stem is in. False: it is not a chunk of the caller's only thread. */
static bool read_part(hf__trace_stem *stem, uint32_t end)
{
    size_t at = (size_t)stem->chunk * HF_CHUNK_BYTES;
    size_t from = stem->slot == 1 ? 0 : (size_t)stem->slot * HF_SLOT_BYTES;
    hf__chunk chunk;
    make_room(stem, stem->chunk + 1);
    memcpy(stem->bytes + at + from, stem->session->chunks + at + from, (size_t)end * HF_SLOT_BYTES - from);
    bool sound = hf__trace_chunk_at((const hf_slot_main *)(const void *)(stem->bytes + at), end, &chunk) && chunk.thread == 0 && !chunk.is_signal &&
                 chunk.number == stem->chunk;
    if (!sound)
        return false;
    chunk.first_slot = stem->slot;
    stem->events.slot_base = stem->chunk * HF_CHUNK_SLOTS;
    size_t before = stem->events.count;
    hf__free(stem->trace.threads);
    stem->trace.threads = NULL;
    stem->trace.thread_count = 0;
    hf__trace_read_streams(&stem->trace, &chunk, 1, &stem->events, (hf_text){"", 0});
    stem->slot = end;
    remember_marks(stem, before);
    return true;
}

static bool read_to(hf__trace_stem *stem, uint32_t chunk, uint32_t slot)
{
    while (stem->chunk < chunk || (stem->chunk == chunk && stem->slot < slot)) {
        uint32_t end = stem->chunk < chunk ? HF_CHUNK_SLOTS : slot;
        if (stem->slot < end && !read_part(stem, end))
            return false;
        if (stem->chunk == chunk)
            break;
        stem->chunk++;
        stem->slot = 1;
    }
    return true;
}

/* Events of the stem that stand before that slot. */
static size_t count_before(const hf__trace_stem *stem, uint32_t slot)
{
    size_t low = 0;
    size_t high = stem->events.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stem->events.slots[middle] < slot)
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

static uint32_t berth_chunks(const hf_session *berth)
{
    uint32_t taken = hf__load_u32(&berth->control->chunks_taken);
    return taken < berth->made_ready ? taken : berth->made_ready;
}

/* Copies what was recorded in a berth; the chunks that have a head, for hf__free. */
static hf__chunk *copy_berth(hf__trace_stem *stem, const hf_session *berth, size_t *count)
{
    uint32_t taken = berth_chunks(berth);
    *count = 0;
    if (taken > stem->berth_capacity) {
        hf__free(stem->berth_bytes);
        stem->berth_bytes = hf__reallocate(NULL, taken, HF_CHUNK_BYTES);
        stem->berth_capacity = taken;
    }
    hf__chunk *chunks = hf__allocate(taken + 1, sizeof *chunks);
    for (uint32_t i = 0; i < taken; i++) {
        const char *from = berth->chunks + (size_t)i * HF_CHUNK_BYTES;
        char *to = stem->berth_bytes + (size_t)i * HF_CHUNK_BYTES;
        uint32_t used = count_used(from);
        memcpy(to, from, (size_t)used * HF_SLOT_BYTES);
        if (hf__trace_chunk_at((const hf_slot_main *)(const void *)to, used, &chunks[*count]))
            ++*count;
        else
            stem->branch.is_cut = true;
    }
    return chunks;
}

static void put_aside(hf__trace_stem *stem, size_t from)
{
    size_t count = stem->events.count - from;
    if (count > stem->aside_capacity) {
        stem->aside = hf__reallocate(stem->aside, count, sizeof *stem->aside);
        stem->aside_capacity = count;
    }
    if (count > 0)
        memcpy(stem->aside, stem->events.items + from, count * sizeof *stem->aside);
    stem->has_aside = true;
    stem->aside_at = from;
    stem->aside_count = count;
    stem->events.count = from;
}

/* Modules that the branch does not have in common with the stem make it learn its own. */
static bool shares_modules(const hf__trace_stem *stem, size_t stem_count)
{
    for (size_t i = 0; i < stem->mark_count; i++) {
        if (stem->marks[i] >= stem_count)
            return false;
    }
    for (size_t i = stem_count; i < stem->branch.event_count; i++) {
        if (stem->branch.events[i].kind == HF_EVENT_MODULE)
            return false;
    }
    return true;
}

static hf_text label_at(const hf__trace_stem *stem, size_t stem_count)
{
    for (size_t i = stem->mark_count; i > 0; i--) {
        size_t mark = stem->marks[i - 1];
        if (mark < stem_count && stem->events.items[mark].kind == HF_EVENT_THREAD)
            return stem->events.items[mark].note;
    }
    return (hf_text){NULL, 0};
}

static void read_branch(hf__trace_stem *stem, const hf_session *berth, size_t stem_count)
{
    size_t count = 0;
    hf_trace *branch = &stem->branch;
    hf_text label = label_at(stem, stem_count);
    put_aside(stem, stem_count);
    hf__chunk *chunks = copy_berth(stem, berth, &count);
    stem->events.keeps_slots = false;
    hf__trace_read_streams(branch, chunks, count, &stem->events, label);
    stem->events.keeps_slots = true;
    branch->branched_at = stem_count;
    hf__free(chunks);
    branch->modules = stem->trace.modules;
    branch->module_count = stem->trace.module_count;
    if (shares_modules(stem, stem_count))
        return;
    branch->module_count = 0;
    hf__trace_learn_modules(branch);
}

/* How fast the counter runs, by the two clocks of the session that is not over yet. */
static hf_session_header header_of(const hf__trace_stem *stem)
{
    hf_session_header header = stem->session->laid_out;
    uint64_t spent_us = hf__os_now_us() - stem->session->created_us;
    header.counter_hz = spent_us >= 100 ? (hf__os_counter() - stem->session->created_counter) / spent_us * 1000000 : 0;
    header.berth_count = 0;
    header.point_count = 0;
    return header;
}

static hf_status begin_branch(hf__trace_stem *stem, const hf_session *berth, hf_error *err)
{
    hf_trace *branch = &stem->branch;
    *branch = (hf_trace){.header = header_of(stem), .plan = (hf_plan_image *)(void *)stem->plan};
    stem->has_branch = true;
    memcpy(&branch->control, berth->control, sizeof branch->control);
    memcpy(branch->caller, stem->session->laid_out.caller, HF_NAME_BYTES);
    uint32_t point = branch->control.branch.point;
    if (point >= stem->session->laid_out.point_count)
        return HF_FAIL(err, HF_ERROR_FORMAT, "a clone says that it took fault point %u, which is not there", point);
    return hf__fork_point_plan(stem->trace.plan, &stem->session->points[point], stem->plan, sizeof stem->plan, &branch->plan_bytes, err);
}

hf_status hf__trace_stem_branch(hf__trace_stem *stem, const hf_session *berth, const hf_trace **out, hf_error *err)
{
    *out = NULL;
    drop_branch(stem);
    hf_status status = begin_branch(stem, berth, err);
    if (status != HF_OK)
        return status;
    const hf_session_branch *branch = &stem->branch.control.branch;
    bool sound =
        branch->chunk < stem->session->made_ready && branch->slot > 0 && branch->slot <= HF_CHUNK_SLOTS && read_to(stem, branch->chunk, branch->slot);
    if (!sound)
        return HF_FAIL(err, HF_ERROR_FORMAT, "a clone says that it left the caller at slot %u of chunk %u, where no call of the caller is",
                       branch->slot, branch->chunk);
    read_branch(stem, berth, count_before(stem, branch->chunk * HF_CHUNK_SLOTS + branch->slot));
    *out = &stem->branch;
    return HF_OK;
}

/* The bytes of the file: header, control words, plan, the stem's chunks up to the branch, the berth's. hf__free. */
static char *assemble(const hf__trace_stem *stem, const hf_session *berth, size_t *size_bytes)
{
    const hf_trace *branch = &stem->branch;
    const hf_session_branch *at = &branch->control.branch;
    uint32_t own = berth_chunks(berth);
    uint32_t chunks = at->chunk + 1 + own;
    hf_session_header header = branch->header;
    header.plan_bytes = branch->plan_bytes;
    header.chunk_count_max = chunks;
    header.file_bytes = header.chunks_offset + (uint64_t)chunks * HF_CHUNK_BYTES;
    hf_session_control control = branch->control;
    control.chunks_taken = control.chunks_ready = chunks;
    char *bytes = hf__allocate(header.file_bytes, 1);
    char *to = bytes + header.chunks_offset;
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + HF_SESSION_CONTROL_OFFSET, &control, sizeof control);
    memcpy(bytes + header.plan_offset, branch->plan, branch->plan_bytes);
    memcpy(to, stem->bytes, (size_t)at->chunk * HF_CHUNK_BYTES + (size_t)at->slot * HF_SLOT_BYTES);
    memcpy(to + (size_t)(at->chunk + 1) * HF_CHUNK_BYTES, berth->chunks, (size_t)own * HF_CHUNK_BYTES);
    *size_bytes = header.file_bytes;
    return bytes;
}

hf_status hf__trace_stem_save(hf__trace_stem *stem, const hf_session *berth, const char *path, hf_error *err)
{
    const hf_trace *branch = NULL;
    hf_status status = hf__trace_stem_branch(stem, berth, &branch, err);
    if (status != HF_OK)
        return status;
    size_t size_bytes = 0;
    char *bytes = assemble(stem, berth, &size_bytes);
    status = hf__os_file_write(path, bytes, size_bytes, err);
    hf__free(bytes);
    return status;
}
