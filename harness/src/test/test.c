/* SPDX-License-Identifier: MIT
 * hf_test_sweep: two runs without faults, against which the others are judged, then a run for each point. A finding is repeated once with a stack at
 * every call, so the report can say where its memory came from.
 */
#include "base_error.h"
#include "base_options.h"
#include "base_text.h"
#include "heap_attempt.h"
#include "os_child.h"
#include "os_survive.h"
#include "os_thread.h"
#include "session_format.h"
#include "shim_state.h"
#include "test_report.h"
#include "trace_compare.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

#define TIMEOUT_DEFAULT_MS 10000u
#define ID_BYTES 96u
#define NAME_MAX 64u

typedef struct work {
    hf__test_sweep sweep;
    hf_test_report *out;
    hf__test_report *report;
    hf_trace *clean, *clean2;
    hf_judge *judge;
    uint64_t begun_us;
} work;

static bool is_name(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)name[i] <= ' ' || name[i] == ':')
            return false;
    }
    return length > 0 && length <= NAME_MAX;
}

static hf_status take_options(const hf_test_options *given, hf_test_options *out, hf_error *err)
{
    *out = (hf_test_options)HF_TEST_OPTIONS_INIT;
    hf_status status = hf__options_import(out, given, err);
    if (status != HF_OK)
        return status;
    if (out->name == NULL)
        out->name = "sweep";
    if (out->timeout_ms == 0)
        out->timeout_ms = TIMEOUT_DEFAULT_MS;
    if (!is_name(out->name))
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "the name of a sweep is a word of at most %u bytes without ':', not \"%s\"", NAME_MAX, out->name);
    return HF_OK;
}

static hf_status check_process(hf_error *err)
{
    if (hf__shim_attached())
        return HF_FAIL(err, HF_ERROR_STATE, "this process is attached to a session already (HF_SESSION, hf_attach_plan): it cannot sweep itself");
    return HF_OK;
}

/* Requests that a rule would count. */
static uint32_t count_requests(const hf_trace *trace)
{
    uint32_t count = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        bool is_request = hf__trace_event_is_call(event) && (hf__test_point_methods() >> event->kind & 1u) != 0;
        count += is_request && !event->paused && !event->in_signal && !event->foreign;
    }
    return count;
}

/* A run without faults that is as it must be. */
static hf_status make_clean(const work *self, hf_trace **out, hf_error *err)
{
    const hf__test_point point = {.ordinal = 0};
    int result = 0;
    hf_verdict *verdict = NULL;
    hf_status status = hf__test_point_run(&self->sweep, &point, out, &result, err);
    if (status == HF_OK)
        status = hf_verdict_judge(*out, NULL, NULL, NULL, &verdict, err);
    if (status != HF_OK)
        return status;
    bool is_good = verdict->outcome == HF_OUTCOME_OK;
    if (result != 0)
        status = HF_FAIL(err, HF_ERROR_STATE, "the function returns %d without any fault: it must return 0", result);
    else if (!is_good && verdict->outcome != HF_OUTCOME_LEAKED)
        status = HF_FAIL(err, HF_ERROR_STATE, "without any fault the function is %s: %s%s", hf_outcome_name(verdict->outcome), verdict->reason,
                         hf__os_child_has_threads() ? ". Only the calling thread exists in a run: does the function wait for another thread?" : "");
    else if (count_requests(*out) == 0)
        status = HF_FAIL(err, HF_ERROR_STATE,
                         "hostfault sees no memory request of the function: allocate by hf_adapt_malloc or hf_wrap, or link hostfault::malloc");
    hf_verdict_destroy(verdict);
    return status;
}

/* Where all runs are in this process, the first one leaves what is only made once: the heap of adapt.h, buffers of libraries. */
static hf_status warm_up(const work *self, hf_error *err)
{
    hf_trace *trace = NULL;
    hf_status status = hf__os_survive_isolates() ? HF_OK : make_clean(self, &trace, err);
    hf_trace_destroy(trace);
    return status;
}

static hf_status make_clean_runs(work *self, hf_error *err)
{
    hf__trace_difference difference;
    hf_status status = warm_up(self, err);
    if (status == HF_OK)
        status = make_clean(self, &self->clean, err);
    if (status == HF_OK)
        status = make_clean(self, &self->clean2, err);
    if (status != HF_OK)
        return status;
    if (hf__trace_first_request_difference(self->clean, self->clean2, &difference)) {
        hf_text one = hf__text_trim(hf__text(difference.line_a)), other = hf__text_trim(hf__text(difference.line_b));
        return HF_FAIL(err, HF_ERROR_STATE, "two runs without faults make different requests: \"%.*s\", then \"%.*s\". Fix its random seed",
                       (int)(one.size_bytes < 80 ? one.size_bytes : 80), one.pointer, (int)(other.size_bytes < 80 ? other.size_bytes : 80),
                       other.pointer);
    }
    return hf_judge_create(self->clean, self->clean2, &self->judge, err);
}

static bool is_finding(hf_outcome outcome)
{
    return outcome != HF_OUTCOME_OK && outcome != HF_OUTCOME_REPORTED;
}

static hf_status run_and_judge(const work *self, const hf__test_point *point, hf_trace **trace, hf_verdict **verdict, hf_error *err)
{
    int result = 0;
    *verdict = NULL;
    hf_status status = hf__test_point_run(&self->sweep, point, trace, &result, err);
    return status == HF_OK ? hf_judge_run(self->judge, *trace, NULL, verdict, err) : status;
}

static void print_id(const work *self, const hf__test_point *point, char *id)
{
    hf__builder text = hf__builder_init(id, ID_BYTES);
    hf__builder_print(&text, "%s:%llu%s", self->sweep.options.name, (unsigned long long)point->ordinal, point->onwards ? "+" : "");
}

/* Tells a finding, by a run of its own with stacks. */
static hf_status report_finding(work *self, const hf__test_point *point, hf__test_finding *finding, hf_error *err)
{
    hf__test_point again = *point;
    hf_trace *trace = NULL;
    hf_verdict *verdict = NULL;
    again.has_stacks = true;
    self->out->findings++;
    hf_status status = point->is_here ? HF_OK : run_and_judge(self, &again, &trace, &verdict, err);
    bool differs = verdict != NULL && verdict->outcome != finding->verdict->outcome;
    const char *before = differs ? hf_outcome_name(finding->verdict->outcome) : NULL;

    if (verdict != NULL) {
        finding->trace = trace;
        finding->verdict = verdict;
    }

    if (status == HF_OK)
        hf__test_report_write(self->report, finding, before);
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
    return status;
}

static hf_status make_point(work *self, const hf__test_point *point, hf_error *err)
{
    char id[ID_BYTES];
    hf_trace *trace = NULL;
    hf_verdict *verdict = NULL;
    print_id(self, point, id);
    hf_status status = run_and_judge(self, point, &trace, &verdict, err);

    if (status == HF_OK) {
        hf__test_finding finding = {.trace = trace, .verdict = verdict, .id = id, .requests = self->out->requests};
        bool is_bad = is_finding(verdict->outcome);
        self->out->made++;
        self->out->outcomes[verdict->outcome]++;
        self->out->failed += is_bad;
        if (is_bad && hf__test_report_is_new(self->report, &finding))
            status = report_finding(self, point, &finding, err);
    }

    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
    return status;
}

static uint32_t greatest_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Under a limit, steps of about 0.618 of all: wherever it ends, the points made lie evenly over the run. */
static uint32_t stride_of(const hf_test_options *options, uint32_t points)
{
    if (points < 3 || (options->budget_ms == 0 && (options->points_max == 0 || options->points_max >= points)))
        return 1;
    uint32_t stride = (uint32_t)((uint64_t)points * 618 / 1000);
    while (stride < 1 || greatest_divisor(stride, points) != 1)
        stride++;
    return stride;
}

static bool is_over(const work *self)
{
    const hf_test_options *options = &self->sweep.options;
    bool is_late = options->budget_ms != 0 && (hf__os_now_us() - self->begun_us) / 1000 >= options->budget_ms;
    return is_late || (options->points_max != 0 && self->out->made >= options->points_max);
}

static hf_status make_all(work *self, hf_error *err)
{
    uint32_t points = self->out->points;
    uint32_t stride = stride_of(&self->sweep.options, points);
    hf_status status = HF_OK;
    for (uint32_t i = 0; i < points && status == HF_OK && !is_over(self); i++) {
        uint32_t at = (uint32_t)((uint64_t)i * stride % points);
        const hf__test_point point = {.ordinal = at / 2 + 1, .onwards = at % 2 != 0};
        status = make_point(self, &point, err);
    }
    return status;
}

/* HF_TEST_ONLY: NAME:ORDINAL, and '+' for all after it too. */
static bool is_for_another(const work *self)
{
    const char *only = self->sweep.only;
    size_t length = strlen(self->sweep.options.name);
    return strncmp(only, self->sweep.options.name, length) != 0 || only[length] != ':';
}

static hf_status make_only(work *self, hf_error *err)
{
    hf__test_point point = {.is_here = true, .has_stacks = true};
    hf_text number = hf__text(self->sweep.only + strlen(self->sweep.options.name) + 1);
    point.onwards = number.size_bytes > 0 && number.pointer[number.size_bytes - 1] == '+';
    number.size_bytes -= point.onwards;
    if (!hf__parse_u64(number, &point.ordinal) || point.ordinal == 0 || point.ordinal > self->out->requests)
        return HF_FAIL(err, HF_ERROR_INPUT, "HF_TEST_ONLY=%s names no point: %s has %s:1 to %s:%u, and the same with '+'", self->sweep.only,
                       self->sweep.options.name, self->sweep.options.name, self->sweep.options.name, self->out->requests);
    hf__test_report_say(self->report, "%s: note: only this fault, in this process: break on hf_on_fault", self->sweep.only);
    hf_status status = make_point(self, &point, err);
    if (status == HF_OK && self->out->failed == 0)
        hf__test_report_say(self->report, "%s: note: with this fault alone nothing was wrong", self->sweep.only);
    return status;
}

static hf_status sweep(work *self, hf_error *err)
{
    hf_status status = check_process(err);
    self->sweep.only = hf__os_environment("HF_TEST_ONLY");
    if (status != HF_OK || (self->sweep.only != NULL && is_for_another(self)))
        return status;
    status = make_clean_runs(self, err);
    if (status != HF_OK)
        return status;
    self->out->requests = count_requests(self->clean);
    self->out->points = 2 * self->out->requests;
    self->begun_us = hf__os_now_us();
    self->report = hf__test_report_create(&self->sweep.options, self->out);
    return self->sweep.only != NULL ? make_only(self, err) : make_all(self, err);
}

static hf_status sweep_all(void *given)
{
    work *self = given;
    hf_status status = sweep(self, &self->out->error);
    if (self->report != NULL)
        hf__test_report_destroy(self->report);
    hf_judge_destroy(self->judge);
    hf_trace_destroy(self->clean);
    hf_trace_destroy(self->clean2);
    return status;
}

hf_status hf_test_sweep(hf_test_function *function, void *user, const hf_test_options *options, hf_test_report *report)
{
    work self = {.sweep = {.function = function, .user = user}, .out = report};
    if (report == NULL)
        return HF_ERROR_ARGUMENT;
    memset(report, 0, sizeof *report);
    hf_status status = function != NULL ? take_options(options, &self.sweep.options, &report->error)
                                        : HF_FAIL(&report->error, HF_ERROR_ARGUMENT, "hf_test_sweep needs a function, not NULL");
    return status == HF_OK ? hf__heap_attempt(sweep_all, &self, &report->error) : status;
}
