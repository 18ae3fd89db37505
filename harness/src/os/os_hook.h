/* SPDX-License-Identifier: MIT
 * Putting a DLL into another process, and finding one in this.
 *
 * Threads: any.
 */
#ifndef HF_OS_HOOK_H
#define HF_OS_HOOK_H

#include <hostfault/error.h>
#include <hostfault/hosting.h>

/* The function of that name of a module that is loaded already. NULL: there is none. */
void *hf__os_hook_function(const char *module, const char *name);

#ifdef _WIN32
/* Loads the DLL into a process that stands still before its first instruction. HF_ERROR_SYSTEM, HF_ERROR_STATE: it cannot be loaded there. */
HF_CHECK_RESULT hf_status hf__os_hook_load(HANDLE process, const wchar_t *path, hf_error *err);
#endif

#endif
