/* SPDX-License-Identifier: MIT
 * What CreateProcess wants: one command line, one block of environment. For system_process_windows.c alone.
 */
#ifndef HF_SYSTEM_COMMAND_WINDOWS_H
#define HF_SYSTEM_COMMAND_WINDOWS_H

#include <hostfault/hosting.h>

/* Quoted so that the program's C library takes it apart into just these arguments. hf__free; NULL: not UTF-8. */
wchar_t *hf__system_command_line(const char *const *arguments);
/* With one entry more, unless that is NULL. hf__free; NULL: not UTF-8. */
wchar_t *hf__system_environment_block(const char *const *environment, const char *more);
/* What kind of ending an exit status is: the signal that stands for that exception, 0 if it is a plain status. *name: what the system calls it, NULL
 * if only its number is known. */
int hf__system_exception_of(DWORD status, const char **name);

#endif
