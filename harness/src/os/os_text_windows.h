/* SPDX-License-Identifier: MIT
 * Conversions at the border to Windows: UTF-8 to and from UTF-16, and error numbers of C to and from the system's. Only for the files beside it.
 *
 * Nothing here uses the heap or takes a lock: buffers are the caller's.
 */
#ifndef HF_OS_TEXT_WINDOWS_H
#define HF_OS_TEXT_WINDOWS_H

#include <hostfault/hosting.h>
#include <stdbool.h>
#include <stddef.h>

#define HF_WIDE_MAX 2048u

typedef struct hf_wide {
    wchar_t text[HF_WIDE_MAX];
} hf_wide;

/* False: not UTF-8, or too long. */
bool hf__os_wide(const char *text, hf_wide *out);
/* A path as the system takes it in any length: backslashes, none of them twice, and a long path from a drive's root marked as such. */
bool hf__os_wide_path(const char *path, hf_wide *out);
/* Gives the bytes written without the NUL; 0: does not fit. */
size_t hf__os_narrow(const wchar_t *text, char *buffer, size_t capacity);
/* The same, as a path of ours: slashes, without the mark of long paths. */
size_t hf__os_narrow_path(const wchar_t *path, char *buffer, size_t capacity);
/* errno's number for an error of the system; EIO for one that has none. */
int hf__os_code_of(DWORD error);

#endif
