/* SPDX-License-Identifier: MIT
 * The open descriptors of this process, by system calls alone: no heap, no lock. On Windows none are listed: its handles have no list that a
 * process may ask for.
 *
 * Threads: thread-safe; what other threads open and close meanwhile may be listed or not.
 */
#ifndef HF_OS_DESCRIPTORS_H
#define HF_OS_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum hf_os_descriptor_kind {
    HF_OS_DESCRIPTOR_FILE,
    HF_OS_DESCRIPTOR_PIPE,
    HF_OS_DESCRIPTOR_SOCKET,
    HF_OS_DESCRIPTOR_OTHER
} hf_os_descriptor_kind;

/* Calls `each` for every open descriptor until it says false. False: they cannot be listed. errno stays as it was. */
bool hf__os_descriptors_each(bool (*each)(int descriptor, void *user), void *user);
/* What it is, and in words of the system's: a path, "socket:[1234]", "anon_inode:[eventpoll]"; "" if it cannot be said. */
hf_os_descriptor_kind hf__os_descriptor_describe(int descriptor, char *what, size_t capacity);
/* Does it belong to a stream of C's library? Those exit() closes itself (C17 7.22.4.4). False if that cannot be said: with a library other than
 * glibc, and on Windows. The list of streams is read as memory that may be damaged; what other threads open and close meanwhile may be missed. */
bool hf__os_descriptor_has_stream(int descriptor);

#endif
