/* SPDX-License-Identifier: MIT
 * From a scenario to the image that the shim obeys: labels become indices, patterns become ranges of code. Everything else was compiled when it was
 * read.
 */
#include "plan_scenario.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "plan_compile.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define RANGES_MAX 16384u

/* Names in the order of first use; an index into them is 1-based. */
typedef struct labels {
    const char *names[HF_LABELS_MAX];
    uint32_t count;
} labels;

typedef struct compiler {
    const hf_scenario *scenario;
    hf__heap_arena arena;
    hf_rule rules[HF_RULES_MAX];
    const char *rule_names[HF_RULES_MAX];
    labels threads, phases;
    hf_code_range *ranges;
    const char **modules;
    uint32_t range_count, range_capacity, module_capacity;
    hf_plan_resolve *resolve;
    void *user;
    hf_error *err;
} compiler;

static hf_status add_label(compiler *self, labels *to, const char *name, uint8_t *index)
{
    uint32_t i = 0;
    *index = 0;
    if (name == NULL)
        return HF_OK;
    while (i < to->count && strcmp(to->names[i], name) != 0)
        i++;
    if (i == HF_LABELS_MAX)
        return HF_FAIL(self->err, HF_ERROR_LIMIT, "scenario '%s' names more than %u threads or phases", self->scenario->name, HF_LABELS_MAX);
    to->names[i] = name;
    to->count = i + 1 > to->count ? i + 1 : to->count;
    *index = (uint8_t)(i + 1);
    return HF_OK;
}

static void add_range(const hf_plan_range *range, void *add_user)
{
    compiler *self = add_user;
    if (self->range_count == RANGES_MAX)
        return;
    HF_GROW(self->ranges, self->range_count, self->range_capacity);
    HF_GROW(self->modules, self->range_count, self->module_capacity);
    self->ranges[self->range_count] = (hf_code_range){.low = range->low, .high = range->high};
    self->modules[self->range_count] = hf__heap_arena_copy_text(&self->arena, hf__text(range->module));
    self->range_count++;
}

/* Says which rule of which scenario, whatever the resolver said. */
static hf_status report_pattern(compiler *self, const hf_scenario_rule *rule, const hf_string_list *list, const char *pattern, hf_status status,
                                const hf_error *why)
{
    const char *reason = why->message[0] != '\0' ? why->message : "no code has that name";
    hf_status result = HF_FAIL(self->err, status, "rule '%s', '%s' %s: %.160s", rule->name, list == &rule->from ? "from" : "not-from",
                               hf__plan_quoted(hf__text(pattern)).text, reason);
    if (self->err != NULL) {
        self->err->input_line = rule->line;
        self->err->input_column = rule->column;
        self->err->input_length = 1;
        hf__text_copy(self->err->input_name, sizeof self->err->input_name, hf__text(self->scenario->file));
    }
    return result;
}

static hf_status add_patterns(compiler *self, const hf_scenario_rule *rule, const hf_string_list *patterns, uint32_t *first, uint32_t *count)
{
    *first = self->range_count;
    for (size_t i = 0; i < patterns->count; i++) {
        uint32_t before = self->range_count;
        hf_error why;
        memset(&why, 0, sizeof why);
        hf_status status = HF_ERROR_NOT_FOUND;
        if (self->resolve != NULL)
            status = self->resolve(patterns->items[i], add_range, self, self->user, &why);
        if (status == HF_OK && self->range_count == before)
            status = HF_ERROR_NOT_FOUND;
        if (status != HF_OK)
            return report_pattern(self, rule, patterns, patterns->items[i], status, &why);
        if (self->range_count == RANGES_MAX)
            return HF_FAIL(self->err, HF_ERROR_LIMIT, "the 'from' patterns of '%s' match more than %u places", self->scenario->name, RANGES_MAX);
    }

    *count = self->range_count - *first;
    return HF_OK;
}

static hf_status compile_rule(compiler *self, size_t index)
{
    const hf_scenario_rule *from = &self->scenario->rules[index];
    hf_rule *rule = &self->rules[index];
    *rule = *(const hf_rule *)from->compiled;
    self->rule_names[index] = from->name;
    hf_status status = add_label(self, &self->threads, from->thread, &rule->thread);
    if (status == HF_OK)
        status = add_label(self, &self->phases, from->phase, &rule->phase);
    if (status == HF_OK)
        status = add_patterns(self, from, &from->from, &rule->from_first, &rule->from_count);
    if (status == HF_OK)
        status = add_patterns(self, from, &from->not_from, &rule->not_from_first, &rule->not_from_count);
    return status;
}

static uint32_t flags_of(const hf_scenario *scenario)
{
    return (scenario->status_only ? HF_PLAN_STATUS_ONLY : 0) | (scenario->expect.strict ? HF_PLAN_STRICT : 0) |
           (scenario->guard_pages ? HF_PLAN_GUARD_PAGES : 0);
}

static hf_status build(const compiler *self, void *buffer, size_t capacity, size_t *size_bytes)
{
    const hf_scenario *scenario = self->scenario;
    hf__model_plan_parts parts = {.seed = scenario->seed,
                                  .commit_limit = scenario->commit_limit,
                                  .stack_depth = scenario->stack_depth,
                                  .storm_limit = scenario->storm_limit,
                                  .flags = flags_of(scenario),
                                  .rule_count = (uint32_t)scenario->rule_count,
                                  .rules = self->rules,
                                  .rule_names = self->rule_names,
                                  .range_count = self->range_count,
                                  .ranges = self->ranges,
                                  .range_modules = self->modules,
                                  .thread_count = self->threads.count,
                                  .threads = self->threads.names,
                                  .phase_count = self->phases.count,
                                  .phases = self->phases.names};

    return hf__model_plan_build(&parts, buffer, capacity, size_bytes, self->err);
}

hf_status hf__plan_compile(const hf__plan_compilation *asked)
{
    hf_error *err = asked->err;
    const hf_scenario *scenario = asked->scenario;
    *asked->size_bytes = 0;
    if (scenario->rule_count > HF_RULES_MAX)
        return HF_FAIL(err, HF_ERROR_LIMIT, "more than %u rules", HF_RULES_MAX);
    compiler *self = hf__allocate(1, sizeof *self);
    self->scenario = scenario;
    self->resolve = asked->resolve;
    self->user = asked->user;
    self->err = err;
    hf_status status = HF_OK;
    for (size_t i = 0; i < scenario->rule_count && status == HF_OK; i++)
        status = compile_rule(self, i);

    if (status == HF_OK)
        status = build(self, asked->buffer, asked->capacity, asked->size_bytes);
    hf__heap_arena_clear(&self->arena);
    hf__free(self->ranges);
    hf__free(self->modules);
    hf__free(self);
    return status;
}

static hf_status compile_now(void *given)
{
    return hf__plan_compile(given);
}

/* NOLINTNEXTLINE(readability-function-size): public: a callback with its context, a buffer with its capacity */
hf_status hf_scenario_compile(const hf_scenario *scenario, hf_plan_resolve *resolve, void *user, void *buffer, size_t capacity, size_t *size_bytes,
                              hf_error *err)
{
    hf__plan_compilation asked = {scenario, resolve, user, buffer, capacity, size_bytes, err};
    return hf__heap_attempt(compile_now, &asked, err);
}
