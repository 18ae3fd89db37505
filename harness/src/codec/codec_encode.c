/* SPDX-License-Identifier: MIT
 * From a schedule to bytes: for each rule the keys that are not at their defaults, in the order of codec_key.def.
 */
#include "codec.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

typedef struct encoder {
    const hf_schedule *schedule;
    const hf_rule *rule;
    uint8_t *at, *end;
    bool full;
} encoder;

static void put(encoder *self, const void *bytes, size_t size_bytes)
{
    if ((size_t)(self->end - self->at) < size_bytes) {
        self->full = true;
        return;
    }
    memcpy(self->at, bytes, size_bytes);
    self->at += size_bytes;
}

static void put_byte(encoder *self, unsigned byte)
{
    uint8_t value = (uint8_t)byte;
    put(self, &value, 1);
}

/* The low bytes of a number. */
static void put_number(encoder *self, hf_codec_key key, uint64_t number, size_t size_bytes)
{
    put_byte(self, key);
    for (size_t i = 0; i < size_bytes; i++)
        put_byte(self, (unsigned)(number >> 8 * i & 0xFF));
}

static void put_if(encoder *self, bool given, hf_codec_key key, uint64_t number, size_t size_bytes)
{
    if (given)
        put_number(self, key, number, size_bytes);
}

static void put_text(encoder *self, hf_codec_key key, const char *text)
{
    size_t length = strlen(text);
    if (length == 0)
        return;
    put_byte(self, key);
    put_byte(self, (unsigned)length);
    put(self, text, length);
}

static hf_method lowest_method(const hf_rule *rule)
{
    unsigned method = 0;
    while (method + 1 < HF_METHOD_COUNT && (rule->methods >> method & 1) == 0)
        method++;
    return (hf_method)method;
}

static bool has_effect_of(const hf_rule *rule, const hf_rule *other)
{
    return rule->returns == other->returns && rule->hr == other->hr && rule->lie == other->lie;
}

/* The number of the usual fault that this rule's is; the number of faults if it is none of them. */
static unsigned usual_fault(const hf_rule *rule, hf_method method)
{
    unsigned count = hf__codec_fault_count(method);
    hf_rule usual = {.returns = 0};
    for (unsigned i = 0; i < count; i++) {
        hf__codec_set_fault(&usual, method, i);
        if (has_effect_of(rule, &usual))
            return i;
    }
    return count;
}

static void put_fault(encoder *self)
{
    const hf_rule *rule = self->rule;
    hf_method method = lowest_method(rule);
    unsigned usual = usual_fault(rule, method);
    bool is_usual = usual < hf__codec_fault_count(method);
    uint64_t first = rule->first <= 65536 ? rule->first - 1 : 0;
    put_number(self, HF_CODEC_KEY_FAULT, method | (is_usual ? usual : 0) << 8 | first << 16, 4);
    put_if(self, rule->first > 65536, HF_CODEC_KEY_FIRST, rule->first, 8);
    put_if(self, rule->last == 0, HF_CODEC_KEY_ONWARDS, 0, 0);
    put_if(self, rule->last != 0 && rule->last != rule->first, HF_CODEC_KEY_LAST, rule->last, 8);
    put_if(self, rule->step != 1, HF_CODEC_KEY_STEP, rule->step, 8);
    put_if(self, rule->methods != 1u << method, HF_CODEC_KEY_METHODS, rule->methods, 4);
    put_if(self, !is_usual && rule->returns, HF_CODEC_KEY_RETURN, (uint32_t)rule->hr, 4);
    put_if(self, !is_usual && rule->lie != HF_LIE_NONE, HF_CODEC_KEY_LIE, rule->lie - 1u, 1);
    put_if(self, !is_usual && !rule->returns && rule->lie == HF_LIE_NONE, HF_CODEC_KEY_MARK, 0, 0);
}

static void put_manner(encoder *self)
{
    const hf_rule *rule = self->rule;
    put_if(self, rule->out != HF_OUT_NULL, HF_CODEC_KEY_OUT, rule->out, 1);
    put_if(self, rule->done, HF_CODEC_KEY_DONE, 0, 0);
    put_if(self, !rule->sticks, HF_CODEC_KEY_NOT_STICKY, 0, 0);
    put_if(self, rule->delay_us != 0, HF_CODEC_KEY_DELAY, rule->delay_us, 4);
    put_if(self, rule->notify != 0, HF_CODEC_KEY_NOTIFY, rule->notify, 1);
    put_if(self, rule->has_last_error, HF_CODEC_KEY_LAST_ERROR, rule->last_error, 4);
}

static void put_conditions(encoder *self)
{
    const hf_rule *rule = self->rule;
    put_if(self, rule->per != HF_PER_RUN, HF_CODEC_KEY_PER, rule->per, 1);
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        const hf_predicate *predicate = &rule->predicates[i];
        put_number(self, HF_CODEC_KEY_WHERE, predicate->field | (uint64_t)predicate->compare << 8, 2);
        put(self, &predicate->value, sizeof predicate->value);
    }
    put_if(self, rule->after != HF_RULE_NONE, HF_CODEC_KEY_AFTER, (uint64_t)rule->after, 1);
    put_if(self, rule->until != HF_RULE_NONE, HF_CODEC_KEY_UNTIL, (uint64_t)rule->until, 1);
    put_if(self, rule->times != 0, HF_CODEC_KEY_TIMES, rule->times, 4);
    put_if(self, rule->chance != HF_CHANCE_ALWAYS, HF_CODEC_KEY_CHANCE, rule->chance, 4);
    put_if(self, rule->has_live, HF_CODEC_KEY_LIVE, rule->live_above, 8);
    put_if(self, rule->has_site, HF_CODEC_KEY_SITE, rule->site, 8);
    put_if(self, rule->foreign, HF_CODEC_KEY_FOREIGN, 0, 0);
    put_if(self, rule->optional, HF_CODEC_KEY_OPTIONAL, 0, 0);
}

static void put_rule(encoder *self, uint32_t index)
{
    const hf_schedule *schedule = self->schedule;
    self->rule = &schedule->rules[index];
    put_fault(self);
    put_manner(self);
    put_conditions(self);
    put_text(self, HF_CODEC_KEY_NAME, schedule->names[index]);
    put_text(self, HF_CODEC_KEY_THREAD, self->rule->thread > 0 ? schedule->threads[self->rule->thread - 1] : "");
    put_text(self, HF_CODEC_KEY_PHASE, self->rule->phase > 0 ? schedule->phases[self->rule->phase - 1] : "");
}

size_t hf__codec_encode(const hf_schedule *schedule, uint8_t *buffer, size_t capacity)
{
    encoder self = {.schedule = schedule, .at = buffer, .end = buffer + capacity};
    for (uint32_t i = 0; i < schedule->rule_count; i++)
        put_rule(&self, i);
    put_if(&self, schedule->seed != 0, HF_CODEC_KEY_SEED, schedule->seed, 8);
    put_if(&self, schedule->commit_limit != 0, HF_CODEC_KEY_COMMIT_LIMIT, schedule->commit_limit, 8);
    put_if(&self, schedule->storm_limit != 0, HF_CODEC_KEY_STORM, schedule->storm_limit, 4);
    put_if(&self, schedule->stack_depth != 0, HF_CODEC_KEY_STACK_DEPTH, schedule->stack_depth, 1);
    size_t bytes = (size_t)(self.at - buffer);
    const uint8_t tail[HF_CODEC_TAIL_BYTES] = {schedule->caller, (uint8_t)bytes, (uint8_t)(bytes >> 8), 0xF5, 'H', 'f'};
    put(&self, tail, sizeof tail);
    return self.full || bytes > HF_CODEC_SCHEDULE_BYTES_MAX ? 0 : (size_t)(self.at - buffer);
}
