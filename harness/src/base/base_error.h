/* SPDX-License-Identifier: MIT
 * Filling an hf_error where the mistake is found. HF_FAIL records its own place and gives the status back, so that a caller only
 * propagates: `return HF_FAIL(err, HF_ERROR_LIMIT, "more than %u rules", HF_RULES_MAX);`
 */
#ifndef HF_BASE_ERROR_H
#define HF_BASE_ERROR_H

#include <hostfault/error.h>
#include <stdbool.h>

#define HF_FAIL(err, status, ...) hf__fail((err), (status), 0, __FILE__, __LINE__, __VA_ARGS__)
#define HF_FAIL_SYSTEM(err, os_code, ...) hf__fail((err), HF_ERROR_SYSTEM, (os_code), __FILE__, __LINE__, __VA_ARGS__)

/* Fills err (may be NULL) and returns status. With an os_code its text is added to the message. */
hf_status hf__fail(hf_error *err, hf_status status, int os_code, const char *file, int line, const char *format, ...) HF_PRINTF(6, 7);

/* Adds a positioned HF_ERROR_INPUT to errors, kept in order of position; sets `more` when full. */
#define HF_INPUT_ERROR(errors, name, line, column, length, ...)                                                                                      \
    hf__input_error((errors), (name), (line), (column), (length), __FILE__, __LINE__, __VA_ARGS__)
void hf__input_error(hf_errors *errors, const char *name, uint32_t line, uint32_t column, uint32_t length, const char *file, int origin_line,
                     const char *format, ...) HF_PRINTF(8, 9);

#endif
