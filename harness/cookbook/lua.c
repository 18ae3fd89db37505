/* SPDX-License-Identifier: MIT */
/* Lua: a script in a state of its own. One function takes, resizes and gives back; Lua relies on it that a block can always be made smaller, so a
 * refusal there must give the old block. */
#include "cookbook.h"

#include <lauxlib.h>
#include <lualib.h>

static void *lua_memory(void *user, void *block, size_t old_size, size_t size)
{
    (void)user;
    if (size == 0) {
        hf_adapt_free(block);
        return NULL;
    }
    void *moved = hf_adapt_realloc(block, size);
    return moved == NULL && block != NULL && size <= old_size ? block : moved;
}

int main(void)
{
    static const char script[] = "local t = {} for i = 1, 20 do t[#t + 1] = ('x'):rep(i) end return #table.concat(t, ',')";
    lua_State *state = lua_newstate(lua_memory, NULL);
    if (state == NULL)
        return cookbook_end(0, "no state");
    lua_pushcfunction(state, luaopen_string);
    int status = lua_pcall(state, 0, 0, 0); /* luaL_openlibs() outside of a call would end in lua_atpanic, and that in abort() */
    if (status == LUA_OK) {
        lua_pushcfunction(state, luaopen_table);
        status = lua_pcall(state, 0, 1, 0);
    }
    if (status == LUA_OK)
        status = luaL_loadstring(state, "table = ...");
    if (status == LUA_OK) {
        lua_insert(state, -2);
        status = lua_pcall(state, 1, 0, 0);
    }
    if (status == LUA_OK)
        status = luaL_loadstring(state, script);
    if (status == LUA_OK)
        status = lua_pcall(state, 0, 1, 0);
    int is_right = status == LUA_OK && lua_tointeger(state, -1) == 229;
    lua_close(state);
    return cookbook_end(is_right, is_right ? "229" : "no memory");
}
