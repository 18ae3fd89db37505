/* SPDX-License-Identifier: MIT
 * The callers of this installation: those found, and those of ours that are missing, with the reason.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_CALLERS_H
#define HF_CLI_CALLERS_H

#include "cli.h"
#include "report_table.h"

/* caller, library, sees, about: one row each; about is the problem where there is one. *missing: how many of ours cannot be used. */
hf_cli_exit hf__cli_callers_table(const char *caller_path, bool with_specimens, hf_report_table *out, size_t *missing);
/* What to write instead of an argument that the verb does not take: "; did you mean '--caller lua'?", or "" if nothing comes to mind. hf__free. */
char *hf__cli_callers_advice(const hf_cli_verb *verb, const char *word);

#endif
