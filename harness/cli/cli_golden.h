/* SPDX-License-Identifier: MIT
 * Golden traces: the canonical text of a scenario's run, kept in a folder, compared with and rewritten by `hostfault run`. A golden file is a few
 * lines of heading, which begin with `#`, and the text: whole if it is short, else the calls around the faults and a hash of the whole.
 *
 * Threads: thread-safe once opened.
 */
#ifndef HF_CLI_GOLDEN_H
#define HF_CLI_GOLDEN_H

#include "cli_scenarios.h"
#include "report_case.h"

typedef struct hf_cli_golden hf_cli_golden;

#define HF_CLI_GOLDEN_EXCLUDED "not-compared.txt" /* in the folder above: lines of FAMILY/FILE and the reason */

/* Reads which scenarios are not to be compared, and which libraries the callers drive. write: make golden traces instead of comparing. */
hf_cli_exit hf__cli_golden_open(const char *folder, const char *caller_path, bool write, hf_cli_golden **out);
void hf__cli_golden_close(hf_cli_golden *self);

/* Or: compares with this file alone, the whole text of the run that a finding was recorded from. */
hf_cli_golden *hf__cli_golden_recorded(char *path_take);
bool hf__cli_golden_is_recorded(const hf_cli_golden *self);

/* Two scenarios with one golden file cannot be kept apart; false after a complaint. */
bool hf__cli_golden_check_names(const hf_cli_scenarios *scenarios);

/* Compares or writes one run's, and notes in the case how it went. */
void hf__cli_golden_treat(const hf_cli_golden *self, const hf_cli_scenario *scenario, const hf_run_result *result, hf_report_case *one);

#endif
