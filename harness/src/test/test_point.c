/* SPDX-License-Identifier: MIT
 * One run: the session is in memory that the child shares, so its record is here when the child has died. The header, which the child may have
 * overwritten, is restored before the trace is read.
 *
 * be_run and everything it calls run in the child: they do not use the heap while attached.
 */
#include "test_point.h"
#include "base_error.h"
#include "base_text.h"
#include "os_child.h"
#include "os_memory.h"
#include "os_survive.h"
#include "os_thread.h"
#include "shim_call.h"

#include <string.h>

#include "base_poison.h"

#define TRACE_BYTES ((size_t)64 << 20) /* of address space: what is not used is not there */
#define PLAN_BYTES 2048u

/* What parent and child both see. */
typedef struct shared {
    hf_os_death death;
    hf_status status; /* of attaching */
    int32_t result;
    uint32_t has_result;
    hf_error error;
} shared;

typedef struct run {
    const hf__test_sweep *sweep;
    const hf__test_point *point;
    hf_session session;
    shared *said;
    int64_t parent; /* the test's process */
} run;

uint32_t hf__test_point_methods(void)
{
    uint32_t methods = 0;
    for (uint32_t method = 0; method < HF_METHOD_COUNT; method++) {
        bool is_request = (HF_SHIM_REQUESTS >> method & 1u) != 0;
        if (is_request && hf__model_is_documented((hf_method)method, E_OUTOFMEMORY))
            methods |= 1u << method;
    }
    return methods;
}

static hf_status make_plan(const run *self, void *plan, size_t *plan_bytes, hf_error *err)
{
    hf_rule rule = hf__model_rule_init();
    const char *const name = self->sweep->options.name;
    rule.methods = hf__test_point_methods();
    rule.first = self->point->ordinal;
    rule.last = self->point->onwards ? 0 : self->point->ordinal;
    rule.hr = E_OUTOFMEMORY;
    rule.returns = 1;
    const uint32_t flags = (self->point->has_stacks ? HF_PLAN_STACKS_ALWAYS : 0) | (self->sweep->options.strict != 0 ? HF_PLAN_STRICT : 0);
    const hf__model_plan_parts parts = {.flags = flags, .rule_count = self->point->ordinal != 0, .rules = &rule, .rule_names = &name};
    return hf__model_plan_build(&parts, plan, PLAN_BYTES, plan_bytes, err);
}

static bool is_acceptable(const hf_test_options *options, int result)
{
    for (size_t i = 0; options->accept != NULL && i < options->accept_count; i++) {
        if (options->accept[i] == result)
            return true;
    }
    return options->accept == NULL || result == 0;
}

/* The last word of a run that comes to its end; without it, exit() is known to have come from inside. */
static void check_result(const hf_test_options *options, int result)
{
    char why[96];
    hf__builder text = hf__builder_init(why, sizeof why);
    if (is_acceptable(options, result)) {
        hf_check(1, "");
        return;
    }
    hf__builder_print(&text, "it returned %d, which is not acceptable", result);
    hf_check(0, why);
}

static void end_storm(void)
{
    if (hf__os_survive_isolates())
        hf__os_exit_now(HF_EXIT_HARNESS);
}

/* Frames below this one are the harness's. */
static __attribute__((noinline)) int hf__test_call(const hf__test_sweep *sweep)
{
    int result = sweep->function(sweep->user);
    __asm__ volatile("" : : "r"(result)); /* not a tail call */
    return result;
}

static void leave_by_exit(uintptr_t first)
{
    hf__shim_leave_by_exit(first, true);
}

static void be_run(void *user)
{
    run *self = user;
    bool is_child = hf__os_process_id() != self->parent;
    const void *trace = NULL; /* asked for, so that it stays mapped */
    if (is_child)
        hf__os_child_begin(&self->said->death, leave_by_exit);
    self->said->status = hf__shim_attach_session(&self->session, &self->said->error);
    if (self->said->status != HF_OK)
        return;
    if (is_child)
        hf__shim.on_storm = end_storm;
    int result = hf__test_call(self->sweep);
    check_result(&self->sweep->options, result);
    hf_detach(&trace, NULL);
    self->said->result = result;
    self->said->has_result = 1;
}

/* How it ended, in the words of a trace. note: at least 48 bytes. */
static hf_session_end end_of(const run *self, const hf_survival *survival, char *note)
{
    const hf_os_death *death = &self->said->death;
    uint32_t limit = self->sweep->options.timeout_ms;
    if (hf__os_load_u32(&self->session.control->storm) != 0 && self->said->has_result == 0)
        return (hf_session_end){.kind = HF_EVENT_END_STORM, .address = HF_SHIM_STORM_LIMIT};
    switch (survival->end) {
    case HF_SURVIVAL_RETURNED: return (hf_session_end){.kind = HF_EVENT_END_EXIT, .address = self->said->result != 0};
    case HF_SURVIVAL_EXITED: return (hf_session_end){.kind = HF_EVENT_END_EXIT, .address = survival->code};
    case HF_SURVIVAL_HUNG: return (hf_session_end){.kind = HF_EVENT_END_TIMEOUT, .address = limit};
    case HF_SURVIVAL_CRASHED: break;
    }

    hf_session_end end = {.kind = HF_EVENT_END_SIGNAL, .address = survival->code, .note = ""};
    if (survival->code > 64) { /* an exception of Windows */
        hf__builder text = hf__builder_init(note, 48);
        hf__builder_print(&text, "exception 0x%08lX", (unsigned long)survival->code);
        end.address = 11;
        end.note = note;
    } else if (death->signal == survival->code) {
        end.type = death->has_address != 0;
        end.size = death->address;
        end.frames = death->frames;
        end.frame_count = death->frame_count < HF_OS_DEATH_FRAMES ? death->frame_count : HF_OS_DEATH_FRAMES;
    }

    return end;
}

/* _exit() runs no handler, and its status may be that of a function that did well. */
static hf_status note_silent_end(run *self, const hf_survival *survival, hf_error *err)
{
    const hf_session_end report = {
        .kind = HF_EVENT_END_REPORT, .type = HF_REPORT_ERROR, .note = "it ended the process by _exit() and did not return"};
    bool is_silent = survival->end == HF_SURVIVAL_EXITED && hf__os_load_u32(&self->session.control->attached) != 2;
    bool is_storm = hf__os_load_u32(&self->session.control->storm) != 0;
    return is_silent && !is_storm ? hf__session_append_end(&self->session, "memory", &report, err) : HF_OK;
}

static hf_status read_trace(run *self, const hf_survival *survival, hf_trace **out, hf_error *err)
{
    char note[48];
    hf_session *session = &self->session;
    *session->header = session->laid_out;
    const hf_session_end end = end_of(self, survival, note);
    bool is_full = hf__os_load_u32(&session->control->lost) != 0;
    hf_status status = is_full ? HF_FAIL(err, HF_ERROR_LIMIT, "the function makes more calls than %zu bytes of trace hold", TRACE_BYTES) : HF_OK;
    if (status == HF_OK)
        status = note_silent_end(self, survival, err);
    if (status == HF_OK)
        status = hf__session_append_end(session, "memory", &end, err);
    if (status != HF_OK)
        return status;
    uint32_t taken = hf__os_load_u32(&session->control->chunks_taken);
    uint32_t most = session->laid_out.chunk_count_max;
    return hf_trace_decode(session->map, session->laid_out.chunks_offset + (uint64_t)(taken < most ? taken : most) * HF_CHUNK_BYTES, out, err);
}

static void make_run(run *self, hf_survival *survival)
{
    *survival = (hf_survival){.end = HF_SURVIVAL_RETURNED};
    if (self->point->is_here && hf__os_survive_isolates())
        be_run(self);
    else
        *survival = hf__os_survive(be_run, self, self->sweep->options.timeout_ms);
    const void *trace = NULL;
    hf_detach(&trace, NULL); /* of a run that crashed in this process */
}

hf_status hf__test_point_run(const hf__test_sweep *sweep, const hf__test_point *point, hf_trace **out, int *result, hf_error *err)
{
    uint64_t plan[PLAN_BYTES / sizeof(uint64_t)];
    size_t plan_bytes = 0;
    run self = {.sweep = sweep, .point = point, .parent = hf__os_process_id()};
    hf_survival survival;
    *out = NULL;
    *result = 0;
    hf_status status = make_plan(&self, plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__session_shared(plan, plan_bytes, TRACE_BYTES, &self.session, err);
    if (status != HF_OK)
        return status;
    self.said = hf__os_pages_shared(sizeof *self.said);
    if (self.said != NULL) {
        make_run(&self, &survival);
        status = self.said->status;
        *result = self.said->result;
        if (status == HF_OK)
            status = read_trace(&self, &survival, out, err);
        else if (err != NULL)
            *err = self.said->error;
    } else {
        status = HF_FAIL(err, HF_ERROR_MEMORY, "no memory to share with a child of this process");
    }

    hf__os_pages_free(self.said, sizeof *self.said);
    hf__session_leave(&self.session);
    return status;
}
