/* SPDX-License-Identifier: MIT
 * Pictures as PNG, for what shows no SVG. rsvg-convert of librsvg draws them, if it is there: fonts and all are its own work, and the tool links to
 * nothing for it.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_PICTURE_H
#define HF_CLI_PICTURE_H

#include "cli_report.h"

/* Before any other work: can a picture be written? path NULL: none is wanted. HF_CLI_USAGE says what is missing. */
hf_cli_exit hf__cli_picture_check(const char *path);
/* Writes the SVG that `print` prints as a PNG of twice its size, whole or not at all. path NULL: none is wanted. */
hf_cli_exit hf__cli_picture_write(const char *path, hf_cli_print *print, void *user);

#endif
