/* SPDX-License-Identifier: MIT
 * Look-ups in the model's tables. The tables are the .def files; a fact that belongs there must not be here.
 */
#include "model.h"
#include "base_check.h"
#include "base_text.h"

#include <errno.h>

#include "base_poison.h"

/* event.h lists the ids again, for users: in the same order. */
enum {
#define HF_METHOD(id, name, interface, slot, class, fields, out, lies) METHOD_ROW_##id,
#include "model_method.def"
#undef HF_METHOD
    FUNCTION_ROW_NONE = 0,
#define HF_FUNCTION(id, name, method, arguments, fails) FUNCTION_ROW_##id,
#include "model_function.def"
#undef HF_FUNCTION
};
#define HF_METHOD(id, name, interface, slot, class, fields, out, lies) HF_STATIC_ASSERT((int)HF_METHOD_##id == METHOD_ROW_##id, "event.h: " name);
#include "model_method.def"
#undef HF_METHOD
#define HF_FUNCTION(id, name, method, arguments, fails) HF_STATIC_ASSERT((int)HF_FUNCTION_##id == FUNCTION_ROW_##id, "event.h: " name);
#include "model_function.def"
#undef HF_FUNCTION

#define FIELD(name) (1u << HF_FIELD_##name)
#define LIE(name) (1u << HF_LIE_##name)

static const hf_method_row methods[] = {
#define HF_METHOD(id, name, interface, slot, class, fields, out, lies)                                                                               \
    [HF_METHOD_##id] = {name, interface, slot, HF_CLASS_##class, fields, HF_OUT_KIND_##out, lies},
#include "model_method.def"
#undef HF_METHOD
};
HF_STATIC_ASSERT(HF_COUNT_OF(methods) == HF_METHOD_COUNT && HF_METHOD_COUNT <= 32, "a method is a bit of hf_rule.methods");

static const hf_hresult_row hresults[] = {
#define HF_HRESULT(name, value, errno_code, win32, meaning) {#name, (HRESULT)(value), errno_code, win32, meaning},
#include "model_hresult.def"
#undef HF_HRESULT
};

static const hf_flag_row flags[] = {
#define HF_FLAG(field, word, value) {HF_FIELD_##field, word, value},
#include "model_flag.def"
#undef HF_FLAG
};

typedef struct documented_row {
    hf_method method;
    HRESULT hr;
} documented_row;

static const documented_row documented[] = {
#define HF_DOCUMENTED(method, hr) {HF_METHOD_##method, hr},
#define HF_DOCUMENTED_COMMON(method)                                                                                                                 \
    {HF_METHOD_##method, HOST_E_CLRNOTAVAILABLE}, {HF_METHOD_##method, HOST_E_TIMEOUT}, {HF_METHOD_##method, HOST_E_NOT_OWNER},                      \
        {HF_METHOD_##method, HOST_E_ABANDONED}, {HF_METHOD_##method, E_FAIL},
#include "model_matrix.def"
#undef HF_DOCUMENTED
#undef HF_DOCUMENTED_COMMON
};

static const documented_row natives[] = {
#define HF_NATIVE(method, hr) {HF_METHOD_##method, hr},
#include "model_native.def"
#undef HF_NATIVE
};

static const hf_function_row functions[] = {
#define HF_FUNCTION(id, name, method, arguments, fails) [HF_FUNCTION_##id] = {name, HF_METHOD_##method, arguments, fails},
#include "model_function.def"
#undef HF_FUNCTION
};
HF_STATIC_ASSERT(HF_FUNCTION_COUNT <= 32, "a function is a bit of hf_rule.functions");

static const struct {
    hf_function function;
    HRESULT hr;
} failing[] = {
#define HF_FAILS(function, code) {HF_FUNCTION_##function, HF_RESULT_OF_ERRNO(code)},
#include "model_errno.def"
#undef HF_FAILS
};

static const char *const field_names[HF_FIELD_COUNT] = {"address", "size", "type", "protect", "level", "free", "malloc"};
static const char *const lie_names[HF_LIE_COUNT] = {"none",  "null",        "untouched", "uncommitted", "dirty",
                                                    "short", "old-protect", "not-done",  "s_false"};

const hf_method_row *hf__model_method(hf_method method)
{
    HF_ASSERT((unsigned)method < HF_METHOD_COUNT);
    return &methods[method];
}

bool hf__model_method_by_name(hf_text name, hf_method *out)
{
    for (unsigned i = 0; i < HF_METHOD_COUNT; i++) {
        if (hf__text_equal_string(name, methods[i].name)) {
            *out = (hf_method)i;
            return true;
        }
    }
    return false;
}

const char *hf_method_name(hf_method method)
{
    return (unsigned)method < HF_METHOD_COUNT ? methods[method].name : "?";
}

const char *hf_function_name(hf_function function)
{
    if (function == HF_FUNCTION_NONE)
        return "";
    return (unsigned)function < HF_FUNCTION_COUNT ? functions[function].name : "?";
}

const char *hf_event_kind_name(hf_event_kind kind)
{
    switch (kind) {
    case HF_EVENT_CALL_MAX: return "?";
    case HF_EVENT_ATTACH: return "attach";
    case HF_EVENT_DETACH: return "detach";
    case HF_EVENT_MODULE: return "module";
    case HF_EVENT_PHASE: return "phase";
    case HF_EVENT_THREAD: return "thread";
    case HF_EVENT_RESULT: return "result";
    case HF_EVENT_CHECK: return "check";
    case HF_EVENT_FORK: return "fork";
    case HF_EVENT_REFUSED: return "refused";
    case HF_EVENT_DAMAGE: return "damage";
    case HF_EVENT_EXPECT: return "expect";
    case HF_EVENT_HOST: return "host";
    case HF_EVENT_DESCRIPTOR: return "descriptor";
    case HF_EVENT_HANDLER: return "handler";
    case HF_EVENT_END_EXIT: return "end-exit";
    case HF_EVENT_END_SIGNAL: return "end-signal";
    case HF_EVENT_END_TIMEOUT: return "end-timeout";
    case HF_EVENT_END_STORM: return "end-storm";
    case HF_EVENT_END_HARNESS: return "end-harness";
    case HF_EVENT_END_OUTPUT: return "end-output";
    case HF_EVENT_END_STACK: return "end-stack";
    case HF_EVENT_END_WAIT: return "end-wait";
    case HF_EVENT_END_REPORT: return "end-report";
    }

    return "?";
}

const hf_function_row *hf__model_function(hf_function function)
{
    HF_ASSERT(function > HF_FUNCTION_NONE && function < HF_FUNCTION_COUNT);
    return &functions[function];
}

bool hf__model_function_is_named(hf_function function)
{
    return function != HF_FUNCTION_REALLOC_FREE && function != HF_FUNCTION_MREMAP_UNMAP;
}

uint32_t hf__model_functions_of(hf_method method)
{
    uint32_t set = 0;
    for (unsigned i = HF_FUNCTION_NONE + 1; i < HF_FUNCTION_COUNT; i++)
        set |= functions[i].method == method ? 1u << i : 0;
    return set;
}

const char *hf__model_call_name(uint32_t method, uint32_t function)
{
    HF_ASSERT(method < HF_METHOD_COUNT && function < HF_FUNCTION_COUNT);
    return function != HF_FUNCTION_NONE ? functions[function].name : methods[method].name;
}

bool hf__model_may_fail_with(uint32_t method, uint32_t function, HRESULT hr)
{
    if (function == HF_FUNCTION_NONE)
        return hf__model_is_documented((hf_method)method, hr);
    for (size_t i = 0; i < HF_COUNT_OF(failing); i++) {
        if ((uint32_t)failing[i].function == function && failing[i].hr == hr)
            return functions[function].method == (hf_method)method;
    }
    return false;
}

const char *hf__model_class_name(hf_class class_)
{
    switch (class_) {
    case HF_CLASS_ACQUIRE: return "acquire";
    case HF_CLASS_RELEASE: return "release";
    case HF_CLASS_PROTECT: return "protect";
    case HF_CLASS_QUERY: return "query";
    case HF_CLASS_INFORM: return "inform";
    case HF_CLASS_MANAGER: return "manager";
    }
    return "?";
}

const hf_hresult_row *hf__model_hresult(HRESULT hr)
{
    for (size_t i = 0; i < HF_COUNT_OF(hresults); i++) {
        if (hresults[i].value == hr)
            return &hresults[i];
    }
    return NULL;
}

const hf_hresult_row *hf__model_hresult_by_name(hf_text name)
{
    for (size_t i = 0; i < HF_COUNT_OF(hresults); i++) {
        if (hf__text_equal_string(name, hresults[i].name))
            return &hresults[i];
    }
    return NULL;
}

const hf_hresult_row *hf__model_hresults(size_t *count)
{
    *count = HF_COUNT_OF(hresults);
    return hresults;
}

const hf_flag_row *hf__model_flags(size_t *count)
{
    *count = HF_COUNT_OF(flags);
    return flags;
}

static bool has_row(const documented_row *rows, size_t count, hf_method method, HRESULT hr)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].method == method && rows[i].hr == hr)
            return true;
    }
    return false;
}

bool hf__model_is_documented(hf_method method, HRESULT hr)
{
    return has_row(documented, HF_COUNT_OF(documented), method, hr);
}

bool hf__model_is_native(hf_method method, HRESULT hr)
{
    return has_row(natives, HF_COUNT_OF(natives), method, hr);
}

const char *hf__model_field_name(hf_field field)
{
    HF_ASSERT((unsigned)field < HF_FIELD_COUNT);
    return field_names[field];
}

bool hf__model_field_by_name(hf_text name, hf_field *out)
{
    for (unsigned i = 0; i < HF_FIELD_COUNT; i++) {
        if (hf__text_equal_string(name, field_names[i])) {
            *out = (hf_field)i;
            return true;
        }
    }
    return false;
}

const char *hf__model_lie_name(hf_lie lie)
{
    HF_ASSERT((unsigned)lie < HF_LIE_COUNT);
    return lie_names[lie];
}

static bool is_from_win32(HRESULT hr)
{
    return ((uint32_t)hr & 0xFFFF0000u) == 0x80070000u;
}

DWORD hf__model_win32_of(HRESULT hr)
{
    const hf_hresult_row *row = hf__model_hresult(hr);
    if (row != NULL)
        return row->win32;
    if (SUCCEEDED(hr))
        return ERROR_SUCCESS;
    return is_from_win32(hr) ? (DWORD)hr & 0xFFFFu : ERROR_GEN_FAILURE;
}

int hf__model_errno_of(HRESULT hr)
{
    const hf_hresult_row *row = hf__model_hresult(hr);
    if (row != NULL)
        return row->errno_code;
    if (hf__model_is_errno_result(hr))
        return hr & 0xFF;
    return SUCCEEDED(hr) ? 0 : EIO;
}

HRESULT hf__model_result_for(uint32_t function, HRESULT hr)
{
    if (function != HF_FUNCTION_NONE && FAILED(hr))
        return HF_RESULT_OF_ERRNO(hf__model_errno_of(hr));
    return hr == HF_RESULT_OF_ERRNO(ENOMEM) ? E_OUTOFMEMORY : hr;
}

HRESULT hf__model_hresult_of_win32(DWORD code)
{
    if (code == ERROR_NOT_ENOUGH_MEMORY || code == ERROR_COMMITMENT_LIMIT)
        return E_OUTOFMEMORY;
    if (code == ERROR_INVALID_OPERATION)
        return HOST_E_INVALIDOPERATION;
    if (code == ERROR_SUCCESS)
        return E_FAIL;
    return (HRESULT)((code & 0xFFFFu) | 0x80070000u);
}

size_t hf__model_print_hresult(char *buffer, size_t capacity, HRESULT hr)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    const hf_hresult_row *row = hf__model_hresult(hr);
    bool is_errno = hf__model_is_errno_result(hr);
    if (row != NULL)
        hf__builder_print(&builder, "%s", row->name);
    else if (is_errno)
        hf__builder_print(&builder, "errno %d", (int)(hr & 0xFF));
    if (is_errno)
        return builder.length;
    if (row != NULL && FAILED(hr))
        hf__builder_print(&builder, " ");
    if (row == NULL || FAILED(hr))
        hf__builder_print(&builder, "0x%08X", (unsigned)hr);
    return builder.length;
}

size_t hf__model_print_flags(char *buffer, size_t capacity, hf_field field, uint32_t value)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    uint32_t left = value;
    const char *between = "";

    for (size_t i = 0; i < HF_COUNT_OF(flags); i++) {
        const hf_flag_row *row = &flags[i];
        bool holds = field == HF_FIELD_LEVEL ? row->value == value : (left & row->value) == row->value && row->value != 0;
        if (row->field != field || !holds)
            continue;
        hf__builder_print(&builder, "%s%s", between, row->word);
        between = "|";
        left &= ~row->value;
        if (field == HF_FIELD_LEVEL)
            return builder.length;
    }

    if (left != 0)
        hf__builder_print(&builder, "%s0x%X", between, (unsigned)left);
    if (builder.length == 0)
        hf__builder_print(&builder, "0");
    return builder.length;
}
