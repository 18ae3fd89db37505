/* SPDX-License-Identifier: MIT
 * The code under test in this example: a small machine that keeps its stack in memory from a host.
 */
#ifndef STACK_MACHINE_H
#define STACK_MACHINE_H

#include <hostfault/hosting.h>
#include <stddef.h>
#include <stdint.h>

/* Runs a program: bytes below 128 push that number, others add, multiply or drop. 1 and *result; 0 if the host gave no memory. */
int stack_machine_run(IHostMemoryManager *host, const uint8_t *program, size_t size, unsigned *result);

#endif
