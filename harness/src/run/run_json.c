/* SPDX-License-Identifier: MIT
 * JSON of a run folder, through jansson. It must never fail because a program printed bytes that are no UTF-8.
 */
#include "run_json.h"
#include "base_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "os_file.h"
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

void hf__run_json_set(json_t *object, const char *key, json_t *value)
{
    HF_ASSERT(json_object_set_new(object, key, value) == 0);
}

hf_status hf__run_json_write(const char *folder, const char *name, json_t *root, hf_error *err)
{
    char *text = json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    HF_ASSERT(text != NULL);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL: only the length counts below */
    char *path = hf__run_folder_file(folder, name);
    hf_status status = hf__system_file_put(path, text, length + 1, err);
    if (status != HF_OK) /* what the program put in its place is replaced */
        status = hf__os_file_write(path, text, length + 1, err);
    hf__free(path);
    free(text);
    return status;
}
