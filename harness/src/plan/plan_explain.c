/* SPDX-License-Identifier: MIT
 * A scenario in English, one sentence per line: what is run, what happens to its calls, what is expected.
 */
#include "plan_print.h"

#include <string.h>

#include <hostfault/verdict.h>

#include "base_poison.h"

static void say_list(const hf__plan_writer *to, const char *before, const hf_string_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        hf__plan_put(to, "%s", i == 0 ? before : " ");
        bool needs_quotes = list->items[i][0] == '\0' || strpbrk(list->items[i], " \t\r\n\"'") != NULL;
        if (needs_quotes)
            hf__plan_put_string(to, list->items[i]);
        else
            hf__plan_put_text(to, hf__text(list->items[i]));
    }
}

static void say_program(const hf__plan_writer *to, const hf_scenario *scenario)
{
    if (scenario->caller != NULL)
        hf__plan_put(to, "Runs the caller '%s'", scenario->caller);
    say_list(to, "Runs ", &scenario->command);
    say_list(to, " with the arguments ", &scenario->args);
    say_list(to, ", with ", &scenario->env);
    if (scenario->env.count > 0)
        hf__plan_put(to, " in its environment");
    if (scenario->cwd != NULL)
        hf__plan_put(to, ", in the folder %.200s", scenario->cwd);
    if (scenario->workdir != NULL)
        hf__plan_put(to, ", in a copy of its own of the folder %.200s", scenario->workdir);
    if (scenario->stdin_text != NULL)
        hf__plan_put(to, ", with %zu bytes on its standard input", strlen(scenario->stdin_text));
    hf__plan_put(to, ".\n");
}

static void say_size(const hf__plan_writer *to, const char *what, uint64_t bytes)
{
    char size[32];
    hf__plan_print_size(size, sizeof size, bytes);
    if (bytes != 0)
        hf__plan_put(to, "%s %s%s.\n", what, size, size[strlen(size) - 1] >= 'A' ? "" : " bytes");
}

static void say_bounds(const hf__plan_writer *to, const hf_scenario *scenario)
{
    char timeout[32];
    hf__plan_print_duration(timeout, sizeof timeout, scenario->timeout_ms * 1000);
    if (scenario->timeout_ms != 0)
        hf__plan_put(to, "It is ended after %s.\n", timeout);
    say_size(to, "Its memory that can be written is limited to", scenario->memory_limit);
    say_size(to, "The host commits at most", scenario->commit_limit);
    say_size(to, "Its trace is limited to", scenario->trace_limit);
    say_size(to, "Each of its output streams is kept up to", scenario->output_limit);
    if (scenario->guard_pages)
        hf__plan_put(to, "Each block of the host's heap ends at a page without access.\n");

    if (scenario->storm_limit != 0)
        hf__plan_put(to, "More than %u failed requests from one place are a storm.\n", (unsigned)scenario->storm_limit);
    if (scenario->stack_depth != 0)
        hf__plan_put(to, "Stacks are %u frames deep.\n", (unsigned)scenario->stack_depth);
    for (size_t i = 0; i < scenario->wrappers.count; i++)
        hf__plan_put(to, "%s is a wrapper: its callers are named.\n", scenario->wrappers.items[i]);
    if (scenario->status_only)
        hf__plan_put(to, "It is compared with the clean run by its exit status alone, not by its result or output.\n");
}

/* "reported (...) or ok (...)". */
static void say_words(const hf__plan_writer *to, uint32_t bits, const char *(*name)(unsigned index), const char *(*meaning)(unsigned index))
{
    const char *before = "";
    for (unsigned i = 0; i < 32; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        hf__plan_put(to, "%s%s (%s)", before, name(i), meaning(i));
        before = " or ";
    }
}

static const char *outcome_at(unsigned index)
{
    return hf_outcome_name((hf_outcome)index);
}

static const char *response_at(unsigned index)
{
    return hf_response_name((hf_response)index);
}

static const char *outcome_meaning_at(unsigned index)
{
    return hf_outcome_meaning((hf_outcome)index);
}

static const char *response_meaning_at(unsigned index)
{
    return hf_response_meaning((hf_response)index);
}

static void say_rule_responses(const hf__plan_writer *to, const hf_scenario *scenario)
{
    for (size_t i = 0; i < scenario->rule_count && scenario->expect.rule_responses != NULL; i++) {
        if (scenario->expect.rule_responses[i] == 0)
            continue;
        hf__plan_put(to, "The response to '%s' must be: ", scenario->rules[i].name);
        say_words(to, scenario->expect.rule_responses[i], response_at, response_meaning_at);
        hf__plan_put(to, ".\n");
    }
}

static void say_expect(const hf__plan_writer *to, const hf_scenario *scenario)
{
    const hf_scenario_expect *expect = &scenario->expect;
    hf__plan_put(to, "The run must end: ");
    say_words(to, expect->outcomes, outcome_at, outcome_meaning_at);
    hf__plan_put(to, ".\n");

    if (expect->first_responses != 0) {
        hf__plan_put(to, "The response to the first fault must be: ");
        say_words(to, expect->first_responses, response_at, response_meaning_at);
        hf__plan_put(to, ".\n");
    }

    say_rule_responses(to, scenario);
    if (expect->strict)
        hf__plan_put(to, "After a failure a thread must make no further request until the failure has surfaced.\n");
    for (size_t i = 0; i < expect->violations.count; i++)
        hf__plan_put(to, "It must break the clause \"%s\".\n", expect->violations.items[i]);
    bool may_leak = (expect->outcomes >> HF_OUTCOME_LEAKED & 1) != 0;
    if (expect->has_leaks && expect->leaks > 0)
        hf__plan_put(to, "It must leave exactly %llu more allocated than a run without faults.\n", (unsigned long long)expect->leaks);
    else if (expect->has_leaks || !may_leak)
        hf__plan_put(to, "It must leave nothing allocated that a run without faults gives back.\n");
}

/* A script's own words go to a terminal here, so what a terminal would obey becomes '?'. */
static void write_shown(const char *text, size_t size_bytes, void *user)
{
    hf__plan_put_shown(user, (hf_text){text, size_bytes});
}

void hf_scenario_explain(const hf_scenario *scenario, hf_write *write, void *user)
{
    hf__plan_writer real = {write, user};
    hf__plan_writer to = {write_shown, &real};
    hf__plan_put(&to, "%s\n", scenario->name);
    if (scenario->about != NULL) {
        hf__plan_put_text(&to, hf__text_trim(hf__text(scenario->about)));
        hf__plan_put(&to, "\n");
    }
    say_program(&to, scenario);
    say_bounds(&to, scenario);
    if (scenario->rule_count == 0)
        hf__plan_put(&to, "No call is made to fail.\n");
    for (size_t i = 0; i < scenario->rule_count; i++)
        hf__plan_explain_rule(&to, scenario, i);
    say_expect(&to, scenario);
}
