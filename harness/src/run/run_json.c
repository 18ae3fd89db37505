/* SPDX-License-Identifier: MIT
 * JSON of a run folder, through jansson. It must never fail because a program printed invalid UTF-8.
 */
#include "run_json.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "base_utf8.h"
#include "system_file.h"
#include "system_machine.h"
#include "run_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

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
        size_t good = hf__utf8_length((hf_text){text, length}, 0);
        memcpy(mended + used, good > 0 ? text : "\xEF\xBF\xBD", good > 0 ? good : 3);
        used += good > 0 ? good : 3;
        text += good > 0 ? good : 1;
        length -= good > 0 ? good : 1;
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
    if (status != HF_OK) /* a file that the program put in its place is replaced */
        status = hf__system_file_write(path, text, length + 1, err);
    hf__heap_drop_guard(&guard);
    hf__free(path);
    free(text);
    return status;
}
