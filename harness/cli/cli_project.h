/* SPDX-License-Identifier: MIT
 * A project's defaults: hostfault.yaml in the tool's working directory, or in one above it up to the repository's top (the folder with .git). The
 * command line takes precedence over the file. If the file changes something, its name is printed on stderr.
 *
 * A project's file cannot cause files to be overwritten or a foreign command to be run: options that write a file, and --trust, exist on the command
 * line only. A file that belongs to another user is refused.
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
