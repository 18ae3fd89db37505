/* SPDX-License-Identifier: MIT
 * Traces for the verbs that read them: opening one by folder or file, and printing its calls as text for a terminal and as JSON.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_TRACE_H
#define HF_CLI_TRACE_H

#include "cli.h"

#include <hostfault/trace.h>
#include <jansson.h>

/* Opens it; the exit status after a complaint. */
hf_cli_exit hf__cli_trace_open(const char *operand, hf_trace **out);

/* Canonical text, with injected lines standing out where there is colour, and nothing in it that a terminal would obey. */
void hf__cli_trace_print(const hf_trace *trace, const hf_trace_text_options *options, const hf_report_sink *sink);

typedef struct hf_cli_trace_filter {
    const char *thread; /* NULL: all */
    const char *method; /* names or shell patterns, commas between; NULL: all */
    bool only_injected;
} hf_cli_trace_filter;
/* HF_CLI_USAGE after a complaint: no thread of the trace has this label, or no method this name. */
hf_cli_exit hf__cli_trace_check_filter(const hf_cli_verb *verb, const hf_trace *trace, const hf_cli_trace_filter *filter);
/* {"schema": "hostfault-trace/1", ...}; README.md describes it. */
json_t *hf__cli_trace_json(const hf_trace *trace, const hf_cli_trace_filter *filter);

#endif
