/* SPDX-License-Identifier: MIT
 * Real LuaJIT with its JIT on, over the host. Its traces spill registers, so their stacks have many sizes, and no single table fits them all.
 * Requests come from such code. The test checks that a stack can be taken at every call.
 */
#include "small_host.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static const char program[] = "local a, b, c, d, e, f, g, h, i, j, k, l, m, n = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14\n"
                              "local kept = {}\n"
                              "for at = 1, 400 do\n"
                              "  a = a + at b = b + a c = c + b d = d * 1.5 + c e = e + d * .5 f = f + e g = g + f\n"
                              "  h = h - g i = i + h * .1 j = j + i k = k + j l = l + k m = m + l n = n + m\n"
                              "  kept[at] = {a, b, c, d, e, f}\n"
                              "  kept[at].more = {n, m, l, k, j}\n"
                              "  a = a % 100 b = b % 77 c = c % 34 d = d % 12 e = e % 99 f = f % 34 g = g % 22\n"
                              "  h = h % 100 i = i % 8 j = j % 33 k = k % 12 l = l % 9 m = m % 18 n = n % 28\n"
                              "end\n"
                              "assert(#kept == 400 and jit.status())\n";

static void *over_host(void *user, void *block, size_t old_size, size_t size)
{
    (void)user;
    void *moved = size > 0 ? take(size) : NULL;
    if (moved == NULL && size > 0)
        return size <= old_size ? block : NULL; /* it never fails to shrink */
    if (moved != NULL && block != NULL)
        memcpy(moved, block, old_size < size ? old_size : size);
    give(block);
    return moved;
}

int main(void)
{
    if (!host_open())
        return fail("no host");
    lua_State *state = lua_newstate(over_host, NULL);
    if (state == NULL)
        return fail("no state");
    luaL_openlibs(state);
    int bad = luaL_dostring(state, program);
    if (bad)
        fprintf(stderr, "%s\n", lua_tostring(state, -1));
    lua_close(state);
    return bad ? fail("the program failed") : done("ran");
}
