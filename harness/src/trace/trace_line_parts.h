/* SPDX-License-Identifier: MIT
 * The pieces that lines of canonical text are made of: the event that a line is about, and its names, numbers and texts as they are printed.
 *
 * Threads: distinct lines may be printed in parallel.
 */
#ifndef HF_TRACE_LINE_PARTS_H
#define HF_TRACE_LINE_PARTS_H

#include "trace_line.h"

/* One line while it is printed. */
typedef struct hf__trace_line {
    const hf_trace *trace;
    const hf__trace_names *names;
    size_t index;
    const hf_event *event;
    const hf_rule *rule; /* that decided, NULL if none */
    hf__builder *out;
} hf__trace_line;

/* Each appends to the line: `key` as it is, then the value. */
void hf__trace_put_string(const hf__trace_line *self, const char *string);
void hf__trace_put_name(const hf__trace_line *self, const char *key, hf__trace_named which);
void hf__trace_put_hex(const hf__trace_line *self, const char *key, uint64_t value);
void hf__trace_put_flags(const hf__trace_line *self, const char *key, hf_field field, uint32_t value);
void hf__trace_put_hresult(const hf__trace_line *self, const char *key, HRESULT hr);
/* In quotes, and escaped. */
void hf__trace_put_quoted(const hf__trace_line *self, const char *key, hf_text text);

/* A call: method, arguments, answers and the rule that decided it. */
void hf__trace_put_call(const hf__trace_line *self);

#endif
