/* SPDX-License-Identifier: MIT
 * Writing JSON files of a run folder. Text of programs and file names need not be UTF-8: each invalid byte is written as U+FFFD.
 */
#ifndef HF_RUN_JSON_H
#define HF_RUN_JSON_H

#include "heap_attempt.h"

#include <hostfault/error.h>
#include <jansson.h>

/* A string; null for NULL. */
json_t *hf__run_json_text(const char *text);
json_t *hf__run_json_hex(uint64_t value);

/* A document. Every value is put under its root before values are put under it, so that nothing is left when memory runs out. */
typedef struct hf__run_json {
    json_t *root; /* an object */
    hf_heap_guard guard;
} hf__run_json;
void hf__run_json_begin(hf__run_json *document);
/* parent[key] = value, which is taken; key NULL: at the end of an array. Returns the value, borrowed. NULL is a value that got no memory. */
json_t *hf__run_json_set(json_t *parent, const char *key, json_t *value);
/* Writes it to folder/name, indented, keys in the order they were set, and ends it. */
HF_CHECK_RESULT hf_status hf__run_json_write(hf__run_json *document, const char *folder, const char *name, hf_error *err);

#endif
