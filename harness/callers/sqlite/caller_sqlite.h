/* SPDX-License-Identifier: MIT
 * The caller "sqlite" as a constant, for its main, for tests and for fuzz targets. One run at a time in a process.
 */
#ifndef CALLER_SQLITE_H
#define CALLER_SQLITE_H

#include <hostfault/caller.h>

extern const hf_caller hf_caller_sqlite;

#endif
