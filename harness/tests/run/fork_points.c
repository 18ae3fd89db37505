/* SPDX-License-Identifier: MIT */
#include "fork_points.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "system_file.h"
#include "system_machine.h"
#include "system_tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const hf_method acquiring[] = {HF_METHOD_CREATE_MALLOC, HF_METHOD_VIRTUAL_ALLOC, HF_METHOD_MALLOC_ALLOC};
#define METHOD_COUNT (sizeof acquiring / sizeof acquiring[0])
#define RULES_MAX 16u

static void need(hf_status status, const hf_error *err, const char *what)
{
    if (status == HF_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(1);
}

void fork_job_execution(fork_job *self, hf__run_execution *out)
{
    hf_error err;
    char *folder = hf__format("%s/%u", self->folder, self->number++);
    need(hf__system_folder_create(folder, &err), &err, "folder");
    hf__run_execution_init(out, folder);
}

void fork_job_begin(fork_job *self, const char *scenario)
{
    static unsigned jobs;
    static hf_errors errors;
    hf_error err = {.status = HF_OK};
    memset(self, 0, sizeof *self);
    self->folder = hf__format("%s/fork/%d-%u", HF_BINARY_DIR, (int)getpid(), jobs++);
    char *text = hf__format("name: fork\n%s\n", scenario);
    need(hf_scenario_parse("fork.yaml", hf__text(text), &self->file, &errors), &errors.items[0], text);
    hf__free(text);
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.caller_path = HF_BINARY_DIR "/bin";
    need(hf__run_job_create(hf_scenario_at(self->file, 0), &options, &self->job, &err), &err, scenario);
    void *plan = NULL;
    size_t plan_bytes = 0;
    need(hf__run_job_compile(&self->job, true, &plan, &plan_bytes, &err), &err, scenario);
    fork_job_execution(self, &self->clean);
    need(hf__run_execute(&self->job, &self->clean, plan, plan_bytes, &err), &err, scenario);
    hf__free(plan);
}

static uint32_t count_calls(const hf_trace *trace, hf_method method)
{
    uint32_t count = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        count += event->kind == (uint32_t)method && !event->paused && !event->in_signal;
    }
    return count;
}

static void build_plan(fork_job *self, const hf_rule *rules, uint32_t rule_count)
{
    static const char *const names[RULES_MAX] = {"r0", "r1", "r2",  "r3",  "r4",  "r5",  "r6",  "r7",
                                                 "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    hf_error err = {.status = HF_OK};
    const hf_scenario *scenario = &self->job.scenario;
    const hf__model_plan_parts parts = {.seed = scenario->seed,
                                        .commit_limit = scenario->commit_limit,
                                        .storm_limit = (uint32_t)scenario->storm_limit,
                                        .rule_count = rule_count,
                                        .rules = rules,
                                        .rule_names = names};
    need(hf__model_plan_build(&parts, self->plan, sizeof self->plan, &self->plan_bytes, &err), &err, "plan");
}

void fork_job_list(fork_job *self, const HRESULT *results, size_t result_count, uint32_t stride)
{
    hf_rule rules[RULES_MAX];
    uint32_t rule_count = 0, capacity = 0;
    for (size_t m = 0; m < METHOD_COUNT; m++) {
        uint32_t calls = count_calls(self->clean.trace, acquiring[m]);
        for (size_t r = 0; r < result_count && rule_count < RULES_MAX && calls > 0; r++, rule_count++) {
            rules[rule_count] = hf__model_rule_init();
            rules[rule_count].methods = 1u << acquiring[m];
            rules[rule_count].returns = 1;
            rules[rule_count].hr = results[r];
            for (uint32_t ordinal = 1; ordinal <= calls; ordinal += stride) {
                for (uint32_t onwards = 0; onwards < 2; onwards++) {
                    HF_GROW(self->points, self->point_count, capacity);
                    self->points[self->point_count++] = (hf_fork_point){.ordinal = ordinal, .rule = rule_count, .onwards = onwards};
                }
            }
        }
    }
    build_plan(self, rules, rule_count);
}

void fork_job_print(const fork_job *self, uint32_t point, char *buffer, size_t capacity)
{
    const hf_fork_point *one = &self->points[point];
    const hf_rule *rule = &hf__model_plan_rules((const hf_plan_image *)(const void *)self->plan)[one->rule];
    hf_method method = HF_METHOD_COUNT;
    for (size_t m = 0; m < METHOD_COUNT; m++)
        method = (rule->methods >> acquiring[m] & 1u) != 0 ? acquiring[m] : method;
    snprintf(buffer, capacity, "call: %s, when: %u%s, return: \"0x%08X\"", hf__model_method(method)->name, (unsigned)one->ordinal,
             one->onwards != 0 ? "+" : "", (unsigned)rule->hr);
}

void fork_job_end(fork_job *self)
{
    hf_error err;
    hf__run_execution_clear(&self->clean);
    hf__run_job_clear(&self->job);
    hf_scenario_destroy(self->file);
    need(hf__system_folder_remove(self->folder, &err), &err, "folder");
    hf__free(self->folder);
    hf__free(self->points);
}
