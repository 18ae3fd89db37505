/*
 * The model's tables as lists of words, for reading and for suggestions. Holds no word of its own.
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

void hf__plan_print_methods(char *buffer, size_t capacity, uint32_t methods, const char *between)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    for (unsigned i = 0; i < HF_METHOD_COUNT; i++) {
        if ((methods >> i & 1) != 0)
            hf__builder_print(&builder, "%s%s", builder.length > 0 ? between : "", hf__model_method((hf_method)i)->name);
    }
}
