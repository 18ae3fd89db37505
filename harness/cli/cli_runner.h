/* SPDX-License-Identifier: MIT
 * Running many scenarios at once, and reporting each as soon as it and all before it are finished: shared by `run` and `record`.
 *
 * Threads: called from the main thread; the runs themselves are made on threads of its own.
 */
#ifndef HF_CLI_RUNNER_H
#define HF_CLI_RUNNER_H

#include "cli_golden.h"
#include "cli_scenarios.h"

#include <hostfault/run.h>

typedef struct hf_cli_runner {
    const hf_cli_scenarios *scenarios;
    const hf_run_options *options;
    const hf_cli_golden *golden; /* NULL: none */
    const char *again;           /* the command line that repeats a scenario made of --fault; NULL: for each its own */
    unsigned jobs;
    unsigned repeat;
    bool quiet;   /* no lines for those that are as expected */
    bool verbose; /* all in full */
    bool silent;  /* no text on stdout at all: it is for JSON */
} hf_cli_runner;

/* What came of it. */
typedef struct hf_cli_runs {
    size_t count;
    hf_report_case **cases;
    hf_report_totals totals;
    hf_cli_exit exit_status;
} hf_cli_runs;

/* Looks for every caller that is named, before anything runs; HF_CLI_USAGE after a complaint about each that is not found. */
hf_cli_exit hf__cli_runner_check_callers(const hf_cli_scenarios *scenarios, const char *caller_path);
/* Makes all runs. Clear *out in any case. */
hf_cli_exit hf__cli_runner_run(const hf_cli_runner *self, hf_cli_runs *out);
void hf__cli_runs_clear(hf_cli_runs *runs);

#endif
