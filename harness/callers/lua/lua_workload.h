/* SPDX-License-Identifier: MIT
 * The shipped script, workload.lua, as bytes within the executable: a caller that needs no file cannot miss one.
 */
#ifndef LUA_WORKLOAD_H
#define LUA_WORKLOAD_H

#include <stddef.h>

extern const unsigned char lua_workload[];
extern const size_t lua_workload_bytes;

#endif
