/* SPDX-License-Identifier: MIT
 * Redirects system functions to ours, in the import tables of every module that is loaded or will be.
 *
 * A program calls the system through its modules' import tables, or through addresses from GetProcAddress; both lead here. Code that walks a DLL's
 * exports by hand, or calls the kernel directly, is not reached.
 *
 * Threads: hf__attach_imports_redirect from one thread, once; what follows is done on whatever thread loads a module.
 */
#ifndef HF_ATTACH_IMPORTS_WINDOWS_H
#define HF_ATTACH_IMPORTS_WINDOWS_H

#include <hostfault/error.h>
#include <hostfault/hosting.h>
#include <stdbool.h>

/* One function: its name, where ours is, and where to keep the system's, NULL if this system has none of that name. */
typedef struct hf__attach_redirection {
    const char *name;
    FARPROC ours;
    FARPROC *real;
} hf__attach_redirection;

/* Redirects these in all modules but `self` (ours) and the system's lowest. The table must live on. HF_ERROR_STATE: looked at again, something still
 * leads past us; *err says what. */
HF_CHECK_RESULT hf_status hf__attach_imports_redirect(HMODULE self, const hf__attach_redirection *table, size_t count, hf_error *err);
/* Entries of import tables that lead to us. */
uint32_t hf__attach_imports_count(void);

#endif
