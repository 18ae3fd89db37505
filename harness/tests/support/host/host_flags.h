/* SPDX-License-Identifier: MIT
 * Names of allocation types and protections, as scripts write them: `reserve|commit`, `readwrite|guard`, and hexadecimal for values without a name.
 */
#ifndef HOST_FLAGS_H
#define HOST_FLAGS_H

#include <stddef.h>

#include <hostfault/hosting.h>

DWORD host_flags_parse(const char *words);
void host_flags_print(DWORD flags, char *out, size_t capacity);

#endif
