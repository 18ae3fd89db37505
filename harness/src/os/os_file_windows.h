/* SPDX-License-Identifier: MIT
 * What the files of os and of system share on Windows. Uses no heap.
 */
#ifndef HF_OS_FILE_WINDOWS_H
#define HF_OS_FILE_WINDOWS_H

#include "os_text_windows.h"

#include <hostfault/error.h>

/* As CreateFileW, shared with everybody; INVALID_HANDLE_VALUE and the last error. */
HANDLE hf__os_open_file(const char *path, DWORD access, DWORD how);
/* The error for a file that hf__os_open_file did not open. */
hf_status hf__os_fail_open(const char *path, hf_error *err);
/* Writes all of it; ERROR_SUCCESS, or what failed. */
DWORD hf__os_write_all(HANDLE file, const char *bytes, size_t size_bytes);

#endif
