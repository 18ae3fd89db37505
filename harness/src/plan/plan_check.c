/* SPDX-License-Identifier: MIT
 * Checks the keys of one rule against each other: keys that contradict each other, results that the documentation does not list, filters on arguments
 * that a method does not have. One small function per clause, each with its own message; a table runs them all.
 *
 * A key whose value was wrong is `given` but left the rule as it was; a clause must not complain a second time about such a key.
 */
#include "plan_fault.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

typedef struct check {
    hf__plan_reader *reader;
    const hf__plan_draft *draft;
    const hf_rule *rule;
} check;

static bool has(const check *self, hf_fault_key key)
{
    return self->draft->given[key].key != NULL;
}

static const hf__plan_node *key_of(const check *self, hf_fault_key key)
{
    return self->draft->given[key].key;
}

static const hf__plan_node *value_of(const check *self, hf_fault_key key)
{
    return self->draft->given[key].value;
}

static bool next_method(const hf_rule *rule, int *method)
{
    do
        ++*method;
    while (*method < HF_METHOD_COUNT && (rule->methods >> *method & 1) == 0);
    return *method < HF_METHOD_COUNT;
}

static const hf_method_row *row_of(int method)
{
    return hf__model_method((hf_method)method);
}

static void check_call(const check *self)
{
    if (!has(self, HF_FAULT_KEY_CALL) && !self->draft->has_unknown)
        HF_NODE_ERROR(self->reader, self->draft->node, "this fault has no 'call': name the method that fails");
}

static void check_effect(const check *self)
{
    bool both = has(self, HF_FAULT_KEY_RETURN) && has(self, HF_FAULT_KEY_LIE);
    if (both)
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_LIE), "'lie' is a false success and 'return' a failure; give only one of them");
}

/* Keys that say how a failure is given back, and so mean nothing without one. */
static void check_return_needed(const check *self)
{
    static const hf_fault_key needing[] = {HF_FAULT_KEY_OUT, HF_FAULT_KEY_DONE, HF_FAULT_KEY_UNDOCUMENTED};
    for (size_t i = 0; i < HF_COUNT_OF(needing); i++) {
        if (has(self, needing[i]) && !has(self, HF_FAULT_KEY_RETURN))
            HF_NODE_ERROR(self->reader, key_of(self, needing[i]), "'%s' needs 'return'", key_of(self, needing[i])->text.pointer);
    }
    if (has(self, HF_FAULT_KEY_LAST_ERROR) && !has(self, HF_FAULT_KEY_RETURN) && !has(self, HF_FAULT_KEY_LIE))
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_LAST_ERROR), "'last-error' needs 'return' or 'lie'");
}

static void check_sticks(const check *self)
{
    bool is_e_fail = self->rule->returns && self->rule->hr == E_FAIL;
    bool return_is_wrong = has(self, HF_FAULT_KEY_RETURN) && !self->rule->returns;
    if (has(self, HF_FAULT_KEY_STICKS) && !is_e_fail && !return_is_wrong)
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_STICKS),
                      "'sticks' is for 'return: E_FAIL' only: no other result makes the CLR unusable");
}

/* The names of a rule's calls, one after another: the functions that it names of a method, or the method with all its calls. */
typedef struct named {
    uint32_t method, function;
} named;

static bool next_name(const hf_rule *rule, named *at, unsigned *index)
{
    for (; *index < HF_CALL_NAMES; ++*index) {
        bool is_function = *index >= HF_METHOD_COUNT;
        uint32_t function = is_function ? *index - HF_METHOD_COUNT : HF_FUNCTION_NONE;
        bool names_it = function != HF_FUNCTION_NONE && rule->functions != 0 && (rule->functions >> function & 1) != 0;
        bool is_whole = !is_function && (rule->methods >> *index & 1) != 0 &&
                        (rule->functions == 0 || (rule->functions & hf__model_functions_of((hf_method)*index)) == 0);
        if (!names_it && !is_whole)
            continue;
        *at = (named){is_function ? (uint32_t)hf__model_function((hf_function)function)->method : *index, function};
        ++*index;
        return true;
    }
    return false;
}

/* A method's rule also takes what the functions of an unmodified program fail with, and a function's what is the same as an error number. */
static bool may_fail_with(named at, HRESULT hr)
{
    if (at.function != HF_FUNCTION_NONE)
        return hf__model_may_fail_with(at.method, at.function,
                                       hf__model_is_errno_result(hr) || hr == E_OUTOFMEMORY ? hf__model_result_for(at.function, hr) : hr);
    uint32_t functions = hf__model_is_errno_result(hr) ? hf__model_functions_of((hf_method)at.method) : 0;
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++) {
        if ((functions >> i & 1) != 0 && hf__model_may_fail_with(at.method, i, hr))
            return true;
    }
    return hf__model_is_documented((hf_method)at.method, hr);
}

static void print_documented(char *buffer, size_t capacity, named at)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count; i++) {
        if (hf__model_may_fail_with(at.method, at.function, rows[i].value))
            hf__builder_print(&builder, "%s%s", builder.length > 0 ? ", " : "", rows[i].name);
    }
    if (builder.length == 0)
        hf__builder_print(&builder, "no failure at all");
}

static void check_matrix(const check *self)
{
    char documented[256];
    char hr[64];
    if (!self->rule->returns || self->rule->undocumented)
        return;
    named at;
    for (unsigned index = 0; next_name(self->rule, &at, &index);) {
        if (may_fail_with(at, self->rule->hr))
            continue;
        print_documented(documented, sizeof documented, at);
        hf__model_print_hresult(hr, sizeof hr, self->rule->hr);
        HF_NODE_ERROR(self->reader, value_of(self, HF_FAULT_KEY_RETURN),
                      "%s does not document %s (it documents %s); add 'undocumented: true' if it is meant",
                      hf__model_call_name(at.method, at.function), hr, documented);
        return;
    }
}

static void check_undocumented(const check *self)
{
    bool all_documented = self->rule->methods != 0;
    named at;
    for (unsigned index = 0; next_name(self->rule, &at, &index);)
        all_documented = all_documented && may_fail_with(at, self->rule->hr);
    if (self->rule->undocumented && self->rule->returns && all_documented)
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_UNDOCUMENTED), "this result is documented; remove 'undocumented'");
}

static void check_out(const check *self)
{
    if (!has(self, HF_FAULT_KEY_OUT) || has(self, HF_FAULT_KEY_LIE))
        return;
    if (self->rule->functions != 0) {
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_OUT), "functions have no out-parameter; 'out' is for methods");
        return;
    }

    for (int method = -1; next_method(self->rule, &method);) {
        const hf_method_row *row = row_of(method);
        if (row->out == HF_OUT_KIND_NONE) {
            HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_OUT), "%s has no out-parameter", row->name);
            return;
        }
        if (self->rule->out == HF_OUT_POISON && row->out != HF_OUT_KIND_POINTER) {
            HF_NODE_ERROR(self->reader, value_of(self, HF_FAULT_KEY_OUT), "%s returns a number, not a pointer; only pointers can be poisoned",
                          row->name);
            return;
        }
    }
}

static void print_lies(char *buffer, size_t capacity, const hf_method_row *row)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    for (unsigned lie = HF_LIE_NULL; lie < HF_LIE_COUNT; lie++) {
        if ((row->lies >> lie & 1) != 0)
            hf__builder_print(&builder, "%s%s", builder.length > 0 ? ", " : "", hf__model_lie_name((hf_lie)lie));
    }
}

static void check_lie(const check *self)
{
    char lies[160];
    if (self->rule->lie == HF_LIE_NONE)
        return;
    for (int method = -1; next_method(self->rule, &method);) {
        if ((row_of(method)->lies >> self->rule->lie & 1) != 0)
            continue;
        print_lies(lies, sizeof lies, row_of(method));
        HF_NODE_ERROR(self->reader, value_of(self, HF_FAULT_KEY_LIE), "%s has no lie '%s'; it has %s", row_of(method)->name,
                      hf__model_lie_name((hf_lie)self->rule->lie), lies);
        return;
    }
}

static void print_fields(char *buffer, size_t capacity, const hf_method_row *row)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    for (unsigned field = 0; field < HF_FIELD_COUNT; field++) {
        if ((row->fields >> field & 1) != 0)
            hf__builder_print(&builder, "%s%s", builder.length > 0 ? ", " : "", hf__model_field_name((hf_field)field));
    }
}

static void check_field(const check *self, unsigned index)
{
    char fields[96];
    hf_field field = (hf_field)self->rule->predicates[index].field;
    for (int method = -1; next_method(self->rule, &method);) {
        if ((row_of(method)->fields >> field & 1) != 0)
            continue;
        print_fields(fields, sizeof fields, row_of(method));
        HF_PLACE_ERROR(self->reader->source, self->draft->predicate_fields[index], "%s has no '%s' to filter on%s%s", row_of(method)->name,
                       hf__model_field_name(field), fields[0] != '\0' ? "; it has " : ", nor anything else", fields);
        return;
    }
}

static void check_where(const check *self)
{
    uint32_t seen = 0;
    for (unsigned i = 0; i < self->rule->predicate_count; i++) {
        uint32_t bit = 1u << self->rule->predicates[i].field;
        if ((seen & bit) == 0)
            check_field(self, i);
        seen |= bit;
    }
    int index = hf__model_predicates_contradiction(self->rule->predicates, self->rule->predicate_count);
    if (index >= 0)
        HF_PLACE_ERROR(self->reader->source, self->draft->predicate_texts[index], "no call can match this filter%s",
                       index > 0 ? " and the filters before it" : "");
}

static void check_foreign(const check *self)
{
    uint32_t allowed = 1u << HF_METHOD_VIRTUAL_QUERY | 1u << HF_METHOD_VIRTUAL_PROTECT;
    if (has(self, HF_FAULT_KEY_FOREIGN) && (self->rule->methods & ~allowed) != 0)
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_FOREIGN), "'foreign' is for VirtualQuery and VirtualProtect only");
}

/* An ordinal decides nothing but when and chance. */
static void check_per(const check *self)
{
    if (has(self, HF_FAULT_KEY_PER) && !has(self, HF_FAULT_KEY_WHEN) && !has(self, HF_FAULT_KEY_CHANCE))
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_PER), "'per' needs 'when' or 'chance'");
}

static void check_gates(const check *self)
{
    const hf__plan_draft *draft = self->draft;
    if (draft->after != NULL && draft->until != NULL && strcmp(draft->after, draft->until) == 0)
        HF_NODE_ERROR(self->reader, key_of(self, HF_FAULT_KEY_UNTIL), "'after' and 'until' name the same rule, so this one can never fire");
}

void hf__plan_check_rule(hf__plan_reader *reader, const hf__plan_draft *draft)
{
    static void (*const clauses[])(const check *self) = {check_call,   check_effect,       check_return_needed, check_sticks,
                                                         check_matrix, check_undocumented, check_out,           check_lie,
                                                         check_where,  check_foreign,      check_per,           check_gates};
    check self = {reader, draft, &draft->rule};
    for (size_t i = 0; i < HF_COUNT_OF(clauses) && draft->node != NULL; i++)
        clauses[i](&self);
}
