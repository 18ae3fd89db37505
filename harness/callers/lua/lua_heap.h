/* SPDX-License-Identifier: MIT
 * lua_Alloc over IHostMalloc: the whole of Lua's memory comes through here.
 *
 * Behind each block stands a sentinel. It needs no header, because Lua says a block's size again whenever it hands one back; so a
 * block that Lua resized and whose size it then misremembers shows as damage too.
 *
 * Threads: one; the heap is made without MALLOC_THREADSAFE.
 */
#ifndef LUA_HEAP_H
#define LUA_HEAP_H

#include <hostfault/hosting.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lua_heap {
    IHostMalloc *blocks_from;
    size_t blocks;  /* given to Lua and not given back */
    size_t damaged; /* blocks that came back with something else where their sentinel was */
    bool host_gone; /* the host returned E_FAIL: documented to mean that nothing may be asked of it any more */
} lua_heap;

/* The lua_Alloc; user is a lua_heap. */
void *lua_heap_realloc(void *user, void *block, size_t old_size, size_t new_size);

#endif
