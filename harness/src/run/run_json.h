/* SPDX-License-Identifier: MIT
 * Writing JSON files of a run folder. Text of programs and file names need not be UTF-8; it is written as such all the same, each byte that does
 * not belong there as U+FFFD.
 */
#ifndef HF_RUN_JSON_H
#define HF_RUN_JSON_H

#include <hostfault/error.h>
#include <jansson.h>

/* A string; null for NULL. */
json_t *hf__run_json_text(const char *text);
json_t *hf__run_json_hex(uint64_t value);
/* object[key] = value, which is taken. */
void hf__run_json_set(json_t *object, const char *key, json_t *value);
/* Writes root, which is taken, to folder/name, indented, keys in the order they were set. */
HF_CHECK_RESULT hf_status hf__run_json_write(const char *folder, const char *name, json_t *root, hf_error *err);

#endif
