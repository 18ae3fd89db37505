/* SPDX-License-Identifier: MIT
 * The keys of a fault: those of the model's table by one function, the others by one each. What keys say together is plan_check.c's.
 */
#include "plan_fault.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define LABEL_MAX_BYTES 47u /* longer names are cut by the shim and could never match */
#define PATTERN_MAX_BYTES 512u
#define PATTERNS_MAX 64u /* lists of them are compared item by item */

static void report_wrong(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_wrong *wrong, const hf__plan_words *words)
{
    hf__plan_place place = hf__plan_part(node, wrong->offset, wrong->size);
    if (wrong->unknown_word)
        hf__plan_report_unknown(reader, place, words, (hf_text){node->text.pointer + wrong->offset, wrong->size});
    else
        HF_PLACE_ERROR(reader->source, place, "%s", wrong->message);
}

static void take_name(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_name(reader, entry, &((hf__plan_draft *)target)->out.name);
}

/* What words of `call` take: methods with all their calls, functions alone. */
typedef struct calls_taken {
    uint32_t methods, functions;
} calls_taken;

/* One word of `call`: a method, a class of methods, a function of an unmodified program, or a pattern over methods or, where none fits, functions. */
static calls_taken calls_of(hf__plan_reader *reader, const hf__plan_node *node, hf_text word)
{
    calls_taken taken = {.methods = hf__plan_class_methods(word)};
    for (unsigned i = 0; i < HF_METHOD_COUNT; i++) {
        if (hf__glob_match(word, hf__text(hf__model_method((hf_method)i)->name)))
            taken.methods |= 1u << i;
    }

    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT && taken.methods == 0; i++) {
        if (hf__model_function_is_named((hf_function)i) && hf__glob_match(word, hf__text(hf__model_function((hf_function)i)->name)))
            taken.functions |= 1u << i;
    }

    if (taken.methods != 0 || taken.functions != 0)
        return taken;
    if (memchr(word.pointer, '*', word.size_bytes) != NULL || memchr(word.pointer, '?', word.size_bytes) != NULL) {
        HF_NODE_ERROR(reader, node, "no method or function matches %s; 'hostfault list methods' lists them", hf__plan_quoted(word).text);
        return taken;
    }

    hf__plan_words words = hf__plan_method_words();
    hf__plan_report_unknown(reader, node->place, &words, word);
    return taken;
}

/* A rule that names functions has all of those that it takes in `functions`, those of whole methods as well. */
static void set_calls(hf_rule *rule, calls_taken all)
{
    rule->methods = all.methods;
    rule->functions = 0;
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++) {
        if ((all.functions >> i & 1) != 0)
            rule->methods |= 1u << hf__model_function((hf_function)i)->method;
    }
    if (rule->methods == all.methods)
        return;
    rule->functions = all.functions | (all.methods != 0 ? 1u << HF_FUNCTION_NONE : 0);
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++)
        rule->functions |= (all.methods >> method & 1) != 0 ? hf__model_functions_of((hf_method)method) : 0;
}

static void take_call(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_draft *draft = target;
    calls_taken all = {0};
    uint32_t count = 0;
    const hf__plan_node *node = hf__plan_one_or_list(reader, entry, &count);

    for (; count > 0 && reader->source->errors->more == 0; count--, node = node->next) {
        hf_text word;
        if (!hf__plan_take_scalar(reader, entry, node, &word))
            continue;
        calls_taken taken = calls_of(reader, node, word);
        bool is_known = taken.methods != 0 || taken.functions != 0;
        if (is_known && (taken.methods & ~all.methods) == 0 && (taken.functions & ~all.functions) == 0)
            HF_NODE_ERROR(reader, node, "%s is already in the list", hf__plan_quoted(word).text);
        all.methods |= taken.methods;
        all.functions |= taken.functions;
    }

    set_calls(&draft->rule, all);
}

static void take_when(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_wrong wrong;
    hf_text text;
    if (hf__plan_take_scalar(reader, entry, entry->value, &text) && !hf__plan_parse_when(text, &((hf__plan_draft *)target)->rule, &wrong))
        report_wrong(reader, entry->value, &wrong, NULL);
}

static void add_predicate(hf__plan_reader *reader, const hf__plan_entry *entry, const hf__plan_node *node, hf__plan_draft *draft, hf_field field)
{
    static const hf_text null_text = {"null", 4};
    hf__plan_wrong wrong;
    hf_predicate predicate;
    hf_text text = null_text;
    bool is_null = field == HF_FIELD_ADDRESS && hf__plan_is_null(node) && node->text.size_bytes > 0;
    if (!is_null && !hf__plan_take_scalar(reader, entry, node, &text))
        return;
    if (!hf__plan_parse_filter(field, text, &predicate, &wrong)) {
        hf__plan_words words = hf__plan_flag_words(field);
        report_wrong(reader, node, &wrong, &words);
        return;
    }

    if (draft->rule.predicate_count == HF_PREDICATES_MAX) {
        HF_NODE_ERROR(reader, node, "more than %u filters", HF_PREDICATES_MAX);
        return;
    }

    draft->predicate_fields[draft->rule.predicate_count] = entry->key->place;
    draft->predicate_texts[draft->rule.predicate_count] = node->place;
    draft->rule.predicates[draft->rule.predicate_count++] = predicate;
}

/* The value of one field: a filter, or a list of filters that must all hold. */
static void take_field(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_field field = HF_FIELD_ADDRESS;
    HF_ASSERT(hf__model_field_by_name(entry->key->text, &field));
    uint32_t count = 0;
    const hf__plan_node *node = hf__plan_one_or_list(reader, entry, &count);
    for (; count > 0 && reader->source->errors->more == 0; count--, node = node->next)
        add_predicate(reader, entry, node, target, field);
}

static void take_where(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    static const hf__plan_key rows[] = {{"type", take_field},  {"protect", take_field}, {"size", take_field},  {"address", take_field},
                                        {"level", take_field}, {"free", take_field},    {"malloc", take_field}};
    static const hf__plan_keys keys = {"'where'", rows, HF_COUNT_OF(rows)};
    hf__plan_read_map(reader, entry->value, &keys, NULL, target);
}

/* function, module!function, module!*. */
static void check_pattern(hf__plan_reader *reader, const hf__plan_node *node)
{
    hf_text text = node->text;
    const char *mark = text.size_bytes > 0 ? memchr(text.pointer, '!', text.size_bytes) : NULL;
    size_t module = mark != NULL ? (size_t)(mark - text.pointer) : 0;
    if (text.size_bytes == 0 || (mark != NULL && (module == 0 || module + 1 == text.size_bytes)))
        HF_NODE_ERROR(reader, node, "a place in code is written function, module!function or module!*");
    else if (text.size_bytes > PATTERN_MAX_BYTES)
        HF_NODE_ERROR(reader, node, "this pattern has %zu bytes; the limit is %u", text.size_bytes, PATTERN_MAX_BYTES);
    else if (mark != NULL && memchr(mark + 1, '!', text.size_bytes - module - 1) != NULL)
        HF_NODE_ERROR(reader, node, "one '!' only, between module and function");
}

static void take_patterns(hf__plan_reader *reader, const hf__plan_entry *entry, hf_string_list *out)
{
    if (!hf__plan_take_list(reader, entry, true, out))
        return;
    uint32_t count = 0;
    const hf__plan_node *node = hf__plan_one_or_list(reader, entry, &count);
    if (count > PATTERNS_MAX) {
        HF_NODE_ERROR(reader, entry->value, "more than %u patterns", PATTERNS_MAX);
        *out = (hf_string_list){0};
        return;
    }
    for (; count > 0 && reader->source->errors->more == 0; count--, node = node->next)
        check_pattern(reader, node);
}

static void take_from(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    take_patterns(reader, entry, &((hf__plan_draft *)target)->out.from);
}

static void take_not_from(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    take_patterns(reader, entry, &((hf__plan_draft *)target)->out.not_from);
}

static void take_thread(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, LABEL_MAX_BYTES, &((hf__plan_draft *)target)->out.thread);
}

static void take_phase(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, LABEL_MAX_BYTES, &((hf__plan_draft *)target)->out.phase);
}

static void take_after(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_name(reader, entry, &((hf__plan_draft *)target)->after);
}

static void take_until(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_name(reader, entry, &((hf__plan_draft *)target)->until);
}

static void take_chance(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_wrong wrong;
    hf_text text;
    if (hf__plan_take_scalar(reader, entry, entry->value, &text) && !hf__plan_parse_chance(text, &((hf__plan_draft *)target)->rule.chance, &wrong))
        report_wrong(reader, entry->value, &wrong, NULL);
}

static void report_success(hf__plan_reader *reader, const hf__plan_node *node, hf_text text, HRESULT hr)
{
    const char *lie = hr == S_FALSE ? "lie: s_false" : "lie: null, or another lie that 'hostfault list faults' names";
    HF_NODE_ERROR(reader, node, "%s is a success; a false success is written %s", hf__plan_quoted(text).text, lie);
}

static void take_return(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_draft *draft = target;
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return;
    uint64_t number = 0;
    bool is_number = text.size_bytes > 0 && ((text.pointer[0] >= '0' && text.pointer[0] <= '9') || text.pointer[0] == '-');
    const hf_hresult_row *row = is_number ? NULL : hf__model_hresult_by_name(text);

    if (row == NULL && !is_number) {
        hf__plan_words words = hf__plan_hresult_words();
        hf__plan_report_unknown(reader, entry->value->place, &words, text);
        return;
    }

    bool is_hex = hf__text_starts_with(text, "0x") && hf__parse_u64(text, &number) && number <= UINT32_MAX;
    if (row == NULL && !is_hex) {
        HF_NODE_ERROR(reader, entry->value, "an HRESULT is a name or hexadecimal, such as 0x80004005, not %s", hf__plan_quoted(text).text);
        return;
    }

    HRESULT hr = row != NULL ? row->value : (HRESULT)(uint32_t)number;
    if (SUCCEEDED(hr)) {
        report_success(reader, entry->value, text, hr);
        return;
    }

    draft->rule.hr = hr;
    draft->rule.returns = 1;
}

static void take_lie(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_words words = hf__plan_lie_words();
    int word = 0;
    bool is_null = hf__plan_is_null(entry->value) && entry->value->text.size_bytes > 0;
    if (is_null || hf__plan_take_word(reader, entry, entry->value, &words, &word))
        ((hf__plan_draft *)target)->rule.lie = (uint8_t)(HF_LIE_NULL + word);
}

/* The site key of a finding: 16 digits, no 0x. */
static bool take_hash(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t *out)
{
    char digits[24];
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    hf__builder builder = hf__builder_init(digits, sizeof digits);
    hf__builder_print(&builder, "0x%.*s", text.size_bytes == 16 ? 16 : 0, text.pointer);
    if (hf__parse_u64((hf_text){digits, builder.length}, out))
        return true;
    HF_NODE_ERROR(reader, entry->value, "'%s' takes the 16 hexadecimal digits that a finding prints, not %s", entry->key->text.pointer,
                  hf__plan_quoted(text).text);
    return false;
}

static bool take_above(hf__plan_reader *reader, const hf__plan_entry *entry, uint64_t *out)
{
    hf_text text;
    if (!hf__plan_take_scalar(reader, entry, entry->value, &text))
        return false;
    bool above = text.size_bytes > 1 && text.pointer[0] == '>';
    if (above && hf__parse_size(hf__text_trim((hf_text){text.pointer + 1, text.size_bytes - 1}), out))
        return true;
    HF_NODE_ERROR(reader, entry->value, "'%s' takes a bound such as \">8M\", not %s", entry->key->text.pointer, hf__plan_quoted(text).text);
    return false;
}

/* YAML reads `null` as no value; as one of the words it is meant as that word. */
static bool take_word(hf__plan_reader *reader, const hf__plan_entry *entry, hf_fault_key key, uint64_t *out)
{
    const hf_fault_key_row *row = hf__model_fault_key(key);
    hf__plan_words words = {.count = 0};
    const char *const *names = hf__model_fault_key_words(key, &words.what);
    for (uint64_t value = row->least; value <= row->most; value++)
        hf__plan_words_add(&words, names[value]);
    int word = hf__plan_is_null(entry->value) && entry->value->text.size_bytes > 0 ? hf__plan_words_find(&words, hf__text("null")) : -1;
    if (word < 0 && !hf__plan_take_word(reader, entry, entry->value, &words, &word))
        return false;
    *out = row->least + (uint64_t)word;
    return true;
}

/* A key of the model's table. */
static void take_value(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_rule *rule = &((hf__plan_draft *)target)->rule;
    hf_fault_key key = hf__model_fault_key_by_word(entry->key->text);
    const hf_fault_key_row *row = hf__model_fault_key(key);
    uint64_t value = 0;
    uint8_t flag = 0;
    bool is_good = false;

    switch (row->kind) {
    case HF_FAULT_KIND_OWN: break;
    case HF_FAULT_KIND_FLAG: is_good = hf__plan_take_flag(reader, entry, &flag); break;
    case HF_FAULT_KIND_NUMBER: is_good = hf__plan_take_number(reader, entry, row->least, row->most, &value); break;
    case HF_FAULT_KIND_DURATION: is_good = hf__plan_take_duration(reader, entry, row->most, &value); break;
    case HF_FAULT_KIND_ABOVE: is_good = take_above(reader, entry, &value); break;
    case HF_FAULT_KIND_HASH: is_good = take_hash(reader, entry, &value); break;
    case HF_FAULT_KIND_WORD: is_good = take_word(reader, entry, key, &value); break;
    }

    if (is_good)
        hf__model_rule_set(rule, key, row->kind == HF_FAULT_KIND_FLAG ? flag : value);
}

static const hf__plan_key rows[] = {
#define HF_FAULT_KEY(id, word, kind, member, given, unset, least, most, sentence) {word, take_value},
#define HF_FAULT_KEY_OWN(id, word, name) {word, take_##name},
#include "model_fault_key.def"
#undef HF_FAULT_KEY
#undef HF_FAULT_KEY_OWN
};

void hf__plan_read_fault(hf__plan_reader *reader, const hf__plan_node *node, size_t index, hf__plan_draft *draft)
{
    static const hf__plan_keys keys = {"a fault", rows, HF_FAULT_KEY_COUNT};
    char name[32];
    draft->rule = hf__model_rule_init();
    draft->node = node;
    draft->out.line = node->place.line;
    draft->out.column = node->place.column;
    int unknown = hf__plan_read_map(reader, node, &keys, draft->given, draft);
    draft->has_unknown = unknown > 0;
    if (unknown < 0)
        draft->node = NULL;
    hf__builder builder = hf__builder_init(name, sizeof name);
    hf__builder_print(&builder, "fault-%zu", index + 1);
    if (draft->out.name == NULL)
        draft->out.name = hf__heap_arena_copy_text(reader->keep, hf__text(name));
}
