/* SPDX-License-Identifier: MIT
 * Fork points. The process counts the calls that each rule would have counted. At the ordinal of a point it claims a clone slot, clones itself and
 * goes on. The clone becomes what a process would be that ran up to here with its point's rule alone.
 */
#include "shim_fork.h"
#include "base_check.h"
#include "base_text.h"
#include "os_fork.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

/* Looking through the whole memory map takes as long as a quarter of a clone; mappings are rarely new. */
#define MAPPINGS_EVERY 64u

/* Clone slots are mapped far away from where programs, heaps, libraries and what the shim reserves (os_memory_posix.c) are, so that the caller finds
 * the addresses that it has without them. */
#define CLONE_SLOTS_AT (sizeof(void *) == 8 ? (uintptr_t)0x300000000000u : 0)

#define PATH_BYTES 512u

/* What changes from clone to clone comes first and lies in one page: each page that is written to is copied anew after each clone. */
static struct {
    _Alignas(4096) bool honoured;
    bool has_stack; /* of a clone's first call */
    uint32_t launched;
    uint32_t threads;
    uint64_t started_at;
    int64_t tool_pid;
    _Alignas(8) char plan[HF_PLAN_FEW_BYTES]; /* of the clone that is being made */
    hf_os_opens opens;
    uint32_t next[HF_RULES_MAX], end[HF_RULES_MAX]; /* points of each rule still to come */
    hf_shim_stack stack;                            /* of the call at which clones are made */
    hf_session clone_slots[HF_CLONE_SLOTS_MAX];
    hf_os_stretch ours[HF_CLONE_SLOTS_MAX + 1]; /* mappings that may be shared */
    char outputs[HF_CLONE_SLOTS_MAX][2][PATH_BYTES];
} forks;

static void refuse(hf_fork_refusal why, uint64_t value)
{
    hf_session_control *control = hf__shim.session.control;
    forks.honoured = false;
    hf__os_store_u64(&control->refused_value, value);
    hf__os_store_u32(&control->refused, (uint32_t)why);
    hf__os_wake(&control->launched);
}

static void list_points(const hf_session *session)
{
    uint32_t rules = session->plan->rule_count;
    uint32_t at = 0;
    for (uint32_t rule = 0; rule < HF_RULES_MAX; rule++) {
        forks.next[rule] = at;
        while (rule < rules && at < session->header->point_count && session->points[at].rule == rule)
            at++;
        forks.end[rule] = at;
    }
}

static bool join_clone_slots(const hf_session *session, const char *path)
{
    char clone_slot[PATH_BYTES];
    hf_error ignored;
    forks.ours[0] = (hf_os_stretch){session->map, session->map_bytes};
    uintptr_t wanted = CLONE_SLOTS_AT;
    for (uint32_t i = 0; i < session->header->clone_slot_count; i++) {
        bool fits = hf__session_clone_slot_path(path, i, "", clone_slot, sizeof clone_slot) &&
                    hf__session_clone_slot_path(path, i, ".stdout", forks.outputs[i][0], PATH_BYTES) &&
                    hf__session_clone_slot_path(path, i, ".stderr", forks.outputs[i][1], PATH_BYTES);
        if (!fits || hf__session_join(clone_slot, (void *)wanted, &forks.clone_slots[i], &ignored) != HF_OK)
            return false;
        wanted += forks.clone_slots[i].map_bytes;
        forks.ours[i + 1] = (hf_os_stretch){forks.clone_slots[i].map, forks.clone_slots[i].map_bytes};
    }
    return true;
}

void hf__shim_fork_prepare(const char *path)
{
    const hf_session *session = &hf__shim.session;
    hf__shim.has_points = session->header->clone_slot_count != 0;
    if (hf__shim.has_points == 0)
        return;
    list_points(session);
    forks.launched = 0;
    forks.honoured = true;
    forks.tool_pid = session->header->tool_pid;
    if (!join_clone_slots(session, path))
        refuse(HF_FORK_CLONE_SLOTS, 0);
    else if (hf__shim_subject != NULL)
        refuse(HF_FORK_TRAPPED, 0);
    else if (hf__os_parent_id() != session->header->tool_pid)
        refuse(HF_FORK_PARENT, (uint64_t)hf__os_parent_id());
}

void hf__shim_fork_discard(void)
{
    forks.honoured = false;
    for (uint32_t i = 0; i < HF_CLONE_SLOTS_MAX; i++)
        hf__session_leave(&forks.clone_slots[i]);
}

static bool is_single(const hf_shim_thread *thread)
{
    uint32_t threads = hf__os_thread_count();
    if (thread->streams[1].number != 0) {
        refuse(HF_FORK_SIGNALS, 0);
        return false;
    }
    if (threads == 1 && thread->index == 0 && hf__os_load_u32(&hf__shim.threads_many) == 0)
        return true;
    refuse(HF_FORK_THREADS, threads > 1 ? threads : 2);
    return false;
}

static bool has_own_files(void)
{
    const hf_session_control *control = hf__shim.session.control;
    hf_os_outputs outputs;
    uint64_t value = 0;
    memcpy(outputs.device, control->output_device, sizeof outputs.device);
    memcpy(outputs.file, control->output_file, sizeof outputs.file);
    switch (hf__os_opens_list(&outputs, &forks.opens, &value)) {
    case HF_OS_OPENS_FINE: return true;
    case HF_OS_OPENS_SHARED: refuse(HF_FORK_DESCRIPTOR, value); break;
    case HF_OS_OPENS_MANY: refuse(HF_FORK_FILES, value); break;
    case HF_OS_OPENS_LOCKED: refuse(HF_FORK_LOCK, value); break;
    }
    return false;
}

static bool has_own_memory(void)
{
    uintptr_t shared = 0;
    if (forks.launched % MAPPINGS_EVERY != 0)
        return true;
    int os_code = hf__os_shared_mapping(forks.ours, hf__shim.session.header->clone_slot_count + 1, &shared);
    if (os_code != 0 || shared != 0)
        refuse(HF_FORK_MAPPING, shared);
    return os_code == 0 && shared == 0;
}

static bool has_no_timer(void)
{
    bool runs = hf__os_has_timer() || (forks.launched % MAPPINGS_EVERY == 0 && hf__os_has_posix_timer());
    if (runs)
        refuse(HF_FORK_TIMER, 0);
    return !runs;
}

/* There is one clone slot more than clones may run, so that the next clone runs while the last one is read. */
static hf_session *find_free(void)
{
    hf_session *free_one = NULL;
    uint32_t running = 0;
    for (uint32_t i = 0; i < hf__shim.session.header->clone_slot_count; i++) {
        uint32_t state = hf__os_load_u32(&forks.clone_slots[i].control->clone.state);
        running += state == HF_CLONE_SLOT_CLAIMED || state == HF_CLONE_SLOT_RUNNING;
        if (state == HF_CLONE_SLOT_FREE && free_one == NULL)
            free_one = &forks.clone_slots[i];
    }
    return running + 1 < hf__shim.session.header->clone_slot_count ? free_one : NULL;
}

/* Waits until a clone before has ended. NULL: the tool wants no more. */
static hf_session *wait_for_clone_slot(void)
{
    hf_session_control *control = hf__shim.session.control;
    for (;;) {
        uint32_t freed = hf__os_load_u32(&control->clone_slots_freed);
        if (hf__os_load_u32(&control->stop_points) != 0) {
            forks.honoured = false;
            return NULL;
        }
        hf_session *clone_slot = find_free();
        if (clone_slot != NULL)
            return clone_slot;
        if (!hf__os_process_alive(hf__shim.session.header->tool_pid)) {
            hf__os_complain("hostfault: the tool is gone; the run ends here\n");
            hf__os_exit_now(HF_EXIT_HARNESS);
        }
        hf__os_wait(&control->clone_slots_freed, freed, 100);
    }
}

/* Where in its trace the caller is: the next slot that it would write. */
static void note_continuation(hf_session_clone *clone, const hf_shim_thread *thread, uint32_t point)
{
    const char *at = (const char *)thread->streams[0].next;
    uint64_t offset = at != NULL ? (uint64_t)(at - hf__shim.session.chunks) : 0;
    const char *end = (const char *)thread->streams[0].end;
    bool full = at != NULL && at == end; /* then it belongs to the chunk that it is the end of */
    clone->point = point;
    clone->pid = 0;
    clone->failed = 0;
    clone->chunk = (uint32_t)((offset - (full ? 1 : 0)) / HF_CHUNK_BYTES);
    clone->slot = (uint32_t)((offset - (uint64_t)clone->chunk * HF_CHUNK_BYTES) / HF_SLOT_BYTES);
    memcpy(clone->output_bytes, forks.opens.output_bytes, sizeof clone->output_bytes);
}

/* The clone's own stdout, stderr and places in files. Without them it ends, and the continuation says why. */
static void renew_files(hf_session *clone_slot)
{
    uint32_t index = (uint32_t)(clone_slot - forks.clone_slots);
    int os_code = 0;
    const char *const paths[2] = {forks.outputs[index][0], forks.outputs[index][1]};
    if (hf__os_opens_renew(&forks.opens, paths, &os_code))
        return;
    hf__os_store_u32(&clone_slot->control->clone.failed, (uint32_t)os_code);
    hf__os_exit_now(HF_EXIT_HARNESS);
}

/* Does not read the caller's session or call libc from here on: each of their pages would cost the clone a page fault. */
static void take_session(hf_session *clone_slot)
{
    hf_session_control *control = clone_slot->control;
    hf__os_store_u32(&control->claimed, (uint32_t)control->clone.pid);
    hf__os_store_u32(&control->threads, forks.threads);
    hf__os_store_u64(&control->started_at, forks.started_at);
    hf__os_store_u32(&control->attached, 1);
    hf__os_store_u32(&control->is_linked, hf__os_load_u32(&hf__shim.session.control->is_linked));
    if (!hf__os_clone_settle(forks.tool_pid, hf__shim.session.map, hf__shim.session.map_bytes))
        hf__os_exit_now(HF_EXIT_HARNESS);
    hf__shim.session = *clone_slot;
}

/* The plan of a point's clone: its one or two rules alone. Made before the clone, which would have to look up more of libc than the caller does. */
static void make_plan(const hf_fork_point *point)
{
    size_t size_bytes = 0;
    hf_status status = hf__session_fork_point_plan(hf__shim.session.plan, point, forks.plan, &size_bytes, NULL);
    HF_ASSERT(status == HF_OK);
}

/* Its rules have counted the calls before this one. */
static void take_plan(const hf_fork_point *point)
{
    const uint64_t before[HF_PLAN_FEW_MAX] = {hf__shim.counts[point->rule], hf__shim.counts[point->second_rule]};
    for (uint32_t rule = 0; rule < HF_RULES_MAX; rule++)
        hf__shim.counts[rule] = rule < HF_PLAN_FEW_MAX ? before[rule] : 0;
    hf__shim.session.plan = (const hf_plan_image *)(const void *)forks.plan;
    hf__shim_use_plan(hf__shim.session.plan);
}

/* A clone with a wild pointer must not hit the caller's session; its place stays taken, so that the clone finds the addresses of a rerun. */
static void become_clone(hf_session *clone_slot, hf_shim_thread *thread, const hf_fork_point *point)
{
    hf__shim_revive();
    renew_files(clone_slot);
    take_session(clone_slot);
    take_plan(point);
    for (unsigned i = 0; i < HF_COUNT_OF(thread->streams); i++)
        thread->streams[i].next = thread->streams[i].end = NULL;
    hf__shim.has_points = 0;
    forks.honoured = false;
    forks.has_stack = true;
}

/* True in the clone. */
static bool launch(hf_shim_thread *thread, uint32_t index)
{
    const hf_fork_point point = hf__shim.session.points[index];
    hf_session *clone_slot = wait_for_clone_slot();
    if (clone_slot == NULL)
        return false;
    hf_session_clone *clone = &clone_slot->control->clone;
    note_continuation(clone, thread, index);
    make_plan(&point);
    hf__os_store_u32(&clone->state, HF_CLONE_SLOT_CLAIMED);
    int64_t pid = hf__os_clone(&clone->pid);
    if (pid == 0) {
        become_clone(clone_slot, thread, &point);
        return true;
    }
    hf__os_store_u32(&clone->state, pid > 0 ? HF_CLONE_SLOT_RUNNING : HF_CLONE_SLOT_FREE);
    if (pid < 0)
        refuse(HF_FORK_CLONE, (uint64_t)-pid);
    forks.launched++;
    hf__os_add_u32_atomic(&hf__shim.session.control->launched, 1);
    hf__os_wake(&hf__shim.session.control->launched);
    return false;
}

/* True in the clone. */
static bool has_point(uint32_t rule)
{
    return forks.next[rule] < forks.end[rule] && hf__shim.session.points[forks.next[rule]].ordinal == hf__shim.counts[rule] + 1;
}

/* What holds for all clones that are made at one call: may they be made, and the stack, which is dear to take in each. */
static bool prepare_call(const hf_shim_thread *thread, uintptr_t pc)
{
    if (!is_single(thread) || !has_own_files() || !has_own_memory() || !has_no_timer())
        return false;
    forks.threads = hf__os_load_u32(&hf__shim.session.control->threads);
    forks.started_at = hf__os_load_u64(&hf__shim.session.control->started_at);
    hf__shim_take_stack(pc, hf__shim.session.plan->stack_depth, &forks.stack);
    return true;
}

static bool launch_all(hf_shim_thread *thread, uint32_t rule)
{
    while (forks.honoured && has_point(rule)) {
        if (launch(thread, forks.next[rule]++))
            return true;
    }
    return false;
}

/* The rules that count this call and have a point at it. */
static bool any_point(const hf_matches *matches, uint32_t rules)
{
    for (uint32_t rule = 0; rule < rules; rule++) {
        if (hf__engine_rule_set_has(&matches->matched, rule) && has_point(rule))
            return true;
    }
    return false;
}

const hf_shim_stack *hf__shim_fork_stack(void)
{
    bool has_stack = forks.has_stack;
    if (has_stack)
        forks.has_stack = false;
    return has_stack ? &forks.stack : NULL;
}

bool hf__shim_fork_at(hf_shim_thread *thread, uintptr_t pc, const hf_matches *matches)
{
    uint32_t rules = hf__shim.session.plan->rule_count;
    bool ready = forks.honoured && any_point(matches, rules) && prepare_call(thread, pc);
    for (uint32_t rule = 0; rule < rules && ready; rule++) {
        if (hf__engine_rule_set_has(&matches->matched, rule) && launch_all(thread, rule))
            return true;
    }
    for (uint32_t rule = 0; rule < rules; rule++)
        hf__shim.counts[rule] += hf__engine_rule_set_has(&matches->matched, rule);
    return false;
}
