/* SPDX-License-Identifier: MIT
 * The model's tables as lists of words, for reading and for suggestions. Contains no word of its own.
 */
#include "plan_fault.h"
#include "base_text.h"

#include "base_poison.h"

uint32_t hf__plan_class_methods(hf_text word)
{
    uint32_t methods = 0;
    for (unsigned i = 0; i < HF_METHOD_COUNT; i++) {
        if (hf__text_equal_string(word, hf__model_class_name(hf__model_method((hf_method)i)->class_)))
            methods |= 1u << i;
    }
    return methods;
}

hf__plan_words hf__plan_method_words(void)
{
    hf__plan_words words = {.what = "method", .count = 0};
    for (unsigned i = 0; i < HF_METHOD_COUNT; i++)
        hf__plan_words_add(&words, hf__model_method((hf_method)i)->name);
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++) {
        if (hf__model_function_is_named((hf_function)i))
            hf__plan_words_add(&words, hf__model_function((hf_function)i)->name);
    }
    for (unsigned i = HF_CLASS_ACQUIRE; i <= HF_CLASS_MANAGER; i++)
        hf__plan_words_add(&words, hf__model_class_name((hf_class)i));
    return words;
}

hf__plan_words hf__plan_hresult_words(void)
{
    hf__plan_words words = {.what = "HRESULT", .count = 0};
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count; i++) {
        if (FAILED(rows[i].value))
            hf__plan_words_add(&words, rows[i].name);
    }
    return words;
}

hf__plan_words hf__plan_lie_words(void)
{
    hf__plan_words words = {.what = "lie", .count = 0};
    for (unsigned i = HF_LIE_NULL; i < HF_LIE_COUNT; i++)
        hf__plan_words_add(&words, hf__model_lie_name((hf_lie)i));
    return words;
}

hf__plan_words hf__plan_flag_words(hf_field field)
{
    hf__plan_words words = {.what = hf__model_field_name(field), .count = 0};
    size_t count = 0;
    const hf_flag_row *rows = hf__model_flags(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].field == field)
            hf__plan_words_add(&words, rows[i].word);
    }
    return words;
}

void hf__plan_call_names(const hf_rule *rule, hf__plan_words *out)
{
    *out = (hf__plan_words){.count = 0};
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        uint32_t all = hf__model_functions_of((hf_method)method) | 1u << HF_FUNCTION_NONE;
        bool is_whole = rule->functions == 0 || (rule->functions & all) == all;
        if ((rule->methods >> method & 1) == 0)
            continue;
        if (is_whole)
            hf__plan_words_add(out, hf__model_method((hf_method)method)->name);
        for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT && !is_whole; i++) {
            if ((rule->functions & all & 1u << i) != 0)
                hf__plan_words_add(out, hf__model_function((hf_function)i)->name);
        }
    }
}

void hf__plan_print_methods(char *buffer, size_t capacity, const hf_rule *rule, const char *between)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__plan_words names;
    hf__plan_call_names(rule, &names);
    for (size_t i = 0; i < names.count; i++)
        hf__builder_print(&builder, "%s%s", i > 0 ? between : "", names.words[i]);
}
