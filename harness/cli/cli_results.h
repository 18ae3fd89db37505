/* SPDX-License-Identifier: MIT
 * Results on a command line: a results folder, a database, or a list of findings.
 */
#ifndef HF_CLI_RESULTS_H
#define HF_CLI_RESULTS_H

#include "cli.h"
#include "report_findings.h"
#include "report_points.h"

#define HF_CLI_FINDINGS_FILE "findings.json"

/* The database that an operand means: that of a results folder, or the file itself. hf__free. */
char *hf__cli_results_database(const char *operand);
/* The folder that a database is in: hf__free. */
char *hf__cli_results_folder(const char *path);
/* The findings of a results folder (of its database, else of its findings.json), a database, or a list. A complaint if there are none; notes on
 * stderr which of its sweeps are not finished. */
hf_cli_exit hf__cli_results_load(const char *operand, hf_report_findings *out);
/* Every point of the same sweeps, and the folder that the database is in: hf__free. */
hf_cli_exit hf__cli_results_load_points(const char *operand, hf_report_points *out, char **folder);

/* What commands that are printed say of results and callers (NULL: none given) that the command line names: nothing of the default folder
 * (report_command.h). The text is kept until the process ends. */
void hf__cli_results_show(const char *operand, const char *callers);
#define HF_CLI_SHOWN_CALLERS_HELP "where callers are looked for: added to each command that is printed"

/* Can runs leave their folders there? The exit status after a complaint that says which option names another. */
hf_cli_exit hf__cli_results_probe(const char *results);

/* The ids of all findings of the newest sweeps, ended by NULL; none where there is no database. Free them in any case. */
hf_cli_exit hf__cli_results_needed(const char *results, const char ***out);
void hf__cli_results_needed_free(const char **needed);

#endif
