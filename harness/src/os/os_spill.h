/* SPDX-License-Identifier: MIT
 * Memory that has a file without a name behind it, for data that may be larger than what should stay in memory: pages that rest are with the system,
 * which keeps them while it has room and writes them to the disk if it has none.
 *
 * Threads: distinct ones may be used in parallel.
 */
#ifndef HF_OS_SPILL_H
#define HF_OS_SPILL_H

#include <stddef.h>

typedef struct hf_os_spill {
    void *base;
    size_t size_bytes;
    int file;
} hf_os_spill;

/* Zeroed; all of it is allocated on the disk, because a write to a page without a place there kills the process (SIGBUS). 0 or the system's error
 * code; then nothing was made. On Linux a file made by O_TMPFILE, which is gone with the process. On Windows: not supported. */
int hf__os_spill_create(const char *folder, size_t size_bytes, hf_os_spill *out);
/* New bytes are zero; the base may move. After an error it is as it was. */
int hf__os_spill_resize(hf_os_spill *spill, size_t size_bytes);
/* Takes the pages out of the process. Their contents stay, and come back with the next access. */
void hf__os_spill_rest(const hf_os_spill *spill);
void hf__os_spill_release(hf_os_spill *spill);

#endif
