/* SPDX-License-Identifier: MIT
 * The recorded trace of a finding: writing it, and comparing a replay with it.
 */
#include "run_recorded.h"
#include "heap_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"
#include "system_tool.h"
#include "heap_buffer.h"
#include "trace_pack.h"
#include "trace_text.h"

#include <string.h>

#include "base_poison.h"

char *hf__run_recorded_path(const char *results, const char *id, const char *earlier, const char *fault)
{
    uint64_t hash = hf__hash(HF_HASH_START, earlier, strlen(earlier) + 1);
    hash = hf__hash(hash, fault, strlen(fault) + 1);
    return hf__format("%s/" HF_RUN_RECORDED_FOLDER "/%s-%08x.txt", results != NULL ? results : "results", id, (unsigned)(hash >> 32));
}

#define RECORDED_BYTES_MAX (1ull << 30)

static hf_status copy(const char *to, const char *from, hf_error *err)
{
    char *text = NULL;
    size_t size_bytes = 0;
    hf_status status = hf__system_file_read(from, RECORDED_BYTES_MAX, &text, &size_bytes, err);
    if (status == HF_OK)
        status = hf__system_file_write(to, text, size_bytes, err);
    hf__free(text);
    return status;
}

hf_status hf__run_recorded_merge(const char *into, const char *from, hf_error *err)
{
    char *to_folder = hf__format("%s/" HF_RUN_RECORDED_FOLDER, into);
    char *from_folder = hf__format("%s/" HF_RUN_RECORDED_FOLDER, from);
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_status status = hf__system_folder_list(from_folder, &entries, &count, err);
    bool none = status == HF_ERROR_NOT_FOUND;
    if (status == HF_OK && count > 0)
        status = hf__system_folder_create(to_folder, err);
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        char *to = hf__format("%s/%s", to_folder, entries[i].name);
        char *source = hf__format("%s/%s", from_folder, entries[i].name);
        if (!entries[i].is_folder && !hf__os_file_exists(to))
            status = copy(to, source, err);
        hf__free(source);
        hf__free(to);
    }

    hf__system_folder_list_free(entries, count);
    hf__free(from_folder);
    hf__free(to_folder);
    return none ? HF_OK : status;
}

hf_status hf__run_recorded_write(const char *path, const hf_trace *trace, hf_error *err)
{
    hf__heap_buffer text = {0};
    char *folder = hf__copy_text((hf_text){path, (size_t)(strrchr(path, '/') - path)});
    hf_status status = hf__system_folder_create(folder, err);
    const hf_trace_text_options plain = HF_TRACE_TEXT_OPTIONS_INIT;
    hf__trace_print(trace, &plain, hf__heap_buffer_write, &text);
    char *packed = NULL;
    size_t packed_bytes = hf__trace_pack(text.text, text.size_bytes, &packed);
    if (status == HF_OK)
        status = hf__system_file_write(path, packed != NULL ? packed : text.text, packed != NULL ? packed_bytes : text.size_bytes, err);
    hf__free(packed);
    hf__free(folder);
    hf__free(text.text);
    return status;
}

hf_status hf__run_recorded_read(const char *path, char **out, size_t *size_bytes, hf_error *err)
{
    return hf__trace_read_file(path, RECORDED_BYTES_MAX, out, size_bytes, err);
}
