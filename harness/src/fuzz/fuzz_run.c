/* SPDX-License-Identifier: MIT
 * Runs a caller in this process. Attaches once; each run restarts the session (shim_rearm.h).
 */
#include "fuzz_run.h"
#include "base_error.h"
#include "host.h"
#include "shim_caller.h"
#include "trace_reader.h"

#include <hostfault/fuzz.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_poison.h"

#define PLAN_BYTES ((size_t)128 << 10)
#define TRACE_BYTES ((size_t)256 << 20) /* of address space: what is not used is not there */
#define ARGUMENT_BYTES 4096u

static bool running;
static bool attached;
static uintptr_t boundary;
static FILE *nowhere; /* what callers print */

bool hf__fuzz_is_running(void)
{
    return running;
}

uintptr_t hf__fuzz_boundary(void)
{
    return boundary;
}

static hf_caller_end run_caller(const hf_fuzz_work *work)
{
    static char text[ARGUMENT_BYTES];
    char *arguments[HF_CODEC_ARGUMENTS_MAX + 1];
    hf_caller_run run = {.data = work->operations, .data_bytes = work->operation_bytes};
    run.argc = hf__codec_arguments(work->operations, work->operation_bytes, text, sizeof text, arguments);
    run.argv = arguments;
    return hf__shim_caller_run(work->caller, &run);
}

/* Where a caller that leaves by hf_fuzz_exit comes out, and with what. */
static struct {
    jmp_buf to;
    uint32_t thread;
    int status;
    bool left;
} way_out;

void hf_fuzz_exit(int status)
{
    if (!running || way_out.thread != hf__os_thread_id())
        return;
    way_out.status = status;
    way_out.left = true;
    longjmp(way_out.to, 1);
}

static hf_caller_end run_to_an_end(const hf_fuzz_work *work)
{
    way_out.left = false;
    if (way_out.thread == 0)
        way_out.thread = hf__os_thread_id(); /* an engine has one thread */
    if (setjmp(way_out.to) == 0)
        return run_caller(work);
    return (hf_caller_end)way_out.status;
}

/* A caller may say on stderr what went wrong, as it should; not a million times. */
static hf_caller_end run_quietly(const hf_fuzz_work *work)
{
    FILE *out = stdout, *complaints = stderr;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (nowhere != NULL)
        stdout = stderr = nowhere;
    hf_caller_end end = run_to_an_end(work);
    stdout = out;
    stderr = complaints;
    return end;
}

__attribute__((noinline)) hf_status hf__fuzz_run(const hf_fuzz_work *work, const void *plan, size_t plan_bytes, void (*on_storm)(void),
                                                 hf_caller_end *end, hf_error *err)
{
    boundary = (uintptr_t)__builtin_return_address(0);
    hf_status status = attached ? HF_OK : hf__shim_attach_rearmable(PLAN_BYTES, TRACE_BYTES, err);
    attached = status == HF_OK;
    hf__shim.on_storm = on_storm;
    if (attached)
        status = hf__shim_rearm(plan, plan_bytes, err);
    if (status != HF_OK)
        return status;
    running = true;
    *end = run_quietly(work);
    running = false;
    return HF_OK;
}

void hf__fuzz_run_in_session(const hf_fuzz_work *work)
{
    const char *session = getenv("HF_SESSION");
    if (session == NULL || session[0] == '\0' || attached)
        return;
    hf_caller_end end = run_caller(work);
    hf_detach(NULL, NULL);
    (void)fflush(NULL);
    _exit((int)end); /* not exit(): libFuzzer takes that for a crash of the target, and gives a status of its own */
}

hf_status hf__fuzz_read_trace(hf_caller_end end, hf_trace **out, hf_error *err)
{
    const hf_session_end how = {.kind = HF_EVENT_END_EXIT, .address = (uint64_t)(uint32_t)end};
    *out = NULL;
    hf_status status = hf__shim_end(&how, !way_out.left, err);
    if (status != HF_OK)
        return status;
    size_t size_bytes = 0;
    const void *bytes = hf__shim_trace(&size_bytes);
    return hf__trace_decode_in_place(bytes, size_bytes, out, err);
}

void hf__fuzz_each_slot(void (*see)(const hf_slot_main *slot, void *user), void *user)
{
    const hf_session *session = &hf__shim.session;
    uint32_t taken = session->control->chunks_taken;
    for (uint32_t chunk = 0; chunk < taken; chunk++) {
        const hf_slot_main *slots = (const hf_slot_main *)(const void *)(session->chunks + (uint64_t)chunk * HF_CHUNK_BYTES);
        for (uint32_t i = 1; i < HF_CHUNK_SLOTS && (slots[i].state & HF_SLOT_STATE_MASK) != HF_SLOT_EMPTY; i++)
            see(&slots[i], user);
    }
}

static void give_back(const hf_slot_main *slot, void *user)
{
    bool *given = user;
    if ((slot->state & HF_SLOT_STATE_MASK) != HF_SLOT_DONE || slot->kind >= HF_METHOD_COUNT || slot->out == 0)
        return;
    void *memory = (void *)(uintptr_t)slot->out;
    bool is_block = slot->kind == HF_METHOD_MALLOC_ALLOC || slot->kind == HF_METHOD_MALLOC_DEBUG_ALLOC;
    if (slot->kind == HF_METHOD_VIRTUAL_ALLOC && hf__host_owns(memory))
        *given |= hf__host_free(memory, 0, MEM_RELEASE) == ERROR_SUCCESS;
    else if (is_block && hf__host_heap_size(memory) > 0)
        *given |= hf__host_heap_free(memory) == ERROR_SUCCESS;
}

/* What the host gave although the caller was told otherwise is in the decision's slot, behind its call's. */
typedef struct unseen {
    hf_slot_main call;
    bool given;
} unseen;

static void give_back_unseen(const hf_slot_main *slot, void *user)
{
    unseen *self = user;
    const hf_slot_extra *extra = (const hf_slot_extra *)(const void *)slot;
    if ((slot->state & HF_SLOT_STATE_MASK) == HF_SLOT_DONE)
        self->call = *slot;
    if ((slot->state & HF_SLOT_STATE_MASK) != HF_SLOT_EXTRA || extra->what != HF_EXTRA_DECISION)
        return;
    self->call.out = extra->u.decision.host_out;
    give_back(&self->call, &self->given);
}

bool hf__fuzz_give_back(void)
{
    bool given = false;
    unseen hidden = {.call = {.kind = HF_EVENT_CALL_MAX}};
    hf__fuzz_each_slot(give_back, &given);
    hf__fuzz_each_slot(give_back_unseen, &hidden);
    hf__host_set_commit_limit(0);
    return given || hidden.given;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static void digest_slot(const hf_slot_main *slot, void *user)
{
    const uint64_t *words = (const uint64_t *)(const void *)slot;
    uint64_t hash = *(uint64_t *)user;
    bool is_main = (slot->state & HF_SLOT_STATE_MASK) != HF_SLOT_EXTRA;
    for (unsigned i = is_main ? 1 : 0; i < 7; i++) /* the first word of a main slot is its time, the last word of all its state and duration */
        hash = mix(hash, words[i]);
    *(uint64_t *)user = mix(hash, is_main ? (uint32_t)slot->hr : slot->state);
}

uint64_t hf__fuzz_digest(void)
{
    uint64_t hash = hf__shim.session.control->chunks_taken;
    hf__fuzz_each_slot(digest_slot, &hash);
    return hash;
}
