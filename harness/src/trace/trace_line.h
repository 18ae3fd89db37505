/* SPDX-License-Identifier: MIT
 * One event as one line of canonical text, without the line's end.
 *
 * Threads: as trace_names.h.
 */
#ifndef HF_TRACE_LINE_H
#define HF_TRACE_LINE_H

#include "trace_names.h"

/* Longest line: a result of every byte that an event can hold, escaped. */
#define HF_TRACE_LINE_BYTES (1u << 16)

/* Is this event shown at all? Modules, attaching and detaching vary with the machine and are not. */
bool hf__trace_line_is_shown(const hf_trace *trace, size_t index);
/* Appends the event's line: mark, name, arguments, answer. */
void hf__trace_line_print(const hf_trace *trace, const hf__trace_names *names, size_t index, hf__builder *out);
/* Appends a text with what is not printable ASCII, and quotes and backslashes, escaped. */
void hf__trace_line_escape(hf_text text, hf__builder *out);

#endif
