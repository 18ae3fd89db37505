/* SPDX-License-Identifier: MIT
 * Filling an hf_error where the mistake is found. HF_FAIL records its own place and returns the status, so callers only propagate: `return
 * HF_FAIL(err, HF_ERROR_LIMIT, "more than %u rules", HF_RULES_MAX);`
 */
#ifndef HF_BASE_ERROR_H
#define HF_BASE_ERROR_H

#include <hostfault/error.h>
#include <stdbool.h>

#define HF_FAIL(err, status, ...) HF_FAIL_WITH((err), (status), 0, __VA_ARGS__)
#define HF_FAIL_SYSTEM(err, os_code, ...) HF_FAIL_WITH((err), HF_ERROR_SYSTEM, (os_code), __VA_ARGS__)
#define HF_FAIL_WITH(err, status, os_code, ...) hf__fail((err), (status), (os_code), (hf__error_origin){__FILE__, __LINE__}, __VA_ARGS__)

/* Where in our source an error was found. */
typedef struct hf__error_origin {
    const char *file;
    uint32_t line;
} hf__error_origin;

/* Fills err (may be NULL) and returns status. With an os_code its text is added to the message. */
hf_status hf__fail(hf_error *err, hf_status status, int os_code, hf__error_origin origin, const char *format, ...) HF_PRINTF(5, 6);

/* Adds a positioned HF_ERROR_INPUT to errors, kept in order of position; sets `more` when full. */
#define HF_INPUT_ERROR(errors, name, line, column, length, ...)                                                                                      \
    hf__input_error((errors), &(hf__input_place){(name), (line), (column), (length)}, (hf__error_origin){__FILE__, __LINE__}, __VA_ARGS__)
typedef struct hf__input_place {
    const char *name;
    uint32_t line, column, length; /* line 0: the whole input */
} hf__input_place;
void hf__input_error(hf_errors *errors, const hf__input_place *place, hf__error_origin origin, const char *format, ...) HF_PRINTF(4, 5);

#endif
