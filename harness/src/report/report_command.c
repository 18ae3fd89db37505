/* SPDX-License-Identifier: MIT
 * See the header. Options that were not given are not printed: the default folder needs none, and HF_CALLER_PATH is still set.
 */
#include "report_command.h"
#include "heap_alloc.h"
#include "heap_quote.h"
#include "report_case.h"

#include "base_poison.h"

static hf__heap_buffer options;

void hf__report_command_add(const char *name, const char *value)
{
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &options};
    if (value == NULL)
        return;
    hf__report_print(&sink, " %s ", name);
    hf__heap_quote(&options, value);
}

void hf__report_command_set(const char *results, const char *callers)
{
    hf__free(options.text);
    options = (hf__heap_buffer){0};
    hf__report_command_add("--results", results);
    hf__report_command_add("--callers", callers);
}

const char *hf__report_command_options(void)
{
    return options.text != NULL ? options.text : "";
}
