/* SPDX-License-Identifier: MIT
 * Enumeration: sites x calls x faults. The faults of a method are listed once per method, in the order of the model's tables.
 */
#include "sweep_point.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_choice.h"
#include "base_random.h"
#include "base_text.h"
#include "heap_buffer.h"
#include "sweep_filter.h"

#include <string.h>

#include "base_poison.h"

/* A fault: a point without its site and call. */
typedef struct fault {
    HRESULT result;
    bool onwards;
    const char *variant, *stands;
} fault;

/* A function of an unmodified program, otherwise a method. */
typedef struct call_name {
    hf_method method;
    hf_function function;
} call_name;

static call_name name_at(unsigned index)
{
    if (index < HF_METHOD_COUNT)
        return (call_name){(hf_method)index, HF_FUNCTION_NONE};
    hf_function function = (hf_function)(index - HF_METHOD_COUNT);
    return (call_name){function != HF_FUNCTION_NONE ? hf__model_function(function)->method : HF_METHOD_MALLOC_ALLOC, function};
}

static call_name name_of(const hf__sweep_site *site)
{
    return (call_name){site->method, site->function};
}

typedef struct faults {
    size_t count, capacity;
    fault *items;
} faults;

static const char *keep(hf__sweep_points *points, char *text_take)
{
    HF_GROW(points->texts, points->text_count, points->text_capacity);
    points->texts[points->text_count++] = text_take;
    return text_take;
}

static void add_fault(faults *list, fault one)
{
    HF_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = one;
}

static bool is_wanted(call_name name, const hf__sweep_choice *choice, const hf_hresult_row *row)
{
    bool is_known = hf__model_may_fail_with(name.method, name.function, row->value);
    bool is_hooked = choice->unmodified && name.function == HF_FUNCTION_NONE; /* Windows: a method stands for the system's own function */
    bool is_native = is_hooked && hf__model_is_native(name.method, row->value);
    if (!FAILED(row->value))
        return false;
    if (choice->results == NULL)
        return is_hooked ? is_native : is_known;
    return (is_known || is_native) && hf__choice_has(choice->results, row->name);
}

/* After E_FAIL every later call fails as it is (design section 5), so there is nothing to tell once from onwards. Of an unmodified program none does.
 */
static bool sticks(const hf__sweep_choice *choice, HRESULT result)
{
    return result == E_FAIL && !choice->unmodified;
}

static void add_both(faults *list, fault one, bool is_both)
{
    add_fault(list, one);
    one.onwards = true;
    if (is_both)
        add_fault(list, one);
}

static void add_each_failure(call_name name, const hf__sweep_choice *choice, faults *list)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(name, choice, &rows[i]))
            add_both(list, (fault){.result = rows[i].value, .variant = "", .stands = ""}, !sticks(choice, rows[i].value));
    }
}

/* For a caller that only sees null: the first failure represents all others except those that stick. */
static void add_failures_once(call_name name, const hf__sweep_choice *choice, faults *list, hf__sweep_points *points)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    const hf_hresult_row *first = NULL;
    hf__heap_buffer names = {0};

    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(name, choice, &rows[i]))
            continue;
        if (sticks(choice, rows[i].value)) {
            add_fault(list, (fault){.result = rows[i].value, .variant = "", .stands = ""});
            continue;
        }
        bool is_memory = rows[i].value == hf__model_result_for(name.function, E_OUTOFMEMORY);
        const hf_hresult_row *other = first == NULL ? NULL : &rows[i];
        if (first == NULL || is_memory) {
            other = first;
            first = &rows[i];
        }
        if (other != NULL) {
            hf__heap_buffer_append(&names, ", ", names.size_bytes > 0 ? 2 : 0);
            hf__heap_buffer_append(&names, other->name, strlen(other->name));
        }
    }

    const char *stands = keep(points, names.text != NULL ? names.text : hf__copy_string(""));
    if (first != NULL)
        add_both(list, (fault){.result = first->value, .variant = "", .stands = stands}, true);
}

/* Memory that is missing, or only partly there: no caller can notice that, and each caller that uses the promised memory dies. That tests the effects
 * of the caller's death, not the caller itself; a scenario may name it. */
static bool can_be_noticed(int lie)
{
    return lie != HF_LIE_UNCOMMITTED && lie != HF_LIE_SHORT;
}

static bool wants(call_name name, const hf__sweep_choice *choice, HRESULT result)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].value == result)
            return is_wanted(name, choice, &rows[i]);
    }
    return false;
}

/* False successes, and failures that leave a value in the out-parameter (functions have none) or do the work: according to the chosen failures.
 */
static void add_lies(call_name name, const hf__sweep_choice *choice, faults *list, hf__sweep_points *points)
{
    const hf_method_row *row = hf__model_method(name.method);
    for (int lie = HF_LIE_NONE + 1; lie < 32; lie++) {
        if ((row->lies >> lie & 1u) != 0 && can_be_noticed(lie))
            add_fault(list, (fault){.result = S_OK, .variant = keep(points, hf__format("lie: %s", hf__model_lie_name((hf_lie)lie))), .stands = ""});
    }
    bool out_of_memory = name.function == HF_FUNCTION_NONE && wants(name, choice, E_OUTOFMEMORY);
    if (row->out != HF_OUT_KIND_NONE && out_of_memory)
        add_fault(list, (fault){.result = E_OUTOFMEMORY, .variant = "out: untouched", .stands = ""});
    if (row->out == HF_OUT_KIND_POINTER && out_of_memory)
        add_fault(list, (fault){.result = E_OUTOFMEMORY, .variant = "out: poison", .stands = ""});
    if (row->out != HF_OUT_KIND_NONE && row->class_ == HF_CLASS_ACQUIRE && wants(name, choice, HOST_E_TIMEOUT))
        add_fault(list, (fault){.result = HOST_E_TIMEOUT, .variant = "done: true", .stands = ""});
}

static void add_point(hf__sweep_points *points, size_t site, size_t call, uint64_t ordinal, const fault *one)
{
    HF_GROW(points->items, points->count, points->capacity);
    points->items[points->count++] = (hf__sweep_point){.site = site,
                                                       .call = call,
                                                       .earlier = HF_SWEEP_ALONE,
                                                       .ordinal = ordinal,
                                                       .result = one->result,
                                                       .onwards = one->onwards,
                                                       .variant = one->variant,
                                                       .stands = one->stands};
}

static void add_call(hf__sweep_points *points, size_t site, size_t call, uint64_t ordinal, const faults *list)
{
    for (size_t i = 0; i < list->count; i++)
        add_point(points, site, call, ordinal, &list->items[i]);
}

static void add_site(hf__sweep_points *points, const hf__sweep_sites *sites, size_t index, bool every_call, const faults *list)
{
    const hf__sweep_site *site = &sites->items[index];
    for (size_t i = 0; i < site->count; i++) {
        if (every_call || i == 0 || i == site->count / 2 || i == site->count - 1)
            add_call(points, index, i, site->ordinals[i], list);
    }
}

static bool is_chosen(const hf__sweep_choice *choice, const hf__sweep_site *site)
{
    return hf__sweep_filter_has_call(choice->methods, site->method, site->function) && hf__sweep_filter_has_site(choice->sites, site);
}

static faults list_failures(call_name name, const hf__sweep_choice *choice, hf__sweep_points *points)
{
    faults list = {0};
    if (choice->sees == HF_SEES_NULL)
        add_failures_once(name, choice, &list, points);
    else
        add_each_failure(name, choice, &list);
    return list;
}

void hf__sweep_points_enumerate(const hf__sweep_sites *sites, const hf__sweep_choice *choice, hf__sweep_points *out)
{
    *out = (hf__sweep_points){0};
    faults of[HF_CALL_NAMES] = {{0}};
    for (unsigned i = 0; i < HF_CALL_NAMES; i++) {
        of[i] = list_failures(name_at(i), choice, out);
        if (choice->lies)
            add_lies(name_at(i), choice, &of[i], out);
    }
    for (size_t i = 0; i < sites->count; i++) {
        if (is_chosen(choice, &sites->items[i]))
            add_site(out, sites, i, choice->every_call, &of[hf__model_call_name_index(sites->items[i].method, sites->items[i].function)]);
    }
    for (unsigned i = 0; i < HF_CALL_NAMES; i++)
        hf__free(of[i].items);
}

void hf__sweep_points_add_second(const hf__sweep_sites *sites, const hf__sweep_choice *choice, size_t earlier, size_t site, uint64_t ordinal,
                                 hf__sweep_points *points)
{
    size_t before = points->count;
    faults list = list_failures(name_of(&sites->items[site]), choice, points);
    add_call(points, site, 0, ordinal, &list);
    for (size_t i = before; i < points->count; i++)
        points->items[i].earlier = earlier;
    hf__free(list.items);
}

bool hf__sweep_point_may_lead(const hf__sweep_point *point)
{
    return point->earlier == HF_SWEEP_ALONE && !point->onwards && FAILED(point->result) && point->result != E_FAIL && point->variant[0] == '\0';
}

void hf__sweep_points_clear(hf__sweep_points *points)
{
    for (size_t i = 0; i < points->text_count; i++)
        hf__free(points->texts[i]);
    hf__free(points->texts);
    hf__free(points->items);
    *points = (hf__sweep_points){0};
}

bool hf__sweep_shard_has(uint64_t identity, uint32_t shard, uint32_t shards)
{
    return shards == 0 || hf__random(identity, 0, 0) % shards == shard - 1;
}

/* ", return: E_FAIL, out: poison" */
static char *print_what(const hf__sweep_sites *sites, const hf__sweep_point *point)
{
    const hf_hresult_row *row = hf__model_hresult(point->result);
    bool fails = FAILED(point->result) && row != NULL;
    bool is_undocumented = fails && !hf__model_may_fail_with(sites->items[point->site].method, sites->items[point->site].function, point->result);
    return hf__format("%s%s%s%s%s", fails ? ", return: " : "", fails ? row->name : "", is_undocumented ? ", undocumented: true" : "",
                      point->variant[0] != '\0' ? ", " : "", point->variant);
}

char *hf__sweep_point_rule(const hf__sweep_sites *sites, const hf__sweep_point *point)
{
    char *what = print_what(sites, point);
    char *out = hf__format("call: %s%s", hf__model_call_name(sites->items[point->site].method, sites->items[point->site].function), what);
    hf__free(what);
    return out;
}

char *hf__sweep_point_fault(const hf__sweep_sites *sites, const hf__sweep_point *point)
{
    const hf__sweep_site *site = &sites->items[point->site];
    char *counted = NULL;
    if (sites->by_site)
        counted = hf__format(", site: \"%016llx\"", (unsigned long long)site->key);
    else if (site->thread[0] != '\0')
        counted = hf__format(", thread: \"%s\", per: thread", site->thread);
    else
        counted = hf__copy_string("");
    char *what = print_what(sites, point);
    char *out = hf__format("call: %s, when: %llu%s%s%s", hf__model_call_name(site->method, site->function), (unsigned long long)point->ordinal,
                           point->onwards ? "+" : "", counted, what);
    hf__free(what);
    hf__free(counted);
    return out;
}
