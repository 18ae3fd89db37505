/* SPDX-License-Identifier: MIT
 * Checks the filters of a sweep. It only decides whether a name exists, and which name was probably meant.
 */
#include "sweep_filter.h"
#include "heap_alloc.h"
#include "base_choice.h"
#include "base_error.h"
#include "base_text.h"
#include "model.h"

#include <string.h>

#include "base_poison.h"

/* Names to compare with, borrowed or owned; ended by NULL. */
typedef struct names {
    const char **items;
    size_t count, capacity;
    bool keeps; /* the list owns the texts */
} names;

static void add_name(names *self, const char *name)
{
    if (self->count + 2 > self->capacity) {
        self->capacity = self->capacity * 2 + 16;
        self->items = hf__reallocate(self->items, self->capacity, sizeof *self->items);
    }
    self->items[self->count++] = name;
    self->items[self->count] = NULL;
}

static void clear_names(names *self)
{
    for (size_t i = 0; self->keeps && i < self->count; i++)
        hf__free((void *)(uintptr_t)self->items[i]);
    hf__free(self->items);
}

bool hf__sweep_filter_has_call(const char *choice, hf_method method, hf_function function)
{
    return choice == NULL || hf__choice_has(choice, hf__model_method(method)->name) || hf__choice_has(choice, hf__model_call_name(method, function));
}

bool hf__sweep_filter_has_method(const hf_sweep_options *options, hf_method method)
{
    uint32_t functions = hf__model_functions_of(method);
    bool has = options->methods != NULL ? hf__choice_has(options->methods, hf__model_method(method)->name)
                                        : hf__model_method(method)->class_ == HF_CLASS_ACQUIRE;
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT && options->methods != NULL && !has; i++)
        has = (functions >> i & 1) != 0 && hf__sweep_filter_has_call(options->methods, method, (hf_function)i);
    return has;
}

static hf_status check_methods(const hf_sweep_options *options, hf_error *err)
{
    names all = {.items = NULL};
    for (hf_method method = 0; method < HF_METHOD_COUNT; method++)
        add_name(&all, hf__model_method(method)->name);
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++)
        add_name(&all, hf__model_function((hf_function)i)->name);
    hf_status status = hf__choice_check(options->methods, all.items, "method", "'hostfault list methods' lists them", err);
    clear_names(&all);
    return status;
}

static bool is_documented(const hf_sweep_options *options, HRESULT result)
{
    for (hf_method method = 0; method < HF_METHOD_COUNT; method++)
        if (hf__sweep_filter_has_method(options, method) && (hf__model_is_documented(method, result) || hf__model_is_native(method, result)))
            return true;
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++) {
        hf_method method = hf__model_function((hf_function)i)->method;
        if (hf__sweep_filter_has_method(options, method) && hf__model_may_fail_with(method, i, result))
            return true;
    }
    return false;
}

static hf_status check_failures(const hf_sweep_options *options, hf_error *err)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    names all = {.items = NULL};
    names documented = {.items = NULL};

    for (size_t i = 0; i < count; i++) {
        if (!FAILED(rows[i].value))
            continue;
        add_name(&all, rows[i].name);
        if (is_documented(options, rows[i].value))
            add_name(&documented, rows[i].name);
    }

    hf_status status = hf__choice_check(options->failures, all.items, "failure", "'hostfault list results' lists them", err);
    if (status == HF_OK && hf__choice_check(options->failures, documented.count > 0 ? documented.items : all.items, "failure", NULL, NULL) != HF_OK)
        status = HF_FAIL(err, HF_ERROR_INPUT, "no method that is swept documents '%s': 'hostfault list faults' has what each documents",
                         options->failures);
    clear_names(&documented);
    clear_names(&all);
    return status;
}

hf_status hf__sweep_filter_check(const hf_sweep_options *options, hf_error *err)
{
    hf_status status = check_methods(options, err);
    return status == HF_OK ? check_failures(options, err) : status;
}

bool hf__sweep_filter_has_site(const char *choice, const hf__sweep_site *site)
{
    return hf__choice_has(choice, site->fingerprint) || hf__choice_has(choice, site->place);
}

/* "Malloc.Alloc lua!grow<lua!main#1": the functions in it, each as a pattern that finds the site: "*grow*". */
static void add_functions(names *self, const char *fingerprint)
{
    for (const char *at = strchr(fingerprint, '!'); at != NULL; at = strchr(at, '!')) {
        size_t length = strcspn(++at, "<#");
        add_name(self, hf__format("*%.*s*", (int)length, at));
    }
}

static hf_status check_part(const hf__sweep_sites *sites, hf_text part, hf_error *err)
{
    char *word = hf__copy_text(part);
    char *inside = hf__format("*%s*", word);
    names patterns = {.items = NULL, .keeps = true};
    size_t matching = 0, containing = 0;

    for (size_t i = 0; i < sites->count; i++) {
        matching += hf__sweep_filter_has_site(word, &sites->items[i]) ? 1 : 0;
        containing += hf__sweep_filter_has_site(inside, &sites->items[i]) ? 1 : 0;
        add_functions(&patterns, sites->items[i].fingerprint);
    }

    const char *nearest = containing > 0 || patterns.count == 0 ? inside : hf__choice_nearest(hf__text(inside), patterns.items);
    hf_status status = HF_OK;
    if (matching == 0 && (containing > 0 || nearest != inside) && nearest != NULL)
        status = HF_FAIL(err, HF_ERROR_INPUT, "no site matches '%s'; did you mean '%s'?", word, nearest);
    else if (matching == 0)
        status = HF_FAIL(err, HF_ERROR_INPUT, "no site matches '%s'; a site's name looks like '%s'", word,
                         sites->count > 0 ? sites->items[0].fingerprint : "");
    clear_names(&patterns);
    hf__free(inside);
    hf__free(word);
    return status;
}

hf_status hf__sweep_filter_check_sites(const hf__sweep_sites *sites, const char *choice, hf_error *err)
{
    hf_status status = HF_OK;
    for (size_t i = 0; choice != NULL && i < sites->count; i++) /* a C++ function may have commas: try the whole text first */
        if (strcmp(choice, sites->items[i].fingerprint) == 0 || strcmp(choice, sites->items[i].place) == 0)
            return HF_OK;
    while (choice != NULL && status == HF_OK) {
        size_t length = strcspn(choice, ",");
        status = check_part(sites, hf__text_trim((hf_text){choice, length}), err);
        choice = choice[length] == ',' ? choice + length + 1 : NULL;
    }
    return status;
}
