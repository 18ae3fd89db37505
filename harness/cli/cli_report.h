/* SPDX-License-Identifier: MIT
 * Reports that go to files, and the annotations and summary for a GitHub workflow, if the environment says that this is one.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_REPORT_H
#define HF_CLI_REPORT_H

#include "cli.h"

typedef void hf_cli_print(const hf_report_sink *sink, void *user);

/* Writes what `print` prints to the file, whole or not at all. path NULL: nothing is wanted. */
hf_cli_exit hf__cli_report_write(const char *path, hf_cli_print *print, void *user);
/* In a workflow (GITHUB_ACTIONS): prints annotations to stderr, where they disturb no result, and adds a summary to GITHUB_STEP_SUMMARY. */
hf_cli_exit hf__cli_report_workflow(hf_cli_print *annotate, hf_cli_print *summarize, void *user);

/* --source-root, for the verbs that write pages. */
#define HF_CLI_ROOTS_HELP "also quote source files below this folder (the working directory is always included)"
void hf__cli_report_roots(const hf_cli_texts *roots);

#endif
