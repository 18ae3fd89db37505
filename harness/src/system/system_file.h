/* SPDX-License-Identifier: MIT
 * Whole files and directories, for the tool only: these use the heap.
 *
 * Threads: distinct files may be used in parallel.
 */
#ifndef HF_SYSTEM_FILE_H
#define HF_SYSTEM_FILE_H

#include <hostfault/error.h>

/* Replaces a file of ours, or whatever is there under its name, whole or not at all: written beside it under a name that nobody can guess, and
 * renamed. For a file that the user names: hf__system_output_write. */
HF_CHECK_RESULT hf_status hf__system_file_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err);
/* Reads a whole regular file of at most max_bytes into memory of hf__allocate, NUL-terminated. HF_ERROR_NOT_FOUND; HF_ERROR_LIMIT;
 * HF_ERROR_INPUT: it is no regular file (a descriptor of ours, /dev/stdin, may be a pipe); HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__system_file_read(const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err);
/* Makes a folder and those above it. */
HF_CHECK_RESULT hf_status hf__system_folder_create(const char *path, hf_error *err);

#endif
