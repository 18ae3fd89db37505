/* SPDX-License-Identifier: MIT
 * One script in one Lua state, from lua_newstate to lua_close.
 *
 * Threads: one.
 */
#ifndef LUA_SCRIPT_H
#define LUA_SCRIPT_H

#include "lua_heap.h"
#include <hostfault/caller.h>

typedef struct lua_script {
    const char *text;
    size_t text_bytes;
    const char *name; /* a chunk name in Lua's sense: "@path" */
    unsigned scale;   /* percent of the default work: the script's argument */
} lua_script;

/* Runs it over the heap. What the script returns, as text, becomes the result (hf_result). HF_CALLER_REPORTED: no state, or an error,
 * whose message went to stderr; the state is closed all the same. */
hf_caller_end lua_script_run(lua_heap *heap, lua_script *script);

#endif
