/* SPDX-License-Identifier: MIT
 * From an observed failure to a script that repeats it: the failures in a trace, injected ones and the host's own, as the rules of a scenario.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_FROM_TRACE_H
#define HF_CLI_FROM_TRACE_H

#include "cli.h"

/* Prints the scenario for the trace that `operand` (a run's folder, or a trace file) holds. */
hf_cli_exit hf__cli_from_trace(const char *operand, const hf_report_sink *sink);

#endif
