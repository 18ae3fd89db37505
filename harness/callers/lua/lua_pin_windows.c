/* SPDX-License-Identifier: MIT
 * What lua_pin.c cannot wrap on Windows: there time() is an inline function over _time64 of the C library's DLL, which code reaches through the
 * pointer
 * __imp__time64. This one stands in its place.
 *
 * It must never be linked into anything but this executable.
 */
#include <stddef.h>
#include <time.h>
#include "base_poison.h"

time_t __wrap_time(time_t *out);
extern time_t (*const __imp__time64)(time_t *);
time_t (*const __imp__time64)(time_t *) = __wrap_time;
