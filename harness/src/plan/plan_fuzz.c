/* SPDX-License-Identifier: MIT
 * Converts between a schedule and a scenario. Both hold the same compiled rules, so only names, labels and the settings around the rules are
 * converted.
 */
#include "plan_fuzz.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

/* Everything that a scenario made of a schedule points at. */
typedef struct fuzz_scenario {
    hf_schedule schedule;
    hf_rule rules[HF_RULES_MAX];
    hf_scenario_rule of_scenario[HF_RULES_MAX];
    char defaults[HF_RULES_MAX][16];
    char text[4096];
    char *arguments[HF_CODEC_ARGUMENTS_MAX + 1];
    hf_scenario scenario;
} fuzz_scenario;

static void make_rules(fuzz_scenario *self)
{
    const hf_schedule *from = &self->schedule;
    for (uint32_t i = 0; i < from->rule_count; i++) {
        hf_rule *rule = &self->rules[i];
        hf_scenario_rule *to = &self->of_scenario[i];
        *rule = from->rules[i];
        to->name = hf__codec_rule_name(from, i, self->defaults[i], sizeof self->defaults[i]);
        to->thread = rule->thread > 0 ? from->threads[rule->thread - 1] : NULL;
        to->phase = rule->phase > 0 ? from->phases[rule->phase - 1] : NULL;
        rule->thread = rule->phase = 0;
        to->compiled = rule;
    }
}

void hf__plan_print_fuzz(const hf__plan_fuzz_input *input, hf_write *write, void *user)
{
    const char *const *command = input->command;
    fuzz_scenario *self = hf__allocate(1, sizeof *self);
    size_t operations = hf__codec_decode(input->data, input->size_bytes, &self->schedule);
    if (input->lawful)
        hf__codec_keep_lawful(&self->schedule);
    make_rules(self);
    hf_scenario *scenario = &self->scenario;
    *scenario = (hf_scenario){.file = "",
                              .name = input->name,
                              .seed = self->schedule.seed,
                              .commit_limit = self->schedule.commit_limit,
                              .storm_limit = self->schedule.storm_limit,
                              .stack_depth = self->schedule.stack_depth,
                              .rule_count = self->schedule.rule_count,
                              .rules = self->of_scenario};

    if (command == NULL) {
        scenario->caller = hf__codec_caller_name(self->schedule.caller);
        scenario->args.count = (size_t)hf__codec_arguments(input->data, operations, self->text, sizeof self->text, self->arguments);
        scenario->args.items = (const char *const *)self->arguments;
    } else {
        scenario->command.items = command;
        while (command[scenario->command.count] != NULL)
            scenario->command.count++;
    }

    hf_scenario_print(scenario, write, user);
    hf__free(self);
}

static hf_status refuse(const hf_scenario *scenario, const char *what, hf_error *err)
{
    return HF_FAIL(err, HF_ERROR_ARGUMENT, "scenario '%s': a fuzz input cannot express %s", scenario->name, what);
}

static hf_status check_scenario(const hf_scenario *scenario, hf_error *err)
{
    if (scenario->caller == NULL)
        return refuse(scenario, "'command'; its target is given when it is run", err);
    if (hf__codec_caller_by_name(scenario->caller) < 0)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "scenario '%s': the fuzz target 'schedule' has no caller '%s'", scenario->name, scenario->caller);
    if (scenario->env.count > 0 || scenario->cwd != NULL || scenario->workdir != NULL || scenario->stdin_text != NULL)
        return refuse(scenario, "'env', 'cwd', 'workdir' or 'stdin'", err);
    if (scenario->status_only)
        return refuse(scenario, "'compare'", err);
    if (scenario->args.count > HF_CODEC_ARGUMENTS_MAX)
        return refuse(scenario, "this many 'args'", err);
    for (size_t i = 0; i < scenario->rule_count; i++) {
        if (scenario->rules[i].from.count > 0 || scenario->rules[i].not_from.count > 0)
            return refuse(scenario, "'from' or 'not-from': they are names of code, and found anew in each program", err);
    }
    return HF_OK;
}

static bool is_plain(const char *text, size_t most)
{
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        if (text[length] <= ' ' || text[length] > '~')
            return false;
    }
    return length <= most;
}

static hf_status take_rule(const hf_scenario *scenario, uint32_t index, hf_schedule *out, hf_error *err)
{
    const hf_scenario_rule *from = &scenario->rules[index];
    hf_rule *rule = &out->rules[index];
    char name[16];
    *rule = *(const hf_rule *)from->compiled;
    bool labels =
        (from->thread == NULL || is_plain(from->thread, HF_CODEC_TEXT_MAX)) && (from->phase == NULL || is_plain(from->phase, HF_CODEC_TEXT_MAX));
    if (!labels || !is_plain(from->name, HF_CODEC_TEXT_MAX))
        return refuse(scenario, "a name, thread or phase of more than 47 letters, or with spaces", err);
    rule->thread = from->thread != NULL ? hf__codec_thread(out, from->thread) : 0;
    rule->phase = from->phase != NULL ? hf__codec_phase(out, from->phase) : 0;
    out->names[index][0] = '\0';
    if (strcmp(from->name, hf__codec_rule_name(out, index, name, sizeof name)) != 0)
        hf__text_copy(out->names[index], sizeof out->names[index], hf__text(from->name));
    return HF_OK;
}

static hf_status put_arguments(const hf_scenario *scenario, uint8_t *buffer, size_t capacity, size_t *length, hf_error *err)
{
    for (size_t i = 0; i < scenario->args.count; i++) {
        size_t bytes = strlen(scenario->args.items[i]) + 1;
        if (bytes > capacity - *length)
            return refuse(scenario, "'args' this long", err);
        memcpy(buffer + *length, scenario->args.items[i], bytes);
        *length += bytes;
    }
    return HF_OK;
}

hf_status hf__plan_encode_fuzz(const hf_scenario *scenario, uint8_t *buffer, size_t capacity, size_t *size_bytes, hf_error *err)
{
    *size_bytes = 0;
    hf_status status = check_scenario(scenario, err);
    if (status != HF_OK)
        return status;
    hf_schedule *schedule = hf__allocate(1, sizeof *schedule);
    schedule->caller = (uint8_t)hf__codec_caller_by_name(scenario->caller);
    schedule->seed = scenario->seed;
    schedule->commit_limit = scenario->commit_limit;
    schedule->storm_limit = scenario->storm_limit;
    schedule->stack_depth = scenario->stack_depth;
    schedule->rule_count = (uint32_t)scenario->rule_count;
    for (uint32_t i = 0; i < schedule->rule_count && status == HF_OK; i++)
        status = take_rule(scenario, i, schedule, err);

    size_t length = 0;
    if (status == HF_OK)
        status = put_arguments(scenario, buffer, capacity, &length, err);
    size_t encoded = status == HF_OK ? hf__codec_encode(schedule, buffer + length, capacity - length) : 0;
    if (status == HF_OK && encoded == 0)
        status = refuse(scenario, "so much", err);
    if (status == HF_OK)
        *size_bytes = length + encoded;
    hf__free(schedule);
    return status;
}
