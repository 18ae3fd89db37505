/* SPDX-License-Identifier: MIT
 * What a target's macros call: decodes an input, runs it, judges it.
 *
 * Most executions show nothing new, so an execution whose record, apart from times, was judged before is not judged again. That makes it fast.
 */
#include "base_check.h"
#include "base_text.h"
#include "fuzz_background.h"
#include "fuzz_report.h"

#include <hostfault/fuzz.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define PLAN_BYTES ((size_t)96 << 10)
#define STACK_DEPTH 4u /* unwinding is most of what an injected fault costs */
#define JUDGED_MAX 65536u
#define LEFT_OUT "fault of "

static hf_schedule schedule;
static bool all_faults;

/* The one caller that is run, whatever the input says, and its arguments as operations, if they were given too. */
static struct {
    char text[512]; /* the name, a NUL, and the operations */
    size_t name_bytes, whole_bytes;
} pinned;

static void pin(const char *text)
{
    if (text == NULL)
        return;
    pinned.whole_bytes = hf__text_copy(pinned.text, sizeof pinned.text, hf__text(text));
    pinned.name_bytes = strcspn(pinned.text, " ");
    for (size_t i = pinned.name_bytes; i < pinned.whole_bytes; i++)
        pinned.text[i] = (char)(pinned.text[i] == ' ' ? '\0' : pinned.text[i]);
}

int hf_fuzz_initialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    const char *faults = getenv("HF_FUZZ_FAULTS");
    all_faults = faults != NULL && strcmp(faults, "all") == 0;
    pin(getenv("HF_FUZZ_CALLER"));
    return 0;
}

/* No rule must fire: most that mutation makes do not. */
static void prepare_rules(hf_schedule *self)
{
    if (!all_faults)
        hf__codec_keep_lawful(self);
    for (uint32_t i = 0; i < self->rule_count; i++)
        self->rules[i].optional = 1;
    if (self->stack_depth == 0)
        self->stack_depth = STACK_DEPTH;
}

static const hf_caller *choose(const hf_fuzz_target *target, unsigned number)
{
    for (unsigned i = 0; pinned.name_bytes > 0 && i < target->caller_count; i++) {
        if (strcmp(target->callers[i]->name, pinned.text) == 0)
            return target->callers[i];
    }
    if (pinned.name_bytes > 0) {
        fprintf(stderr, "hostfault: this target has no caller '%s' (HF_FUZZ_CALLER)\n", pinned.text);
        exit(2);
    }
    return target->callers[number % target->caller_count];
}

static uint64_t judged[JUDGED_MAX];

/* The lowest bit says that the run left memory to be given back. */
static bool was_judged(uint64_t digest, bool *left)
{
    uint64_t found = judged[digest >> 1 & (JUDGED_MAX - 1)];
    *left = (found & 1) != 0;
    return found != 0 && (found | 1) == (digest | 1);
}

static void remember(uint64_t digest, bool left)
{
    judged[digest >> 1 & (JUDGED_MAX - 1)] = (digest & ~1ull) | (left ? 1 : 0);
}

static bool accepts(const hf_fuzz_target *target, const char *caller, const char *what)
{
    for (uint32_t i = 0; i < target->accepted_count; i++) {
        const hf_fuzz_accepted *one = &target->accepted[i];
        if ((one->caller == NULL || strcmp(one->caller, caller) == 0) && strcmp(one->what, what) == 0)
            return true;
    }
    return false;
}

/* May this schedule fail a method whose faults are left out for the caller? */
static bool is_left_out(const hf_fuzz_target *target, const char *caller, const hf_schedule *self)
{
    uint32_t methods = 0;
    for (uint32_t i = 0; i < self->rule_count; i++)
        methods |= self->rules[i].methods;
    for (uint32_t i = 0; i < target->accepted_count; i++) {
        const hf_fuzz_accepted *one = &target->accepted[i];
        hf_method method;
        bool is_fault = strncmp(one->what, LEFT_OUT, sizeof LEFT_OUT - 1) == 0 && (one->caller == NULL || strcmp(one->caller, caller) == 0);
        if (is_fault && hf__model_method_by_name(hf__text(one->what + sizeof LEFT_OUT - 1), &method) && (methods >> method & 1) != 0)
            return true;
    }
    return false;
}

static bool is_finding(const hf_fuzz_target *target, const char *caller, const hf_verdict *verdict)
{
    bool accepted = accepts(target, caller, hf_outcome_name(verdict->outcome));
    size_t clauses = 0;
    for (size_t i = 0; i < verdict->violation_count; i++)
        clauses += accepts(target, caller, verdict->violations[i].clause) ? 1 : 0;
    if (verdict->outcome == HF_OUTCOME_VIOLATED)
        accepted = accepted || clauses == verdict->violation_count;
    return hf_outcome_severity(verdict->outcome) > 0 && verdict->outcome != HF_OUTCOME_UNFIRED && !accepted;
}

/* What is running, for a storm's sake. */
static const hf_fuzz_target *the_target;
static const hf_caller *the_caller;

static void on_storm(void)
{
    if (!accepts(the_target, the_caller->name, hf_outcome_name(HF_OUTCOME_STORM)))
        hf__fuzz_end_storm();
}

/* Ends the process if it is a finding, and a new one. */
static void look_at(const hf_verdict *verdict)
{
    if (is_finding(the_target, the_caller->name, verdict) && !hf__fuzz_is_known(verdict))
        hf__fuzz_end_with(verdict);
}

static void judge_input(const hf_fuzz_background *before, hf_caller_end end)
{
    hf_error err;
    hf_trace *trace = NULL;
    hf_verdict *verdict = NULL;
    hf_status status = hf__fuzz_read_trace(end, &trace, &err);
    if (status == HF_OK)
        status = hf_judge_run(before->judge, trace, NULL, &verdict, &err);
    if (status != HF_OK) {
        fprintf(stderr, "hostfault: an execution cannot be judged: %s\n", err.message);
        abort();
    }
    look_at(verdict);
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
}

/* Judges what the last run recorded, and leaves nothing of it. A storm that is accepted is as good as judged, and long. */
static void end_input(const hf_fuzz_background *before, hf_caller_end end)
{
    const hf_session_control *control = hf__shim.session.control;
    bool left = true;
    bool as_before = control->fired == 0 && end == before->end;
    if (!before->judged || control->lost != 0 || control->storm != 0 || as_before) {
        if (control->fired != 0 || !as_before)
            (void)hf__fuzz_give_back();
        return;
    }
    uint64_t digest = hf__fuzz_digest() ^ before->key;
    if (!was_judged(digest, &left)) {
        judge_input(before, end);
        remember(digest, hf__fuzz_give_back());
    } else if (left) {
        (void)hf__fuzz_give_back();
    }
}

static void execute(const hf_fuzz_work *work)
{
    static uint64_t plan[PLAN_BYTES / sizeof(uint64_t)];
    hf_error err;
    hf_caller_end end = HF_CALLER_OK;
    size_t plan_bytes = 0;
    const hf_fuzz_background *before = hf__fuzz_background(work);
    if (before == NULL || before->judge == NULL)
        return;
    look_at(before->again);
    prepare_rules(&schedule);
    hf_status status = hf__codec_compile(&schedule, plan, sizeof plan, &plan_bytes, &err);
    if (status == HF_OK)
        status = hf__fuzz_run(work, plan, plan_bytes, on_storm, &end, &err);
    if (status != HF_OK) {
        fprintf(stderr, "hostfault: %s\n", err.message);
        abort();
    }

    end_input(before, end);
}

int hf_fuzz_input(const hf_fuzz_target *target, const uint8_t *data, size_t size_bytes)
{
    static bool ready;
    hf_fuzz_work work = {.operations = data};
    work.operation_bytes = hf__codec_decode(data, size_bytes, &schedule);

    if (pinned.whole_bytes > pinned.name_bytes) {
        work.operations = (const uint8_t *)pinned.text + pinned.name_bytes + 1;
        work.operation_bytes = pinned.whole_bytes - pinned.name_bytes - 1;
    }

    the_target = target;
    the_caller = work.caller = choose(target, schedule.caller);
    if (!ready) {
        hf__fuzz_run_in_session(&work);
        hf__fuzz_watch_crashes();
    }

    ready = true;
    if (is_left_out(target, work.caller->name, &schedule))
        return -1; /* not for the corpus */
    execute(&work);
    return 0;
}
