/* SPDX-License-Identifier: MIT
 * Memory accesses that may fault, for tests: the program's own handler gets SIGSEGV or an exception.
 *
 * One thread at a time. On Linux, call host_touch_prepare before the first guard page is made, because a handler that is set later runs
 * before the host's.
 */
#ifndef HOST_TOUCH_H
#define HOST_TOUCH_H

#include <stdbool.h>
#include <stdint.h>

/* What was called is no code: where a known difference has left other bytes there than were meant. */
#define HOST_TOUCH_NO_CODE 99u

typedef struct host_touch {
    bool faulted;
    uint8_t value;     /* that was read */
    unsigned kind;     /* of the fault: 0 read, 1 write, 8 execute; HOST_TOUCH_NO_CODE */
    uintptr_t address; /* of the fault */
} host_touch;

void host_touch_prepare(void);
host_touch host_touch_read(uintptr_t at);
host_touch host_touch_write(uintptr_t at, uint8_t value);
/* What is there, if it can be executed, is a function without arguments and result, or HOST_TOUCH_NO_CODE comes of it. */
host_touch host_touch_call(uintptr_t at);

#endif
