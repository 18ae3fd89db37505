/* SPDX-License-Identifier: MIT
 * Filters on arguments: text to predicate and back. The table is the specification;
 * it stands in scenarios/README.md word for word, and a test runs each row through this file.
 *
 * grammar: where
 * | field   | filter              | holds when the argument              |
 * |---------|---------------------|--------------------------------------|
 * | type    | `commit`            | has-bits 0x1000                      |
 * | type    | `reserve\|commit`   | has-bits 0x3000                      |
 * | type    | `=commit`           | equals 0x1000                        |
 * | type    | `!commit`           | lacks-bits 0x1000                    |
 * | type    | `!reserve\|commit`  | lacks-bits 0x3000                    |
 * | type    | `!=reserve\|commit` | differs-from 0x3000                  |
 * | type    | `0x80000`           | has-bits 0x80000                     |
 * | protect | `readwrite`         | has-bits 0x4                         |
 * | protect | `readwrite\|guard`  | has-bits 0x104                       |
 * | free    | `release`           | has-bits 0x8000                      |
 * | free    | `=0`                | equals 0x0                           |
 * | malloc  | `threadsafe`        | has-bits 0x1                         |
 * | level   | `task`              | equals 0x0                           |
 * | level   | `!=process`         | differs-from 0x2                     |
 * | size    | `4096`              | equals 0x1000                        |
 * | size    | `=64K`              | equals 0x10000                       |
 * | size    | `!=0`               | differs-from 0x0                     |
 * | size    | `<64K`              | is-below 0x10000                     |
 * | size    | `<=64K`             | is-at-most 0x10000                   |
 * | size    | `>1M`               | is-above 0x100000                    |
 * | size    | `>=0x1000`          | is-at-least 0x1000                   |
 * | address | `null`              | equals 0x0                           |
 * | address | `not-null`          | differs-from 0x0                     |
 * end of grammar
 */
#include "plan_grammar.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

typedef struct operator_row {
    const char *text;
    hf_compare compare;
} operator_row;

/* The first that the text begins with, so the longer ones stand first. */
static const operator_row flag_operators[] = {
    {"!=", HF_COMPARE_NOT_EQUAL}, {"!", HF_COMPARE_LACKS_BITS}, {"=", HF_COMPARE_EQUAL}, {"", HF_COMPARE_HAS_BITS}};
static const operator_row size_operators[] = {
    {">=", HF_COMPARE_GREATER_EQUAL}, {"<=", HF_COMPARE_LESS_EQUAL}, {"!=", HF_COMPARE_NOT_EQUAL}, {">", HF_COMPARE_GREATER},
    {"<", HF_COMPARE_LESS},           {"=", HF_COMPARE_EQUAL},       {"", HF_COMPARE_EQUAL}};
static const operator_row level_operators[] = {{"!=", HF_COMPARE_NOT_EQUAL}, {"=", HF_COMPARE_EQUAL}, {"", HF_COMPARE_EQUAL}};

static hf_compare take_operator(const operator_row *rows, hf_text *text)
{
    while (!hf__text_starts_with(*text, rows->text))
        rows++;
    size_t length = strlen(rows->text);
    *text = hf__text_trim((hf_text){text->pointer + length, text->size_bytes - length});
    return rows->compare;
}

static bool find_flag(hf_field field, hf_text word, uint32_t *value)
{
    size_t count = 0;
    const hf_flag_row *rows = hf__model_flags(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].field == field && hf__text_equal_string(word, rows[i].word)) {
            *value = rows[i].value;
            return true;
        }
    }
    uint64_t number = 0;
    bool is_hex = word.size_bytes > 0 && word.pointer[0] >= '0' && word.pointer[0] <= '9' && hf__parse_u64(word, &number) && number <= UINT32_MAX;
    *value = (uint32_t)number;
    return is_hex;
}

static bool unknown_word(hf__plan_wrong *wrong, hf_text whole, hf_text word)
{
    hf__plan_wrong_at(wrong, (size_t)(word.pointer - whole.pointer), word.size_bytes, "unknown word");
    wrong->unknown_word = true;
    return false;
}

/* Values of one argument that exclude each other: the low byte of a protection, and the two ways to free. */
static uint32_t exclusive_bits(hf_field field)
{
    if (field == HF_FIELD_PROTECT)
        return 0xFFu;
    return field == HF_FIELD_FREE ? 0xC000u : 0;
}

/* The next word of "a|b|c"; the rest stays in *text, whose pointer is NULL after the last. */
static hf_text next_word(hf_text *text)
{
    const char *bar = text->size_bytes > 0 ? memchr(text->pointer, '|', text->size_bytes) : NULL;
    size_t length = bar != NULL ? (size_t)(bar - text->pointer) : text->size_bytes;
    hf_text word = hf__text_trim((hf_text){text->pointer, length});
    *text = bar != NULL ? (hf_text){bar + 1, text->size_bytes - length - 1} : (hf_text){NULL, 0};
    return word;
}

static bool parse_flags(hf_field field, hf_text whole, hf_text text, hf_predicate *out, hf__plan_wrong *wrong)
{
    bool together = out->compare == HF_COMPARE_HAS_BITS || out->compare == HF_COMPARE_EQUAL;
    uint32_t exclusive = 0; /* of the words so far */
    while (text.pointer != NULL) {
        hf_text word = next_word(&text);
        uint32_t value = 0;
        if (word.size_bytes == 0)
            return hf__plan_wrong_at(wrong, (size_t)(word.pointer - whole.pointer), 1, "a word for '%s' is missing here",
                                     hf__model_field_name(field));
        if (!find_flag(field, word, &value))
            return unknown_word(wrong, whole, word);
        bool is_word = word.pointer[0] < '0' || word.pointer[0] > '9';
        uint32_t mine = is_word ? value & exclusive_bits(field) : 0;
        if (together && mine != 0 && exclusive != 0 && exclusive != mine)
            return hf__plan_wrong_at(wrong, 0, whole.size_bytes, "no call has all of these; '|' means and, so write two rules to mean or");
        exclusive |= mine;
        out->value |= value;
    }

    if (out->value == 0 && out->compare != HF_COMPARE_EQUAL && out->compare != HF_COMPARE_NOT_EQUAL)
        return hf__plan_wrong_at(wrong, 0, whole.size_bytes, "0 has no bits; write \"=0\" for an argument that is 0");
    return true;
}

static bool parse_size_filter(hf_text whole, hf_text text, hf_predicate *out, hf__plan_wrong *wrong)
{
    (void)whole;
    if (hf__parse_size(text, &out->value))
        return true;
    return hf__plan_wrong_at(wrong, 0, whole.size_bytes, "'size' takes a size such as 4096, 64K or 1M, with =, !=, <, <=, > or >= in front");
}

static bool parse_level(hf_text whole, hf_text text, hf_predicate *out, hf__plan_wrong *wrong)
{
    uint32_t value = 0;
    if (!find_flag(HF_FIELD_LEVEL, text, &value))
        return unknown_word(wrong, whole, text);
    out->value = value;
    return true;
}

static bool parse_address(hf_text text, hf_predicate *out, hf__plan_wrong *wrong)
{
    bool is_null = hf__text_equal_string(text, "null");
    if (!is_null && !hf__text_equal_string(text, "not-null"))
        return hf__plan_wrong_at(wrong, 0, text.size_bytes, "'address' takes null or not-null; other addresses differ from run to run");
    out->compare = is_null ? HF_COMPARE_EQUAL : HF_COMPARE_NOT_EQUAL;
    out->value = 0;
    return true;
}

bool hf__plan_parse_filter(hf_field field, hf_text whole, hf_predicate *out, hf__plan_wrong *wrong)
{
    memset(out, 0, sizeof *out);
    out->field = (uint8_t)field;
    hf_text text = whole;
    switch (field) {
    case HF_FIELD_ADDRESS: return parse_address(text, out, wrong);
    case HF_FIELD_SIZE: out->compare = (uint8_t)take_operator(size_operators, &text); return parse_size_filter(whole, text, out, wrong);
    case HF_FIELD_LEVEL: out->compare = (uint8_t)take_operator(level_operators, &text); return parse_level(whole, text, out, wrong);
    case HF_FIELD_TYPE:
    case HF_FIELD_PROTECT:
    case HF_FIELD_FREE:
    case HF_FIELD_MALLOC: out->compare = (uint8_t)take_operator(flag_operators, &text); return parse_flags(field, whole, text, out, wrong);
    case HF_FIELD_COUNT: break;
    }
    return false;
}

static const char *operator_text(const operator_row *rows, hf_compare compare)
{
    while (rows->compare != compare)
        rows++;
    return rows->text;
}

/* Words, but a number where the words would be refused. */
static void print_value(char *buffer, size_t capacity, hf_field field, uint32_t value)
{
    uint32_t exclusive = value & exclusive_bits(field);
    hf__builder builder = hf__builder_init(buffer, capacity);
    if ((exclusive & (exclusive - 1)) != 0)
        hf__builder_print(&builder, "0x%X", (unsigned)value);
    else
        hf__model_print_flags(buffer, capacity, field, value);
}

size_t hf__plan_print_filter(char *buffer, size_t capacity, const hf_predicate *predicate)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf_field field = (hf_field)predicate->field;
    hf_compare compare = (hf_compare)predicate->compare;
    char value[160];
    if (field == HF_FIELD_ADDRESS) {
        hf__builder_print(&builder, "%s", compare == HF_COMPARE_EQUAL ? "null" : "not-null");
    } else if (field == HF_FIELD_SIZE) {
        hf__plan_print_size(value, sizeof value, predicate->value);
        hf__builder_print(&builder, "%s%s", compare == HF_COMPARE_EQUAL ? "" : operator_text(size_operators, compare), value);
    } else {
        print_value(value, sizeof value, field, (uint32_t)predicate->value);
        bool bare = field == HF_FIELD_LEVEL && compare == HF_COMPARE_EQUAL;
        hf__builder_print(&builder, "%s%s", bare ? "" : operator_text(flag_operators, compare), value);
    }
    return builder.length;
}
