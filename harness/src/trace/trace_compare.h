/* SPDX-License-Identifier: MIT
 * Are two traces the same, and if not, where do they first differ? The same means: the same canonical lines, from the first thread's first call to
 * the end of the run. The line with caller and seed does not count, nor do times, stacks and addresses.
 *
 * Threads: distinct pairs may be compared in parallel.
 */
#ifndef HF_TRACE_COMPARE_H
#define HF_TRACE_COMPARE_H

#include <hostfault/trace.h>
#include <stdbool.h>

typedef struct hf__trace_difference {
    size_t event_a, event_b; /* indices of the events; SIZE_MAX: that trace has no more lines, or the line begins a thread's group */
    char line_a[384];        /* the lines, cut if they are longer; empty where a trace has no more */
    char line_b[384];
} hf__trace_difference;

/* True if they differ; *out (may be NULL) says where first. */
bool hf__trace_first_difference(const hf_trace *a, const hf_trace *b, hf__trace_difference *out);
/* The same of the calls alone: results, and how the runs ended, do not count. */
bool hf__trace_first_call_difference(const hf_trace *a, const hf_trace *b, hf__trace_difference *out);
/* The same of what is asked for and in which order: releases do not count, since what a program gives back, and when, may hang on addresses and
 * hashes. */
bool hf__trace_first_request_difference(const hf_trace *a, const hf_trace *b, hf__trace_difference *out);

#endif
