/* SPDX-License-Identifier: MIT
 * A whole scenario as YAML. The text parses to the same scenario, except for its file and position.
 */
#include "plan_print.h"

#include <string.h>

#include <hostfault/verdict.h>

#include "base_poison.h"

static void put_key(const hf__plan_writer *to, const char *key, const char *value)
{
    if (value == NULL)
        return;
    hf__plan_put(to, "%s: ", key);
    hf__plan_put_string(to, value);
    hf__plan_put(to, "\n");
}

static void put_list_key(const hf__plan_writer *to, const char *key, const hf_string_list *list)
{
    if (list->count == 0)
        return;
    hf__plan_put(to, "%s: ", key);
    hf__plan_put_list(to, list);
    hf__plan_put(to, "\n");
}

static void put_env(const hf__plan_writer *to, const hf_string_list *env)
{
    if (env->count > 0)
        hf__plan_put(to, "env:\n");
    for (size_t i = 0; i < env->count; i++) {
        const char *equals = strchr(env->items[i], '=');
        hf__plan_put(to, "  ");
        hf__plan_put_text(to, (hf_text){env->items[i], (size_t)(equals - env->items[i])});
        hf__plan_put(to, ": ");
        hf__plan_put_string(to, equals + 1);
        hf__plan_put(to, "\n");
    }
}

/* One entry of a mapping in flow style; returns what stands before the next. */
static const char *put_size(const hf__plan_writer *to, const char *before, const char *key, uint64_t bytes)
{
    char size[32];
    if (bytes == 0)
        return before;
    hf__plan_print_size(size, sizeof size, bytes);
    hf__plan_put(to, "%s%s: %s", before, key, size);
    return ", ";
}

static void put_limits(const hf__plan_writer *to, const hf_scenario *scenario)
{
    const char *start = "limits: { ";
    const char *before = put_size(to, start, "memory", scenario->memory_limit);
    before = put_size(to, before, "trace", scenario->trace_limit);
    before = put_size(to, before, "output", scenario->output_limit);

    if (scenario->storm_limit != 0) {
        hf__plan_put(to, "%sstorm: %u", before, (unsigned)scenario->storm_limit);
        before = ", ";
    }

    if (before != start)
        hf__plan_put(to, " }\n");
    start = "host: { ";
    before = put_size(to, start, "commit-limit", scenario->commit_limit);
    if (scenario->guard_pages) {
        hf__plan_put(to, "%sguard: pages", before);
        before = ", ";
    }

    if (before != start)
        hf__plan_put(to, " }\n");
}

static void put_run(const hf__plan_writer *to, const hf_scenario *scenario)
{
    char timeout[32];
    if (scenario->seed != 0)
        hf__plan_put(to, "seed: %llu\n", (unsigned long long)scenario->seed);
    hf__plan_print_duration(timeout, sizeof timeout, scenario->timeout_ms * 1000);
    if (scenario->timeout_ms != 0)
        hf__plan_put(to, "timeout: %s\n", timeout);
    put_limits(to, scenario);
    if (scenario->stack_depth != 0)
        hf__plan_put(to, "stack-depth: %u\n", (unsigned)scenario->stack_depth);
    put_list_key(to, "wrapper", &scenario->wrappers);
    if (scenario->status_only)
        hf__plan_put(to, "compare: status\n");
}

static void put_outcomes(const hf__plan_writer *to, uint32_t outcomes)
{
    const char *before = "";
    hf__plan_put(to, "  outcome: [");
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++) {
        if ((outcomes >> i & 1) == 0)
            continue;
        hf__plan_put(to, "%s%s", before, hf_outcome_name((hf_outcome)i));
        before = ", ";
    }
    hf__plan_put(to, "]\n");
}

static void put_responses(const hf__plan_writer *to, uint32_t responses)
{
    const char *before = "";
    hf__plan_put(to, "[");
    for (unsigned i = 0; i < HF_RESPONSE_COUNT; i++) {
        if ((responses >> i & 1) == 0)
            continue;
        hf__plan_put(to, "%s%s", before, hf_response_name((hf_response)i));
        before = ", ";
    }
    hf__plan_put(to, "]\n");
}

static void put_rule_responses(const hf__plan_writer *to, const hf_scenario *scenario)
{
    hf__plan_put(to, "  response:\n");
    for (size_t i = 0; i < scenario->rule_count; i++) {
        if (scenario->expect.rule_responses[i] == 0)
            continue;
        hf__plan_put(to, "    ");
        hf__plan_put_string(to, scenario->rules[i].name);
        hf__plan_put(to, ": ");
        put_responses(to, scenario->expect.rule_responses[i]);
    }
}

static void put_expect(const hf__plan_writer *to, const hf_scenario *scenario)
{
    const hf_scenario_expect *expect = &scenario->expect;
    if (!expect->given)
        return;
    hf__plan_put(to, "expect:\n");
    put_outcomes(to, expect->outcomes);
    if (expect->rule_responses != NULL)
        put_rule_responses(to, scenario);
    if (expect->first_responses != 0) {
        hf__plan_put(to, "  response: ");
        put_responses(to, expect->first_responses);
    }

    if (expect->strict)
        hf__plan_put(to, "  after-fault: no-request\n");
    if (expect->has_leaks)
        hf__plan_put(to, "  leaks: %llu\n", (unsigned long long)expect->leaks);
    if (expect->violations.count > 0)
        put_list_key(to, "  violations", &expect->violations);
}

void hf_scenario_print(const hf_scenario *scenario, hf_write *write, void *user)
{
    hf__plan_writer to = {write, user};
    put_key(&to, "name", scenario->name);
    put_key(&to, "about", scenario->about);
    put_key(&to, "caller", scenario->caller);
    put_list_key(&to, "command", &scenario->command);
    put_list_key(&to, "args", &scenario->args);
    put_env(&to, &scenario->env);
    put_key(&to, "cwd", scenario->cwd);
    put_key(&to, "workdir", scenario->workdir);
    put_key(&to, "stdin", scenario->stdin_text);
    put_run(&to, scenario);
    if (scenario->rule_count > 0)
        hf__plan_put(&to, "faults:\n");

    for (size_t i = 0; i < scenario->rule_count; i++)
        hf__plan_print_rule(&to, scenario, i);
    put_expect(&to, scenario);
}
