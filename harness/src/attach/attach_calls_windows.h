/* SPDX-License-Identifier: MIT
 * Windows' memory functions as calls of the shim: an unmodified program's imports are redirected to these.
 *
 * Threads: as the functions they replace.
 */
#ifndef HF_ATTACH_CALLS_WINDOWS_H
#define HF_ATTACH_CALLS_WINDOWS_H

#include "attach_imports_windows.h"

/* The functions that are redirected; follows: those that start processes, too. */
const hf__attach_redirection *hf__attach_hook_table(bool follows, size_t *count);
/* Is it asked for that processes are followed which the program starts? Once, before the table is used. */
bool hf__attach_hook_follow(HINSTANCE self);
/* Between true and false this thread's calls go straight to the system: it is inside the shim. */
void hf__attach_hook_inside(bool inside);
/* Before anything is redirected. False: no slot of thread-local storage is left. */
bool hf__attach_hook_prepare(void);

#endif
