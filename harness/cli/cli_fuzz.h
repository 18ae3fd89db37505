/* SPDX-License-Identifier: MIT
 * Between fuzz inputs and scenarios, for `hostfault scenario`.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_FUZZ_H
#define HF_CLI_FUZZ_H

#include "cli.h"
#include "cli_scenarios.h"

/* Prints the scenario that a fuzz input stands for. program: the fuzz target that it is for, of a user's own; NULL: `schedule`. all_faults: also what
 * a fuzz target leaves out unless told otherwise. */
hf_cli_exit hf__cli_from_fuzz(const char *path, const char *program, bool lawful, const hf_report_sink *sink);
/* Writes a scenario as a fuzz input; path "-" is stdout. */
hf_cli_exit hf__cli_to_fuzz(const hf_cli_scenario *scenario, const char *path);

#endif
