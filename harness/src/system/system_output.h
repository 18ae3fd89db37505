/* SPDX-License-Identifier: MIT
 * Files that the user names for the tool to write: reports, scripts, tables. For the tool only.
 *
 * A regular file is replaced whole or not at all. Whatever else exists under that name (a device, a FIFO, a symbolic link) is written to as it is and
 * stays what it is: `--html /dev/null` must not put a file in the place of the device.
 *
 * Threads: distinct files may be written in parallel.
 */
#ifndef HF_SYSTEM_OUTPUT_H
#define HF_SYSTEM_OUTPUT_H

#include <hostfault/error.h>

/* HF_ERROR_SYSTEM; nothing is left behind then, unless what exists is no regular file. Opening a FIFO waits for its reader. */
HF_CHECK_RESULT hf_status hf__system_output_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err);

#endif
