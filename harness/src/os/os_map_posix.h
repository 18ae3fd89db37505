/* SPDX-License-Identifier: MIT
 * The parts of the map reader that a test calls directly: the way for kernels before 6.11. Not for other layers.
 */
#ifndef HF_OS_MAP_POSIX_H
#define HF_OS_MAP_POSIX_H

#include <stdbool.h>
#include <stdint.h>

/* One mapping as the kernel keeps it. */
typedef struct hf_vma {
    uintptr_t start, end;
    uint64_t offset, device, inode; /* inode 0: anonymous */
    unsigned access;                /* HF_ACCESS_ bits */
    bool is_shared;
} hf_vma;

/* Reads one line of /proc/self/maps, without its newline. */
void hf__os_map_parse(const char *line, hf_vma *out);
/* Reads the open map from its beginning up to the mapping that holds the address or is next above it. ENOENT: none. */
int hf__os_map_scan(int file, uintptr_t address, hf_vma *out);

#endif
