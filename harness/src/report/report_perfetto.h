/* SPDX-License-Identifier: MIT
 * A run for trace viewers (Perfetto, chrome://tracing, speedscope): Chrome's trace event format in JSON. Calls are slices of their threads, live
 * bytes are counters, and faults, phases and the end are instants.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_PERFETTO_H
#define HF_REPORT_PERFETTO_H

#include "report_sink.h"

#include <hostfault/trace.h>

void hf__report_perfetto(const hf_report_sink *sink, const hf_trace *trace);

#endif
