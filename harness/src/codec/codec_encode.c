/* SPDX-License-Identifier: MIT
 * From a schedule to bytes: for each rule the keys that differ from their defaults, in the order of codec_key.def.
 */
#include "codec.h"
#include "model_fault_key.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

typedef struct encoder {
    const hf_schedule *schedule;
    const hf_rule *rule;
    uint8_t *at, *end;
    bool full;
} encoder;

static void put_bytes(encoder *self, const void *bytes, size_t size_bytes)
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
    put_bytes(self, &value, 1);
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
    put_bytes(self, text, length);
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

/* The number of the usual fault that equals this rule's; if there is none, their count. */
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

static void put_where(encoder *self)
{
    for (unsigned i = 0; i < self->rule->predicate_count; i++) {
        const hf_predicate *predicate = &self->rule->predicates[i];
        put_number(self, HF_CODEC_KEY_WHERE, predicate->field | (uint64_t)predicate->compare << 8, 2);
        put_bytes(self, &predicate->value, sizeof predicate->value);
    }
}

static void put_after(encoder *self)
{
    put_if(self, self->rule->after != HF_RULE_NONE, HF_CODEC_KEY_AFTER, (uint64_t)self->rule->after, 1);
}

static void put_until(encoder *self)
{
    put_if(self, self->rule->until != HF_RULE_NONE, HF_CODEC_KEY_UNTIL, (uint64_t)self->rule->until, 1);
}

static void put_chance(encoder *self)
{
    put_if(self, self->rule->chance != HF_CHANCE_ALWAYS, HF_CODEC_KEY_CHANCE, self->rule->chance, 4);
}

static void put_name(encoder *self)
{
    put_text(self, HF_CODEC_KEY_NAME, self->schedule->names[self->rule - self->schedule->rules]);
}

static void put_thread(encoder *self)
{
    put_text(self, HF_CODEC_KEY_THREAD, self->rule->thread > 0 ? self->schedule->threads[self->rule->thread - 1] : "");
}

static void put_phase(encoder *self)
{
    put_text(self, HF_CODEC_KEY_PHASE, self->rule->phase > 0 ? self->schedule->phases[self->rule->phase - 1] : "");
}

/* Who writes each key: a function, or the model's table. The keys from FIRST to MARK are put_fault's. */
static const struct {
    void (*put)(encoder *self);
    bool is_value;
    uint8_t bytes;
    uint8_t key; /* hf_fault_key of a value */
} writers[HF_CODEC_KEY_COUNT] = {
#define HF_CODEC_TEXT UINT8_MAX
#define HF_CODEC_KEY(id, name, bytes)
#define HF_CODEC_VALUE(id, name, bytes, key) [HF_CODEC_KEY_##id] = {NULL, true, bytes, HF_FAULT_KEY_##key},
#include "codec_key.def"
#undef HF_CODEC_KEY
#undef HF_CODEC_VALUE
    [HF_CODEC_KEY_FAULT] = {.put = put_fault},   [HF_CODEC_KEY_WHERE] = {.put = put_where},   [HF_CODEC_KEY_AFTER] = {.put = put_after},
    [HF_CODEC_KEY_UNTIL] = {.put = put_until},   [HF_CODEC_KEY_CHANCE] = {.put = put_chance}, [HF_CODEC_KEY_NAME] = {.put = put_name},
    [HF_CODEC_KEY_THREAD] = {.put = put_thread}, [HF_CODEC_KEY_PHASE] = {.put = put_phase},
};

static void put_rule(encoder *self, uint32_t index)
{
    self->rule = &self->schedule->rules[index];
    for (unsigned key = 0; key < HF_CODEC_KEY_COUNT; key++) {
        hf_fault_key value = (hf_fault_key)writers[key].key;
        if (writers[key].put != NULL)
            writers[key].put(self);
        else if (writers[key].is_value && hf__model_rule_has(self->rule, value))
            put_number(self, (hf_codec_key)key, hf__model_rule_value(self->rule, value), writers[key].bytes);
    }
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
    put_bytes(&self, tail, sizeof tail);
    return self.full || bytes > HF_CODEC_SCHEDULE_BYTES_MAX ? 0 : (size_t)(self.at - buffer);
}
