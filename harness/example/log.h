/* SPDX-License-Identifier: MIT
 * The program under test: a log that grows in place, in address space that it reserves once and commits as it goes, with its texts on the host's
 * heap.
 *
 * Threads: one.
 */
#ifndef LOG_H
#define LOG_H

#include <hostfault/hosting.h>

/* Writes `count` records into a log and takes it down again. Gives back all that it took, also when memory runs out: then *written is less than
 * count, and the result what the host answered. */
HRESULT log_run(IHostMemoryManager *manager, unsigned count, unsigned *written);

#endif
