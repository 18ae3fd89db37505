/* SPDX-License-Identifier: MIT
 * The small grammars inside values: when, chance, filters of where. Each takes text and gives numbers, or says where the text is wrong. They know
 * nothing of YAML, files or reporting, so tests and --fault can use them alone.
 */
#ifndef HF_PLAN_GRAMMAR_H
#define HF_PLAN_GRAMMAR_H

#include "model_rule.h"

/* What is wrong with a text, and which bytes of it. */
typedef struct hf__plan_wrong {
    size_t offset, size;
    bool unknown_word; /* those bytes are no word of the vocabulary; there is no message */
    char message[224];
} hf__plan_wrong;

/* Sets first, last and step of the rule. */
bool hf__plan_parse_when(hf_text text, hf_rule *rule, hf__plan_wrong *wrong);
/* Prints them as they are written; "" for every call. 80 bytes are enough. */
size_t hf__plan_print_when(char *buffer, size_t capacity, const hf_rule *rule);

/* "5%", "0.25%": of 2^32. */
bool hf__plan_parse_chance(hf_text text, uint64_t *chance, hf__plan_wrong *wrong);
/* The shortest text that parses to the same. 32 bytes are enough. */
size_t hf__plan_print_chance(char *buffer, size_t capacity, uint64_t chance);

/* One filter of a field: "commit", "=reserve|commit", ">=64K", "not-null", "!=task". */
bool hf__plan_parse_filter(hf_field field, hf_text text, hf_predicate *out, hf__plan_wrong *wrong);
/* Prints it as it is written. 192 bytes are enough. */
size_t hf__plan_print_filter(char *buffer, size_t capacity, const hf_predicate *predicate);

/* A size in the largest unit that leaves no rest, "64K"; a duration likewise, "50ms". 32 bytes are enough. */
size_t hf__plan_print_size(char *buffer, size_t capacity, uint64_t bytes);
size_t hf__plan_print_duration(char *buffer, size_t capacity, uint64_t us);

/* Fills wrong: bytes [offset, offset + size) of the text, and why. Returns false, for `return`. */
bool hf__plan_wrong_at(hf__plan_wrong *wrong, size_t offset, size_t size, const char *format, ...) HF_PRINTF(4, 5);

#endif
