/* SPDX-License-Identifier: MIT
 * The table of model_fault_key.def, and access to members of a rule by it.
 */
#include "model_fault_key.h"
#include "base_check.h"
#include "base_text.h"

#include <stddef.h>
#include <string.h>

#include "base_poison.h"

static const hf_fault_key_row rows[HF_FAULT_KEY_COUNT] = {
#define HF_FAULT_KEY(id, word, kind, member, given, unset, least, most, sentence)                                                                    \
    {word, HF_FAULT_KIND_##kind, offsetof(hf_rule, member), sizeof(((hf_rule *)0)->member), offsetof(hf_rule, given), unset, least, most, sentence},
#define HF_FAULT_KEY_OWN(id, word, name) {word, HF_FAULT_KIND_OWN, 0, 0, 0, 0, 0, 0, NULL},
#include "model_fault_key.def"
#undef HF_FAULT_KEY
#undef HF_FAULT_KEY_OWN
};

const hf_fault_key_row *hf__model_fault_key(hf_fault_key key)
{
    HF_ASSERT((unsigned)key < HF_FAULT_KEY_COUNT);
    return &rows[key];
}

hf_fault_key hf__model_fault_key_by_word(hf_text word)
{
    unsigned key = 0;
    while (key < HF_FAULT_KEY_COUNT && !hf__text_equal_string(word, rows[key].word))
        key++;
    return (hf_fault_key)key;
}

const char *const *hf__model_fault_key_words(hf_fault_key key, const char **what)
{
    static const char *const ways[] = {[HF_PER_RUN] = "run", [HF_PER_THREAD] = "thread", [HF_PER_SITE] = "site"};
    static const char *const outs[] = {[HF_OUT_NULL] = "null", [HF_OUT_UNTOUCHED] = "untouched", [HF_OUT_POISON] = "poison"};
    static const char *const notices[] = {[eMemoryAvailableLow] = "low", [eMemoryAvailableNeutral] = "neutral", [eMemoryAvailableHigh] = "high"};
    static const struct {
        const char *const *words;
        const char *what;
    } lists[HF_FAULT_KEY_COUNT] = {
        [HF_FAULT_KEY_PER] = {ways, "way to count"},
        [HF_FAULT_KEY_OUT] = {outs, "out-parameter value"},
        [HF_FAULT_KEY_NOTIFY] = {notices, "memory notification"},
    };
    HF_ASSERT((unsigned)key < HF_FAULT_KEY_COUNT && lists[key].words != NULL);
    *what = lists[key].what;
    return lists[key].words;
}

static uint8_t *given_flag(hf_rule *rule, const hf_fault_key_row *row)
{
    return row->given != row->offset ? (uint8_t *)rule + row->given : NULL;
}

uint64_t hf__model_rule_value(const hf_rule *rule, hf_fault_key key)
{
    const hf_fault_key_row *row = hf__model_fault_key(key);
    const char *member = (const char *)rule + row->offset;
    uint32_t small;
    uint64_t large;
    switch (row->size) {
    case sizeof(uint8_t): return *(const uint8_t *)member;
    case sizeof small: memcpy(&small, member, sizeof small); return small;
    default: break;
    }
    HF_ASSERT(row->size == sizeof large);
    memcpy(&large, member, sizeof large);
    return large;
}

static void write_member(hf_rule *rule, const hf_fault_key_row *row, uint64_t value)
{
    char *member = (char *)rule + row->offset;
    const uint32_t small = (uint32_t)value;
    switch (row->size) {
    case sizeof(uint8_t): *(uint8_t *)member = (uint8_t)value; return;
    case sizeof small: memcpy(member, &small, sizeof small); return;
    default: break;
    }
    HF_ASSERT(row->size == sizeof value);
    memcpy(member, &value, sizeof value);
}

bool hf__model_rule_has(const hf_rule *rule, hf_fault_key key)
{
    const hf_fault_key_row *row = hf__model_fault_key(key);
    return row->given != row->offset ? ((const uint8_t *)rule)[row->given] != 0 : hf__model_rule_value(rule, key) != row->unset;
}

void hf__model_rule_set(hf_rule *rule, hf_fault_key key, uint64_t value)
{
    const hf_fault_key_row *row = hf__model_fault_key(key);
    HF_ASSERT(value >= row->least && value <= row->most);
    write_member(rule, row, value);
    uint8_t *given = given_flag(rule, row);
    if (given != NULL)
        *given = 1;
}

void hf__model_rule_drop(hf_rule *rule, hf_fault_key key)
{
    const hf_fault_key_row *row = hf__model_fault_key(key);
    write_member(rule, row, row->unset);
    uint8_t *given = given_flag(rule, row);
    if (given != NULL)
        *given = 0;
}
