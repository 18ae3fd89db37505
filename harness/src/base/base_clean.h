/* SPDX-License-Identifier: MIT
 * Untrusted text, and which characters of it may be printed. A program under test, a file name and a database can contain anything. An escape
 * sequence must not reach the terminal, a line of it must not look like a command to a CI ("::error::"), and no byte may break a report.
 *
 * Printable is well-formed UTF-8 without controls, without characters that change the writing direction, and without noncharacters.
 *
 * Threads: thread-safe. Nothing is allocated.
 */
#ifndef HF_BASE_CLEAN_H
#define HF_BASE_CLEAN_H

#include <hostfault/error.h>
#include <stdbool.h>

/* Bytes at the start that may be printed as they are. *bad: how many bytes behind them are one character that may not, for which a '?' is printed;
 * 0 at the end. is_line: line ends and tabs may not be printed either. */
size_t hf__clean_stretch(hf_text text, bool is_line, size_t *bad);
/* Would a CI take a line that begins so for a command ("::error::", "##[error]", "##teamcity[")? Blanks before it do not matter to them. */
bool hf__clean_is_command(hf_text line);
#define HF_CLEAN_GUARD "| " /* what is printed before such a line */
/* Makes one line of a string in place: each character that may not be printed becomes a '?'. */
void hf__clean_line(char *text);

#endif
