/* SPDX-License-Identifier: MIT
 * malloc's family with a failure to order. Defined in the program, it stands before glibc's for every library.
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
