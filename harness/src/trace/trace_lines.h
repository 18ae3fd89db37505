/* SPDX-License-Identifier: MIT
 * The lines of canonical text in order: a group for each thread, its events, the end records. Printing and comparing iterate over them.
 *
 * Threads: finished lines may be read by several threads.
 */
#ifndef HF_TRACE_LINES_H
#define HF_TRACE_LINES_H

#include "trace_line.h"

#define HF_TRACE_LINE_GROUP UINT32_MAX

typedef struct hf__trace_item {
    uint32_t event; /* HF_TRACE_LINE_GROUP: the line that begins a thread's group */
    uint32_t thread;
} hf__trace_item;

typedef struct hf__trace_lines {
    const hf_trace *trace;
    hf__trace_names *names;
    hf__trace_item *items;
    size_t count;
} hf__trace_lines;

/* The trace must outlive them. */
hf__trace_lines hf__trace_lines_create(const hf_trace *trace);
void hf__trace_lines_clear(hf__trace_lines *self);
/* Appends a line, without its end. */
void hf__trace_lines_print(const hf__trace_lines *self, size_t item, hf__builder *out);
/* The first line of all text. */
void hf__trace_lines_print_head(const hf_trace *trace, hf__builder *out);

#endif
