/* SPDX-License-Identifier: MIT
 * The entries of a folder by the kernel's own call: libc's readdir allocates, and this runs in clones, in children that share our memory and in
 * signal handlers.
 *
 * Async-signal-safe. Threads: distinct descriptors may be read in parallel.
 */
#ifndef HF_OS_ENTRIES_POSIX_H
#define HF_OS_ENTRIES_POSIX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As getdents64(2) writes it. */
typedef struct hf__os_entry {
    uint64_t inode;
    int64_t next;
    uint16_t size_bytes;
    uint8_t type;
    char name[];
} hf__os_entry;

/* Calls visit(name, user) for each entry that is left to read, "." and ".." among them, until it returns false. */
static inline void hf__os_each_entry(int folder, bool (*visit)(const char *name, void *user), void *user)
{
    _Alignas(hf__os_entry) char buffer[4096];
    for (long got; (got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0;) {
        for (long at = 0; at < got;) {
            const hf__os_entry *entry = (const hf__os_entry *)(const void *)(buffer + at);
            if (!visit(entry->name, user))
                return;
            at += entry->size_bytes;
        }
    }
}

/* The number that a name in /proc/self/fd is; -1: "." and "..". */
static inline int hf__os_entry_number(const char *name)
{
    int number = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        number = number * 10 + (*name - '0');
    return *name == '\0' ? number : -1;
}

/* The path of a descriptor's entry: folder ("/proc/self/fd/") and number. out: as long as the folder, and 12 bytes more. No printf: it may allocate.
 */
static inline void hf__os_entry_path(char *out, const char *folder, int descriptor)
{
    char digits[12];
    int count = 0;
    for (unsigned rest = (unsigned)descriptor; rest != 0 || count == 0; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    for (; *folder != '\0'; folder++)
        *out++ = *folder;
    while (count > 0)
        *out++ = digits[--count];
    *out = '\0';
}

#endif
