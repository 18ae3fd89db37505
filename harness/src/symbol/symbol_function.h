/* SPDX-License-Identifier: MIT
 * Names of functions in the form that people write and that stays the same from build to build: without what compilers add when they copy, split or
 * specialise a function, and without the parameters of C++.
 *
 * Threads: thread-safe.
 */
#ifndef HF_SYMBOL_FUNCTION_H
#define HF_SYMBOL_FUNCTION_H

/* "grow.constprop.0" gives "grow", "_ZN3net6Buffer4growEm" gives "net::Buffer::grow". hf__free. */
char *hf__symbol_function_name(const char *symbol);
/* A C++ or Rust symbol as people write it, with parameters. NULL: it is none, or nothing here knows. hf__free. */
char *hf__symbol_demangle(const char *symbol);

#endif
