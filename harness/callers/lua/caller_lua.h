/* SPDX-License-Identifier: MIT
 * The caller "lua" as a constant, for its main, for tests and for fuzz targets. One run at a time in a process.
 */
#ifndef CALLER_LUA_H
#define CALLER_LUA_H

#include <hostfault/caller.h>

extern const hf_caller hf_caller_lua;

#endif
