/* SPDX-License-Identifier: MIT
 * A project's defaults: hostfault.yaml in the folder that the tool runs in, or above it as far as the repository's top (the folder that has .git).
 * What the command line gives counts, and then the file, which is named on stderr when it changes something.
 *
 * A file of a project cannot have files written over, nor a stranger's command run: options that write a file, and --trust, are the command line's
 * alone. A file that belongs to another user is refused.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_PROJECT_H
#define HF_CLI_PROJECT_H

#include "cli.h"

#define HF_CLI_PROJECT_FILE "hostfault.yaml"

/* Reads into the fields of `values` what the file has for this verb and the command line has not (given: a byte for each option of the verb). False
 * after a complaint: the file is wrong, whatever the verb. */
bool hf__cli_project_apply(const hf_cli_verb *verb, void *values, const unsigned char *given);
/* May a project's file have this option? */
bool hf__cli_project_may_have(const hf_cli_option *option);

#endif
