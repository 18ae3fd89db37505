/* SPDX-License-Identifier: MIT
 * A rule as YAML that parses to the same rule: the keys of the model's table by one function, the others by one each. What has its default is not
 * printed.
 */
#include "plan_print.h"
#include "model_fault_key.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

typedef struct printer {
    hf__plan_writer to;
    const hf_scenario_rule *rule;
    const hf_scenario *scenario;
    size_t index;
    bool begun; /* a key of this fault was printed */
} printer;

/* Begins a key of a fault; the value follows, then a line end. */
static const hf__plan_writer *begin(printer *self, const char *key)
{
    hf__plan_put(&self->to, "%s%s: ", self->begun ? "    " : "  - ", key);
    self->begun = true;
    return &self->to;
}

static const hf_rule *rule_of(const printer *self)
{
    return self->rule->compiled;
}

static void print_word(printer *self, const char *key, const char *word)
{
    hf__plan_put(begin(self, key), "%s\n", word);
}

static void print_name(printer *self, const char *key)
{
    char name[32];
    hf__builder builder = hf__builder_init(name, sizeof name);
    hf__builder_print(&builder, "fault-%zu", self->index + 1);
    if (strcmp(name, self->rule->name) == 0)
        return;
    hf__plan_put_string(begin(self, key), self->rule->name);
    hf__plan_put(&self->to, "\n");
}

static void print_call(printer *self, const char *key)
{
    char methods[512];
    uint32_t set = rule_of(self)->methods;
    hf__plan_print_methods(methods, sizeof methods, rule_of(self), ", ");
    bool is_one = strchr(methods, ',') == NULL;
    if (set == HF_METHODS_ALL)
        print_word(self, key, "\"*\"");
    else if (is_one)
        print_word(self, key, methods);
    else
        hf__plan_put(begin(self, key), "[%s]\n", methods);
}

static void print_when(printer *self, const char *key)
{
    char when[80];
    if (hf__plan_print_when(when, sizeof when, rule_of(self)) > 0)
        print_word(self, key, when);
}

/* All filters of one field: one, or a list. */
static void print_filters(printer *self, hf_field field)
{
    char filter[192];
    const hf_rule *rule = rule_of(self);
    unsigned count = 0;
    for (unsigned i = 0; i < rule->predicate_count; i++)
        count += rule->predicates[i].field == field ? 1 : 0;
    hf__plan_put(&self->to, "%s: %s", hf__model_field_name(field), count > 1 ? "[" : "");
    const char *between = "";
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        if (rule->predicates[i].field != field)
            continue;
        hf__plan_print_filter(filter, sizeof filter, &rule->predicates[i]);
        hf__plan_put(&self->to, "%s\"%s\"", between, filter);
        between = ", ";
    }
    hf__plan_put(&self->to, "%s", count > 1 ? "]" : "");
}

static void print_where(printer *self, const char *key)
{
    const hf_rule *rule = rule_of(self);
    uint32_t seen = 0;
    if (rule->predicate_count == 0)
        return;
    hf__plan_put(begin(self, key), "{ ");
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        uint32_t bit = 1u << rule->predicates[i].field;
        if ((seen & bit) != 0)
            continue;
        hf__plan_put(&self->to, "%s", seen != 0 ? ", " : "");
        seen |= bit;
        print_filters(self, (hf_field)rule->predicates[i].field);
    }
    hf__plan_put(&self->to, " }\n");
}

static void print_patterns(printer *self, const char *key, const hf_string_list *list)
{
    if (list->count == 0)
        return;
    hf__plan_put_list(begin(self, key), list);
    hf__plan_put(&self->to, "\n");
}

static void print_from(printer *self, const char *key)
{
    print_patterns(self, key, &self->rule->from);
}

static void print_not_from(printer *self, const char *key)
{
    print_patterns(self, key, &self->rule->not_from);
}

static void print_text(printer *self, const char *key, const char *text)
{
    if (text == NULL)
        return;
    hf__plan_put_string(begin(self, key), text);
    hf__plan_put(&self->to, "\n");
}

static void print_thread(printer *self, const char *key)
{
    print_text(self, key, self->rule->thread);
}

static void print_phase(printer *self, const char *key)
{
    print_text(self, key, self->rule->phase);
}

static void print_gate(printer *self, const char *key, int gate)
{
    if (gate != HF_RULE_NONE)
        print_text(self, key, self->scenario->rules[gate].name);
}

static void print_after(printer *self, const char *key)
{
    print_gate(self, key, rule_of(self)->after);
}

static void print_until(printer *self, const char *key)
{
    print_gate(self, key, rule_of(self)->until);
}

static void print_chance(printer *self, const char *key)
{
    char chance[32];
    if (rule_of(self)->chance == HF_CHANCE_ALWAYS)
        return;
    hf__plan_print_chance(chance, sizeof chance, rule_of(self)->chance);
    print_word(self, key, chance);
}

static void print_return(printer *self, const char *key)
{
    const hf_rule *rule = rule_of(self);
    const hf_hresult_row *row = hf__model_hresult(rule->hr);
    if (!rule->returns)
        return;
    if (row != NULL)
        print_word(self, key, row->name);
    else
        hf__plan_put(begin(self, key), "0x%08X\n", (unsigned)rule->hr);
}

static void print_lie(printer *self, const char *key)
{
    if (rule_of(self)->lie != HF_LIE_NONE)
        print_word(self, key, hf__model_lie_name((hf_lie)rule_of(self)->lie));
}

/* A key of the model's table. */
static void print_value(printer *self, const char *word)
{
    char text[32];
    const char *what = NULL;
    hf_fault_key key = hf__model_fault_key_by_word(hf__text(word));
    uint64_t value = hf__model_rule_value(rule_of(self), key);
    if (!hf__model_rule_has(rule_of(self), key))
        return;

    switch (hf__model_fault_key(key)->kind) {
    case HF_FAULT_KIND_OWN: break;
    case HF_FAULT_KIND_FLAG: print_word(self, word, value != 0 ? "true" : "false"); break;
    case HF_FAULT_KIND_NUMBER: hf__plan_put(begin(self, word), "%llu\n", (unsigned long long)value); break;
    case HF_FAULT_KIND_DURATION:
        hf__plan_print_duration(text, sizeof text, value);
        print_word(self, word, text);
        break;
    case HF_FAULT_KIND_ABOVE:
        hf__plan_print_size(text, sizeof text, value);
        hf__plan_put(begin(self, word), "\">%s\"\n", text);
        break;
    case HF_FAULT_KIND_HASH: hf__plan_put(begin(self, word), "\"%016llx\"\n", (unsigned long long)value); break;
    case HF_FAULT_KIND_WORD: print_word(self, word, hf__model_fault_key_words(key, &what)[value]); break;
    }
}

typedef struct key_printer {
    const char *key;
    void (*print)(printer *self, const char *key);
} key_printer;

static const key_printer printers[] = {
#define HF_FAULT_KEY(id, word, kind, member, given, unset, least, most, sentence) {word, print_value},
#define HF_FAULT_KEY_OWN(id, word, name) {word, print_##name},
#include "model_fault_key.def"
#undef HF_FAULT_KEY
#undef HF_FAULT_KEY_OWN
};

void hf__plan_print_rule(const hf__plan_writer *to, const hf_scenario *scenario, size_t index)
{
    printer self = {.to = *to, .rule = &scenario->rules[index], .scenario = scenario, .index = index};
    for (size_t i = 0; i < HF_COUNT_OF(printers); i++)
        printers[i].print(&self, printers[i].key);
}
