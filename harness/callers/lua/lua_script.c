/* SPDX-License-Identifier: MIT
 * Lua as an application embeds it: everything that can raise an error happens under one lua_pcall, and an error is told on stderr.
 *
 * There is no lua_atpanic here, and there must never be one: an error outside lua_pcall would end in Lua's own abort(), which is what
 * an embedding that forgot a protected call does in the field. Nothing here retries: what Lua does about a failed request (a full
 * collection, then one more try) is the behaviour under test.
 */
#include "lua_script.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include "base_poison.h"

/* All standard libraries, with nothing taken from the environment, and random numbers that begin at a constant: the math library
 * seeds itself from the state's address otherwise. */
static void open_libraries(lua_State *state)
{
    lua_pushboolean(state, 1);
    lua_setfield(state, LUA_REGISTRYINDEX, "LUA_NOENV");
    luaL_openlibs(state);
    lua_getglobal(state, "math");
    lua_getfield(state, -1, "randomseed");
    lua_pushinteger(state, 42);
    lua_call(state, 1, 0);
    lua_pop(state, 1);
}

static int run_protected(lua_State *state)
{
    const lua_script *script = lua_touserdata(state, 1);
    size_t size_bytes = 0;
    open_libraries(state);
    if (luaL_loadbufferx(state, script->text, script->text_bytes, script->name, "t") != LUA_OK)
        return lua_error(state);
    hf_phase("running");
    lua_pushinteger(state, (lua_Integer)script->scale);
    lua_call(state, 1, 1);
    const char *result = lua_isnil(state, -1) ? "" : luaL_tolstring(state, -1, &size_bytes);
    hf_result(result, size_bytes);
    return 0;
}

/* The message, if it is one: an error may be any value, and turning it into text could need memory. */
static void tell_error(lua_State *state)
{
    const char *message = lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "an error that is no text";
    fprintf(stderr, "hf-caller-lua: %s\n", message);
}

hf_caller_end lua_script_run(lua_heap *heap, lua_script *script)
{
    hf_phase("startup");
    lua_State *state = lua_newstate(lua_heap_realloc, heap);
    if (state == NULL) {
        fprintf(stderr, "hf-caller-lua: no memory for a state\n");
        return HF_CALLER_REPORTED;
    }
    lua_pushcfunction(state, run_protected);
    lua_pushlightuserdata(state, script);
    int result = lua_pcall(state, 1, 0, 0);
    if (result != LUA_OK)
        tell_error(state);
    hf_phase("shutdown");
    lua_close(state);
    return result == LUA_OK ? HF_CALLER_OK : HF_CALLER_REPORTED;
}
