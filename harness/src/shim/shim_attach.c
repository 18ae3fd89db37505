/* SPDX-License-Identifier: MIT
 * Joining and leaving a session. Everything that the shim needs is allocated here, before the first call is recorded. A process that cannot join runs
 * on without the shim and says why on stderr.
 */
#include "shim_below.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "host.h"
#include "os_memory.h"
#include "os_stack.h"
#include "shim_fork.h"

#include <string.h>

#include "base_poison.h"

#define PATH_BYTES 4096 /* of a session; longer ones no system opens */

/* Tells the tool, which reads it in the program's file, that the shim is linked in. As assembler: a note's section must have its type. */
#if defined(__ELF__)
__asm__(".pushsection .note.hostfault, \"a\", %note\n"
        "    .p2align 2\n"
        "    .long 2f - 1f\n"
        "    .long 0\n"
        "    .long 1\n"
        "1:  .asciz \"" HF_SHIM_NOTE "\"\n"
        "2:  .p2align 2\n"
        ".popsection\n");
#endif

static const uint32_t never_alive;
static uint32_t *alive_page;
static hf_filter filter;

/* Whether this process has joined a session: one of these, or the id of the thread that is joining now. */
#define ATTACH_NONE 0u
#define ATTACH_JOINED UINT32_MAX /* or there is no session to join */
#define ATTACH_FAILED (UINT32_MAX - 1)
static uint32_t attaching;
static hf_error attach_failure; /* written before ATTACH_FAILED is */

bool hf__shim_is_guest;
const hf_shim_subject *hf__shim_subject;
hf_shim hf__shim = {.alive = &never_alive};
HF_THREAD_LOCAL hf_shim_thread hf__shim_thread;

/* Other threads may ask meanwhile whether the process is attached, so `alive` is never anything but one of its two values. */
static void clear_shim(void)
{
    hf__os_store_pointer(&hf__shim.alive, &never_alive);
    memset((char *)&hf__shim + sizeof hf__shim.alive, 0, sizeof hf__shim - sizeof hf__shim.alive);
}

static uint8_t label_index(hf_text label)
{
    const hf_plan_image *plan = hf__shim.session.plan;
    for (uint32_t i = 0; i < plan->thread_count; i++) {
        if (hf__text_equal_string(label, hf__model_plan_thread(plan, i)))
            return (uint8_t)(i + 1);
    }
    return 0;
}

static hf_shim_thread passed_on;
static uint32_t has_passed_on;

void hf__shim_pass_on(void)
{
    passed_on = *hf__shim_here();
    hf__shim_thread.generation = 0;
    hf__os_store_u32(&has_passed_on, 1);
}

void hf__shim_enter_thread(hf_shim_thread *thread)
{
    if (hf__os_load_u32_relaxed(&has_passed_on) != 0 && hf__os_exchange_u32(&has_passed_on, 0) != 0) {
        *thread = passed_on;
        return;
    }
    memset(thread, 0, sizeof *thread);
    thread->generation = hf__shim.generation;
    thread->index = hf__os_add_u32_atomic(&hf__shim.session.control->threads, 1);
    if (thread->index > 0)
        hf__os_store_u32(&hf__shim.threads_many, 1);
    thread->streams[0].thread = thread->index;
    thread->streams[1].thread = thread->index | HF_THREAD_SIGNAL;
    char label[24];
    hf__builder builder = hf__builder_init(label, sizeof label);
    if (thread->index == 0)
        hf__builder_print(&builder, "main");
    else
        hf__builder_print(&builder, "t%u", thread->index + 1);
    thread->label = label_index(hf__text(label));
}

void hf__shim_note(hf_event_kind kind, uint64_t address, uint64_t size, hf_text note, hf_text note2)
{
    if (!hf__shim_attached())
        return;
    hf_shim_thread *thread = hf__shim_here();
    thread->recording++;
    hf__os_signal_fence();
    const hf_slot_main event = {.kind = (uint8_t)kind, .address = address, .size = size};
    hf__session_record_event(&hf__shim.session, hf__shim_stream(thread), &event, note, note2);
    hf__os_signal_fence();
    thread->recording--;
}

void hf__shim_use_plan(const hf_plan_image *plan)
{
    hf__engine_filter_build(plan, &filter);
    hf__shim.filter = &filter;
}

void hf__shim_revive(void)
{
    hf__os_store_u32(alive_page, 1);
}

/* What the plan asks of the state. */
static hf_status read_plan(const hf_plan_image *plan, hf_error *err)
{
    bool per_site = false;
    for (uint32_t i = 0; i < plan->rule_count; i++) {
        const hf_rule *rule = &hf__model_plan_rules(plan)[i];
        hf__shim.tracks_live |= rule->has_live;
        per_site |= rule->per == HF_PER_SITE;
    }
    hf__shim_use_plan(plan);
    hf__shim.storm_limit = plan->storm_limit != 0 ? plan->storm_limit : HF_SHIM_STORM_LIMIT;
    if (per_site)
        hf__shim.sites = hf__os_pages(HF_SHIM_SITES_MAX * sizeof(hf_site_count));
    if (per_site && hf__shim.sites == NULL)
        return HF_FAIL(err, HF_ERROR_MEMORY, "no memory for counting per site");
    void *poison = NULL;
    if (hf__os_reserve(NULL, 65536, 65536, false, &poison) == 0)
        hf__shim.poison = poison;
    hf__host_set_commit_limit(plan->commit_limit);
    return hf__shim_live_prepare(err);
}

static void discard_tables(void)
{
    if (hf__shim.sites != NULL)
        hf__os_pages_free(hf__shim.sites, HF_SHIM_SITES_MAX * sizeof(hf_site_count));
    if (hf__shim.poison != NULL)
        hf__os_release(hf__shim.poison, 65536);
    hf__shim_live_discard();
}

/* The thread that ends the process, where what is recorded last comes from a DLL: gcc's thread-local storage of a DLL has been given back by then (a
 * callback of the loader's that stands before the handlers of exit). What is asked for anew is made anew, once; under Wine 8 a process that asked
 * twice ended there, with its last record missing. */
static hf_shim_thread *last_thread;

void hf__shim_record(const hf_slot_main *event, const uint64_t *frames, uint32_t count)
{
    hf_shim_thread *thread = last_thread != NULL ? last_thread : hf__shim_here();
    thread->recording++;
    hf__os_signal_fence();
    hf__session_record_stack(&hf__shim.session, hf__shim_stream(thread), event, frames, count);
    hf__os_signal_fence();
    thread->recording--;
}

void hf__shim_note_host(uint32_t wrong, uint32_t method, uint64_t address, uint64_t size, uintptr_t pc)
{
    hf_shim_stack stack = {.count = 0};
    if (pc != 0)
        hf__shim_take_stack(pc, HF_STACK_MAX, &stack);
    hf__shim_record(&(hf_slot_main){.kind = HF_EVENT_HOST, .address = address, .size = size, .type = wrong, .protect = method, .pc = pc},
                    stack.addresses, stack.count);
}

/* By the host, of a canary. */
static void note_damage(hf_host_damage damage, const void *block, size_t offset)
{
    if (hf__shim_attached())
        hf__shim_record(&(hf_slot_main){.kind = HF_EVENT_DAMAGE, .address = (uintptr_t)block, .size = offset, .type = (uint32_t)damage}, NULL, 0);
}

static hf_status begin(const hf_session *session, hf_error *err)
{
    uint32_t generation = hf__shim.generation + 1;
    clear_shim();
    hf__shim.generation = generation;
    hf__shim.session = *session;
    if (alive_page == NULL)
        alive_page = hf__os_pages_wiped_on_fork(hf__os_page_size());
    hf_status status = alive_page != NULL ? read_plan(session->plan, err) : HF_FAIL(err, HF_ERROR_MEMORY, "no memory for the shim");
    if (status != HF_OK) {
        discard_tables();
        return status;
    }
    hf__os_stack_prepare();
    hf__os_stack_learn_base();
    hf__os_store_u64(&session->control->started_at, hf__os_counter());
    hf__os_store_u32(alive_page, 1);
    hf__os_store_pointer(&hf__shim.alive, alive_page);
    hf__host_heap_guard(note_damage);
    hf__host_heap_guard_pages((session->plan->flags & HF_PLAN_GUARD_PAGES) != 0);
    hf__shim_note(HF_EVENT_ATTACH, (uint64_t)hf__os_process_id(), 0, hf__text(""), hf__text(""));
    hf__shim_learn_modules();
    hf__os_store_u32(&session->control->attached, 1);
    return HF_OK;
}

void (*hf__shim_on_leave)(void);

/* Last checks before recording ends. */
static void inspect(void)
{
    hf__host_heap_inspect();
    if (hf__shim_on_leave == NULL)
        return;
    last_thread = hf__shim_here();
    hf__shim_on_leave();
}

static void leave(void)
{
    inspect();
    hf__shim_record(&(hf_slot_main){.kind = HF_EVENT_DETACH, .protect = hf__shim_heaps_held()}, NULL, 0);
    hf__os_store_u32(&hf__shim.session.control->attached, 2);
}

/* After a fault it matters from where. */
void hf__shim_leave_by_exit(uintptr_t first, bool is_inside)
{
    hf_os_leaving leaving;
    if (!hf__shim_attached())
        return;
    inspect();
    hf__os_stack_leaving(first, &leaving);
    hf_slot_main event = {.kind = HF_EVENT_DETACH, .address = (uint64_t)leaving.signal, .size = leaving.address, .protect = hf__shim_heaps_held()};
    event.type = (is_inside || leaving.is_inside ? HF_LEFT_INSIDE : 0) | (leaving.signal != 0 ? HF_LEFT_HANDLER : 0) |
                 (leaving.has_address ? HF_LEFT_ADDRESS : 0);
    hf__shim_record(&event, leaving.frames, leaving.count);
    hf__os_store_u32(&hf__shim.session.control->attached, 2);
}

static void at_exit(void)
{
    if (!hf__shim_attached())
        return;
    hf__shim_note_descriptors();
    if (hf__os_load_u32(&hf__shim.session.control->fired) != 0)
        hf__shim_leave_by_exit((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)), false);
    else
        leave();
}

/* In the child of a fork: it is detached already; this only says so in the session. */
static void in_fork_child(void)
{
    if (hf__shim.session.control != NULL && !hf__shim.session.is_private)
        hf__os_add_u32_atomic(&hf__shim.session.control->others, 1);
}

/* Once in a process, and in those that it forks, which join sessions of their own if they are followed. */
static void watch_the_end(void)
{
    static bool is_watched;
    if (is_watched)
        return;
    is_watched = true;
    hf__os_on_exit(at_exit);
    hf__os_on_fork_child(in_fork_child);
}

/* False: another process has it, or this one is about to become the program that is meant (a shell's `exec`, env), or has been it. Those before and
 * after are left alone; the tool counts them, and says with the session how many come before. */
static bool claim(const hf_session *session, bool *is_own)
{
    hf_session_control *control = session->control;
    uint32_t own = (uint32_t)hf__os_process_id();
    uint32_t number = 0;
    *is_own = true;
    if (!hf__os_swap_if_u32(&control->claimed, 0, own)) {
        *is_own = hf__os_load_u32(&control->claimed) == own;
        if (!*is_own) {
            hf__os_add_u32_atomic(&control->others, 1);
            return false;
        }
        number = hf__os_add_u32_atomic(&control->execs, 1) + 1;
    }
    return number == session->header->execs;
}

hf_status hf__shim_join(const char *path, bool *is_own, hf_error *err)
{
    *is_own = false;
    if (hf__os_is_privileged())
        return HF_FAIL(err, HF_ERROR_STATE, "this program runs with privileges, so HF_SESSION is ignored");
    hf_session session;
    hf_status status = hf__session_join(path, NULL, &session, err);
    if (status != HF_OK)
        return status;
    if (!claim(&session, is_own)) {
        hf__session_leave(&session);
        return HF_FAIL(err, HF_ERROR_STATE, "another process or program uses the session %s; this one runs without faults", path);
    }
    hf__os_store_u32(&session.control->is_linked, hf__shim_is_guest ? 0 : 1);
    status = begin(&session, err);
    if (status != HF_OK) {
        hf__session_leave(&session);
        return status;
    }
    hf__shim_fork_prepare(path);
    watch_the_end();
    return HF_OK;
}

/* Every entry attaches by itself, so a failure is told here, once. Another process's session is no failure to tell: the tool counts those. */
static void complain(hf_status status, const hf_error *err)
{
    if (status == HF_OK || (status == HF_ERROR_STATE && !hf__os_is_privileged()))
        return;
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "hostfault: %s\n", err->message);
    hf__os_complain(text);
}

/* The tool pads the path with '/' to one length for all runs; messages need the space for the path itself, above all for its end. */
static void copy_plain(char *plain, size_t capacity, const char *path)
{
    size_t length = 0;
    for (; *path != '\0' && length + 1 < capacity; path++)
        if (path[0] != '/' || path[1] != '/')
            plain[length++] = *path;
    plain[length] = '\0';
}

#define WAIT_SLICE_MS 5u
#define WAIT_MS 2000u /* the thread that joins may want a lock that this one holds, such as the dynamic linker's */

/* A thread can end while it joins, by pthread_exit in a signal handler or by pthread_cancel; and in the child of a fork that another thread made, the
 * thread that joins does not exist. What it had begun cannot be finished by another. */
static void wait_for(uint32_t joiner)
{
    for (uint32_t ms = 0; ms < WAIT_MS && hf__os_load_u32(&attaching) == joiner; ms += WAIT_SLICE_MS) {
        hf__os_wait(&attaching, joiner, WAIT_SLICE_MS);
        if (hf__os_load_u32(&attaching) == joiner && !hf__os_thread_alive(joiner)) {
            (void)HF_FAIL(&attach_failure, HF_ERROR_STATE, "the thread that was joining the session has ended");
            hf__os_store_u32(&attaching, ATTACH_FAILED);
        }
    }
}

static void settle(hf_status status)
{
    hf__os_store_u32(&attaching, status == HF_OK ? ATTACH_JOINED : ATTACH_FAILED);
    hf__os_wake(&attaching);
}

/* True: the calling thread is to join, and to settle it. */
static bool begin_attaching(void)
{
    uint32_t own = hf__os_thread_id();
    uint32_t state = hf__os_load_u32(&attaching);
    if (state == ATTACH_NONE && hf__os_swap_if_u32(&attaching, ATTACH_NONE, own))
        return true;
    state = hf__os_load_u32(&attaching);
    if (state != ATTACH_JOINED && state != ATTACH_FAILED && state != own)
        wait_for(state);
    return false;
}

static hf_status attach_answer(hf_error *err)
{
    uint32_t state = hf__os_load_u32(&attaching);
    if (state == ATTACH_JOINED)
        return HF_OK;
    if (state != ATTACH_FAILED) /* a signal handler that interrupted the joining thread, or the wait was too long */
        return HF_FAIL(err, HF_ERROR_STATE, "the session is still being joined");
    if (err != NULL)
        *err = attach_failure;
    return attach_failure.status;
}

hf_status hf_attach(hf_error *err)
{
    if (hf__shim_attached())
        return HF_OK;
    if (!begin_attaching())
        return attach_answer(err);
    hf_status status = HF_OK;
    const char *path = hf__os_environment("HF_SESSION");
    if (path != NULL && path[0] != '\0' && !hf__shim_find_below()) {
        char plain[PATH_BYTES];
        bool is_own = false;
        copy_plain(plain, sizeof plain, path);
        status = hf__shim_join(plain, &is_own, &attach_failure);
        complain(status, &attach_failure);
    }
    settle(status);
    return attach_answer(err);
}

hf_status hf__shim_attach_by(hf_status (*join_one)(const char *path, hf_error *err), hf_error *err)
{
    if (!begin_attaching())
        return attach_answer(err);
    const char *path = hf__os_environment("HF_SESSION");
    char plain[PATH_BYTES];
    if (path == NULL || path[0] == '\0') {
        settle(HF_FAIL(&attach_failure, HF_ERROR_STATE, "no HF_SESSION in the environment of this process, so it is not followed"));
    } else {
        copy_plain(plain, sizeof plain, path);
        settle(join_one(plain, &attach_failure));
    }
    return attach_answer(err);
}

void hf__shim_forget_session(void)
{
    hf__os_store_u32(&attaching, ATTACH_NONE);
}

hf_status hf_attach_plan(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_error *err)
{
    if (hf__shim_attached())
        return HF_FAIL(err, HF_ERROR_STATE, "this process is attached already");
    uint64_t empty[32];
    if (plan == NULL) {
        const hf__model_plan_parts nothing = {.rule_count = 0};
        size_t size_bytes = 0;
        hf_status status = hf__model_plan_build(&nothing, empty, sizeof empty, &size_bytes, err);
        if (status != HF_OK)
            return status;
        plan = empty;
        plan_bytes = size_bytes;
    }
    hf_session session;
    hf_status status = hf__session_private(plan, plan_bytes, trace_bytes, &session, err);
    if (status != HF_OK)
        return status == HF_ERROR_MEMORY ? status : HF_ERROR_ARGUMENT;
    status = begin(&session, err);
    if (status != HF_OK)
        hf__session_leave(&session);
    else
        hf__os_store_u32(&session.control->claimed, (uint32_t)hf__os_process_id());
    return status;
}

hf_status hf__shim_attach_session(const hf_session *session, hf_error *err)
{
    if (hf__shim_attached())
        return HF_FAIL(err, HF_ERROR_STATE, "this process is attached already");
    hf__os_store_u32(&attaching, ATTACH_JOINED); /* HF_SESSION is not for this process any more */
    hf_status status = begin(session, err);
    if (status == HF_OK)
        hf__os_store_u32(&hf__shim.session.control->claimed, (uint32_t)hf__os_process_id());
    return status;
}

void hf_detach(const void **trace, size_t *trace_bytes)
{
    if (trace != NULL)
        *trace = NULL;
    if (trace_bytes != NULL)
        *trace_bytes = 0;
    if (!hf__shim_attached())
        return;
    leave();
    hf__host_heap_guard(NULL);
    hf__host_heap_guard_pages(false);
    hf__os_store_u32(alive_page, 0);
    hf__host_set_commit_limit(0);
    discard_tables();
    hf__shim_fork_discard();
    hf_session *session = &hf__shim.session;
    bool given = session->is_private && trace != NULL;
    if (given) {
        *trace = session->map;
        if (trace_bytes != NULL)
            *trace_bytes = session->header->chunks_offset + (uint64_t)hf__os_load_u32(&session->control->chunks_taken) * HF_CHUNK_BYTES;
    }
    if (!given && session->is_private)
        hf__session_leave(session);
    uint32_t generation = hf__shim.generation;
    clear_shim();
    hf__shim.generation = generation;
}

void hf_trace_discard(const void *trace, size_t trace_bytes)
{
    (void)trace_bytes;
    if (trace != NULL)
        hf__os_pages_free((void *)(uintptr_t)trace, ((const hf_session_header *)trace)->file_bytes);
}

int hf_attached(void)
{
    return hf__shim_attached();
}
