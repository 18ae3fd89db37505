/* SPDX-License-Identifier: MIT
 * The options that every printed command needs to work when it is copied: the folders of results and callers. They are a setting of the process, made
 * once by the verb, because they belong to every line that is printed or written, whatever the format.
 *
 * Threads: set before other threads are started; then thread-safe.
 */
#ifndef HF_REPORT_COMMAND_H
#define HF_REPORT_COMMAND_H

#include "report_sink.h"

/* As given on the command line; NULL: not given. Borrowed until the process ends. */
void hf__report_command_set(const char *results, const char *callers);
/* One more, that belongs to a line of `run` only. Copied. */
void hf__report_command_add(const char *name, const char *value);
/* " --results FOLDER --callers FOLDERS", quoted for a POSIX shell, or as much of it as was given; "". */
const char *hf__report_command_options(void);

#endif
