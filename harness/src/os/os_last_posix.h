/* SPDX-License-Identifier: MIT
 * The handler of os_last.h, so that os_fault_posix.c does not take it for one of the program's.
 */
#ifndef HF_OS_LAST_POSIX_H
#define HF_OS_LAST_POSIX_H

#include <signal.h>

void hf__os_last_handler(int number, siginfo_t *info, void *context);

#endif
