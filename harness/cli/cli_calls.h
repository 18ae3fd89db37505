/* SPDX-License-Identifier: MIT
 * What a run asked for, counted by method and function: how often, from how many places, how much.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_CLI_CALLS_H
#define HF_CLI_CALLS_H

#include "model.h"
#include "report_table.h"

#include <hostfault/trace.h>

typedef struct hf_cli_call_count {
    uint64_t calls, failed, bytes;
    size_t site_count, site_capacity;
    uint64_t *sites; /* places, each once */
} hf_cli_call_count;

/* By hf__model_call_name_index. */
typedef struct hf_cli_calls {
    hf_cli_call_count items[HF_CALL_NAMES];
} hf_cli_calls;

void hf__cli_calls_count(const hf_trace *trace, hf_cli_calls *out);
void hf__cli_calls_clear(hf_cli_calls *calls);
/* "VirtualAlloc", "malloc". */
const char *hf__cli_calls_name(unsigned index);
/* A row for each that was called. */
hf_report_table hf__cli_calls_table(const hf_cli_calls *calls);

#endif
