/* SPDX-License-Identifier: MIT
 * Places as editors and terminals jump to them: "path:line", with a path that can be opened from the working directory. A file that is not there
 * (a system library's debug information names files, too) has none, and is told by its name alone.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_JUMP_H
#define HF_REPORT_JUMP_H

#include "report_sink.h"

/* The path of a source file as it is opened from here, or NULL. hf__free. */
char *hf__report_jump_path(const char *file);
/* "src/lgc.c:212" of the place "grow at lgc.c:212", whose frame is in `stack`; NULL: it cannot be opened. stack: as the store keeps it; NULL or "":
 * none. hf__free. */
char *hf__report_jump(const char *place, const char *stack);
/* The place with the path in it where there is one, "grow at src/lgc.c:212", else as it is. hf__free. */
char *hf__report_jump_place(const char *place, const char *stack);

/* Puts one line of cleaned text. Where the sink has links, each "path:line" in it that can be opened is one: OSC 8, whose URI has the line behind
 * '#', as kitty and Visual Studio Code read it. */
void hf__report_put_linked(const hf_report_sink *sink, const char *text);

#endif
