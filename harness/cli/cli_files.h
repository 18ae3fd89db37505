/* SPDX-License-Identifier: MIT
 * Files that a command line names.
 *
 * Threads: from the main thread.
 */
#ifndef HF_CLI_FILES_H
#define HF_CLI_FILES_H

#include "cli.h"

/* Says so if an argument of the program is a file of this folder: a run starts in a folder of its own, where the program does not find it. first:
 * where its arguments begin in the command; has_workdir: the verb has that option. */
void hf__cli_files_note(const char *const *command, size_t first, bool has_workdir);

#endif
