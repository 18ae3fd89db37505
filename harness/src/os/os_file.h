/* SPDX-License-Identifier: MIT
 * Files and mappings, for the session and the tool. Nothing here uses the heap.
 *
 * Threads: distinct files may be used in parallel.
 */
#ifndef HF_OS_FILE_H
#define HF_OS_FILE_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Maps a file whole, shared and writable, and closes it again: no descriptor stays. size_bytes may exceed the file's length; what lies
 * beyond must not be touched until the file has grown. wanted: at this address, if it is free; NULL: anywhere. */
/* wanted: an address, NULL for any, or HF_MAP_APART: where nothing else is near, between pages without access (Linux; elsewhere any). */
#define HF_MAP_APART ((void *)UINTPTR_MAX)
HF_CHECK_RESULT hf_status hf__os_map_shared(const char *path, uint64_t size_bytes, void *wanted, void **out, hf_error *err);
/* Maps a file whole, private and read-only. An empty file gives *out NULL, *size_bytes 0. */
HF_CHECK_RESULT hf_status hf__os_map_read(const char *path, const void **out, uint64_t *size_bytes, hf_error *err);
void hf__os_unmap(const void *address, uint64_t size_bytes);

/* Creates a new file (never follows an existing one). */
HF_CHECK_RESULT hf_status hf__os_file_create(const char *path, hf_error *err);
/* Grows the file, which has at least from_bytes, to size_bytes with zeros that are really written, not left as a hole: their pages are in memory and
 * their room on the disk is taken, so that a mapping of them can be written to without failing, and without waiting for the disk. A file that is long
 * enough stays as it is. HF_ERROR_NOT_FOUND; HF_ERROR_FORMAT: it has fewer bytes, so somebody cut it; HF_ERROR_SYSTEM, with ENOSPC when there is no
 * room. */
HF_CHECK_RESULT hf_status hf__os_file_extend(const char *path, uint64_t from_bytes, uint64_t size_bytes, hf_error *err);
HF_CHECK_RESULT hf_status hf__os_file_truncate(const char *path, uint64_t size_bytes, hf_error *err);
/* Adds to the end of a file that is there; false if it cannot be written. */
bool hf__os_file_append(const char *path, const char *bytes, size_t size_bytes);
/* Reads the bytes from an offset on, up to capacity, and says how many there were: 0 too if it cannot be read, or is a link or no
 * regular file. */
size_t hf__os_file_read_at(const char *path, uint64_t offset, void *buffer, size_t capacity);
/* Is a regular file there, or nothing (HF_ERROR_NOT_FOUND)? For those who let a library open it, which would wait for a FIFO. HF_ERROR_INPUT. */
HF_CHECK_RESULT hf_status hf__os_file_check(const char *path, hf_error *err);
bool hf__os_file_exists(const char *path);
bool hf__os_is_folder(const char *path);

#endif
