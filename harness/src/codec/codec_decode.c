/* SPDX-License-Identifier: MIT
 * From bytes to a schedule, by a table: a small function per key, or a row of the model's table. Each accepts any value. Contradictions between the
 * values are repaired afterwards, in codec_repair.c.
 */
#include "codec.h"
#include "model_fault_key.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

static const uint8_t mark[] = {0xF5, 'H', 'f'}; /* no text ends so */

typedef struct decoder {
    hf_schedule *schedule;
    hf_rule *rule; /* the last one; NULL before the first */
    uint64_t number;
    const uint8_t *bytes; /* the value, as many as it has */
} decoder;

/* An empty schedule. */
static void clear(hf_schedule *schedule)
{
    schedule->caller = 0;
    schedule->seed = 0;
    schedule->commit_limit = 0;
    schedule->storm_limit = 0;
    schedule->stack_depth = 0;
    schedule->rule_count = 0;
    schedule->thread_count = 0;
    schedule->phase_count = 0;
}

static uint8_t add_label(char labels[][HF_CODEC_TEXT_MAX + 1], uint32_t *count, const char *label)
{
    uint32_t i = 0;
    while (i < *count && strcmp(labels[i], label) != 0)
        i++;
    if (i == HF_LABELS_MAX || label[0] == '\0')
        return 0;
    hf__text_copy(labels[i], HF_CODEC_TEXT_MAX + 1, hf__text(label));
    *count = i == *count ? i + 1 : *count;
    return (uint8_t)(i + 1);
}

uint8_t hf__codec_thread(hf_schedule *schedule, const char *label)
{
    return add_label(schedule->threads, &schedule->thread_count, label);
}

uint8_t hf__codec_phase(hf_schedule *schedule, const char *label)
{
    return add_label(schedule->phases, &schedule->phase_count, label);
}

static void set_fault(decoder *self)
{
    hf_schedule *schedule = self->schedule;
    if (schedule->rule_count == HF_RULES_MAX)
        return;
    hf_method method = (hf_method)(self->bytes[0] % HF_METHOD_COUNT);
    self->rule = &schedule->rules[schedule->rule_count];
    schedule->names[schedule->rule_count++][0] = '\0';
    *self->rule = hf__model_rule_init();
    self->rule->methods = 1u << method;
    self->rule->first = 1u + self->bytes[2] + 256u * self->bytes[3];
    self->rule->last = self->rule->first;
    hf__codec_set_fault(self->rule, method, self->bytes[1]);
}

static void set_onwards(decoder *self)
{
    self->rule->last = 0;
}

static void set_first(decoder *self)
{
    self->rule->first = self->number != 0 ? self->number : 1;
    self->rule->last = self->rule->first;
}

static void set_last(decoder *self)
{
    self->rule->last = self->number;
}

static void set_step(decoder *self)
{
    self->rule->step = self->number != 0 ? self->number : 1;
}

static void set_methods(decoder *self)
{
    uint32_t methods = (uint32_t)self->number & HF_METHODS_ALL;
    self->rule->methods = methods != 0 ? methods : self->rule->methods;
}

static void set_return(decoder *self)
{
    self->rule->returns = 1;
    self->rule->hr = (HRESULT)((uint32_t)self->number | 0x80000000u);
    self->rule->lie = HF_LIE_NONE;
}

static void set_lie(decoder *self)
{
    self->rule->lie = (uint8_t)(HF_LIE_NULL + self->number % (HF_LIE_COUNT - 1));
    self->rule->returns = 0;
    self->rule->hr = S_OK;
}

static void set_mark(decoder *self)
{
    self->rule->lie = HF_LIE_NONE;
    self->rule->returns = 0;
    self->rule->hr = S_OK;
}

static void set_where(decoder *self)
{
    hf_rule *rule = self->rule;
    if (rule->predicate_count == HF_PREDICATES_MAX)
        return;
    hf_predicate *predicate = &rule->predicates[rule->predicate_count++];
    memset(predicate, 0, sizeof *predicate);
    predicate->field = self->bytes[0] % HF_FIELD_COUNT;
    predicate->compare = self->bytes[1] % (HF_COMPARE_LACKS_BITS + 1);
    memcpy(&predicate->value, self->bytes + 2, sizeof predicate->value);
}

static void set_after(decoder *self)
{
    self->rule->after = (int16_t)(self->number % HF_RULES_MAX);
}

static void set_until(decoder *self)
{
    self->rule->until = (int16_t)(self->number % HF_RULES_MAX);
}

static void set_chance(decoder *self)
{
    self->rule->chance = self->number != 0 ? self->number : 1;
}

/* A text of printable ASCII. */
static void copy_label(const decoder *self, char *out)
{
    size_t length = (size_t)self->number;
    for (size_t i = 0; i < length; i++)
        out[i] = (char)(self->bytes[i] > ' ' && self->bytes[i] < 0x7F ? self->bytes[i] : '_');
    out[length] = '\0';
}

static void set_name(decoder *self)
{
    copy_label(self, self->schedule->names[self->rule - self->schedule->rules]);
}

static void set_thread(decoder *self)
{
    char label[HF_CODEC_TEXT_MAX + 1];
    copy_label(self, label);
    self->rule->thread = hf__codec_thread(self->schedule, label);
}

static void set_phase(decoder *self)
{
    char label[HF_CODEC_TEXT_MAX + 1];
    copy_label(self, label);
    self->rule->phase = hf__codec_phase(self->schedule, label);
}

static void set_seed(decoder *self)
{
    self->schedule->seed = self->number;
}

static void set_commit_limit(decoder *self)
{
    self->schedule->commit_limit = self->number;
}

static void set_storm(decoder *self)
{
    self->schedule->storm_limit = (uint32_t)self->number;
}

static void set_stack_depth(decoder *self)
{
    self->schedule->stack_depth = (uint32_t)(self->number % (HF_STACK_MAX + 1));
}

#define HF_CODEC_TEXT UINT8_MAX
typedef struct key_row {
    void (*set)(decoder *self); /* NULL: by the model's table */
    uint8_t bytes;
    uint8_t key; /* hf_fault_key, without `set` */
} key_row;

static const key_row keys[] = {
#define HF_CODEC_KEY(id, name, bytes) {set_##name, bytes, 0},
#define HF_CODEC_VALUE(id, name, bytes, key) {NULL, bytes, HF_FAULT_KEY_##key},
#include "codec_key.def"
#undef HF_CODEC_KEY
#undef HF_CODEC_VALUE
};

/* Any number gives a value: modulo those that there are. One below the least, 0 where values begin with 1, takes the key away. */
static void set_value(hf_rule *rule, hf_fault_key key, uint64_t number)
{
    const hf_fault_key_row *row = hf__model_fault_key(key);
    uint64_t value = row->most != UINT64_MAX ? number % (row->most + 1) : number;
    if (row->kind == HF_FAULT_KIND_FLAG)
        hf__model_rule_set(rule, key, row->unset == 0);
    else if (value < row->least)
        hf__model_rule_drop(rule, key);
    else
        hf__model_rule_set(rule, key, value);
}

/* Keys of the whole schedule stand behind all others. */
static bool is_of_rule(unsigned key)
{
    return key != HF_CODEC_KEY_FAULT && key < HF_CODEC_KEY_SEED;
}

static uint64_t number_of(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count && i < sizeof number; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

/* Reads one item; returns where the next begins. */
static const uint8_t *decode_item(decoder *self, const uint8_t *at, const uint8_t *end)
{
    uint8_t value[HF_CODEC_TEXT_MAX + 1] = {0};
    unsigned key = *at++ % HF_CODEC_KEY_COUNT;
    size_t wanted = keys[key].bytes;
    bool is_text = wanted == HF_CODEC_TEXT;
    if (is_text)
        wanted = at < end ? *at++ % (HF_CODEC_TEXT_MAX + 1) : 0;

    size_t there = (size_t)(end - at) < wanted ? (size_t)(end - at) : wanted;
    memcpy(value, at, there);
    self->bytes = value;
    self->number = is_text ? there : number_of(value, wanted);
    bool is_stray = is_of_rule(key) && self->rule == NULL;
    if (!is_stray && keys[key].set != NULL)
        keys[key].set(self);
    else if (!is_stray)
        set_value(self->rule, (hf_fault_key)keys[key].key, self->number);
    self->bytes = NULL;
    return at + there;
}

void hf__codec_decode_schedule(const uint8_t *bytes, size_t size_bytes, hf_schedule *out)
{
    clear(out);
    decoder self = {.schedule = out};
    const uint8_t *end = bytes + size_bytes;
    for (const uint8_t *at = bytes; at < end;)
        at = decode_item(&self, at, end);
    hf__codec_repair(out);
}

size_t hf__codec_split(const uint8_t *data, size_t size_bytes, const uint8_t **schedule, size_t *schedule_bytes, uint8_t *caller)
{
    *schedule = NULL;
    *schedule_bytes = 0;
    *caller = 0;
    if (size_bytes < HF_CODEC_TAIL_BYTES || memcmp(data + size_bytes - sizeof mark, mark, sizeof mark) != 0)
        return size_bytes;
    const uint8_t *tail = data + size_bytes - HF_CODEC_TAIL_BYTES;
    size_t before = size_bytes - HF_CODEC_TAIL_BYTES;
    size_t said = tail[1] + 256u * tail[2];
    *schedule_bytes = said < before ? said : before;
    *schedule = tail - *schedule_bytes;
    *caller = tail[0];
    return before - *schedule_bytes;
}

size_t hf__codec_decode(const uint8_t *data, size_t size_bytes, hf_schedule *out)
{
    const uint8_t *schedule;
    size_t schedule_bytes;
    uint8_t caller;
    size_t operations = hf__codec_split(data, size_bytes, &schedule, &schedule_bytes, &caller);
    if (schedule != NULL)
        hf__codec_decode_schedule(schedule, schedule_bytes, out);
    else
        clear(out);
    out->caller = caller;
    return operations;
}

int hf__codec_arguments(const uint8_t *operations, size_t size_bytes, char *buffer, size_t capacity, char **arguments)
{
    int count = 0;
    bool inside = false;
    size_t used = size_bytes < capacity ? size_bytes : capacity - 1;
    for (size_t i = 0; i < used; i++) {
        if (!inside && count == (int)HF_CODEC_ARGUMENTS_MAX)
            break;
        if (!inside)
            arguments[count++] = buffer + i;
        inside = operations[i] != '\0';
        buffer[i] = (char)(!inside || (operations[i] >= ' ' && operations[i] < 0x7F) ? operations[i] : '?');
    }
    buffer[used] = '\0';
    return count;
}
