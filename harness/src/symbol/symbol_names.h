/* SPDX-License-Identifier: MIT
 * The names in one module of a trace, from its file and the debug information that is available: for symbol_place.c alone. A file that changed since
 * the run would give wrong names that look right, so its build id is compared first.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_SYMBOL_NAMES_H
#define HF_SYMBOL_NAMES_H

#include "symbol_pattern.h"

typedef struct hf__symbol_names hf__symbol_names;

/* NULL: the file cannot be read, or is of another build. */
hf__symbol_names *hf__symbol_names_open(const hf_trace_module *module);
void hf__symbol_names_close(hf__symbol_names *names);
/* What is known of `inside`, the instruction at or before `address`: the functions there, innermost first. out[0] comes with its module filled in,
 * which the others get too. Returns how many, 1 to capacity. Text is borrowed from the names. */
size_t hf__symbol_names_find(hf__symbol_names *names, uint64_t address, uint64_t inside, hf__symbol_place *out, size_t capacity);

#endif
