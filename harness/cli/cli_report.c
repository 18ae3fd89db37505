/* SPDX-License-Identifier: MIT
 * Prints reports into memory, and from there to their destination.
 */
#include "cli_report.h"
#include "report_source.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"
#include "os_thread.h"

#include "base_poison.h"

#define SUMMARY_BYTES_MAX (1u << 20) /* GitHub accepts no more for one step */

static hf_cli_exit write_buffer(const char *path, const hf__heap_buffer *buffer)
{
    return hf__cli_write(path, buffer->text != NULL ? buffer->text : "", buffer->size_bytes);
}

hf_cli_exit hf__cli_report_write(const char *path, hf_cli_print *print, void *user)
{
    if (path == NULL)
        return HF_CLI_MET;
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &buffer};
    print(&sink, user);
    hf_cli_exit worst = write_buffer(path, &buffer);
    hf__free(buffer.text);
    return worst;
}

/* Earlier steps may have written there. */
static hf_cli_exit add_summary(const char *path, hf_cli_print *print, void *user)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &buffer};
    char *before = NULL;
    size_t size = 0;
    hf_error err;
    hf_status status = hf__os_file_exists(path) ? hf__system_file_read(path, SUMMARY_BYTES_MAX, &before, &size, &err) : HF_OK;
    if (status != HF_OK && status != HF_ERROR_INPUT) /* only a regular file has earlier text */
        return hf__cli_complain_error(&err);
    if (size > 0)
        hf__heap_buffer_write(before, size, &buffer);
    print(&sink, user);
    hf_cli_exit worst = write_buffer(path, &buffer);
    hf__free(before);
    hf__free(buffer.text);
    return worst;
}

hf_cli_exit hf__cli_report_workflow(hf_cli_print *annotate, hf_cli_print *summarize, void *user)
{
    const char *actions = hf__os_environment("GITHUB_ACTIONS");
    const char *summary = hf__os_environment("GITHUB_STEP_SUMMARY");
    if (!hf__text_equal_string(hf__text(actions), "true"))
        return HF_CLI_MET;
    annotate(hf__cli_err(), user);
    return summary != NULL && summary[0] != '\0' ? add_summary(summary, summarize, user) : HF_CLI_MET;
}

void hf__cli_report_roots(const hf_cli_texts *roots)
{
    for (size_t i = 0; i < roots->count; i++)
        hf__report_source_root(roots->items[i]);
}
