/* SPDX-License-Identifier: MIT
 * Restarts a private session. What attach recorded (the process, its modules) stays at the front of the first chunk; everything after it that was
 * used is cleared.
 */
#include "shim_rearm.h"
#include "base_error.h"
#include "base_text.h"
#include "host.h"
#include "os_memory.h"
#include "shim_call.h"

#include <string.h>

#include "base_poison.h"

static struct {
    hf_stream stream; /* of this thread, behind what attach recorded */
    size_t plan_room;
    uint32_t rules; /* of the plan before */
} kept;

hf_status hf__shim_attach_rearmable(size_t plan_bytes, size_t trace_bytes, hf_error *err)
{
    char *room = hf__os_pages(plan_bytes);
    if (room == NULL)
        return HF_FAIL(err, HF_ERROR_MEMORY, "no memory for plans of %zu bytes", plan_bytes);
    const hf__model_plan_parts nothing = {.rule_count = 0};
    size_t size_bytes = 0;
    hf_status status = hf__model_plan_build(&nothing, room, plan_bytes, &size_bytes, err);
    if (status == HF_OK)
        status = hf_attach_plan(room, plan_bytes, trace_bytes, err);
    hf__os_pages_free(room, plan_bytes);
    if (status != HF_OK)
        return status;
    kept.stream = hf__shim_here()->streams[0];
    kept.plan_room = plan_bytes;
    kept.rules = HF_RULES_MAX;
    return HF_OK;
}

/* More than one end record takes. */
#define END_SLOTS 64u

static void *chunk_at(const hf_session *session, uint32_t index)
{
    return session->chunks + (uint64_t)index * HF_CHUNK_BYTES;
}

/* Zeroes the slots that were written behind the kept ones: of the first chunk up to this thread's cursor or the end, of others all. */
static void clear_chunks(const hf_stream *now)
{
    hf_session *session = &hf__shim.session;
    uint32_t taken = hf__os_load_u32(&session->control->chunks_taken);
    hf_slot_main *end = taken > 1 || now->next == NULL ? kept.stream.end : now->next;
    memset(kept.stream.next, 0, (size_t)((char *)end - (char *)kept.stream.next));
    for (uint32_t i = 1; i < taken; i++) {
        bool is_end = ((const hf_slot_head *)chunk_at(session, i))->thread == HF_THREAD_TOOL;
        memset(chunk_at(session, i), 0, is_end ? END_SLOTS * HF_SLOT_BYTES : HF_CHUNK_BYTES);
    }
}

static void reset_control(hf_session_control *control)
{
    hf__os_store_u32(&control->attached, 1);
    hf__os_store_u32(&control->chunks_taken, 1);
    hf__os_store_u32(&control->threads, 1);
    hf__os_store_u32(&control->fired, 0);
    hf__os_store_u32(&control->others, 0);
    hf__os_store_u32(&control->storm, 0);
    hf__os_store_u32(&control->lost, 0);
    hf__os_store_u64(&control->live_bytes, 0);
}

/* Counters of as many rules as the plans before and now have. */
static void reset_thread(hf_shim_thread *thread, uint32_t rules)
{
    uint32_t index = 0;
    memset(thread, 0, offsetof(hf_shim_thread, counts));
    memset(thread->counts, 0, rules * sizeof thread->counts[0]);
    thread->generation = hf__shim.generation;
    thread->index = index;
    thread->streams[0] = kept.stream;
    thread->streams[1].thread = index | HF_THREAD_SIGNAL;
}

static hf_status reset_state(const hf_plan_image *plan, uint32_t rules, hf_error *err)
{
    hf__shim.generation++;
    hf__shim.sticky = 0;
    hf__shim.threads_many = 0;
    hf__shim.phase = 0;
    hf__shim.storm_limit = plan->storm_limit != 0 ? plan->storm_limit : HF_SHIM_STORM_LIMIT;
    hf__shim.tracks_live = 0;
    hf__shim.live = 0;
    memset(hf__shim.fired_rules, 0, sizeof hf__shim.fired_rules);
    memset(hf__shim.counts, 0, rules * sizeof hf__shim.counts[0]);
    memset(hf__shim.taken, 0, rules * sizeof hf__shim.taken[0]);
    bool per_site = false;
    for (uint32_t i = 0; i < plan->rule_count; i++) {
        hf__shim.tracks_live |= hf__model_plan_rules(plan)[i].has_live;
        per_site |= hf__model_plan_rules(plan)[i].per == HF_PER_SITE;
    }
    if (hf__shim.sites != NULL) {
        hf__os_pages_free(hf__shim.sites, HF_SHIM_SITES_MAX * sizeof(hf_site_count));
        hf__shim.sites = NULL;
    }
    if (per_site && (hf__shim.sites = hf__os_pages(HF_SHIM_SITES_MAX * sizeof(hf_site_count))) == NULL)
        return HF_FAIL(err, HF_ERROR_MEMORY, "no memory for counting per site");
    return hf__shim_live_restart(err);
}

hf_status hf__shim_rearm(const void *plan, size_t plan_bytes, hf_error *err)
{
    hf_session *session = &hf__shim.session;
    if (!hf__shim_attached() || kept.plan_room == 0 || plan_bytes > kept.plan_room)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "the process is not attached with room for another plan, or the plan has more than %zu bytes",
                       kept.plan_room);
    const hf_plan_image *image = plan;
    uint32_t rules = image->rule_count > kept.rules ? image->rule_count : kept.rules;
    kept.rules = image->rule_count;
    clear_chunks(&hf__shim_here()->streams[0]);
    memcpy((char *)session->map + session->header->plan_offset, plan, plan_bytes);
    session->header->plan_bytes = plan_bytes;
    reset_control(session->control);
    hf_status status = reset_state(session->plan, rules, err);
    reset_thread(&hf__shim_thread, rules);
    hf__shim_use_plan(session->plan);
    hf__host_set_commit_limit(session->plan->commit_limit);
    hf__shim_forget_modules();
    hf__shim_forget_wrappers();
    hf__host_forget_callback();
    return status;
}

hf_status hf__shim_end(const hf_session_end *end, bool in_order, hf_error *err)
{
    if (in_order) {
        hf__shim_note(HF_EVENT_DETACH, 0, 0, hf__text(""), hf__text(""));
        hf__os_store_u32(&hf__shim.session.control->attached, 2);
    }
    return hf__session_append_end(&hf__shim.session, "", end, err);
}

const void *hf__shim_trace(size_t *size_bytes)
{
    const hf_session *session = &hf__shim.session;
    uint32_t taken = hf__os_load_u32(&session->control->chunks_taken);
    bool ended = taken > 0 && ((const hf_slot_head *)chunk_at(session, taken - 1))->thread == HF_THREAD_TOOL;
    size_t chunks = (size_t)taken * HF_CHUNK_BYTES;
    *size_bytes = session->header->chunks_offset + (ended ? chunks - HF_CHUNK_BYTES + END_SLOTS * HF_SLOT_BYTES : chunks);
    return session->map;
}
