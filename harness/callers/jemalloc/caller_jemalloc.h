/* SPDX-License-Identifier: MIT
 * The caller "jemalloc" as a constant, for its main, for tests and for fuzz targets. One run at a time in a process.
 */
#ifndef CALLER_JEMALLOC_H
#define CALLER_JEMALLOC_H

#include <hostfault/caller.h>

extern const hf_caller hf_caller_jemalloc;

#endif
