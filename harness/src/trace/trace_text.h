/* SPDX-License-Identifier: MIT
 * The canonical text, for the tool: hf_trace_print inside an attempt of the caller's (heap_attempt.h), so `write` may allocate.
 *
 * Threads: distinct texts may be printed in parallel.
 */
#ifndef HF_TRACE_TEXT_H
#define HF_TRACE_TEXT_H

#include <hostfault/trace.h>

/* options: not NULL, and complete. */
void hf__trace_print(const hf_trace *trace, const hf_trace_text_options *options, hf_write *write, void *user);

#endif
