/* SPDX-License-Identifier: MIT
 * Whole inputs, whatever is in them (plan_input.h).
 */
#include "plan_input.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "system_file.h"

#include <errno.h>
#include <string.h>

#include "base_poison.h"

void hf__plan_input_error(hf_errors *errors, const char *name, const char *message)
{
    HF_INPUT_ERROR(errors, name, 0, 0, 1, "%s", message);
}

hf_status hf__plan_out_of_memory(hf_errors *errors, const char *name)
{
    memset(errors, 0, sizeof *errors);
    hf__plan_input_error(errors, name, "not enough memory to read it");
    errors->items[0].status = HF_ERROR_MEMORY;
    return HF_ERROR_MEMORY;
}

char *hf__plan_read_bytes(const char *path, size_t *size_bytes, hf_error *err)
{
    char *bytes = NULL;
    return hf__system_file_read(path, HF_PLAN_FILE_MAX_BYTES, &bytes, size_bytes, err) == HF_OK ? bytes : NULL;
}

/* Why the file was not read, without its name: that stands before each line. */
static void report_unread(hf_errors *errors, const char *path, const hf_error *err)
{
    size_t name = strlen(path);
    const char *why = strncmp(err->message, path, name) == 0 && err->message[name] == ' ' ? err->message + name + 1 : err->message;
    if (err->status == HF_ERROR_LIMIT)
        hf__plan_input_error(errors, path, HF_PLAN_TOO_LARGE);
    else if (err->os_code != 0 || err->status == HF_ERROR_NOT_FOUND)
        HF_INPUT_ERROR(errors, path, 0, 0, 1, "cannot be read: %s", strerror(err->os_code != 0 ? err->os_code : ENOENT));
    else
        HF_INPUT_ERROR(errors, path, 0, 0, 1, "cannot be read: it %s", why);
    errors->items[0].os_code = err->os_code != 0 ? err->os_code : err->status == HF_ERROR_NOT_FOUND ? ENOENT : 0;
}

char *hf__plan_load_bytes(const char *path, size_t *size_bytes, hf_errors *errors)
{
    hf_error err;
    memset(errors, 0, sizeof *errors);
    char *bytes = hf__plan_read_bytes(path, size_bytes, &err);
    if (bytes == NULL)
        report_unread(errors, path, &err);
    return bytes;
}

typedef struct parse_request {
    hf__plan_parse *parse;
    const char *name; /* or the path */
    hf_text text;
    void **out;
    hf_errors *errors;
} parse_request;

static hf_status parse_text(void *given)
{
    const parse_request *request = given;
    return request->parse(request->name, request->text, request->out, request->errors);
}

static hf_status parse_file(void *given)
{
    parse_request *request = given;
    char *bytes = hf__plan_load_bytes(request->name, &request->text.size_bytes, request->errors);
    if (bytes == NULL)
        return HF_ERROR_INPUT;
    request->text.pointer = bytes;
    hf_status status = parse_text(request);
    hf__free(bytes);
    return status;
}

static hf_status attempt(hf_heap_work *work, parse_request *request)
{
    hf_errors own;
    request->errors = request->errors != NULL ? request->errors : &own;
    memset(request->errors, 0, sizeof *request->errors);
    *request->out = NULL;
    hf_status status = hf__heap_attempt(work, request, NULL);
    return status == HF_ERROR_MEMORY ? hf__plan_out_of_memory(request->errors, request->name) : status;
}

hf_status hf__plan_input_parse(hf__plan_parse *parse, const char *name, hf_text text, void **out, hf_errors *errors)
{
    return attempt(parse_text, &(parse_request){parse, name, text, out, errors});
}

hf_status hf__plan_input_load(hf__plan_parse *parse, const char *path, void **out, hf_errors *errors)
{
    return attempt(parse_file, &(parse_request){.parse = parse, .name = path, .out = out, .errors = errors});
}
