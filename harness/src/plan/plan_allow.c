/* SPDX-License-Identifier: MIT
 * Files of known findings (allow.h): reads them by a table of keys, and decides whether an entry is for a finding. Reads text only; the caller
 * supplies the findings and the date.
 */
#include "plan_input.h"
#include "plan_reader.h"
#include "plan_writer.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_choice.h"
#include "base_text.h"

#include <hostfault/allow.h>
#include <string.h>

#include "base_poison.h"

#define TEXT_MAX_BYTES 4096u

struct hf_allow {
    hf__heap_arena arena;
    hf_allow_entry *entries;
    size_t count, capacity;
};

typedef enum allow_key { ALLOW_FINGERPRINT, ALLOW_PLACE, ALLOW_OUTCOME, ALLOW_CALLER, ALLOW_WHY, ALLOW_UNTIL, ALLOW_KEY_COUNT } allow_key;

static void take_fingerprint(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, TEXT_MAX_BYTES, &((hf_allow_entry *)target)->fingerprint);
}

static void take_place(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, TEXT_MAX_BYTES, &((hf_allow_entry *)target)->place);
}

/* Only outcomes that are findings can be allowed. */
static void take_outcome(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_words words = {.what = "outcome", .where = " of a finding", .count = 0};
    hf_outcome outcomes[HF_OUTCOME_COUNT];
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++) {
        if (hf_outcome_severity((hf_outcome)i) == 0)
            continue;
        outcomes[words.count] = (hf_outcome)i;
        hf__plan_words_add(&words, hf_outcome_name((hf_outcome)i));
    }
    int word = 0;
    if (hf__plan_take_word(reader, entry, entry->value, &words, &word))
        ((hf_allow_entry *)target)->outcome = outcomes[word];
}

static void take_caller(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, TEXT_MAX_BYTES, &((hf_allow_entry *)target)->caller);
}

static void take_why(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, TEXT_MAX_BYTES, &((hf_allow_entry *)target)->why);
}

static unsigned number_at(const char *digits, size_t count)
{
    unsigned number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (unsigned)(digits[i] - '0');
    return number;
}

static bool is_date(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
            return false;
    unsigned year = number_at(text, 4);
    unsigned month = number_at(text + 5, 2);
    unsigned day = number_at(text + 8, 2);
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && is_leap ? 1u : 0u);
}

static void take_until(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    const char *date = NULL;
    if (!hf__plan_take_text(reader, entry, TEXT_MAX_BYTES, &date))
        return;
    if (is_date(date))
        ((hf_allow_entry *)target)->until = date;
    else
        HF_NODE_ERROR(reader, entry->value, "'until' is a day as YYYY-MM-DD, the last one on which the entry counts");
}

static const hf__plan_key keys[ALLOW_KEY_COUNT] = {
    [ALLOW_FINGERPRINT] = {"fingerprint", take_fingerprint},
    [ALLOW_PLACE] = {"place", take_place},
    [ALLOW_OUTCOME] = {"outcome", take_outcome},
    [ALLOW_CALLER] = {"caller", take_caller},
    [ALLOW_WHY] = {"why", take_why},
    [ALLOW_UNTIL] = {"until", take_until},
};

static void check_entry(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_entry *given)
{
    bool by_fingerprint = given[ALLOW_FINGERPRINT].key != NULL;
    bool by_place = given[ALLOW_PLACE].key != NULL;
    if (by_fingerprint && by_place)
        HF_NODE_ERROR(reader, given[ALLOW_PLACE].key, "an entry has 'fingerprint' or 'place', not both");
    if (!by_fingerprint && !by_place)
        HF_NODE_ERROR(reader, node, "'fingerprint' or 'place' is missing: which finding is allowed");
    if (given[ALLOW_OUTCOME].key == NULL)
        HF_NODE_ERROR(reader, node, "'outcome' is missing: as the finding is printed, such as 'leaked'");
    if (given[ALLOW_WHY].key == NULL)
        HF_NODE_ERROR(reader, node, "'why' is missing: the reason why the finding is accepted");
}

static void add_entry(hf__plan_reader *reader, const hf__plan_node *node, hf_allow *allow)
{
    static const hf__plan_keys table = {.what = "an entry", .rows = keys, .count = ALLOW_KEY_COUNT};
    hf__plan_entry given[ALLOW_KEY_COUNT];
    hf_allow_entry entry = {.line = node->place.line};
    if (node->kind == HF_PLAN_BAD || hf__plan_read_map(reader, node, &table, given, &entry) != 0)
        return;
    check_entry(reader, node, given);
    HF_GROW(allow->entries, allow->count, allow->capacity);
    allow->entries[allow->count++] = entry;
}

static void read_entries(hf__plan_reader *reader, const hf__plan_node *root, hf_allow *allow)
{
    if (root->kind == HF_PLAN_BAD || hf__plan_is_null(root))
        return;
    if (root->kind != HF_PLAN_LIST) {
        HF_NODE_ERROR(reader, root, "a file of known findings is a list: each entry begins with '- '");
        return;
    }
    if (root->count > HF_ALLOW_MAX) {
        HF_NODE_ERROR(reader, root, "%u entries; %d are the most", root->count, HF_ALLOW_MAX);
        return;
    }
    for (const hf__plan_node *node = root->first; node != NULL && reader->source->errors->more == 0; node = node->next)
        add_entry(reader, node, allow);
}

static void read_document(hf__plan_source *source, hf_allow *allow)
{
    hf__plan_reader reader = {source, &allow->arena};
    hf__plan_yaml *yaml = hf__plan_yaml_open(source);
    hf__heap_arena nodes = {NULL};
    hf__plan_node *root = NULL;
    if (hf__plan_yaml_next(yaml, &nodes, &root) == HF_PLAN_NEXT_DOCUMENT) {
        read_entries(&reader, root, allow);
        if (hf__plan_yaml_next(yaml, &nodes, &root) == HF_PLAN_NEXT_DOCUMENT)
            HF_NODE_ERROR(&reader, root, "a second document; a file of known findings is one list");
    }
    hf__heap_arena_clear(&nodes);
    hf__plan_yaml_close(yaml);
}

static hf_status parse_allow(const char *name, hf_text text, void **out, hf_errors *errors)
{
    hf_allow *allow = hf__allocate(1, sizeof *allow);
    hf__plan_source source = hf__plan_source_init(hf__heap_arena_copy_text(&allow->arena, hf__text(name)), text, errors);
    if (text.size_bytes > HF_PLAN_FILE_MAX_BYTES)
        hf__plan_input_error(errors, name, "larger than 1 MiB, the limit for a file of known findings");
    else if (hf__plan_source_check(&source))
        read_document(&source, allow);
    if (errors->count > 0) {
        hf_allow_destroy(allow);
        return HF_ERROR_INPUT;
    }
    *out = allow;
    return HF_OK;
}

hf_status hf_allow_parse(const char *name, hf_text text, hf_allow **out, hf_errors *errors)
{
    void *allow = NULL;
    hf_status status = hf__plan_input_parse(parse_allow, name, text, &allow, errors);
    *out = allow;
    return status;
}

hf_status hf_allow_load(const char *path, hf_allow **out, hf_errors *errors)
{
    void *allow = NULL;
    hf_status status = hf__plan_input_load(parse_allow, path, &allow, errors);
    *out = allow;
    return status;
}

void hf_allow_destroy(hf_allow *allow)
{
    if (allow == NULL)
        return;
    hf__heap_arena_clear(&allow->arena);
    hf__free(allow->entries);
    hf__free(allow);
}

size_t hf_allow_count(const hf_allow *allow)
{
    return allow->count;
}

const hf_allow_entry *hf_allow_at(const hf_allow *allow, size_t index)
{
    return index < allow->count ? &allow->entries[index] : NULL;
}

bool hf_allow_is_for_caller(const hf_allow_entry *entry, const char *caller)
{
    return entry->caller == NULL || hf__choice_has(entry->caller, caller);
}

bool hf_allow_is_for(const hf_allow_entry *entry, const hf_allow_finding *finding)
{
    if (entry->outcome != finding->outcome || !hf_allow_is_for_caller(entry, finding->caller))
        return false;
    if (entry->fingerprint != NULL)
        return strcmp(entry->fingerprint, finding->fingerprint) == 0;
    return hf__choice_has(entry->place, finding->place) || hf__choice_has(entry->place, finding->ended);
}

bool hf_allow_has_passed(const hf_allow_entry *entry, const char *today)
{
    return entry->until != NULL && strcmp(today, entry->until) > 0;
}

const hf_allow_entry *hf_allow_find(const hf_allow *allow, const hf_allow_finding *finding, const char *today)
{
    for (size_t i = 0; i < allow->count; i++)
        if (hf_allow_is_for(&allow->entries[i], finding) && !hf_allow_has_passed(&allow->entries[i], today))
            return &allow->entries[i];
    return NULL;
}

static const char *put_key(const hf__plan_writer *to, const char *before, const char *key, const char *value)
{
    if (value == NULL)
        return before;
    hf__plan_put(to, "%s%s: ", before, key);
    hf__plan_put_string(to, value);
    hf__plan_put(to, "\n");
    return "  ";
}

void hf_allow_print(const hf_allow_entry *entry, hf_write *write, void *user)
{
    const hf__plan_writer to = {.write = write, .user = user};
    const char *before = put_key(&to, "- ", "fingerprint", entry->fingerprint);
    before = put_key(&to, before, "place", entry->place);
    before = put_key(&to, before, "outcome", hf_outcome_name(entry->outcome));
    before = put_key(&to, before, "caller", entry->caller);
    before = put_key(&to, before, "why", entry->why);
    (void)put_key(&to, before, "until", entry->until);
}
