/* SPDX-License-Identifier: MIT
 * From strace's log of a program that ran out of memory to a script: the memory requests that the kernel refused, as the rules of a scenario for the
 * same program, unmodified.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_FROM_STRACE_H
#define HF_CLI_FROM_STRACE_H

#include "cli.h"

/* Prints the scenario for the log; what the log does not say stands in comments above it. HF_CLI_UNMET, and words, if nothing in it failed. */
hf_cli_exit hf__cli_from_strace(const char *path, const hf_report_sink *sink);

#endif
