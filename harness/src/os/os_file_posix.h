/* SPDX-License-Identifier: MIT
 * What the files of os and of system share on Linux: opening with care, and writing to the end. Uses no heap.
 */
#ifndef HF_OS_FILE_POSIX_H
#define HF_OS_FILE_POSIX_H

#include <hostfault/error.h>
#include <sys/stat.h>

/* Opens a regular file, never waiting for a FIFO, and says what it is. With O_NOFOLLOW in flags the file is ours: anything but a regular file means
 * that somebody tampered with it, HF_ERROR_FORMAT. Otherwise HF_ERROR_INPUT. *file is -1 unless HF_OK; the caller closes it. */
HF_CHECK_RESULT hf_status hf__os_open_regular(const char *path, int flags, int *file, struct stat *facts, hf_error *err);
/* Writes all of it; 0, or the errno of what failed. */
int hf__os_write_all(int file, const char *bytes, size_t size_bytes);

#endif
