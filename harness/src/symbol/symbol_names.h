/*
 * The names in one module of a trace, from its file and the debug information there is: for symbol_place.c alone. A file that has changed since the
 * run would give names that look right and are wrong, so its build is compared first.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_SYMBOL_NAMES_H
#define HF_SYMBOL_NAMES_H

#include "symbol_pattern.h"

typedef struct hf__names hf__names;

/* NULL: the file cannot be read, or is of another build. */
hf__names *hf__names_open(const hf_trace_module *module);
void hf__names_close(hf__names *names);
/* What is known of `inside`, the instruction at or before `address`: the functions there, innermost first. out[0] comes with its module filled in,
 * which the others get too. Returns how many, 1 to capacity. Text is borrowed from the names. */
size_t hf__names_find(hf__names *names, uint64_t address, uint64_t inside, hf__place *out, size_t capacity);

#endif
