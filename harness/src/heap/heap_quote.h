/* SPDX-License-Identifier: MIT
 * Words of a command line that a person copies into a shell.
 *
 * Threads: one thread per buffer.
 */
#ifndef HF_HEAP_QUOTE_H
#define HF_HEAP_QUOTE_H

#include "heap_buffer.h"

/* Appends a word, quoted for a POSIX shell if it needs quoting. */
void hf__heap_quote(hf__heap_buffer *buffer, const char *word);

#endif
