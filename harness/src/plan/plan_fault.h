/* SPDX-License-Identifier: MIT
 * One rule on its way from nodes to hf_rule: what was read, its position, and the checks that need more than one key.
 */
#ifndef HF_PLAN_FAULT_H
#define HF_PLAN_FAULT_H

#include "model_fault_key.h"
#include "plan_grammar.h"
#include "plan_reader.h"

/* A rule as read. */
typedef struct hf__plan_draft {
    hf_rule rule;
    hf_scenario_rule out;
    const hf__plan_node *node;
    bool has_unknown; /* a key that nobody knows, perhaps the one that seems to be missing */
    hf__plan_entry given[HF_FAULT_KEY_COUNT];
    hf__plan_place predicate_fields[HF_PREDICATES_MAX]; /* where the field's word stands */
    hf__plan_place predicate_texts[HF_PREDICATES_MAX];  /* where the filter stands */
    const char *after, *until;                          /* names, resolved when all rules are read */
} hf__plan_draft;

/* Reads one fault into a draft; index is its place among the scenario's rules (for the default name). */
void hf__plan_read_fault(hf__plan_reader *reader, const hf__plan_node *node, size_t index, hf__plan_draft *draft);

/* What keys of one rule say together: against each other, and against the model's tables. */
void hf__plan_check_rule(hf__plan_reader *reader, const hf__plan_draft *draft);

/* What rules say together: names, gates, cycles, rules that are shadowed. Resolves after and until. errors_before: how many mistakes there
 * were before the scenario; with new ones, what only makes sense of rules that were understood is left out. */
void hf__plan_check_rules(hf__plan_reader *reader, hf__plan_draft *drafts, size_t count, uint32_t errors_before);

/* Vocabularies. */
hf__plan_words hf__plan_method_words(void);
hf__plan_words hf__plan_hresult_words(void);
hf__plan_words hf__plan_lie_words(void);
hf__plan_words hf__plan_flag_words(hf_field field);
/* "VirtualAlloc", "VirtualAlloc or Malloc.Alloc", ... of a set. */
void hf__plan_print_methods(char *buffer, size_t capacity, const hf_rule *rule, const char *between);
/* The names of a rule's `call`: methods, and the functions of those of which it does not take all calls. */
void hf__plan_call_names(const hf_rule *rule, hf__plan_words *out);
/* The set of a class; 0 for a word that is not a class. */
uint32_t hf__plan_class_methods(hf_text word);

#endif
