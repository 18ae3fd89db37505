/* SPDX-License-Identifier: MIT
 * The entries of a folder by the kernel's own call: libc's readdir allocates, and this runs in children that share our memory and in signal handlers.
 *
 * Async-signal-safe. Threads: distinct descriptors may be read in parallel.
 */
#ifndef HF_SYSTEM_ENTRIES_POSIX_H
#define HF_SYSTEM_ENTRIES_POSIX_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As getdents64(2) writes it. */
typedef struct hf__system_entry {
    uint64_t inode;
    int64_t next;
    uint16_t size_bytes;
    uint8_t type;
    char name[];
} hf__system_entry;

/* Calls visit(name, user) for each entry that is left to read, "." and ".." among them. */
static inline void hf__system_each_entry(int folder, void (*visit)(const char *name, void *user), void *user)
{
    _Alignas(hf__system_entry) char buffer[4096];
    for (long got; (got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0;) {
        for (long at = 0; at < got;) {
            const hf__system_entry *entry = (const hf__system_entry *)(const void *)(buffer + at);
            visit(entry->name, user);
            at += entry->size_bytes;
        }
    }
}

#endif
