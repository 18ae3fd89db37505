/* SPDX-License-Identifier: MIT
 * What Lua reads from the world around it, nailed down, so that the same script makes the same calls in every run.
 *
 * Lua hashes strings with a seed that lstate.c makes of time() and three addresses. Switching address randomisation off would fix the
 * addresses of code and heap but not of the stack, which begins below the environment. So the link wraps the function that lstate.c
 * mixes these into (luaS_hash, which no other file of the library calls from outside): the seed is a constant, whatever went in.
 * time() and clock() are wrapped for os.time, os.clock, math.randomseed and the pivot that table.sort picks when a partition goes badly.
 *
 * It must never be linked into anything but this executable; the names are the linker's (--wrap), which is why they begin as they do.
 */
#include <stddef.h>
#include <time.h>
#include "base_poison.h"

unsigned int __wrap_luaS_hash(const char *text, size_t length, unsigned int seed);
time_t __wrap_time(time_t *out);
clock_t __wrap_clock(void);

unsigned int __wrap_luaS_hash(const char *text, size_t length, unsigned int seed)
{
    (void)text;
    (void)length;
    (void)seed;
    return 0x9E3779B9u;
}

/* 2000-01-01 00:00:00 UTC. */
time_t __wrap_time(time_t *out)
{
    const time_t now = 946684800;
    if (out != NULL)
        *out = now;
    return now;
}

clock_t __wrap_clock(void)
{
    return 0;
}
