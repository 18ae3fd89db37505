/* SPDX-License-Identifier: MIT
 * Fills an hf_error where the mistake is found. Nothing here allocates.
 */
#include "base_error.h"
#include "base_text.h"

#include <stdarg.h>
#include <string.h>

#include "base_poison.h"

const char *hf_status_name(hf_status status)
{
    switch (status) {
    case HF_OK: return "HF_OK";
    case HF_ERROR_ARGUMENT: return "HF_ERROR_ARGUMENT";
    case HF_ERROR_INPUT: return "HF_ERROR_INPUT";
    case HF_ERROR_MEMORY: return "HF_ERROR_MEMORY";
    case HF_ERROR_SYSTEM: return "HF_ERROR_SYSTEM";
    case HF_ERROR_FORMAT: return "HF_ERROR_FORMAT";
    case HF_ERROR_VERSION: return "HF_ERROR_VERSION";
    case HF_ERROR_NOT_FOUND: return "HF_ERROR_NOT_FOUND";
    case HF_ERROR_LIMIT: return "HF_ERROR_LIMIT";
    case HF_ERROR_STATE: return "HF_ERROR_STATE";
    }
    return "HF_ERROR_?";
}

hf_status hf__fail(hf_error *err, hf_status status, int os_code, hf__error_origin origin, const char *format, ...)
{
    if (err == NULL)
        return status;
    memset(err, 0, sizeof *err);
    err->status = status;
    err->os_code = os_code;
    err->origin_file = origin.file;
    err->origin_line = origin.line;
    hf__builder builder = hf__builder_init(err->message, sizeof err->message);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&builder, format, arguments);
    va_end(arguments);
    if (os_code != 0)
        hf__builder_print(&builder, ": %s", strerror(os_code));
    return status;
}

static void name_input(hf_error *err, const char *name)
{
    size_t length = strlen(name);
    hf__builder builder = hf__builder_init(err->input_name, sizeof err->input_name);
    if (length < sizeof err->input_name)
        hf__builder_print(&builder, "%s", name);
    else
        hf__builder_print(&builder, "...%s", name + length - (sizeof err->input_name - 4));
}

static int is_before(const hf_error *a, const hf_error *b)
{
    return a->input_line != b->input_line ? a->input_line < b->input_line : a->input_column < b->input_column;
}

void hf__input_error(hf_errors *errors, const hf__input_place *place, hf__error_origin origin, const char *format, ...)
{
    if (errors == NULL)
        return;
    if (errors->count == HF_ERRORS_MAX) {
        errors->more = 1;
        return;
    }

    hf_error one;
    memset(&one, 0, sizeof one);
    one.status = HF_ERROR_INPUT;
    one.origin_file = origin.file;
    one.origin_line = origin.line;
    one.input_line = place->line;
    one.input_column = place->column;
    one.input_length = place->length > 0 ? place->length : 1;
    name_input(&one, place->name);
    hf__builder builder = hf__builder_init(one.message, sizeof one.message);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&builder, format, arguments);
    va_end(arguments);
    uint32_t at = errors->count++;

    while (at > 0 && is_before(&one, &errors->items[at - 1])) {
        errors->items[at] = errors->items[at - 1];
        at--;
    }

    errors->items[at] = one;
}
