/* SPDX-License-Identifier: MIT
 * Reading nodes by tables: a mapping by one row per key, a value by one function per type. Every function here reports its own mistakes, with
 * position, and says whether it got a value; nobody reports twice.
 */
#ifndef HF_PLAN_READER_H
#define HF_PLAN_READER_H

#include "plan_node.h"

#include <hostfault/plan.h>

/* What every reading function is given. */
typedef struct hf__plan_reader {
    hf__plan_source *source;
    hf__heap_arena *keep; /* what the scenario keeps */
} hf__plan_reader;

#define HF_NODE_ERROR(reader, node, ...) HF_PLACE_ERROR((reader)->source, (node)->place, __VA_ARGS__)

/* One `key: value` of a mapping. key NULL: not given. */
typedef struct hf__plan_entry {
    const hf__plan_node *key;
    const hf__plan_node *value;
} hf__plan_entry;

/* A row of a mapping's table: the key, and who reads its value into `target`. */
typedef struct hf__plan_key {
    const char *word;
    void (*take)(hf__plan_reader *reader, const hf__plan_entry *entry, void *target);
} hf__plan_key;

typedef struct hf__plan_keys {
    const char *what; /* "a fault" */
    const hf__plan_key *rows;
    size_t count;
} hf__plan_keys;

/* Reads a mapping: each row's take is called for its key, in the order of the text; given[row] says what was there (zeroed first; may be
 * NULL). Reports what is no mapping, empty, unknown, or there twice. Returns how many keys were unknown, or -1 if there is nothing to read. */
int hf__plan_read_map(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_keys *keys, hf__plan_entry *given, void *target);

/* Text in quotes for a message: 'abc', cut and made printable. */
typedef struct hf__plan_quote {
    char text[64];
} hf__plan_quote;
hf__plan_quote hf__plan_quoted(hf_text text);

/* A word list, for looking up and for "did you mean". */
#define HF_PLAN_WORDS_MAX 64
typedef struct hf__plan_words {
    const char *what;  /* "method" */
    const char *where; /* " of a fault", or NULL */
    size_t count;
    const char *words[HF_PLAN_WORDS_MAX];
} hf__plan_words;
void hf__plan_words_add(hf__plan_words *words, const char *word);
/* Index of the word, or -1. */
int hf__plan_words_find(const hf__plan_words *words, hf_text text);
/* "unknown method 'x'; did you mean 'y'?" or "...; known are a, b, c". */
void hf__plan_report_unknown(hf__plan_reader *reader, hf__plan_place place, const hf__plan_words *words, hf_text text);

/* Values. Each reports and returns false if the value is not of its kind. `entry->key` names it in messages; node is the value, or one of
 * a list's items. */
bool hf__plan_take_scalar(hf__plan_reader *reader, const hf__plan_entry *entry, const hf__plan_node *node, hf_text *out);
/* Text that is not empty and at most `limit` bytes, copied. */
bool hf__plan_take_text(hf__plan_reader *reader, const hf__plan_entry *entry, size_t limit, const char **out);
/* A name: letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 80 bytes. */
bool hf__plan_take_name(hf__plan_reader *reader, const hf__plan_entry *entry, const char **out);
/* true or false. */
bool hf__plan_take_flag(hf__plan_reader *reader, const hf__plan_entry *entry, uint8_t *out);
bool hf__plan_take_number(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t least, uint64_t most, uint64_t *out);
/* A size with K, M, G or T; at least 1. */
bool hf__plan_take_size(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t *out);
/* A duration with us, ms, s or m; more than 0. */
bool hf__plan_take_duration(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t most_us, uint64_t *out_us);
/* One of the words, as its index. */
bool hf__plan_take_word(hf__plan_reader *reader, const hf__plan_entry *entry, const hf__plan_node *node, const hf__plan_words *words, int *out);
/* A list of text; `alone`: a single text may stand without brackets. Items may be empty. */
bool hf__plan_take_list(hf__plan_reader *reader, const hf__plan_entry *entry, bool alone, hf_string_list *out);

/* First node to read for a key that takes one value or a list of them; the others follow by ->next up to the count. Reports an empty list. */
const hf__plan_node *hf__plan_one_or_list(hf__plan_reader *reader, const hf__plan_entry *entry, uint32_t *count);

#endif
