/* SPDX-License-Identifier: MIT
 * The malloc family with failures on request. It is defined in the program, so every library uses it instead of glibc's.
 */
#ifndef MEMORY_FAILING_H
#define MEMORY_FAILING_H

#include <stddef.h>

/* The nth request from now on fails, on whatever thread; 0: none. And every later one while `onwards` is not 0. */
void memory_fail_at(unsigned long nth, int onwards);
/* Requests since memory_fail_at. */
unsigned long memory_requests(void);
/* Blocks that are allocated now. */
long memory_blocks(void);

#endif
