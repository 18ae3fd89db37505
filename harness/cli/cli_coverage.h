/* SPDX-License-Identifier: MIT
 * `sweep --coverage`: the coverage data of all points of a program that is built for it (gcc --coverage; clang -fprofile-instr-generate
 * -fcoverage-mapping) are kept under the results, and what they cover more than the clean run is told by file. The numbers are gcov's or llvm-cov's.
 *
 * Threads: from the main thread, before others are started.
 */
#ifndef HF_CLI_COVERAGE_H
#define HF_CLI_COVERAGE_H

#include "cli.h"

#include <hostfault/plan.h>

#define HF_CLI_COVERAGE_OPTION(values, member)                                                                                                       \
    {                                                                                                                                                \
        "--coverage", NULL, HF_CLI_FLAG, offsetof(values, member), 0, 0,                                                                             \
            "keep the coverage data of all points (programs built for gcov or llvm-cov, Linux), and report what they cover beyond the clean run"     \
    }

/* Makes a clean run, and sets this process's environment so that the points write theirs beside it. Does nothing if not wanted. */
hf_cli_exit hf__cli_coverage_begin(bool wanted, const hf_scenario *scenario, const char *results);
/* After the sweep. is_quiet: only keeps the data usable. */
hf_cli_exit hf__cli_coverage_end(bool wanted, const hf_scenario *scenario, bool is_quiet);

#endif
