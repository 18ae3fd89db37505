/* SPDX-License-Identifier: MIT
 * The commit charge: how many bytes are committed, and how many may be. Windows charges pages when they are committed, not when they are touched, and
 * refuses with ERROR_COMMITMENT_LIMIT what would exceed memory plus page file. This host does the same, however much Linux would promise. The limit
 * covers VirtualAlloc and heap together; hf__host_committed reports VirtualAlloc alone.
 *
 * Threads: thread-safe, lock-free.
 */
#ifndef HF_HOST_COMMIT_H
#define HF_HOST_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hf_commit_use { HF_COMMIT_VIRTUAL, HF_COMMIT_HEAP } hf_commit_use;

/* False: the limit would be passed; nothing is counted. */
bool hf__host_commit_charge(hf_commit_use use, uint64_t bytes);
void hf__host_commit_refund(hf_commit_use use, uint64_t bytes);
/* Bytes that are left under the limit that was set; UINT64_MAX if none is. */
uint64_t hf__host_commit_left(void);

#endif
