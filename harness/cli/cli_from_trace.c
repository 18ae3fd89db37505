/* SPDX-License-Identifier: MIT
 * Rules from a trace. A rule names a failed call by its method and its ordinal among that method's calls of the run, or of the thread if there are
 * several, because the order between threads does not repeat. Neighbouring calls that failed alike become one rule. What an injected fault did beyond
 * its HRESULT is read from the plan of the run.
 *
 * Everything except the rules and the expectation comes from the manifest's copy of the script; a trace alone only has the caller's name.
 */
#include "cli_from_trace.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli_trace.h"
#include "model_rule.h"
#include "os_file.h"
#include "run_folder.h"
#include "run_ordinal.h"

#include <hostfault/plan.h>
#include <hostfault/verdict.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* One failed call, and its ordinals. */
typedef struct failure {
    const hf_event *event;
    uint64_t ordinal;
} failure;

typedef struct builder {
    const hf_trace *trace;
    const hf_trace *clean; /* of the run without faults; NULL: unknown */
    bool by_thread;
    size_t failure_count;
    failure *failures;
    size_t rule_count;
    hf_rule compiled[HF_RULES_MAX];
    hf_scenario_rule rules[HF_RULES_MAX];
    char *names[HF_RULES_MAX];
    char *threads[HF_RULES_MAX];
    bool is_full;
} builder;

static bool is_failure(const hf_event *event)
{
    return event->complete != 0 && (event->injected != 0 || FAILED(event->hr));
}

static int compare_starts(const void *a, const void *b)
{
    uint64_t first = ((const failure *)a)->event->start;
    uint64_t second = ((const failure *)b)->event->start;
    return first < second ? -1 : first > second;
}

/* The failures of a trace. */
static failure *collect_failures(const hf_trace *trace, bool by_thread, size_t *count)
{
    hf__run_ordinals ordinals = hf__run_ordinals_begin(by_thread);
    size_t capacity = 0;
    failure *failures = NULL;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        uint64_t ordinal = hf__run_ordinals_next(&ordinals, event);
        if (ordinal == 0 || !is_failure(event))
            continue;
        HF_GROW(failures, *count, capacity);
        failures[(*count)++] = (failure){.event = event, .ordinal = ordinal};
    }
    if (*count > 0)
        qsort(failures, *count, sizeof *failures, compare_starts);
    return failures;
}

/* The rule that made the call fail or lie; NULL if the host answered, as it does for a call that is only marked. */
static const hf_rule *rule_behind(const hf_trace *trace, const hf_event *event)
{
    size_t plan_bytes = 0;
    const hf_plan_image *plan = hf_trace_plan(trace, &plan_bytes);
    if (event->injected == 0 || event->rule < 0 || (uint32_t)event->rule >= plan->rule_count)
        return NULL;
    const hf_rule *rule = &hf__model_plan_rules(plan)[event->rule];
    return hf__model_rule_only_marks(rule) ? NULL : rule;
}

/* A failure of the host itself that the clean run has too needs no rule: it will happen anyway. Nor does a call that was only marked. */
static bool is_usual(const builder *self, const failure *one, const failure *clean, size_t clean_count)
{
    if (rule_behind(self->trace, one->event) != NULL)
        return false;
    if (!FAILED(one->event->hr))
        return true;
    for (size_t i = 0; i < clean_count; i++)
        if (clean[i].event->kind == one->event->kind && clean[i].ordinal == one->ordinal && clean[i].event->hr == one->event->hr &&
            hf__text_equal(hf_trace_thread_label(self->clean, clean[i].event->thread), hf_trace_thread_label(self->trace, one->event->thread)))
            return true;
    return false;
}

static void find_failures(builder *self)
{
    size_t clean_count = 0;
    failure *clean = self->clean != NULL ? collect_failures(self->clean, self->by_thread, &clean_count) : NULL;
    size_t count = 0;
    self->failures = collect_failures(self->trace, self->by_thread, &count);
    for (size_t i = 0; i < count; i++)
        if (!is_usual(self, &self->failures[i], clean, clean_count))
            self->failures[self->failure_count++] = self->failures[i];
    hf__free(clean);
}

/* What happened to the call, in the form of a rule. */
static hf_rule what_of(const hf_trace *trace, const hf_event *event)
{
    hf_rule rule = hf__model_rule_init();
    const hf_rule *from = rule_behind(trace, event);
    if (from != NULL) {
        rule.hr = from->hr;
        rule.delay_us = from->delay_us;
        rule.last_error = from->last_error;
        rule.has_last_error = from->has_last_error;
        rule.returns = from->returns;
        rule.out = from->out;
        rule.done = from->done;
        rule.lie = from->lie;
        rule.notify = from->notify;
        rule.sticks = from->sticks;
        rule.undocumented = from->undocumented;
    } else {
        rule.returns = 1;
        rule.hr = event->hr;
        rule.sticks = 0;
        rule.undocumented = hf__model_may_fail_with(event->kind, event->function, event->hr) ? 0 : 1;
    }

    if (!rule.returns || rule.hr != E_FAIL) /* a rule of an unmodified program never sticks, and a script can set it only for E_FAIL */
        rule.sticks = 1;
    rule.methods = 1u << event->kind;
    rule.functions = event->function != HF_FUNCTION_NONE ? 1u << event->function : 0;
    return rule;
}

/* Does the failure continue rule `last`: equal in every way, and one call later? */
static bool continues(const builder *self, size_t last, const hf_rule *rule, const failure *one)
{
    hf_rule before = self->compiled[last];
    if (before.last + 1 != one->ordinal)
        return false;
    before.first = rule->first;
    before.last = rule->last;
    return memcmp(&before, rule, sizeof before) == 0 &&
           (!self->by_thread || hf__text_equal_string(hf_trace_thread_label(self->trace, one->event->thread), self->threads[last]));
}

static void add_failure(builder *self, const failure *one)
{
    hf_rule rule = what_of(self->trace, one->event);
    rule.first = one->ordinal;
    rule.last = one->ordinal;
    rule.per = self->by_thread ? HF_PER_THREAD : HF_PER_RUN;
    for (size_t i = self->rule_count; i-- > 0;)
        if (continues(self, i, &rule, one)) {
            self->compiled[i].last = one->ordinal;
            return;
        }
    if (self->rule_count == HF_RULES_MAX) {
        self->is_full = true;
        return;
    }

    size_t index = self->rule_count++;
    self->compiled[index] = rule;
    self->names[index] = hf__format("fault-%zu", index + 1);
    self->threads[index] = self->by_thread ? hf__copy_text(hf_trace_thread_label(self->trace, one->event->thread)) : NULL;
    self->rules[index] = (hf_scenario_rule){.name = self->names[index], .compiled = &self->compiled[index], .thread = self->threads[index]};
}

static void clear(builder *self)
{
    for (size_t i = 0; i < self->rule_count; i++) {
        hf__free(self->names[i]);
        hf__free(self->threads[i]);
    }
    hf__free(self->failures);
    hf__free(self);
}

/* The trace of the clean run; NULL if there is none. */
static hf_trace *open_clean(const hf__run_manifest *manifest)
{
    hf_error err;
    hf_trace *clean = NULL;
    if (manifest == NULL || manifest->clean == NULL)
        return NULL;
    char *path = hf__run_folder_file(manifest->clean, HF_RUN_TRACE);
    hf_status status = hf_trace_open(path, &clean, &err);
    hf__free(path);
    return status == HF_OK ? clean : NULL;
}

/* The run's outcome, judged again; reported or ok if the trace cannot be judged. */
static uint32_t seen_outcomes(const hf_trace *trace, const hf_trace *clean)
{
    hf_error err;
    hf_verdict *verdict = NULL;
    uint32_t outcomes = 1u << HF_OUTCOME_OK | 1u << HF_OUTCOME_REPORTED;
    if (hf_verdict_judge(trace, clean, NULL, NULL, &verdict, &err) == HF_OK)
        outcomes = 1u << verdict->outcome;
    hf_verdict_destroy(verdict);
    return outcomes;
}

/* The script that the run was made from, without its rules; NULL for a trace alone. */
static hf_scenario_file *load_script(const hf__run_manifest *manifest)
{
    hf_scenario_file *file = NULL;
    hf_errors errors = {0};
    if (manifest == NULL || manifest->script == NULL)
        return NULL;
    if (hf_scenario_parse(HF_RUN_MANIFEST, hf__text(manifest->script), &file, &errors) != HF_OK || hf_scenario_count(file) == 0)
        return NULL;
    return file;
}

static void print_scenario(const builder *self, const hf_trace_summary *summary, const hf__run_manifest *manifest, const hf_report_sink *sink)
{
    hf_scenario_file *file = load_script(manifest);
    hf_scenario scenario = {.file = "", .caller = summary->caller};
    if (file != NULL)
        scenario = *hf_scenario_at(file, 0);
    char *name = file != NULL ? hf__format("%s-again", scenario.name) : hf__copy_string("from-trace");
    char *about = hf__format("Repeats the %zu failure%s that a trace holds.", self->failure_count, self->failure_count == 1 ? "" : "s");
    scenario.name = name;
    scenario.about = about;
    scenario.rule_count = self->rule_count;
    scenario.rules = self->rules;
    scenario.expect = (hf_scenario_expect){.given = 1, .outcomes = seen_outcomes(self->trace, self->clean)};
    hf_scenario_print(&scenario, sink->write, sink->user);
    hf__free(name);
    hf__free(about);
    hf_scenario_destroy(file);
}

static hf_cli_exit convert(const hf_trace *trace, const char *operand, const hf__run_manifest *manifest, const hf_report_sink *sink)
{
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    builder *self = hf__allocate(1, sizeof *self);
    self->trace = trace;
    hf_trace *clean = open_clean(manifest);
    self->clean = clean;
    self->by_thread = hf__run_has_threads(trace);
    find_failures(self);
    for (size_t i = 0; i < self->failure_count; i++)
        add_failure(self, &self->failures[i]);

    hf_cli_exit worst = HF_CLI_MET;
    if (self->failure_count == 0) {
        hf__cli_complain("%s: every call that fails in this trace also fails without faults", operand);
        worst = HF_CLI_UNMET;
    } else if (self->is_full) {
        hf__cli_complain("%s: its %zu failures need more than %u rules", operand, self->failure_count, HF_RULES_MAX);
        worst = HF_CLI_USAGE;
    } else {
        print_scenario(self, &summary, manifest, sink);
    }
    clear(self);
    hf_trace_destroy(clean);
    return worst;
}

hf_cli_exit hf__cli_from_trace(const char *operand, const hf_report_sink *sink)
{
    hf_trace *trace = NULL;
    hf_cli_exit worst = hf__cli_trace_open(operand, &trace);
    if (worst != HF_CLI_MET)
        return worst;
    hf__run_manifest *manifest = NULL;
    hf_error err;
    if (hf__os_is_folder(operand) && hf__run_manifest_read(operand, &manifest, &err) != HF_OK)
        worst = hf__cli_complain_error(&err);
    if (worst == HF_CLI_MET)
        worst = convert(trace, operand, manifest, sink);
    hf__run_manifest_destroy(manifest);
    hf_trace_destroy(trace);
    return worst;
}
