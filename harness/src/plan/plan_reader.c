/* SPDX-License-Identifier: MIT
 * Reads mappings by table, and the values that have no grammar of their own. What a value means is decided elsewhere.
 */
#include "plan_reader.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define NAME_MAX_BYTES 80u

static const char *kind_name(hf__plan_kind kind)
{
    switch (kind) {
    case HF_PLAN_SCALAR: return "a single value";
    case HF_PLAN_LIST: return "a list";
    case HF_PLAN_MAP: return "a mapping";
    case HF_PLAN_BAD: return "a mistake";
    }
    return "?";
}

/* The table's row for a key, reporting one that has none. */
static int find_row(hf__plan_reader *reader, const hf__plan_node *key, const hf__plan_keys *keys)
{
    if (key->kind == HF_PLAN_BAD)
        return -1;
    if (key->kind != HF_PLAN_SCALAR) {
        HF_NODE_ERROR(reader, key, "a key of %s must be a word, not %s", keys->what, kind_name(key->kind));
        return -1;
    }

    char where[64];
    hf__builder builder = hf__builder_init(where, sizeof where);
    hf__builder_print(&builder, " of %s", keys->what);
    hf__plan_words words = {.what = "key", .where = where, .count = 0};
    for (size_t i = 0; i < keys->count; i++)
        hf__plan_words_add(&words, keys->rows[i].word);
    int row = hf__plan_words_find(&words, key->text);
    if (row >= 0)
        return row;
    hf__plan_report_unknown(reader, key->place, &words, key->text);
    return -1;
}

int hf__plan_read_map(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_keys *keys, hf__plan_entry *given, void *target)
{
    hf__plan_entry own[HF_PLAN_WORDS_MAX];
    HF_ASSERT(keys->count <= HF_PLAN_WORDS_MAX);
    if (given == NULL)
        given = own;
    memset(given, 0, keys->count * sizeof *given);
    if (node->kind == HF_PLAN_BAD)
        return -1;
    if (node->kind != HF_PLAN_MAP) {
        HF_NODE_ERROR(reader, node, "%s must be a mapping of keys to values, not %s", keys->what,
                      hf__plan_is_null(node) ? "nothing" : kind_name(node->kind));
        return -1;
    }

    if (node->count == 0) {
        HF_NODE_ERROR(reader, node, "%s is empty", keys->what);
        return -1;
    }

    int unknown = 0;
    for (const hf__plan_node *key = node->first; key != NULL && reader->source->errors->more == 0; key = key->next->next) {
        int row = find_row(reader, key, keys);
        if (row < 0) {
            unknown++;
            continue;
        }
        if (given[row].key != NULL) {
            HF_NODE_ERROR(reader, key, "'%s' is given twice; the first is on line %u", keys->rows[row].word, given[row].key->place.line);
            continue;
        }
        given[row] = (hf__plan_entry){key, key->next};
        if (key->next->kind != HF_PLAN_BAD)
            keys->rows[row].take(reader, &given[row], target);
    }

    return unknown;
}

bool hf__plan_take_scalar(hf__plan_reader *reader, const hf__plan_entry *entry, const hf__plan_node *node, hf_text *out)
{
    if (node->kind == HF_PLAN_BAD)
        return false;
    if (node->kind != HF_PLAN_SCALAR) {
        bool whole = node == entry->value;
        HF_NODE_ERROR(reader, node, "%s'%s' %s a single value, not %s", whole ? "" : "an item of ", entry->key->text.pointer, whole ? "takes" : "is",
                      kind_name(node->kind));
        return false;
    }

    if (node->plain && node->text.size_bytes == 0 && node != entry->value) {
        HF_NODE_ERROR(reader, node, "an item of '%s' is missing here; \"\" is an empty text", entry->key->text.pointer);
        return false;
    }

    if (node->plain && node->text.size_bytes == 0) {
        HF_NODE_ERROR(reader, entry->key, "'%s' has no value", entry->key->text.pointer);
        return false;
    }

    if (hf__plan_is_null(node)) {
        HF_NODE_ERROR(reader, node, "'%s' does not take null; put the word in quotes if it is text", entry->key->text.pointer);
        return false;
    }

    *out = node->text;
    return true;
}

bool hf__plan_take_text(hf__plan_reader *reader, const hf__plan_entry *entry, size_t limit, const char **out)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    if (text.size_bytes == 0) {
        HF_NODE_ERROR(reader, entry->value, "'%s' is empty", entry->key->text.pointer);
        return false;
    }
    if (text.size_bytes > limit) {
        HF_NODE_ERROR(reader, entry->value, "'%s' has %zu bytes; the limit is %zu", entry->key->text.pointer, text.size_bytes, limit);
        return false;
    }
    *out = hf__heap_arena_copy_text(reader->keep, text);
    return true;
}

static bool is_name_byte(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool hf__plan_take_name(hf__plan_reader *reader, const hf__plan_entry *entry, const char **out)
{
    const char *text = NULL;
    if (!hf__plan_take_text(reader, entry, NAME_MAX_BYTES, &text))
        return false;
    size_t good = 0;
    while (is_name_byte(text[good]))
        good++;
    if (text[good] != '\0') {
        hf__plan_place place = hf__plan_part(entry->value, good, 1);
        HF_PLACE_ERROR(reader->source, place, "'%s' may contain only letters, digits, '.', '_' and '-'", entry->key->text.pointer);
        return false;
    }

    if (text[0] == '.' || text[0] == '_' || text[0] == '-') {
        HF_NODE_ERROR(reader, entry->value, "'%s' must begin with a letter or a digit", entry->key->text.pointer);
        return false;
    }

    *out = text;
    return true;
}

bool hf__plan_take_flag(hf__plan_reader *reader, const hf__plan_entry *entry, uint8_t *out)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    bool yes = hf__text_equal_string(text, "true");
    if (entry->value->plain && (yes || hf__text_equal_string(text, "false"))) {
        *out = yes ? 1 : 0;
        return true;
    }
    HF_NODE_ERROR(reader, entry->value, "'%s' takes true or false, not %s", entry->key->text.pointer, hf__plan_quoted(text).text);
    return false;
}

bool hf__plan_take_number(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t least, uint64_t most, uint64_t *out)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    if (hf__parse_u64(text, out) && *out >= least && *out <= most)
        return true;
    HF_NODE_ERROR(reader, entry->value, "'%s' takes a whole number from %llu to %llu, not %s", entry->key->text.pointer, (unsigned long long)least,
                  (unsigned long long)most, hf__plan_quoted(text).text);
    return false;
}

bool hf__plan_take_size(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t *out)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    if (hf__parse_size(text, out) && *out > 0)
        return true;
    HF_NODE_ERROR(reader, entry->value, "'%s' takes a size such as 4096, 64K, 8M or 1G, not %s", entry->key->text.pointer,
                  hf__plan_quoted(text).text);
    return false;
}

bool hf__plan_take_duration(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t most_us, uint64_t *out_us)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    if (!hf__parse_duration_us(text, out_us)) {
        HF_NODE_ERROR(reader, entry->value, "'%s' takes a duration such as 500us, 50ms, 2s or 1m, not %s", entry->key->text.pointer,
                      hf__plan_quoted(text).text);
        return false;
    }

    if (*out_us == 0) {
        HF_NODE_ERROR(reader, entry->value, "'%s' of 0 does nothing; remove it", entry->key->text.pointer);
        return false;
    }

    if (*out_us > most_us) {
        HF_NODE_ERROR(reader, entry->value, "'%s' can be at most %llus", entry->key->text.pointer, (unsigned long long)(most_us / 1000000));
        return false;
    }

    return true;
}

bool hf__plan_take_word(hf__plan_reader *reader, const hf__plan_entry *entry, const hf__plan_node *node, const hf__plan_words *words, int *out)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, node, &text))
        return false;
    *out = hf__plan_words_find(words, text);
    if (*out >= 0)
        return true;
    hf__plan_report_unknown(reader, node->place, words, text);
    return false;
}

const hf__plan_node *hf__plan_one_or_list(hf__plan_reader *reader, const hf__plan_entry *entry, uint32_t *count)
{
    *count = 1;
    if (entry->value->kind != HF_PLAN_LIST)
        return entry->value;
    *count = entry->value->count;
    if (*count == 0)
        HF_NODE_ERROR(reader, entry->value, "'%s' is an empty list", entry->key->text.pointer);
    return entry->value->first;
}

bool hf__plan_take_list(hf__plan_reader *reader, const hf__plan_entry *entry, bool alone, hf_string_list *out)
{
    if (entry->value->kind != HF_PLAN_LIST && !alone) {
        HF_NODE_ERROR(reader, entry->value, "'%s' takes a list: [first, second]", entry->key->text.pointer);
        return false;
    }
    uint32_t count = 0;
    const hf__plan_node *node = hf__plan_one_or_list(reader, entry, &count);
    const char **items = hf__heap_arena_take(reader->keep, (size_t)count + 1, sizeof *items);
    bool good = count > 0;
    for (uint32_t i = 0; i < count; i++, node = node->next) {
        hf_text text = {"", 0};
        good = hf__plan_take_scalar(reader, entry, node, &text) && good;
        items[i] = hf__heap_arena_copy_text(reader->keep, text);
    }
    *out = (hf_string_list){.count = count, .items = items};
    return good;
}
