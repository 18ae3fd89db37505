/* SPDX-License-Identifier: MIT
 * The model's table of fault keys: a rule without a key, and each key through script, print and codec.
 */
#include "base_text.h"
#include "codec.h"
#include "hf_rows.h"
#include "model_fault_key.h"
#include "plan_support.h"

#include <string.h>

TestSuite(plan_keys, .timeout = 120);

Test(plan_keys, a_new_rule_has_none)
{
    hf_rule rule = hf__model_rule_init();
    unsigned given = 0;
    for (unsigned key = 0; key < HF_FAULT_KEY_COUNT; key++)
        given += hf__model_fault_key((hf_fault_key)key)->kind != HF_FAULT_KIND_OWN && hf__model_rule_has(&rule, (hf_fault_key)key) ? 1 : 0;
    cr_assert(zero(uint, given));
    cr_assert(all(eq(u8, rule.sticks, 1), eq(u8, rule.per, HF_PER_RUN)));
}

static const hf_fault_key keys[] = {HF_FAULT_KEY_PER,         HF_FAULT_KEY_SITE,       HF_FAULT_KEY_TIMES,  HF_FAULT_KEY_LIVE,
                                    HF_FAULT_KEY_FOREIGN,     HF_FAULT_KEY_OUT,        HF_FAULT_KEY_DONE,   HF_FAULT_KEY_DELAY,
                                    HF_FAULT_KEY_NOTIFY,      HF_FAULT_KEY_LAST_ERROR, HF_FAULT_KEY_STICKS, HF_FAULT_KEY_OPTIONAL,
                                    HF_FAULT_KEY_UNDOCUMENTED};

static uint64_t other_value(const hf_fault_key_row *row)
{
    uint64_t value = row->kind == HF_FAULT_KIND_WORD ? row->most : row->least + 1;
    return row->kind == HF_FAULT_KIND_FLAG ? row->unset == 0 : value;
}

HF_ROWS(plan_keys, what_is_set_is_there_until_it_is_dropped, keys)
{
    const hf_fault_key_row *row = hf__model_fault_key(keys[*number]);
    const hf_rule plain = hf__model_rule_init();
    hf_rule rule = plain;
    hf__model_rule_set(&rule, keys[*number], other_value(row));
    cr_assert(all(eq(int, hf__model_rule_has(&rule, keys[*number]), 1), eq(u64, hf__model_rule_value(&rule, keys[*number]), other_value(row))), "%s",
              row->word);
    hf__model_rule_drop(&rule, keys[*number]);
    cr_assert(zero(int, memcmp(&rule, &plain, sizeof rule)), "%s", row->word);
}

HF_ROWS(plan_keys, words_find_their_keys, keys)
{
    const hf_fault_key_row *row = hf__model_fault_key(keys[*number]);
    cr_assert(eq(int, hf__model_fault_key_by_word(hf__text(row->word)), keys[*number]), "%s", row->word);
}

Test(plan_keys, an_unknown_word_finds_none)
{
    cr_assert(eq(int, hf__model_fault_key_by_word(hf__text("tims")), HF_FAULT_KEY_COUNT));
}
