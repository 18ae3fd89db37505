/* SPDX-License-Identifier: MIT
 * The keys of a fault whose value is one member of hf_rule: what each is called, where it lies, which values it takes (model_fault_key.def). Whoever
 * reads, prints, encodes, drops or mutates rules goes by these rows instead of by members.
 *
 * Threads: pure but for the rule that is given.
 */
#ifndef HF_MODEL_FAULT_KEY_H
#define HF_MODEL_FAULT_KEY_H

#include "model_rule.h"

typedef enum hf_fault_key {
#define HF_FAULT_KEY(id, word, kind, member, given, unset, least, most, sentence) HF_FAULT_KEY_##id,
#define HF_FAULT_KEY_OWN(id, word, name) HF_FAULT_KEY_##id,
#include "model_fault_key.def"
#undef HF_FAULT_KEY
#undef HF_FAULT_KEY_OWN
    HF_FAULT_KEY_COUNT
} hf_fault_key;

/* How a value is written in a script. */
typedef enum hf_fault_key_kind {
    HF_FAULT_KIND_OWN,      /* not by one member: the row has nothing but the word */
    HF_FAULT_KIND_FLAG,     /* true or false */
    HF_FAULT_KIND_NUMBER,   /* decimal */
    HF_FAULT_KIND_DURATION, /* 50ms; the member counts microseconds */
    HF_FAULT_KIND_ABOVE,    /* ">8M"; the member counts bytes */
    HF_FAULT_KIND_HASH,     /* "0123456789abcdef" */
    HF_FAULT_KIND_WORD      /* one of hf__model_fault_key_words */
} hf_fault_key_kind;

typedef struct hf_fault_key_row {
    const char *word;
    hf_fault_key_kind kind;
    uint16_t offset, size; /* of the member; its type is unsigned */
    uint16_t given;        /* offset of the flag that says whether the key was given; `offset`: there is none */
    uint64_t unset;        /* the member's value without the key */
    uint64_t least, most;  /* of a value */
    const char *sentence;  /* what `explain` adds for a flag; NULL: nothing */
} hf_fault_key_row;

const hf_fault_key_row *hf__model_fault_key(hf_fault_key key);
/* HF_FAULT_KEY_COUNT: no key has this word. */
hf_fault_key hf__model_fault_key_by_word(hf_text word);

/* The words of a key of kind WORD, by value; those below row->least are NULL. *what: what such a word is, "way to count". */
const char *const *hf__model_fault_key_words(hf_fault_key key, const char **what);

/* Of a key that is not HF_FAULT_KIND_OWN. */
uint64_t hf__model_rule_value(const hf_rule *rule, hf_fault_key key);
/* Does the rule say something else than a rule without this key? */
bool hf__model_rule_has(const hf_rule *rule, hf_fault_key key);
/* The value must be in the row's bounds. */
void hf__model_rule_set(hf_rule *rule, hf_fault_key key, uint64_t value);
/* Makes the rule one without this key. */
void hf__model_rule_drop(hf_rule *rule, hf_fault_key key);

#endif
