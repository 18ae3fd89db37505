/* SPDX-License-Identifier: MIT
 * JSON of a run folder, through jansson. It must never fail because a program printed bytes that are no UTF-8.
 */
#include "run_json.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "system_file.h"
#include "system_machine.h"
#include "run_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* Bytes of the UTF-8 sequence that this byte begins, 1 if it begins none. */
static size_t sequence_bytes(unsigned char first)
{
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 1;
}

json_t *hf__run_json_text(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    size_t length = strlen(text);
    size_t used = 0;
    char *mended = hf__allocate(length * 3 + 1, 1);
    while (length > 0) {
        size_t bytes = sequence_bytes((unsigned char)text[0]);
        json_t *piece = bytes <= length ? json_stringn(text, bytes) : NULL;
        bytes = piece != NULL ? bytes : 1;
        memcpy(mended + used, piece != NULL ? text : "\xEF\xBF\xBD", piece != NULL ? bytes : 3);
        used += piece != NULL ? bytes : 3;
        json_decref(piece);
        text += bytes;
        length -= bytes;
    }
    value = json_stringn(mended, used);
    hf__free(mended);
    return value;
}

json_t *hf__run_json_hex(uint64_t value)
{
    return json_sprintf("0x%llx", (unsigned long long)value);
}

static void drop(void *root)
{
    json_decref(root);
}

void hf__run_json_begin(hf__run_json *document)
{
    document->root = json_object();
    if (document->root == NULL)
        hf__out_of_memory();
    hf__heap_guard(&document->guard, drop, document->root);
}

json_t *hf__run_json_set(json_t *parent, const char *key, json_t *value)
{
    int failed = key != NULL ? json_object_set_new(parent, key, value) : json_array_append_new(parent, value);
    if (failed != 0)
        hf__out_of_memory();
    return value;
}

hf_status hf__run_json_write(hf__run_json *document, const char *folder, const char *name, hf_error *err)
{
    char *path = hf__run_folder_file(folder, name);
    char *text = json_dumps(document->root, JSON_INDENT(2));
    if (text == NULL)
        hf__out_of_memory();
    hf__heap_drop_guard(&document->guard);
    json_decref(document->root);

    hf_heap_guard guard;
    hf__heap_guard(&guard, free, text);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL: only the length counts below */
    hf_status status = hf__system_file_put(path, text, length + 1, err);
    if (status != HF_OK) /* what the program put in its place is replaced */
        status = hf__system_file_write(path, text, length + 1, err);
    hf__heap_drop_guard(&guard);
    hf__free(path);
    free(text);
    return status;
}
