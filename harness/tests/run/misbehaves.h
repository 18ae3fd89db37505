/* SPDX-License-Identifier: MIT
 * Shared code of the misbehaving programs that are cloned or swept: a wrapped host, one allocation, and modes by name.
 */
#ifndef MISBEHAVES_H
#define MISBEHAVES_H

#include <hostfault/hostfault.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct misbehaves_mode {
    const char *name;
    int (*run)(void); /* an exit status */
} misbehaves_mode;

/* Runs the mode that is argv[1]. */
int misbehaves_main(int argc, char **argv, const misbehaves_mode *modes, size_t count);

/* A VirtualAlloc and the VirtualFree of what it gave. False: one of them failed. */
bool allocate(void);

/* A signal whose handler this is comes while the host is in the middle of a call. False: that call failed. */
bool interrupt_host(void (*handler)(int number));

#endif
